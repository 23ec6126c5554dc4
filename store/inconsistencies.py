"""Cases that contradict themselves, found by knowing the field.

Each rule has a key, a sentence and the reason why it holds. What is found is a question to a
person, not a verdict: nothing is excluded or changed here, and a value that is absent is never
asked about. What goes with what is in ``inconsistency_tables``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from store.clinical.icd10 import in_ranges, laterality
from store.clinical.regimen import DoseQuantity, Modality, Regimen
from store.clinical.regimen_reader import legible_regimen
from store.inconsistency_fractions import fraction_findings, schedule_findings
from store.inconsistency_tables import (
    AGES,
    ANYWHERE,
    FEMALE_ONLY,
    FEMALE_SITES,
    MALE_ONLY,
    MALE_SITES,
    SITE_CODES,
    TECHNIQUE_MODALITIES,
)

MOST_KEPT = 4096
"""Regimens and sites whose reading is remembered: cases have few different ones."""


@dataclass(frozen=True)
class Rule:
    """One rule: its key, what it says of a case that breaks it, and why it holds."""

    key: str
    sentence: str
    reason: str


RULES: Mapping[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "site_code",
            "The code is not one of the site or target treated.",
            "ICD-10 neoplasm categories are by site (chapter II); a code of another organ is a "
            "slip, or the site is that of a metastasis that has a code of its own.",
        ),
        Rule(
            "side_code",
            "The code is of one side, the case of the other.",
            "ICD-10-CM gives paired organs a character for the side (guideline I.B.13).",
        ),
        Rule(
            "sex_site",
            "The site or code is not one of the recorded sex.",
            "ICD-10 limits these categories to one sex (WHO volume 2, 4.4.3).",
        ),
        Rule(
            "age_setting",
            "The disease is hardly ever irradiated at this age.",
            "Incidence by age in cancer registries; an age is mistyped more often.",
        ),
        Rule(
            "modality_technique",
            "The technique is not done with this radiation.",
            "A technique is defined by its radiation: arcs and IMRT by photons, scanned pencil "
            "beams by protons, plaques and applicators by sealed sources.",
        ),
        Rule(
            "fraction_size",
            "The dose per fraction or the total is not plausible for technique and intent.",
            "AAPM TG-101 and ESTRO-ACROP give the ranges; the bounds are wider than these.",
        ),
        Rule(
            "schedule_fractions",
            "The schedule does not fit the number of fractions.",
            "A course of two fractions a day has an even number of them, and weekly ones are few.",
        ),
    )
}


@dataclass(frozen=True)
class Finding:
    """One contradiction in one case; ``detail`` is a sentence that names both values."""

    key: str
    case_id: str
    detail: str


def findings_of_case(case: Mapping[str, Any], describe: Callable[[str], str]) -> list[Finding]:
    """What in one case does not go together, in the order of ``RULES``.

    ``case`` has the columns of a stored case; ``describe`` gives a code's description, "" where
    it is unknown.
    """
    regimen = legible_regimen(str(case["regimen"]))
    found = [
        ("site_code", _site(case, regimen)),
        ("side_code", _side(case, describe)),
        ("sex_site", _sex(case)),
        ("age_setting", _age(case)),
    ]
    if regimen:
        intent = str(case["intent"])
        found += [
            ("modality_technique", _technique(regimen)),
            ("fraction_size", fraction_findings(regimen, intent)),
            ("schedule_fractions", schedule_findings(regimen)),
        ]
    case_id = str(case["case_id"])
    return [Finding(key, case_id, detail) for key, details in found for detail in details]


@lru_cache(maxsize=MOST_KEPT)
def _codes_of(place: str) -> tuple[str, ...]:
    """The codes that each site named in these words may have."""
    return tuple(codes for begin, codes in SITE_CODES if _begins(begin).search(place))


def _site(case: Mapping[str, Any], regimen: Regimen | None) -> Iterator[str]:
    code = str(case["icd10"])
    # a prophylactic field is where no disease is
    if case["intent"] == "prophylactic" or in_ranges(code, ANYWHERE):
        return
    levels = [level for phase in regimen.phases for level in phase.levels] if regimen else []
    named = [("site", str(case["site"])), *(("target", level.target) for level in levels)]
    for name, words in named:
        allowed = _codes_of(words)
        if allowed and not any(in_ranges(code, tuple(codes.split())) for codes in allowed):
            yield f"The {name} is {words.strip()[:40]}, the code {code}."
            return


def _side(case: Mapping[str, Any], describe: Callable[[str], str]) -> Iterator[str]:
    side = laterality(describe(str(case["icd10"])))
    other = {"left": "right", "right": "left"}.get(side)
    if not other:
        return
    for name in ("target", "site", "regimen", "diagnosis"):
        said = _sides(str(case[name]), near_organ=name == "diagnosis")
        if said == {other}:
            yield f"The code {case['icd10']} is {side}, the {name} says {other}."
            return


_SIDE = re.compile(r"(?<![\w-])(?P<side>left|right|lt|rt|L|R)(?![\w-])")
_ORGAN = re.compile(
    r"[. -]{1,2}(?:[\w'/]+[ -]){0,2}?(?:breast|lung|[ulm]\w+ lobe|[ulrm]ul|kidney|renal|eye|orbit"
    r"|adrenal|testi\w*|tonsil|parotid|thigh|arm|leg|chest wall)"
)


@cache
def _side_of(word: str) -> str:
    return "left" if word.casefold().startswith("l") else "right"


def _sides(text: str, near_organ: bool) -> set[str]:
    """The sides that a text names; with ``near_organ`` only those said of a paired organ.

    A letter counts only before an organ, and both sides or "bilateral" in a text mean nothing.
    """
    if re.search(r"\bbilat|\bboth\b", text, re.IGNORECASE):
        return {"left", "right"}
    found: set[str] = set()
    for match in _SIDE.finditer(text):
        word = match["side"]
        of_organ = bool(_ORGAN.match(text, match.end()))
        if of_organ or (not near_organ and len(word) > 2):
            found.add(_side_of(word))
    return found


def _sex(case: Mapping[str, Any]) -> Iterator[str]:
    sex, code, site = str(case["sex"]).casefold(), str(case["icd10"]), str(case["site"])
    for name, codes, words in (
        ("female", FEMALE_ONLY, FEMALE_SITES),
        ("male", MALE_ONLY, MALE_SITES),
    ):
        if sex not in ("male", "female") or sex == name:
            continue
        if in_ranges(code, tuple(codes.split())):
            yield f"The patient is {sex}, the code {code} is only given to {name} patients."
        elif _begins(words).search(site):
            yield f"The patient is {sex}, the site is {site[:40]}."


def _age(case: Mapping[str, Any]) -> Iterator[str]:
    age, code = case["age"], str(case["icd10"])
    if age is None:
        return
    for codes, words, youngest, oldest in AGES:
        if youngest <= age <= oldest or not in_ranges(code, tuple(codes.split())):
            continue
        if not words or re.search(words, str(case["diagnosis"]), re.IGNORECASE):
            yield f"The patient is {age}; {code} is irradiated from {youngest} to {oldest} years."
            return


def _technique(regimen: Regimen) -> Iterator[str]:
    for phase in regimen.phases:
        modality = phase.modality
        if not modality:
            continue
        done_with = TECHNIQUE_MODALITIES.get(phase.technique, (modality,))
        if modality not in done_with:
            names = " or ".join(done_with)
            yield f"{phase.technique} is done with {names}, the phase is {modality}."
        elif modality is not Modality.PROTON and phase.quantity is DoseQuantity.RBE_WEIGHTED:
            yield f"The dose is RBE-weighted, the phase is {modality}."


@cache
def _begins(words: str) -> re.Pattern[str]:
    """Any of the words at the beginning of a word."""
    return re.compile(rf"(?<![a-z-])(?:{words})", re.IGNORECASE)
