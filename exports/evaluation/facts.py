"""What is known of a case beside its answers: by this it is grouped, and by this alone judged.

Frozen with the data set and read from an evaluation's own directory, so that a number can be
computed again without the store. No answer of a model is in here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from store.lines import read_lines, write_lines


@dataclass(frozen=True)
class CaseFacts:
    """One frozen case; ``regimen``, ``modality`` and ``icd10`` are the reference answers.

    ``attending`` is a coded name, ``age`` in years. What a data set of an earlier version did
    not keep is "" or None.
    """

    case_id: str
    patient: str
    diagnosis: str
    regimen: str
    modality: str
    icd10: str
    icd10_system: str = ""
    primary_icd10: str = ""
    site: str = ""
    target: str = ""
    intent: str = ""
    prior_rt: str = ""
    age: int | None = None
    sex: str = ""
    year: int | None = None
    source: str = ""
    attending: str = ""


_FIELDS = tuple(field.name for field in fields(CaseFacts))


def facts_of(record: Mapping[str, Any]) -> CaseFacts:
    """The facts in a frozen case's record."""
    return CaseFacts(**{name: record[name] for name in _FIELDS if record.get(name) is not None})


def write_facts(path: Path, cases: Iterable[Mapping[str, Any]]) -> int:
    """The facts of frozen cases, one a line; returns how many."""
    return write_lines(path, ({name: case.get(name) for name in _FIELDS} for case in cases))


def read_facts(path: Path) -> list[CaseFacts]:
    """What ``write_facts`` wrote."""
    return [facts_of(record) for record in read_lines(path)]
