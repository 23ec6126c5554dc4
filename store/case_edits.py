"""What a person may make of a case: the same rules as for one that comes in.

A corrected case goes through scrubbing and curation as if its record had been right from the
beginning, so that an edit cannot make what an import would have turned away. The store is not
opened here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from store.cases import Intent, RawCase, Reject
from store.clinical.icd10 import CodeTable
from store.curation import Source, curate
from store.errors import BadUsage
from store.import_rules import DEFAULT, ImportRules
from store.privacy.typed import typed

EDITABLE = ("diagnosis", "regimen", "modality", "icd10", "site", "target", "intent")
ANNOTATED = ("regimen", "modality", "icd10")
"""What a person confirms who annotates a case: the answers of the three tasks."""

_LONGEST_WORDS = 200
_HINTS = {
    "modality_contradicts": "Change modality and regimen together.",
    "code_contradicts": "Change code and diagnosis together.",
    "regimen_unreadable": "Write it as in: 60 Gy in 30 fractions, photon, prostate.",
    "modality_unreadable": "Choose photon, proton, electron or brachytherapy.",
}


def corrected(
    case: Mapping[str, Any],
    changes: Mapping[str, str],
    codes: CodeTable,
    allowed: tuple[str, ...] = EDITABLE,
    rules: ImportRules = DEFAULT,
) -> dict[str, Any]:
    """The columns of ``case`` that get another value by ``changes``, as they are to be kept.

    Identifiers are taken out of what was typed; text has no date here, and needs none. The
    regimen comes back in its canonical print, the code dotted and with its system, and an empty
    modality is taken from the regimen; nothing comes back for what is already so.

    Raises:
        BadUsage: a field that cannot be edited, or a case that curation would turn away; the
            sentence is curation's.
    """
    for name in changes:
        if name not in allowed:
            raise BadUsage(f"{name!r} cannot be set here.", f"Set {', '.join(allowed)}.")
    values = {name: str(case[name]) for name in EDITABLE} | typed(changes)
    values |= {name: _words(name, values[name]) for name in ("site", "target")}
    values["intent"] = _intent(values["intent"])
    raw = RawCase(
        patient=str(case["patient"]),
        diagnosis=values["diagnosis"],
        regimen=values["regimen"],
        modality=values["modality"],
        icd10=values["icd10"],
        site=values["site"],
        target=values["target"],
        intent=values["intent"],
    )
    rules = replace(rules, undated_text=True)
    outcome = curate(raw, Source(str(case["source"])), codes, b"", rules=rules)
    if isinstance(outcome, Reject):
        raise BadUsage(outcome.detail, _HINTS.get(outcome.reason, "The case was left as it was."))
    made = {name: getattr(outcome, name) for name in (*EDITABLE, "icd10_system")}
    return {name: str(value) for name, value in made.items() if str(value) != str(case[name])}


def _words(name: str, text: str) -> str:
    line = " ".join(text.split())
    if len(line) > _LONGEST_WORDS:
        raise BadUsage(f"The {name} has {len(line)} characters.", f"{_LONGEST_WORDS} are allowed.")
    return line


def _intent(text: str) -> str:
    word = text.strip().casefold() or Intent.UNKNOWN.value
    if word not in set(Intent):
        raise BadUsage(f"{text!r} is no intent.", f"Choose one of {', '.join(Intent)}.")
    return word
