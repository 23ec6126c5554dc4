"""A row of the table: for whom it is, what is usual, what is accepted besides, and on what basis.

Read from the cells of one line and checked as it is read; every regimen is in the canonical text
of ``store.clinical.regimen_printer``. A row's hash is over what it says, not over how its file is
laid out. Nothing here knows a case.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.cases import Intent
from store.clinical.regimen import Regimen
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.clinical.regimen_words import TECHNIQUES
from store.department.conditions import Condition, read_condition
from store.department.fields import is_word_of_stage
from store.department.findings import FINDINGS
from store.department.histology import HISTOLOGIES
from store.department.operations import OPERATIONS
from store.errors import RadoncError
from store.json_files import dumps

COLUMNS = (
    *("row", "site", "icd10", "intent", "stage", "surgery", "prior_rt", "age", "sex"),
    *("histology", "findings", "usual", "accepted", "modality", "technique", "dose_rate"),
    *("alpha_beta_gy", "basis"),
)
_WORDS = {
    "stage": is_word_of_stage,
    "surgery": OPERATIONS.__contains__,
    "histology": HISTOLOGIES.__contains__,
    "findings": FINDINGS.__contains__,
}


class TableError(RadoncError):
    """A table of accepted alternatives cannot be read; the message names the row and the cell."""

    kind = "department table"


@dataclass(frozen=True)
class Row:
    """One setting: for whom, what is usual, what is accepted besides.

    ``codes`` are prefixes of ICD-10 codes, ``ages`` in years with both ends included, ``cells``
    what the file says. ``alpha_beta_gy`` is the tumour's, None where it means nothing. Of several
    rows joined (``lookup``) the name has " + " between theirs.
    """

    name: str
    site: str
    codes: tuple[str, ...]
    intents: frozenset[str]
    prior_rt: str
    ages: tuple[int, int] | None
    sex: str
    conditions: Mapping[str, Condition]
    usual: tuple[Regimen, ...]
    accepted: tuple[Regimen, ...]
    techniques: tuple[str, ...]
    alpha_beta_gy: float | None
    basis: str
    cells: Mapping[str, str]

    @property
    def regimens(self) -> tuple[Regimen, ...]:
        """All regimens that the row accepts, the usual ones first."""
        return self.usual + self.accepted

    @property
    def sha256(self) -> str:
        """Hash of all that the row says; another one means that it was edited."""
        return hashlib.sha256(dumps(dict(self.cells)).encode()).hexdigest()


def read_row(cells: Mapping[str, str]) -> Row:
    """The row in the cells of one line.

    Raises:
        TableError: a cell says something that cannot be.
    """
    plain = {column: " ".join((cells.get(column) or "").split()) for column in COLUMNS}
    name = plain["row"]
    try:
        return _row(plain)
    except (ValueError, RegimenError) as error:
        reason = error.message if isinstance(error, RegimenError) else f"{error}."
        raise TableError(
            f"Row {name or '(no name)'} of the department's table: {reason}",
            "`radonc department show` prints rows as they are to be written.",
        ) from error


def _row(cells: Mapping[str, str]) -> Row:
    if not cells["row"] or "+" in cells["row"]:
        raise ValueError("a row has a name, without +")
    codes = tuple(cells["icd10"].split())
    if not codes or not cells["site"]:
        raise ValueError("a row names a site and at least one code")
    usual = _regimens(cells["usual"])
    if not usual:
        raise ValueError("a row names a usual regimen")
    row = Row(
        name=cells["row"],
        site=cells["site"],
        codes=codes,
        intents=frozenset(_one_of("intent", cells["intent"], Intent)),
        prior_rt=_one_of("prior_rt", cells["prior_rt"], ("yes", "no", "any"))[0],
        ages=_ages(cells["age"]),
        sex=cells["sex"] and _one_of("sex", cells["sex"], ("female", "male"))[0],
        conditions={column: _condition(column, cells[column]) for column in _WORDS},
        usual=usual,
        accepted=_regimens(cells["accepted"]),
        techniques=_one_of("technique", cells["technique"], TECHNIQUES)
        if cells["technique"]
        else (),
        alpha_beta_gy=_alpha_beta(cells["alpha_beta_gy"]),
        basis=cells["basis"],
        cells=cells,
    )
    for column, told in (("modality", modalities(usual)), ("dose_rate", dose_rates(usual))):
        if cells[column] != " | ".join(told):
            raise ValueError(f"{column} is {cells[column]!r}, the usual regimens say {told}")
    return row


def modalities(regimens: Iterable[Regimen]) -> list[str]:
    """The modality of each course, each once, in their order."""
    return list(dict.fromkeys(r.modality.value for r in regimens if r.modality))


def dose_rates(regimens: Iterable[Regimen]) -> list[str]:
    """The dose-rate classes of the phases, each once, in their order."""
    rates = (phase.dose_rate for regimen in regimens for phase in regimen.phases)
    return [rate.value for rate in dict.fromkeys(rates)]


def _condition(column: str, cell: str) -> Condition:
    try:
        return read_condition(cell, _WORDS[column])
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from error


def _regimens(cell: str) -> tuple[Regimen, ...]:
    """The regimens of a cell; one that is not as it would be printed is refused."""
    found: list[Regimen] = []
    for text in (part.strip() for part in cell.split("|")):
        if not text:
            continue
        regimen = parse_regimen(text)
        if print_regimen(regimen) != text:
            raise ValueError(f"{text!r} is to be written {print_regimen(regimen)!r}")
        if any(phase.modality is None for phase in regimen.phases):
            raise ValueError(f"{text!r} names no modality")
        found.append(regimen)
    return tuple(found)


def _one_of(column: str, cell: str, known: Iterable[str]) -> tuple[str, ...]:
    words = tuple(word.strip() for word in cell.split("|"))
    for word in words:
        if word not in tuple(known):
            raise ValueError(f"{column}: {word!r} is none of {', '.join(known)}")
    return words


def _ages(cell: str) -> tuple[int, int] | None:
    """``50-`` and ``-69`` and ``18-60`` as the lowest and the highest age."""
    if not cell:
        return None
    low, dash, high = cell.partition("-")
    if not dash or not (low or high) or not (low + high).isdigit():
        raise ValueError(f"age: {cell!r} is no range such as 50- or 18-60")
    return int(low or 0), int(high or 150)


def _alpha_beta(cell: str) -> float | None:
    if not cell:
        return None
    value = float(cell)
    if not 0 < value < 100:
        raise ValueError(f"alpha_beta_gy: {cell} Gy is none")
    return value
