"""Doses against what is usual: per fraction, in EQD2, and of an implant.

Usual is what the department's rows and its training cases have for the code's site, with the intent
that the text states, the phase's kind of dose rate and its technique. Where they have nothing, no
range is known and nothing is called unusual. EQD2 is compared at the alpha/beta of the rows; where
they have none, a statement must hold at both ends of what tumours have.
"""

import re
from collections.abc import Iterable, Sequence

from exports.evaluation.equivalence import EQD2_WITHIN, UNKNOWN_ALPHA_BETA_GY
from exports.evaluation.unsafe_doses import FRACTION_FACTOR
from exports.flags.flag import Flag, check, stop
from exports.flags.ground import Given, Ground
from store.cases import Intent
from store.clinical.regimen import IMPLANTS, Phase, Regimen
from store.department.question import prepare
from store.department.ranges import course_eqd2_gy, is_such, technique_class

Span = tuple[float, float]

_INTENTS = (
    (Intent.PALLIATIVE, r"palliat\w+"),
    (Intent.NEOADJUVANT, r"neo-?adjuvant|pre-?op(?:erative)?(?:ly)? (?:RT|radio\w+|chemo\w+)"),
    (
        Intent.CURATIVE,
        r"curative|radical (?:RT|radio\w+|intent)|definitive (?:RT|radio\w+|chemo\w+)",
    ),
    (Intent.ADJUVANT, r"(?<!neo)(?<!neo-)adjuvant (?:RT|radio\w+)"),
    (Intent.PROPHYLACTIC, r"prophyla\w+"),
)


def stated_intent(diagnosis: str) -> str:
    """The intent that the text states in so many words; "" where it states none, or two."""
    text = prepare(diagnosis)
    found = [i.value for i, said in _INTENTS if re.search(rf"\b(?:{said})\b", text, re.IGNORECASE)]
    return found[0] if len(found) == 1 else ""


def dose_flags(ground: Ground, diagnosis: str, code: str, regimen: Regimen) -> list[Flag]:
    """What of the doses is beyond the usual; ``code`` is the ICD-10 code answered."""
    usual = ground.usual(code, stated_intent(diagnosis))
    found: list[Flag] = []
    for phase in regimen.phases:
        alike = _alike(usual, phase)
        if alike:
            found += _phase(code, phase, alike)
        else:
            said = f"No range of dose is known for {_where(code, phase)}."
            found.append(check("no_range", said))
    course = _course(code, regimen, usual)
    return _once([*found, *course])


def _where(code: str, phase: Phase) -> str:
    how = phase.technique or phase.dose_rate.value
    return f"{code or 'a case without a code'}, {how}"


def _alike(usual: Sequence[Given], phase: Phase) -> list[Phase]:
    """The usual phases of the same kind of dose rate and technique."""
    kind = technique_class(phase.technique)
    return [
        other
        for one in usual
        for other in one.regimen.phases
        if is_such(other, phase.dose_rate, kind)
    ]


def _phase(code: str, phase: Phase, alike: Sequence[Phase]) -> list[Flag]:
    each = phase.dose_per_fraction_gy
    span = _span(other.dose_per_fraction_gy for other in alike)
    if each is not None and span is not None:
        return _beyond("fraction_dose", "a fraction", code, each, span, 0.005)
    span = _span(other.dose_gy for other in alike if other.dose_rate in IMPLANTS)
    if phase.dose_rate in IMPLANTS and span is not None:
        return _beyond("implant_dose", "of the implant", code, phase.dose_gy, span, 0.005)
    return []


def _course(code: str, regimen: Regimen, usual: Sequence[Given]) -> list[Flag]:
    """EQD2 of what the boosted volume receives, against courses with a phase of the same kind."""
    first = regimen.phases[0]
    alike = [one for one in usual if _alike([one], first)]
    own = {one.alpha_beta_gy for one in alike} - {None}
    found: list[list[Flag]] = []
    for ratio in sorted(r for r in own if r) or UNKNOWN_ALPHA_BETA_GY:
        span = _span(course_eqd2_gy(one.regimen, ratio) for one in alike)
        given = course_eqd2_gy(regimen, ratio)
        if span is None or given is None:
            continue
        what = f"EQD2 (alpha/beta {ratio:g} Gy)"
        found.append(_beyond("eqd2", what, code, given, span, EQD2_WITHIN))
    return min(found, key=len) if found else []


def _beyond(rule: str, what: str, code: str, value: float, span: Span, within: float) -> list[Flag]:
    """A check beyond the range, a stop at 1.5 times beyond either of its ends."""
    low, high = span
    if low * (1 - within) <= value <= high * (1 + within):
        return []
    said = f"{value:.4g} Gy {what}: usual for {code} is {_range(span)}."
    far = value >= high * FRACTION_FACTOR - 1e-9 or value <= low / FRACTION_FACTOR + 1e-9
    return [stop(rule, said) if far else check(rule, said)]


def _range(span: Span) -> str:
    low, high = span
    return f"{low:.4g} Gy" if low == high else f"{low:.4g} to {high:.4g} Gy"


def _span(values: Iterable[float | None]) -> Span | None:
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else None


def _once(flags: Iterable[Flag]) -> list[Flag]:
    return list(dict.fromkeys(flags))
