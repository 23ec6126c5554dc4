"""A prescription's text as phases: the canonical print exactly, and what people and models write.

``60 Gy in 30``, ``2 Gy x 30`` and ``6000 cGy/30 fx`` are the same thing. The reader never
guesses: text without a legible dose and fractions, and text whose numbers do not agree, is an
error whose sentence says which. Doses are read by ``regimen_doses``, the other words by
``regimen_words``; this module finds the phases and puts each together.
"""

import re
import unicodedata
from functools import lru_cache

from store.clinical.modality import stated_modalities
from store.clinical.regimen import (
    IMPLANTS,
    DoseQuantity,
    DoseRate,
    Level,
    Modality,
    Phase,
    Regimen,
    Schedule,
)
from store.clinical.regimen_doses import COUNTED, DOSE, Doses, agree, read_doses, refuse_impossible
from store.clinical.regimen_printer import NO_TARGET, RATES, SCHEDULES, SEPARATOR, UNITS
from store.clinical.regimen_words import (
    ISOTOPES,
    LOW_RATE_ISOTOPES,
    SIMULTANEOUS,
    TECHNIQUES,
    RegimenError,
    Words,
    clean_target,
    dose_rate,
    is_point,
    is_target,
)

__all__ = ["LONGEST", "RegimenError", "legible_regimen", "parse_regimen"]

LONGEST = 2000
"""No prescription is longer (characters); more is some other text and is not searched."""

MOST_PHASES = 6
MOST_KEPT = 16_384
"""Texts of which ``legible_regimen`` remembers what they state."""


def parse_regimen(text: str) -> Regimen:
    """The regimen that ``text`` states.

    Raises:
        RegimenError: no regimen is legible; the message says what is missing or disagrees.
    """
    if len(text) > LONGEST:
        raise RegimenError(f"The text is too long for a regimen ({len(text)} characters).")
    return _read_printed(text.strip()) or _read_written(text)


@lru_cache(maxsize=MOST_KEPT)
def legible_regimen(text: str) -> Regimen | None:
    """The regimen that ``text`` states; None where none is legible."""
    try:
        return parse_regimen(text)
    except RegimenError:
        return None


_PRINTED = re.compile(
    r"(?P<doses>[0-9]+(?:\.[0-9]{1,2})?(?: / [0-9]+(?:\.[0-9]{1,2})?)*)"
    r" (?P<unit>Gy\(RBE\)|Gy physical|Gy)"
    r"(?: in (?P<n>[1-9][0-9]{0,2}) fractions?)?"
    rf"(?P<schedule>{'|'.join(SCHEDULES.values())})?"
    rf"(?P<rate>{'|'.join(RATES.values())})?"
    rf"(?: (?P<isotope>{'|'.join(ISOTOPES)}))?"
    r"(?: at (?P<point>[A-Za-z0-9%. -]+))?"
)
_RADIATION = re.compile(
    rf"(?:(?P<modality>{'|'.join(Modality)})|by)(?: (?P<technique>{'|'.join(TECHNIQUES)}))?"
)


def _read_printed(text: str) -> Regimen | None:
    """The regimen of a canonical print, None where the text is not one."""
    phases: list[Phase] = []
    for part in text.split(SEPARATOR):
        phase = _printed_phase(part)
        if phase is None:
            return None
        phases.append(phase)
    return Regimen(tuple(phases))


def _printed_phase(text: str) -> Phase | None:
    first, _, rest = text.partition(", ")
    head = _PRINTED.fullmatch(first)
    if not head or (head["point"] and not is_point(head["point"])):
        return None
    word, _, after = rest.partition(", ")
    radiation = _RADIATION.fullmatch(word)
    if radiation:
        rest = after
    doses = [float(dose) for dose in head["doses"].split(" / ")]
    for dose in doses:
        refuse_impossible(dose, int(head["n"]) if head["n"] else None)
    targets = rest.split(" / ") if rest else [""] * len(doses)
    targets = ["" if target == NO_TARGET else target for target in targets]
    if len(targets) != len(doses) or not all(is_target(target) for target in targets):
        return None
    schedule = {text: s for s, text in SCHEDULES.items()}.get(head["schedule"])
    unit = next(q for q, written in UNITS.items() if written == head["unit"])
    try:
        return Phase(
            levels=tuple(Level(d, t) for d, t in zip(doses, targets, strict=True)),
            fractions=int(head["n"]) if head["n"] else None,
            modality=Modality(radiation["modality"])
            if radiation and radiation["modality"]
            else None,
            technique=(radiation and radiation["technique"]) or "",
            schedule=schedule or Schedule.UNSTATED,
            quantity=unit,
            dose_rate={text: r for r, text in RATES.items()}.get(head["rate"], DoseRate.EXTERNAL),
            isotope=head["isotope"] or "",
            prescription_point=head["point"] or "",
        )
    except ValueError:
        return None  # its parts contradict each other: read as any other text, with a sentence


