"""What the import wizard knows, without a terminal: files, fields, how far it is.

Nothing is read or drawn here; each change makes a new draft.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

from radonc_tui.actions.cases import ImportRequest, ImportResult
from radonc_tui.actions.importing import ImportPreview
from radonc_tui.actions.overview import to_go
from radonc_tui.actions.progress import Progress
from store.importing.mapping import IDENTIFIER, identifier_field
from store.importing.preview import FilePreview


class Step(IntEnum):
    """The steps in their order."""

    FILES = 0
    COLUMNS = 1
    TRIAL = 2
    IMPORT = 3
    DONE = 4


NAMES = ("files", "columns", "dry run", "import", "done")

MEANINGS: Mapping[str, str] = {
    "patient": "who it is; hashed, never kept",
    "diagnosis": "the diagnosis in words",
    "regimen": "the plan in words: 60 Gy in 30 fractions",
    "icd10": "the ICD-10 code",
    "modality": "photon, proton, electron, brachytherapy",
    "dose": "the total dose, with or without its unit",
    "unit": "the unit of the dose: Gy or cGy",
    "fractions": "the number of fractions",
    "dose_per_fraction": "the dose of one fraction",
    "course": "tells courses of one patient apart",
    "primary_icd10": "the code of the primary of a metastasis",
    "site": "the site of the disease",
    "target": "what was irradiated",
    "intent": "curative, adjuvant, palliative ...",
    "prior_rt": "prior radiotherapy to the region",
    "year": "the year or date of treatment; the year is kept",
    "age": "the age in years",
    "sex": "the sex",
    "decision_date": "the day the prescription was approved; the year is kept",
    "text_date": "the day the diagnosis text was written; later than the decision is refused",
    "date_order": "how dates are written: dmy or mdy",
    "attending": "the physician; kept as a code",
    "delivered": "the delivered dose; never the label",
    "ended_early": "whether or why the course ended early",
    "identifier": "names a person: taken out of the text, then dropped",
}
"""Every field that a column can be, and what it is."""

NEEDED = frozenset({"patient", "diagnosis", "regimen", "icd10"})
EVERY_ROW = "(every row)"
NOTHING = "-"
"""The answer that a column is no field."""

_SAMPLES = 3
_STAGES = {"start": "Starting", "look": "Looking at all rows", "curate": "Reading"}


@dataclass(frozen=True)
class Draft:
    """An import as far as it is decided: which files, what is chosen over the guess.

    ``chosen`` is field to column as ``--map`` has it; ``at`` is the file that is shown.
    """

    paths: tuple[Path, ...] = ()
    profile: str = ""
    preview: ImportPreview | None = None
    chosen: Mapping[str, str] = field(default_factory=dict[str, str])
    at: int = 0
    trial: ImportResult | None = None

    @property
    def file(self) -> FilePreview | None:
        """The file that is shown."""
        return self.preview.files[self.at] if self.preview else None

    @property
    def fixed(self) -> bool:
        """Whether the profile knows the columns, so that there is nothing to choose."""
        return bool(self.preview and not self.preview.known.mapped)

    def toggle(self, path: Path) -> "Draft":
        """With the path, or without it if it is there; what was seen of the files is forgotten."""
        if path in self.paths:
            kept = tuple(known for known in self.paths if known != path)
        else:
            kept = (*self.paths, path)
        return Draft(kept, self.profile)

    def seen(self, preview: ImportPreview) -> "Draft":
        """With the beginning of the files; choices stay, since the files may be looked at again."""
        chosen = self.chosen or preview.known.columns
        at = min(self.at, len(preview.files) - 1)
        return replace(self, preview=preview, chosen=chosen, at=at, trial=None)

    def turn(self, by: int) -> "Draft":
        """With the next or an earlier file shown."""
        count = len(self.preview.files) if self.preview else 1
        return replace(self, at=(self.at + by) % count)

    def field_of(self, column: str) -> str:
        """The field that a column of the shown file is, or ""."""
        mapping = self.file.mapping(self.chosen) if self.file else {}
        return next((name for name, known in mapping.items() if known == column), "")

    def assign(self, column: str, name: str) -> "Draft":
        """With a column as this field and no other; ``NOTHING`` for none."""
        before = self.field_of(column)
        name = identifier_field(column) if name == IDENTIFIER else name
        if before == name or (not before and name == NOTHING):
            return self
        chosen = {known: value for known, value in self.chosen.items() if known != before}
        if name == NOTHING:
            chosen[before] = "@"
        else:
            chosen[name] = column
        return replace(self, chosen=chosen, trial=None)

    def same(self, name: str, value: str) -> "Draft":
        """With a field that is the same in every row; an empty value takes that back."""
        chosen = {known: column for known, column in self.chosen.items() if known != name}
        if value:
            chosen[name] = f"@{value}"
        return replace(self, chosen=chosen, trial=None)

    def by_guess(self) -> "Draft":
        """With nothing chosen over the guess."""
        return replace(self, chosen={}, trial=None)

    def problems(self) -> list[str]:
        """What keeps the files from being imported as they are mapped, one sentence each."""
        if self.preview is None or self.fixed:
            return []
        said: list[str] = []
        several = len(self.preview.files) > 1
        for file in self.preview.files:
            where = f"{file.path.name}: " if several else ""
            missing = [_named(name) for name in file.missing(self.chosen)]
            if missing:
                said.append(f"{where}no column is the {' or the '.join(missing)}")
            absent = file.absent(self.chosen)
            if absent:
                said.append(f"{where}there is no column {' or '.join(map(repr, absent))}")
        return said

    def request(self, dry_run: bool) -> ImportRequest:
        """The import as it is asked for."""
        profile = self.preview.profile if self.preview else self.profile
        if self.preview and not self.fixed:
            profile = "table"  # a saved profile is among what is chosen, as far as it still holds
        chosen = {} if self.fixed else dict(self.chosen)
        return ImportRequest(self.paths, profile, chosen, dry_run)


def _named(name: str) -> str:
    return "regimen (or dose and fractions)" if name == "regimen" else name


@dataclass(frozen=True)
class ColumnRow:
    """A column of a file: the field it is (or ""), whether a person said so, its first values.

    ``column`` is ``EVERY_ROW`` where a field is the same in all rows.
    """

    column: str
    field: str
    by_hand: bool
    values: str


def column_rows(draft: Draft) -> list[ColumnRow]:
    """What is the same in every row, then the columns of the shown file in their order."""
    file = draft.file
    if file is None:
        return []
    mapping = file.guess if draft.fixed else file.mapping(draft.chosen)
    fields = {column: name for name, column in mapping.items()}
    rows = [
        ColumnRow(EVERY_ROW, name, True, _said(value))
        for name, value in mapping.items()
        if value.startswith("@") and value not in file.columns
    ]
    for column in file.columns:
        name = fields.get(column, "")
        values = "neither text nor numbers" if column in file.closed else _samples(file, column)
        rows.append(ColumnRow(column, name, draft.chosen.get(name) == column, values))
    return rows


def _said(value: str) -> str:
    return "another patient in every row" if value == "@row" else value[1:]


def _samples(file: FilePreview, column: str) -> str:
    """The first values of a column that differ."""
    values = dict.fromkeys(row.get(column, "").strip() for _, row in file.rows)
    values.pop("", None)
    return " | ".join(list(values)[:_SAMPLES])


def field_options(draft: Draft, column: str) -> list[tuple[str, str]]:
    """The fields that a column may be, as (field, label); those that a case needs come first."""
    mapping = draft.file.mapping(draft.chosen) if draft.file else {}
    names = sorted(MEANINGS, key=lambda name: name not in NEEDED)
    options = [(NOTHING, "no field: leave this column out")]
    for name in names:
        sign = "*" if name in NEEDED else " "
        now = mapping.get(name, "")
        taken = f" (now {now})" if now and now != column else ""
        options.append((name, f"{sign} {name}: {MEANINGS[name]}{taken}"))
    return options


@dataclass(frozen=True)
class Pace:
    """When a stage began and how far it was, to say how long the rest takes."""

    stage: str = ""
    began: float = 0.0
    first: int = 0

    def follow(self, progress: Progress, now: float) -> "Pace":
        """The pace of the stage that ``progress`` is in; ``now`` in seconds."""
        if progress.stage == self.stage:
            return self
        return Pace(progress.stage, now, progress.done)

    def line(self, progress: Progress, now: float) -> str:
        """``Reading: 4,000 of 10,000 records, 12 s to go``."""
        said = _STAGES.get(progress.stage, progress.stage)
        if not progress.total:
            return f"{said} ..."
        per, unit = (1_000_000, "MB") if progress.unit == "bytes" else (1, progress.unit)
        form = ",.1f" if per > 1 else ",.0f"
        counted = f"{progress.done / per:{form}} of {progress.total / per:{form}} {unit}".rstrip()
        return f"{said}: {counted}{to_go(self._seconds(progress, now))}"

    def _seconds(self, progress: Progress, now: float) -> float | None:
        passed, done = now - self.began, progress.done - self.first
        if passed < 1 or done <= 0:
            return None
        return passed * (progress.total - progress.done) / done


def summary(result: ImportResult) -> str:
    """What came of an import, in a sentence or two."""
    funnel = result.funnel
    new = funnel["cases"] - funnel["duplicates"]
    said = f"{new:,} case{'s' * (new != 1)} taken in; {funnel['rejects']:,} rejects."
    if funnel["duplicates"]:
        said += f" {funnel['duplicates']:,} of the cases were in the store already."
    return said


def short(path: Path) -> str:
    """A path as it fits on a line: below the person's folder from ``~``, else its last parts."""
    if path.is_relative_to(Path.home()):
        return str("~" / path.relative_to(Path.home()))
    text = str(path)
    return text if len(text) <= 40 else "/".join(("…", *path.parts[-2:]))


def size_in_words(size: int) -> str:
    """``1.2 MB``; ``size`` in bytes."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
