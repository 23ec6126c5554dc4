"""From sources to staged files: read, curate, write ``cases.jsonl``, ``rejects.jsonl``, the funnel.

The staged files are an import directory's whole result; the store commits them later in one
transaction, and is never opened here. A row is forgotten once it is curated, so the size of a
source does not matter; what grows is a few bytes a record, to find what occurs twice.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from store.cases import Case, RawCase, Reject
from store.clinical.icd10 import CodeTable, normalise_code
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.curation import Funnel, Source, curate, normalise_key, reject
from store.errors import BadUsage, RadoncError
from store.importing.mapping import apply, complete_mapping
from store.importing.tables import ENDINGS, Table, open_table
from store.importing.tcga import COLUMNS, find_cohorts, read_biotab, read_cohort
from store.lines import line_writer, sha256_file, write_json
from store.reasons import REASONS
from store.records import case_record, reject_record

PROFILES = ("table", "tcga")
REPORT_EVERY = 200

Report: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage's name, how many records are done, and how many there are (0: unknown)."""


@dataclass(frozen=True)
class Origin:
    """Where a raw case comes from, and which column of the source each field was read from."""

    source: Source
    columns: Mapping[str, str]


@dataclass
class Survey:
    """How many rows there are, and the courses and diseases whose rows are at odds."""

    rows: int
    plans: set[bytes]
    diagnoses: set[bytes]


Plan: TypeAlias = tuple[Table, dict[str, str]]
"""A table and its mapping."""

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
    for plan in plans:
        _probe(plan, codes, secret, report)
    survey = _survey(plans, report)
    return _write(_tables(plans, survey), codes, secret, out, report, survey.rows)


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


def _probe(plan: Plan, codes: CodeTable, secret: bytes, report: Report) -> None:
    """Refuse a table that holds not a single case: a wrong column, or noise.

    The sentence says where the first row fails and which rule it fails, never what it holds.
    """
    table, mapping = plan
    origin = Origin(Source("table", table.path.name), mapping)
    first, count = "", 0
    for raw in _rows(table, mapping):
        outcome = curate(raw, origin.source, codes, secret)
        if isinstance(outcome, Case):
            return
        if not count:
            first = _located(replace(outcome, detail=REASONS[outcome.reason].text), origin).detail
        count += 1
        if count % REPORT_EVERY == 0:
            report("look", count, 0)
    if not count:
        raise RadoncError(f"{table.path.name} has a header and no rows.", "Export it again.")
    rows = "its one row is no case" if count == 1 else f"none of its {count} rows is a case"
    raise RadoncError(first, f"Nothing was taken in, because {rows}.")


def _tcga(pairs: list[tuple[Path, Path]]) -> Records:
    for patients, courses in pairs:
        origin = Origin(Source("tcga", courses.name, sha256_file(courses)), COLUMNS)
        for raw in read_cohort(patients, courses):
            yield raw, origin


def _tables(plans: list[Plan], survey: Survey) -> Records:
    """The rows of all tables, those of rival plans or diagnoses marked as such."""
    for table, mapping in plans:
        origin = Origin(Source("table", table.path.name, sha256_file(table.path)), mapping)
        for raw in _rows(table, mapping):
            unit = _course(raw) if raw.course else _disease(raw)
            diagnoses = 2 if unit in survey.diagnoses else raw.diagnoses
            plans_of_unit = 2 if unit in survey.plans else raw.plans
            yield replace(raw, diagnoses=diagnoses, plans=plans_of_unit), origin


def _survey(plans: list[Plan], report: Report) -> Survey:
    """Look at all rows for what no row by itself shows: others of its course, or of its disease.

    Rows of one named course have to agree in plan and in diagnosis. Without a name, those of one
    disease of a patient have to agree in the plan. Where they do not, no row says whether it is
    the primary plan or, say, its boost, so none is taken.
    """
    plan_of: dict[bytes, bytes] = {}
    disease_of: dict[bytes, bytes] = {}
    survey = Survey(0, set(), set())
    for table, mapping in plans:
        for raw in _rows(table, mapping):
            survey.rows += 1
            if survey.rows % REPORT_EVERY == 0:
                report("look", survey.rows, 0)
            disease, course = _disease(raw), _course(raw)
            if raw.regimen or raw.reject:  # a plan that cannot be read may be another one
                plan = _digest(_plan(raw.regimen), raw.modality)
                for unit in (disease, course) if raw.course else (disease,):
                    if plan_of.setdefault(unit, plan) != plan:
                        survey.plans.add(unit)
            told = raw.course and raw.diagnosis and raw.icd10
            if told and disease_of.setdefault(course, disease) != disease:
                survey.diagnoses.add(course)
    return survey


def _rows(table: Table, mapping: Mapping[str, str]) -> Iterator[RawCase]:
    wanted = [column for column in table.columns if column in set(mapping.values())]
    for number, row in table.read(wanted):
        yield apply(mapping, row, number, table.path.name)


def _course(raw: RawCase) -> bytes:
    return _digest("course", raw.patient, raw.course)


def _disease(raw: RawCase) -> bytes:
    return _digest("disease", raw.patient, raw.diagnosis, normalise_code(raw.icd10))


@lru_cache(4096)
def _plan(text: str) -> str:
    """The plan as it is printed, so that ``2 Gy x 30`` is no rival of ``60 Gy in 30``."""
    try:
        return print_regimen(parse_regimen(text))
    except RegimenError:
        return text


def _digest(*parts: str) -> bytes:
    """Equal for parts that differ only in case, spaces and the composition of letters."""
    text = "\x1f".join(normalise_key(unicodedata.normalize("NFC", part)) for part in parts)
    return blake2b(text.encode(), digest_size=8).digest()


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
                report("curate", funnel.read, total)
    write_json(out / "funnel.json", funnel.as_record())
    report("curate", funnel.read, funnel.read)
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
            yield _located(outcome, origin)


def _located(lost: Reject, origin: Origin) -> Reject:
    """The reject with file, row and, where one column is the trouble, the column in its detail."""
    if not lost.row:
        return lost
    column = origin.columns.get(REASONS[lost.reason].field, "")
    where = f"{lost.file}, row {lost.row}" + (f", column {column}" if column else "")
    return replace(lost, detail=f"{where}: {lost.detail}")