def _read_written(text: str) -> Regimen:
    phases: list[Phase] = []
    sums: list[float] = []
    parts = _split(_normalise(text))
    if len(parts) > MOST_PHASES:
        raise RegimenError(f"No regimen has {len(parts)} phases.")
    for part in parts:
        phase, stated = _phase(part, later=bool(phases))
        phases.append(phase)
        sums += stated
    whole = round(sum(phase.dose_gy for phase in phases), 2)
    possible = {whole, *(phase.dose_gy for phase in phases)}
    fractions = sum(phase.fractions or 0 for phase in phases)
    for stated in sums:
        if not any(agree(stated, dose, fractions) for dose in possible):
            raise RegimenError(f"The doses add to {whole:g} Gy and not to {stated:g} Gy.")
    return Regimen(tuple(phases))


_NUMBER_WORDS = {
    "single": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "fifteen": "15",
    "sixteen": "16", "twenty": "20", "thirty": "30",
}  # fmt: skip
_SPELLED = re.compile(
    rf"(?<![a-z-])(?:an? )?({'|'.join(_NUMBER_WORDS)})[ -]"
    r"(?=(?:daily |weekly |hdr )?(?:fractions?|fx|treatments?|sessions?|insertions?|doses?)\b)",
    re.IGNORECASE,
)
_SINGLE_DOSE = re.compile(r"(?<![0-9.,])1 doses?\b|\b(?:single|SF)\b(?=$|[,;)])", re.IGNORECASE)


def _normalise(text: str) -> str:
    """One kind of space, dash and times sign; spelled numbers of fractions as digits."""
    text = unicodedata.normalize("NFKC", text).replace("\x00", " ")
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"\s*[\r\n]+\s*", " ; ", text.strip())
    text = " ".join(text.split())
    # "6X" before a dose is an energy; any other x between numbers and units multiplies
    text = re.sub(r"(?<=[0-9y)#EeSsXx]) ?(?:[x*\u00d7]|(?<! )X(?! )| X) ?(?=[0-9])", " x ", text)
    text = _SPELLED.sub(lambda m: _NUMBER_WORDS[m[1].casefold()] + " ", text)
    text = _SINGLE_DOSE.sub("1 fraction", text)
    if len(text) > 2 * LONGEST:  # some characters are many when they are written out
        raise RegimenError("The text is too long for a regimen.")
    return text


_HARD = re.compile(r";|\bfollowed by\b|\bthen\b|\.(?= [A-Z])", re.IGNORECASE)
_PLUS = re.compile(r"\+(?! ?/)|\bplus\b|&", re.IGNORECASE)
_LISTED = re.compile(r"(?:,|\band\b)(?= ?[0-9])", re.IGNORECASE)
_BOOST = re.compile(
    r"(?:,|\band\b|\bwith\b)(?= ?(?:[a-z-]{1,20} ){0,3}boost (?:of )?[0-9])", re.IGNORECASE
)
_CALLED_TOTAL = re.compile(
    r"^\W*(?:for |to )?(?:an? )?(?:=|(?:total|cumulative|sum)\b)", re.IGNORECASE
)


def _split(text: str) -> list[str]:
    """The phases' texts: a piece without a dose of its own joins the one before.

    A comma or "and" parts phases only before a dose with its fractions, and not where a
    simultaneous boost lists its levels. Nothing is parted within parentheses.
    """
    marks = [m for pattern in (_HARD, _PLUS) for m in pattern.finditer(text)]
    if not SIMULTANEOUS.search(text):
        marks += [m for m in _LISTED.finditer(text) if COUNTED.match(text, _next(text, m))]
        marks += _BOOST.finditer(text)
    marks.sort(key=lambda mark: mark.start())
    pieces: list[str] = []
    joint, start = "", 0
    for mark in [*marks, None]:
        begin = mark.start() if mark else len(text)
        inside = text.count("(", 0, begin) > text.count(")", 0, begin)
        if mark and inside:
            continue
        piece = text[start:begin]
        own = DOSE.search(piece) and not _CALLED_TOTAL.search(piece)
        if pieces and not (own and DOSE.search(pieces[-1])):
            pieces[-1] += joint + piece
        else:
            pieces.append(piece)
        if mark:
            joint = f" {mark[0]} " if mark[0] in "+&" else {".": "."}.get(mark[0], ", ")
            start = mark.end()
    return pieces


