"""The ``fhir`` profile: radiotherapy courses of mCODE STU4 and CodeX, as bundles or as NDJSON.

A record is a course: a course summary (Procedure), or a course prescription or plan
(ServiceRequest) that no summary is based on. Each becomes one raw case or says why it is none,
and a file or line that cannot be read is a record too. References are looked up among the files
that are given together and are never opened.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from store.cases import RawCase
from store.curation import Source
from store.errors import RadoncError
from store.importing.fhir_course import read_course
from store.importing.fhir_files import Resources
from store.importing.file_names import alias
from store.importing.origin import Origin
from store.lines import sha256_file

ENDINGS = (".json", ".ndjson", ".jsonl")

COLUMNS = {
    "diagnosis": "reasonCode or reasonReference",
    "icd10": "reasonCode or reasonReference",
    "modality": "mcode-radiotherapy-modality",
    "regimen": "basedOn",
    "dose": "dose to volume",
    "fractions": "dose to volume",
}
"""The elements that each field is read from, to be named where one is the trouble."""


def read(
    files: Sequence[Path], passed_over: Counter[str] | None = None
) -> Iterator[tuple[RawCase, Origin]]:
    """Every course in the files; ``passed_over`` counts other resources by their type.

    Raises:
        RadoncError: a file cannot be opened, or there is no radiotherapy course in any of them.
    """
    resources = Resources(files, Counter[str]() if passed_over is None else passed_over)
    resources.look()
    origins = [_origin(path) for path in files]
    courses = [*resources.summaries]
    courses += [place for place in resources.requests if place not in resources.cited]
    if not courses and not resources.damaged:
        raise RadoncError(
            f"There is no radiotherapy course in {_number(len(files))}.",
            "The profile fhir reads mCODE course summaries and CodeX prescriptions and plans.",
        )
    for damaged in resources.damaged:
        raw = RawCase("", "", "", row=damaged.row, file=origins[damaged.file].source.file)
        yield (
            replace(raw, reject="damaged_file", detail=damaged.detail),
            origins[damaged.file],
        )
    for place in sorted(courses, key=lambda p: (p.file, p.start, p.entry)):
        origin = origins[place.file]
        yield read_course(resources, place, origin.source.file), origin


def _origin(path: Path) -> Origin:
    """Where a record comes from, under a name that is not the patient's."""
    sha256 = sha256_file(path)
    return Origin(Source("fhir", alias(path, sha256, ENDINGS), sha256), COLUMNS)


def _number(count: int) -> str:
    return "the file" if count == 1 else f"the {count} files"
