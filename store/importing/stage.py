"""From sources to staged files: read, curate, write ``cases.jsonl``, ``rejects.jsonl``, the funnel.

The staged files are an import directory's whole result; the store commits them later in one
transaction, and is never opened here. A row is forgotten once it is curated, so the size of a
source does not matter; what grows is a few bytes a record, to find what occurs twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from store.cases import Case, RawCase, Reject
from store.clinical.icd10 import CodeTable
from store.curation import Funnel, Source, curate, reject
from store.errors import BadUsage
from store.importing.mapping import complete_mapping
from store.importing.origin import Origin, located
from store.importing.survey import REPORT_EVERY, Plan, Report, Survey, rows, survey
from store.importing.tables import ENDINGS, open_table
from store.importing.tcga import COLUMNS, find_cohorts, read_biotab, read_cohort
from store.lines import line_writer, sha256_file, write_json
from store.records import case_record, reject_record

PROFILES = ("table", "tcga")

Records: TypeAlias = Iterator[tuple[RawCase, Origin]]


def stage(
    paths: Sequence[Path],
    profile: str,
    mapping: Mapping[str, str],
    codes: CodeTable,
    secret: bytes,
    out: Path,
    report: Report,
) -> Funnel:
    """Stage files or folders under a profile: "tcga", or "table" (also "") by ``mapping``.

    Raises:
        BadUsage: there is no such profile, or nothing that can be read under ``paths``.
        RadoncError: a file cannot be read, or a table holds not a single case; then nothing is
            staged, and the sentence names file, row and column.
    """
    files = expand(paths)
    if profile == "tcga":
        pairs = find_cohorts(files)
        total = sum(1 for _, courses in pairs for _ in read_biotab(courses))
        return _write(_tcga(pairs), codes, secret, out, report, total)
    if profile not in ("", "table"):
        raise BadUsage(f"There is no profile {profile!r}.", f"There are {', '.join(PROFILES)}.")
    tables = [open_table(file) for file in files]
    plans = [(t, complete_mapping(t.path, t.columns, mapping)) for t in tables]
    found = survey(plans, codes, secret, report)
    return _write(_tables(plans, found), codes, secret, out, report, found.rows)


def stage_raw(
    raws: Iterable[RawCase],
    source: Source,
    codes: CodeTable,
    secret: bytes,
    out: Path,
    report: Report,
    total: int = 0,
) -> Funnel:
    """Stage records that are already in hand, such as synthetic ones."""
    origin = Origin(source, {})
    return _write(((raw, origin) for raw in raws), codes, secret, out, report, total)


def expand(paths: Sequence[Path]) -> list[Path]:
    """The files that ``paths`` name; of a folder, those whose ending can be read.

    Raises:
        BadUsage: a path does not exist, or there is no file to read.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise BadUsage(f"There is no file or folder {path}.", "Look for a slip in the name.")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [f for f in inside if f == path or f.suffix.casefold() in ENDINGS]
    if not files:
        names = ", ".join(str(path) for path in paths) or "nothing"
        raise BadUsage(f"There is no table in {names}.", f"Tables end in {', '.join(ENDINGS)}.")
    return list(dict.fromkeys(files))


def _tcga(pairs: list[tuple[Path, Path]]) -> Records:
    for patients, courses in pairs:
        origin = Origin(Source("tcga", courses.name, sha256_file(courses)), COLUMNS)
        for raw in read_cohort(patients, courses):
            yield raw, origin


def _tables(plans: list[Plan], found: Survey) -> Records:
    """The rows of all tables, those of rival plans or diagnoses marked as such."""
    for table, mapping in plans:
        origin = Origin(Source("table", table.path.name, sha256_file(table.path)), mapping)
        for raw in rows(table, mapping):
            yield found.marked(raw), origin


def _write(
    records: Iterable[tuple[RawCase, Origin]],
    codes: CodeTable,
    secret: bytes,
    out: Path,
    report: Report,
    total: int,
) -> Funnel:
    funnel = Funnel()
    with line_writer(out / "cases.jsonl") as case, line_writer(out / "rejects.jsonl") as lost:
        for outcome in _curated(records, codes, secret):
            funnel.add(outcome)
            if isinstance(outcome, Case):
                case(case_record(outcome))
            else:
                lost(reject_record(outcome))
            if funnel.read % REPORT_EVERY == 0:
                report("curate", funnel.read, total, "records")
    write_json(out / "funnel.json", funnel.as_record())
    report("curate", funnel.read, funnel.read, "records")
    return funnel


def _curated(
    records: Iterable[tuple[RawCase, Origin]], codes: CodeTable, secret: bytes
) -> Iterator[Case | Reject]:
    """The outcome of each record; a case that occurred before is a reject."""
    seen: set[str] = set()
    for raw, origin in records:
        outcome = curate(raw, origin.source, codes, secret)
        if isinstance(outcome, Case) and outcome.case_id in seen:
            outcome = reject(raw, origin.source, secret, "duplicate")
        if isinstance(outcome, Case):
            seen.add(outcome.case_id)
            yield outcome
        else:
            yield located(outcome, origin)