def _next(text: str, mark: re.Match[str]) -> int:
    """Where the dose after the mark begins."""
    return mark.end() + (text[mark.end()] == " ")


def _phase(text: str, *, later: bool) -> tuple[Phase, tuple[float, ...]]:
    """One phase, and the sums that its text claims for the phase or the course."""
    words = Words(" ".join(text.split()))
    stated = stated_modalities(words.text)
    schedules = words.schedules()
    point = words.point()
    technique = words.technique()
    isotope = words.isotope()
    said = words.rates()
    if not said and isotope in LOW_RATE_ISOTOPES:
        said = {"temporary"} if isotope == "Ru-106" else {"LDR"}
    words.modalities()
    simultaneous = bool(words.take(SIMULTANEOUS))
    implant = technique == "plaque" or bool(said & {"LDR", "permanent", "temporary"} - {"HDR"})
    doses = read_doses(
        words.text,
        implant=implant and not said & {"HDR", "PDR"},
        countless="PDR" in said,
        simultaneous=simultaneous,
        later=later,
    )
    rate = dose_rate(said, technique, isotope, max(gray for gray, _ in doses.levels))
    modality = _modality(stated, rate)
    weighted = Words(doses.rest).rbe() or doses.rbe_weighted
    if len(schedules) > 1:
        raise RegimenError(f"One phase names two schedules ({' and '.join(sorted(schedules))}).")
    schedule = next(iter(schedules), Schedule.UNSTATED)
    if schedule is Schedule.SINGLE or rate in IMPLANTS:
        schedule = Schedule.UNSTATED
    quantity = DoseQuantity.PHYSICAL if doses.physical else DoseQuantity.UNKNOWN
    phase = Phase(
        levels=_levels(doses),
        fractions=doses.fractions,
        modality=modality,
        technique=technique,
        schedule=schedule,
        quantity=DoseQuantity.RBE_WEIGHTED if weighted else quantity,
        dose_rate=rate,
        isotope=isotope,
        prescription_point=point,
    )
    return phase, doses.sums


def _modality(stated: set[Modality], rate: DoseRate) -> Modality | None:
    if rate is not DoseRate.EXTERNAL:
        if stated - {Modality.BRACHYTHERAPY}:
            raise RegimenError("One phase names brachytherapy and another radiation.")
        return Modality.BRACHYTHERAPY
    return next(iter(stated)) if len(stated) == 1 else None


def _levels(doses: Doses) -> tuple[Level, ...]:
    """The levels, highest first, each with the words after its dose or else before it."""
    ordered = sorted(doses.levels, key=lambda level: level[1])
    places = [place for _, place in ordered]
    names: list[str] = []
    if len(set(places)) == 1:
        names = [_target(doses.rest[places[0] :]) or _target(doses.rest[: places[0]])]
        parts = names[0].split("/")
        if len(ordered) > 1:
            blank = [""] * (len(ordered) - 1)
            names = parts if len(parts) == len(ordered) else names + blank
            names = [_target(name) for name in names]
    else:
        for i, place in enumerate(places):
            end = places[i + 1] if i + 1 < len(places) else len(doses.rest)
            names.append(_target(doses.rest[place:end]))
        if len(names) == 2 and not names[1] and " with " in names[0]:
            # "prostate with pelvic nodes 50 Gy" names the second level before its dose
            first, _, second = names[0].rpartition(" with ")
            names = [first, second]
        if not names[0]:
            names[0] = _target(doses.rest[: places[0]])
    levels = [Level(dose, name) for (dose, _), name in zip(ordered, names, strict=True)]
    return tuple(sorted(levels, key=lambda level: -level.dose_gy))


def _target(text: str) -> str:
    words = Words(text.replace("\x00", " "))
    words.rbe()
    target = clean_target(words.text)
    return target if is_target(target) else ""
