"""The questions of the cases screen that are a list to choose from: filters and reasons."""

from collections.abc import Mapping, Sequence

from store.case_events import EXCLUSION_REASONS
from store.case_filter import FILTERS, CaseFilter

FREE = "free"
OWN = "own words"

LABELS: Mapping[str, str] = {
    "site": "primary site",
    "modality": "modality",
    "icd10": "ICD-10 code",
    "status": "included or excluded",
    "source": "source of the cases",
    "split": "part in the newest data set",
    "intent": "intent",
    "annotated": "annotated or not",
    "setting": "synthetic setting",
}


def field_options(chosen: CaseFilter) -> list[tuple[str, str]]:
    """The fields to filter by, each with what it is set to now."""
    now = dict(chosen.equal)
    return [
        (field, f"{field:<10} {LABELS[field]}" + (f"  = {now[field]}" if field in now else ""))
        for field in LABELS
        if field in FILTERS
    ]


def value_options(values: Sequence[tuple[str, int]], is_set: bool) -> list[tuple[str, str]]:
    """The values of a field with their counts; the key is ``=`` and the value."""
    width = max((len(value) for value, _ in values), default=0)
    options = [(f"={value}", f"{value or '(empty)':<{width}}  {n:,}") for value, n in values]
    return [*([(FREE, "any (no filter)")] if is_set else []), *options]


def reason_options() -> list[tuple[str, str]]:
    """Why a case is taken out: the coded reasons, and any other."""
    coded = [(key, f"{key:<18} {sentence}") for key, sentence in EXCLUSION_REASONS.items()]
    return [*coded, (OWN, f"{OWN:<18} Say it yourself.")]
