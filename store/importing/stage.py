"""From sources to staged files: read, curate, write ``cases.jsonl``, ``rejects.jsonl``, the funnel.

The staged files are an import directory's whole result; the store commits them later in one
transaction, and is never opened here. A row is forgotten once it is curated, so the size of a
source does not matter; what grows is a few bytes a record, to find what occurs twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from store.cases import Case, RawCase, Reject
from store.clinical.icd10 import CodeTable
from store.crosswalk import remembered
from store.curation import Funnel, Source, curate, reject
from store.import_rules import DEFAULT, ImportRules
from store.importing.origin import Origin, located
from store.importing.profiles import Profile, built_in
from store.importing.question import coded, in_time
from store.importing.readers import Asked, Report, expand, reader_of
from store.importing.survey import REPORT_EVERY
from store.legible import legible_raw
from store.lines import line_writer, write_json
from store.points import reached
from store.privacy.scrubber import make_scrubber, scrub_raw
from store.records import case_record, reject_record


def stage(
    paths: Sequence[Path],
    profile: Profile | str,
    mapping: Mapping[str, str],
    codes: CodeTable,
    secret: bytes,
    out: Path,
    report: Report,
    *,
    rules: ImportRules = DEFAULT,
    patients: bool = True,
) -> Funnel:
    """Stage files or folders under a profile ("" is ``table``); ``mapping`` overrules its columns.

    Without ``patients`` the way back to the chart is not staged: nothing will be taken in.

    Raises:
        BadUsage: there is no such profile, or nothing that can be read under ``paths``.
        RadoncError: a file cannot be read, or a table holds not a single case; then nothing is
            staged, and the sentence names file, row and column.
    """
    known = built_in(profile) if isinstance(profile, str) else profile
    reader = reader_of(known)
    asked = Asked(expand(paths, reader), known, mapping, codes, secret, report, rules)
    total, records = reader.begin(asked)
    if patients:
        records = remembered(records, secret, out)
    return _write(records, codes, secret, out, report, total, rules)


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


def _write(
    records: Iterable[tuple[RawCase, Origin]],
    codes: CodeTable,
    secret: bytes,
    out: Path,
    report: Report,
    total: int,
    rules: ImportRules = DEFAULT,
) -> Funnel:
    funnel = Funnel(rules=rules)
    with line_writer(out / "cases.jsonl") as case, line_writer(out / "rejects.jsonl") as lost:
        for outcome in _curated(records, codes, secret, rules):
            funnel.add(outcome)
            reached("line")
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
    records: Iterable[tuple[RawCase, Origin]], codes: CodeTable, secret: bytes, rules: ImportRules
) -> Iterator[Case | Reject]:
    """The outcome of each record; a case that occurred before is a reject."""
    seen: set[str] = set()
    scrubber = make_scrubber(secret)
    for record, origin in records:
        raw = coded(scrub_raw(in_time(legible_raw(record)), scrubber), secret)
        outcome = curate(raw, origin.source, codes, secret, rules=rules)
        if isinstance(outcome, Case) and outcome.key in seen:
            outcome = reject(raw, origin.source, secret, "duplicate")
        if isinstance(outcome, Case):
            seen.add(outcome.key)
            yield outcome
        else:
            yield located(outcome, origin)
