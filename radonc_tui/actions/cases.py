"""Cases: taken in from files or made up, listed, searched, counted."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from radonc_tui.actions.case_edits import whole_case
from radonc_tui.actions.progress import Action, run_work
from radonc_tui.actions.stored import drop_staged, drop_texts, opened
from store import case_pages, case_table, import_rules, work
from store.case_filter import CaseFilter
from store.case_pages import PAGE, CaseIndex
from store.curation import Funnel
from store.database import StoreBusy
from store.errors import BadUsage, RadoncError
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
    """What came of an import; ``funnel`` has read, cases, rejects, by_reason, duplicates, steps.

    ``examples`` is of a dry run: by reason, the first rejects with file, row and detail.
    """

    import_id: str
    funnel: dict[str, Any]
    examples: Mapping[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )


def import_cases(home: Home, request: ImportRequest) -> Action[ImportResult]:
    """Read, curate and take in; a dry run does all but take in.

    Raises:
        BadUsage: a path that is not there.
        RadoncError: a file that cannot be read as what it is.
    """
    for path in request.paths:
        if not path.exists():
            raise BadUsage(f"There is no file or folder {path}.", "Look for a slip in the name.")
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
    if not spec["dry_run"] or home.database.exists():
        # a store that is busy is said before the work and not after it
        with opened(home) as connection:
            spec["rules"] = asdict(import_rules.current(connection))
    staged = work.create(home, "import", new_id("import"), spec)
    try:
        yield from run_work(staged, "store")
    except (GeneratorExit, KeyboardInterrupt):
        _discard(staged)
        _refuse_if_taken(home, staged)
        raise
    manifest = staged.manifest
    if manifest is None:
        _discard(staged)
        raise RadoncError(f"{staged.id} was stopped; nothing was taken in.", "Import again.")
    funnel = dict(manifest["funnel"])
    if spec["dry_run"]:
        _discard(staged)
        return ImportResult(staged.id, funnel, manifest["examples"])
    try:
        with opened(home) as connection:
            funnel["duplicates"] = case_table.duplicates_of(connection, staged.id)
    except StoreBusy as busy:
        raise RadoncError(
            f"{busy.message} What was imported is whole and waits beside it.",
            "It is taken in when the store is next opened; do not import it again.",
        ) from busy
    drop_staged(home)
    return ImportResult(staged.id, funnel)


def _discard(staged: work.Work) -> None:
    """Remove an import; without its manifest nobody takes it in, even if it had just finished.

    Its spec goes last, so that ``drop_staged`` finds the text of one that could not be removed.
    """
    (staged.path / "manifest.json").unlink(missing_ok=True)
    drop_texts(staged)
    shutil.rmtree(staged.path)


def _refuse_if_taken(home: Home, staged: work.Work) -> None:
    """Who stops an import must not be told that nothing was taken in where it was.

    Raises:
        RadoncError: whoever looked at the store a moment ago took the finished import in.
    """
    if not home.database.exists():
        return
    with opened(home) as connection:
        if staged.id in case_table.known_imports(connection):
            raise RadoncError(
                f"{staged.id} was done before it could be stopped; its cases are in the store.",
                "What should not be used can be excluded.",
            )


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
    """One case, whole, with its kept source columns, its repairs and its history."""
    yield from ()
    with opened(home) as connection:
        return whole_case(home, connection, case_id)


@dataclass(frozen=True)
class Found:
    """The index of the chosen cases, and the rows of its first page."""

    index: CaseIndex
    first: list[dict[str, Any]]


def find_cases(home: Home, chosen: CaseFilter) -> Action[Found]:
    """How many cases are chosen, where their pages begin, and the first page."""
    yield from ()
    with opened(home) as connection:
        index = case_pages.case_index(connection, chosen)
        first = case_pages.case_page(connection, chosen, 0) if index.total else []
        return Found(index, first)


def case_page(
    home: Home, chosen: CaseFilter, first_seq: int, limit: int = PAGE
) -> Action[list[dict[str, Any]]]:
    """One page of the chosen cases, with the columns of a table."""
    yield from ()
    with opened(home) as connection:
        return case_pages.case_page(connection, chosen, first_seq, limit)


def filter_values(home: Home, field: str, chosen: CaseFilter) -> Action[list[tuple[str, int]]]:
    """The values that a filter's field has among the cases otherwise chosen, with counts."""
    yield from ()
    with opened(home) as connection:
        return case_pages.filter_values(connection, field, chosen)


def show_funnel(home: Home) -> Action[dict[str, Any]]:
    """The curation funnel over everything that the store holds.

    ``excluded`` counts the cases that a person took out; the last step is without them.
    ``import_rules`` has, by import, those rules that were not at their default.
    """
    yield from ()
    with opened(home) as connection:
        total = case_table.count_cases(connection, CaseFilter())
        excluded = case_table.count_cases(connection, CaseFilter("", (("status", "excluded"),)))
        lost = Counter(case_table.reject_counts(connection))
        rules = import_rules.used(connection)
    funnel = Funnel(total + lost.total(), total, lost.total(), 0, lost).as_record()
    funnel["steps"][-1]["count"] -= excluded
    return {**funnel, "excluded": excluded, "import_rules": rules}
