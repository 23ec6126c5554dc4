"""An export killed at each of its write points, and at any moment, leaves no bundle and no trap.

No bundle is listed that is not whole; no file lies in its place that was cut or not checked; the
same export can simply be done again, and clears away what was left.
"""

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exports.gguf.strings import SAMPLE_TEXTS
from store.home import open_home
from store.work import create, seal_manifest
from tests.integration.killing_exports import AGAIN, FIRST, POINT
from tests.integration.tiny import tiny_adapter, tiny_model
from trainer.bases import add_folder
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task

POINTS = (
    *("F16.gguf", "Q8_0.gguf", "place Q8_0.gguf"),
    *("F16.gguf:2", "Q8_0.gguf:2", "place Q8_0.gguf:2", "manifest.json"),
    *("adapter.gguf", "place adapter.gguf", "MODEL.md", "Modelfile"),
    *("chat_template.jinja", "gguf", "SHA256SUMS", "manifest.json:2"),
)
"""Of the tuned model's files, then of the base's, then of the bundle."""
QUICK = ("manifest.json:2",)
PLACED = {f"{FIRST}/Q8_0.gguf", f"{FIRST}/adapter.gguf"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a base and a run whose adapter waits to be exported."""
    folder = tmp_path_factory.mktemp("killed")
    home = open_home(folder / "home")
    source = tiny_model(folder / "tiny", "qwen2")
    # only a base that has one gives its bundle one
    (source / "chat_template.jinja").write_text("{{ messages[0].content }}")
    base = add_folder(home, source, "tiny")
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": "data-20261126-abcdef", "sha256": "0" * 64},
        "tasks": ["modality"],
        "labels": {"modality": ["photon", "proton"]},
        "synthetic": True,
    }
    run = create(home, "run", "run-20261126-abcdef", spec)
    tiny_adapter(base.path, run.path / "adapter")
    (run.path / "dataset").mkdir()
    for part in ("train", "validation"):
        pairs = [Pair("c", "p", Task.MODALITY, text, "photon") for text in SAMPLE_TEXTS[:4]]
        write_pairs(run.path / "dataset" / f"{part}.jsonl", pairs)
    seal_manifest(run, sorted((run.path / "adapter").iterdir()))
    return folder


@cache
def deaths(folder: Path, moments: tuple[str, ...]) -> dict[str, Any]:
    """What was found after each death, by moment; ``whole`` is the export without one."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.integration.killing_exports", str(folder / "home"), *moments],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found = {one["at"]: one for one in json.loads(made.stdout)}
    said = [line.partition(POINT)[2] for line in made.stderr.split("\n") if POINT in line]
    return {**found, "points": said}


def check(found: dict[str, Any], whole: dict[str, Any]) -> None:
    """Nothing that looks whole and is not; then the same export, done again, is."""
    after = found["after"]
    assert after["wrong"] == []
    assert after["bundles"] in ([], [FIRST])
    assert after["files"].items() <= whole["after"]["files"].items()
    there = PLACED & set(after["files"])
    assert there in (set(), PLACED)
    assert there == PLACED or not after["bundles"]
    if found["state"] == "done":
        assert after["bundles"] == [FIRST]
        return
    then = found["then"]
    assert found["again"] == "done"
    assert AGAIN in then["bundles"]
    assert then["wrong"] == []
    assert then["scratch"] == []
    assert then["files"].keys() >= {f"{AGAIN}/Q8_0.gguf", f"{AGAIN}/adapter.gguf", "tiny/Q8_0.gguf"}


def check_points(folder: Path, points: tuple[str, ...]) -> None:
    found = deaths(folder, points)
    for point in points:
        assert found[point]["killed"], point
        assert found[point]["state"] == "died"
        assert found[point]["after"]["bundles"] == []
        check(found[point], found["whole"])


def test_an_export_killed_at_a_write_point_leaves_no_bundle(folder: Path) -> None:
    check_points(folder, QUICK)
    whole = deaths(folder, QUICK)["whole"]
    assert whole["after"]["bundles"] == [FIRST]
    check(whole, whole)


def test_the_points_are_all_there_are(folder: Path) -> None:
    """A point that is new, or that nobody reaches any more, is seen here."""
    said = [name for name in deaths(folder, QUICK)["points"] if name != "spec.json"]
    first = said[: len(POINTS)]
    numbered = [f"{n}:2" if n in first[:i] else n for i, n in enumerate(first)]
    assert numbered == list(POINTS)


@pytest.mark.slow
def test_an_export_killed_at_each_write_point(folder: Path) -> None:
    check_points(folder, POINTS)


@pytest.mark.slow
def test_an_export_killed_at_any_moment(folder: Path) -> None:
    draw = random.Random(20261126)
    moments = tuple(f"{draw.uniform(0.02, 1):.4f}" for _ in range(50))
    found = deaths(folder, moments)
    assert sum(found[moment]["killed"] for moment in moments) > 40
    for moment in moments:
        check(found[moment], found["whole"])
