"""An import and an edit killed at each of their write points, and all there is at any moment.

Afterwards the store opens, what was committed is there, nothing is half done, the audit log is
whole, and the same can be done again.
"""

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.stored import lease
from store import keybox, rekeying
from store.home import Home, open_home
from tests.unit.killing import OLD, QUICK
from tests.unit.killing_writes import CASES, EDITED, REJECTS, seen, table, take_in

STAGING = (
    *("spec.json", "line", "line:7", "rejects.jsonl", "cases.jsonl", "funnel.json"),
    "manifest.json",
)
"""The points of an import before it is whole: killed there, it has not been."""
TAKING_IN = (
    *("take in cases", "take in rejects", "take in crosswalk", "take in import", "chain"),
    *("commit", "head", "audit.json", "drop cases.jsonl", "drop rejects.jsonl"),
    "drop crosswalk.jsonl",
)
"""Those after: whoever next opens the store takes it in."""
EDITING = ("commit", "update", "event", "chain", "commit:2")
"""The points of an edit before it is committed; the first commit is of a look at the store."""
EDITED_POINTS = ("head", "audit.json")
POINTS = {"import": (*STAGING, "crosswalk.jsonl", *TAKING_IN), "edit": (*EDITING, *EDITED_POINTS)}
HOMES = ("plain", "encrypted")
Found = dict[str, Any]


def points(kind: str, job: str) -> tuple[str, ...]:
    """The points of a job in such a home: only an encrypted one has a crosswalk to write."""
    return tuple(p for p in POINTS[job] if kind == "encrypted" or p != "crosswalk.jsonl")


@cache
def template(folder: Path, kind: str) -> Home:
    """A home with one import and what its code table is; made once for all deaths of a kind."""
    (folder / kind).mkdir(parents=True)
    home = open_home(folder / kind / "home")
    if kind == "encrypted":
        rekeying.encrypt(home, QUICK, OLD, lambda *_: None)
    take_in(home, table(folder / kind / "old.csv", 0))
    table(folder / kind / "new0.csv", 500)
    seen(home)
    lease(home).close()
    return home


@cache
def deaths(folder: Path, kind: str, job: str, moments: tuple[str, ...]) -> dict[str, Found]:
    """What was found after each death, by moment; ``whole`` is the job without one."""
    home = template(folder, kind)
    made = subprocess.run(
        [sys.executable, "-m", "tests.unit.killing_writes", str(home.path), job, *moments],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found = {one["at"]: one for one in json.loads(made.stdout)}
    return {**found, "points": {"names": made.stderr.split("\n")}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


def check_whole(found: Found, kind: str) -> tuple[bool, bool]:
    """All or nothing of import and edit, and a log that says so; returns which of them are."""
    assert found["whole"], found
    assert found["still_whole"], found
    files = [["new0.csv", CASES], ["old.csv", CASES]]
    imported = len(found["cases"]) == 2
    edited = bool(found["events"])
    assert found["cases"] == files[not imported :]
    assert found["rejects"] == [[name, REJECTS] for name, _ in files[not imported :]]
    assert len(found["funnels"]) == found["logged"][0] >= 1 + imported
    assert found["funnels"][0] == [CASES, REJECTS, 0]
    assert found["values"] == (list(EDITED.values()) if edited else ["", "included"])
    assert found["logged"][1] == len(found["events"])
    # rejects have patients too, and only a home that is encrypted when they come knows them
    known = (CASES + REJECTS) * (1 + imported)
    assert found["patients"] in ((0, CASES + REJECTS) if kind == "plain" else (known,))
    return imported, edited


@pytest.mark.parametrize("kind", HOMES)
@pytest.mark.parametrize("job", POINTS)
def test_the_points_are_all_there_are(folder: Path, kind: str, job: str) -> None:
    """A point that is new, or that nobody reaches any more, is seen here."""
    said = deaths(folder, kind, job, points(kind, job))["points"]["names"]
    reached = {name for name in said if name}
    named = {point.partition(":")[0] for point in points(kind, job)}
    assert reached == named
    assert said.count("line") == (CASES + REJECTS) * (job == "import")


@pytest.mark.parametrize(("kind", "point"), [(k, p) for k in HOMES for p in points(k, "import")])
def test_an_import_killed_at_a_write_point(folder: Path, kind: str, point: str) -> None:
    found = deaths(folder, kind, "import", points(kind, "import"))[point]
    assert found["killed"]
    whole = point in TAKING_IN
    assert check_whole(found["after"], kind) == (whole, False)
    assert check_whole(found["then"], kind) == (True, False)
    # done again, each of its cases is known already where the first was whole
    again = [[CASES, REJECTS, CASES]] if whole else []
    assert found["then"]["funnels"] == [[CASES, REJECTS, 0]] * 2 + again
    assert found["left"] == []
    # the new head was on its way when the process ended at these two
    repaired = point in ("head", "audit.json")
    assert ("is repaired" in found["after"]["why"]) == repaired


@pytest.mark.parametrize("point", POINTS["edit"])
@pytest.mark.parametrize("kind", HOMES)
def test_an_edit_killed_at_a_write_point(folder: Path, kind: str, point: str) -> None:
    found = deaths(folder, kind, "edit", points(kind, "edit"))[point]
    assert found["killed"]
    done = point in EDITED_POINTS
    assert check_whole(found["after"], kind) == (False, done)
    assert check_whole(found["then"], kind) == (False, True)
    assert len(found["then"]["events"]) == 1 + done
    assert ("is repaired" in found["after"]["why"]) == done


@pytest.mark.parametrize(
    ("kind", "count"),
    [("plain", 2), ("encrypted", 2)]
    + [pytest.param(kind, 50, marks=pytest.mark.slow) for kind in HOMES],
)
def test_killed_at_any_moment(folder: Path, kind: str, count: int) -> None:
    """The import's worker, taking in, an edit and a change of the key, one after the other."""
    draw = random.Random(f"{kind} {count}")
    moments = tuple(f"{draw.uniform(0.02, 1):.4f}" for _ in range(count))
    found = deaths(folder, kind, "all", moments)
    assert found["whole"]["said"] == ["import", "edit", "key"]
    for moment in moments:
        one = found[moment]
        imported, edited = check_whole(one["after"], kind)
        assert imported or "import" not in one["said"]
        assert edited or "edit" not in one["said"]
        assert one["sealed"] or "key" not in one["said"]
        assert check_whole(one["then"], kind)[0]
        assert one["left"] == []
        assert one["after"]["secret"] == found["whole"]["after"]["secret"]


@pytest.fixture(autouse=True, scope="module")
def _forget(folder: Path) -> Any:
    yield
    keybox.forget(Home(folder / "encrypted" / "home"))
