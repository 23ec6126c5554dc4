"""Cases: taken in from files or made up, listed, searched, counted."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radonc_tui.actions.progress import Action, run_work
from radonc_tui.actions.stored import drop_staged, opened
from store import case_table, work
from store.case_table import CaseFilter
from store.curation import Funnel
from store.errors import BadUsage
from store.home import Home, new_id

MIXES = ("demo", "full")


@dataclass(frozen=True)
class ImportRequest:
    """Files or folders to take in, under a named profile or a mapping of field to column."""

    paths: tuple[Path, ...]
    profile: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    dry_run: bool = False


@dataclass(frozen=True)
class SynthRequest:
    """``count`` synthetic cases of a mix; the same seed gives the same cases."""

    count: int
    seed: int = 0
    mix: str = "demo"


@dataclass(frozen=True)
class ImportResult:
    """What came of an import; ``funnel`` has read, cases, rejects, by_reason, duplicates, steps."""

    import_id: str
    funnel: dict[str, Any]


def import_cases(home: Home, request: ImportRequest) -> Action[ImportResult]:
    """Read, curate and take in; a dry run does all but take in.

    Raises:
        BadUsage: a path that is not there.
        RadoncError: a file that cannot be read as what it is.
    """
    for path in request.paths:
        if not path.exists():
            raise BadUsage(f"There is no file or folder {path}.")
    spec = {
        "home": str(home.path),
        "source": request.profile or "table",
        "paths": [str(path.resolve()) for path in request.paths],
        "profile": request.profile,
        "mapping": dict(request.mapping),
        "dry_run": request.dry_run,
    }
    return (yield from _take(home, spec))


def synth_cases(home: Home, request: SynthRequest) -> Action[ImportResult]:
    """Make synthetic cases and take them in as any others, marked *synthetic* for good."""
    if request.mix not in MIXES:
        raise BadUsage(f"There is no mix {request.mix!r}.", f"Choose {' or '.join(MIXES)}.")
    if request.count < 1:
        raise BadUsage(f"{request.count} cases cannot be made.", "Ask for at least one.")
    asked = {"count": request.count, "seed": request.seed, "mix": request.mix}
    spec = {
        "home": str(home.path),
        "source": "synthetic",
        "synthetic": asked,
        "dry_run": False,
    }
    return (yield from _take(home, spec))


def _take(home: Home, spec: dict[str, Any]) -> Action[ImportResult]:
    staged = work.create(home, "import", new_id("import"), spec)
    yield from run_work(staged, "store")
    manifest = staged.manifest
    assert manifest is not None, "done without a manifest"
    funnel = dict(manifest["funnel"])
    if spec["dry_run"]:
        shutil.rmtree(staged.path)
        return ImportResult(staged.id, funnel)
    with opened(home) as connection:
        funnel["duplicates"] = case_table.duplicates_of(connection, staged.id)
    drop_staged(home)
    return ImportResult(staged.id, funnel)


@dataclass(frozen=True)
class CasePage:
    """One page of cases and how many there are in all."""

    cases: list[dict[str, Any]]
    total: int


def list_cases(home: Home, chosen: CaseFilter, limit: int, after: int = 0) -> Action[CasePage]:
    """Cases that hold all words and match all filters, in the order they came in."""
    yield from ()
    with opened(home) as connection:
        found = case_table.list_cases(connection, chosen, limit, after)
        return CasePage(found, case_table.count_cases(connection, chosen))


def show_case(home: Home, case_id: str) -> Action[dict[str, Any]]:
    """One case, whole, with its kept source columns and its repairs."""
    yield from ()
    with opened(home) as connection:
        return case_table.show_case(connection, case_id)


def show_funnel(home: Home) -> Action[dict[str, Any]]:
    """The curation funnel over everything that the store holds."""
    yield from ()
    with opened(home) as connection:
        total = case_table.count_cases(connection, CaseFilter())
        lost = Counter(case_table.reject_counts(connection))
        return Funnel(total + lost.total(), total, lost.total(), 0, lost).as_record()


def list_rejects(home: Home, reason: str, limit: int) -> Action[list[dict[str, Any]]]:
    """Rejects with reason, detail and kept columns."""
    yield from ()
    with opened(home) as connection:
        return case_table.list_rejects(connection, reason, limit)
