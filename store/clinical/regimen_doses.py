"""The doses and fractions of one phase, read from text in the many ways they are written.

Every number with a unit must find its place: as the dose of the phase, as the dose of a
fraction, as the level of a simultaneous boost or as the sum of the course. What does not agree
(2 Gy x 30 = 50 Gy), what is a range and what could be two things is an error, never a guess.
"""

import re
from dataclasses import dataclass, field

from store.clinical.regimen_words import FRACTION, RegimenError

MOST_GY = 200.0
"""Above any prescription (145 Gy of I-125, 90 Gy to a trigeminal root): cGy read as Gy."""
MOST_FRACTIONS = 150
LEAST_PER_FRACTION_GY = 0.1
"""Low-dose total body irradiation is given 0.1 to 0.15 Gy a fraction; nothing goes below."""

_NUMBER = r"[0-9]{1,6}(?:[.,][0-9]{1,4}){0,2}"
_UNIT = (
    r"(?:CGE|(?:centi-?)?gr[ae]ys?|c?gye|c?gy(?:-?eq| ?equivalents?)?)"
    r"(?: ?[(\[] ?(?:RBE|E) ?[)\]]|[ _-]?RBE| physical)?(?![A-Za-z0-9])"
)
_N = r"(?P<n>[0-9]{1,3})(?![0-9]|[.,][0-9]| ?-[0-9])"
_DOSE = rf"(?<![\w.,<>≤≥])(?P<d>{_NUMBER}) ?-?(?P<u>{_UNIT})"
_NO_COUNT = (
    r"(?! ?-? ?(?:weeks?|wks?|days?|d|months?|years?|yrs?|y|yo|hours?|hrs?|h|min\w*|%|mm|cm|m|cc|ml"
    r"|c?gy|phases?|courses?|cycles?|parts?|patients?|fields?|arcs?|beams?|stages?|steps?|levels?"
    r"|lesions?|sites?|targets?|catheters?|needles?|mv|mev)(?![A-Za-z0-9]))"
)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


DOSE = _compile(_DOSE)
COUNTED = _compile(rf"{_DOSE}[ ,(:]{{0,3}}(?:/|in|over)?[ (]{{0,2}}[0-9]{{1,3}}(?![0-9.])")
"""A dose with a number after it that may be its fractions."""
_RANGE = _compile(
    rf"(?<![\w.])(?P<low>{_NUMBER}) ?(?:{_UNIT})? ?(?P<how>-|to) ?(?P<high>{_NUMBER}) ?-?{_UNIT}"
)
_RANGE_FX = _compile(rf"(?<![\w.])[0-9]{{1,3}} ?(?:-|to|or) ?[0-9]{{1,3}} ?{FRACTION}")
_EQUIVALENT = _compile(
    # the equivalent dose is in capitals and a tumour bed has a word before it
    r"(?:EQD2?|(?<![A-Za-z] )(?-i:BED))(?:[0-9]{1,2})?(?: ?\([^()]{0,20}\))?"
    rf" ?(?:=|:|of)? ?{_DOSE}"
)
_TIME = _compile(
    r"(?:(?:over|in|for|at|/) ?)?(?<![\w.])[0-9]{1,2}(?: ?- ?[0-9]{1,2})? ?-?"
    r"(?:weeks?|wks?|w|days?|months?)(?: apart)?(?![A-Za-z0-9])|(?:/ ?)?[0-9]{1,2}/52(?![0-9])"
)
_LIST = _compile(
    rf"(?<![\w.,<>])(?P<list>{_NUMBER} ?(?:{_UNIT})?(?: ?/ ?{_NUMBER} ?(?:{_UNIT})?){{0,3}}"
    rf" ?/ ?{_NUMBER} ?-?(?P<u>{_UNIT}))"
)
_LIST_COUNT = _compile(rf" ?(?P<how>x|in|/) ?{_N}(?: ?{FRACTION}|{_NO_COUNT})")
_PER = _compile(rf"{_DOSE} ?(?:/|per|a(?= )|each|every) ?(?:{FRACTION}|day(?![a-z]))")
_FRACTIONS_OF = _compile(rf"(?:(?<![\w.,-]){_N} ?-?)?{FRACTION} ?(?:of|@|at|x) ?{_DOSE}(?: each)?")
_EACH = _compile(rf"(?:@ ?{_DOSE})")
_FRACTION_SIZE = _compile(rf"{_DOSE} ?(?:each(?![a-z])|(?:daily )?{FRACTION})")
_TIMES = _compile(rf"{_DOSE} ?x ?{_N}(?: ?{FRACTION})?")
_TIMES_FIRST = _compile(rf"(?<![\w.,]){_N} ?(?:{FRACTION})? ?x ?{_DOSE}(?: each)?")
_TIMES_AFTER = _compile(rf"(?<=\x00) ?x ?{_N}(?: ?{FRACTION})?")
_IN = _compile(
    rf"{_DOSE}(?:[ ,(:]{{0,3}}(?:/|in|over|given in|delivered in|given over|by|using|as)?"
    rf" ?(?<![\w.,]){_N} ?-?{FRACTION}| ?(?:/|in) ?{_N.replace('<n>', '<bare>')}{_NO_COUNT})"
)
_COUNT = _compile(rf"(?<![\w.,-]){_N} ?-?{FRACTION}")
_COUNT_AFTER = _compile(rf"(?:number of )?(?:fractions?|fx|#) ?[:=] ?{_N}")
_SUM_BEFORE = _compile(
    r"(?:=|(?:total|cumulative|altogether|sum)(?: dose)?(?: of)?:?|(?<![a-z])to(?: a)?) ?$"
)
_TO_BEFORE = _compile(r"(?<![a-z])to(?: a)? ?$")
_SUM_AFTER = _compile(r"^ ?(?:in )?total(?![a-z])")


@dataclass(frozen=True)
class Doses:
    """What one phase's text says: levels as (Gy, where in ``rest``), fractions, stated sums.

    ``rest`` is the text with NUL characters where doses and counts stood.
    """

    levels: tuple[tuple[float, int], ...]
    fractions: int | None
    sums: tuple[float, ...]
    rbe_weighted: bool
    physical: bool
    rest: str


@dataclass
class _Found:
    text: str
    totals: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    sums: list[tuple[float, int, int | None]] = field(
        default_factory=list[tuple[float, int, int | None]]
    )
    per: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    counts: set[int] = field(default_factory=set[int])
    units: list[str] = field(default_factory=list[str])

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """All matches; each leaves NUL characters of its own length, so that places stay."""
        found = list(pattern.finditer(self.text))
        for match in found:
            blank = "\x00" * len(match[0])
            self.text = self.text[: match.start()] + blank + self.text[match.end() :]
        return found

    def gray(self, number: str, unit: str) -> float:
        self.units.append(unit)
        return to_gray(number, unit)


def to_gray(number: str, unit: str) -> float:
    """A written dose in Gy: cGy divided by 100; ``6,100`` is thousands, ``59,4`` a decimal.

    CGE and CGyE (cobalt gray equivalent) count as Gy; cGyE with a small c is a hundredth.

    Raises:
        RegimenError: the number is none.
    """
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", number):
        number = number.replace(",", "")
    elif re.fullmatch(r"[0-9]+,[0-9]{1,2}", number):
        number = number.replace(",", ".")
    elif not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number):
        raise RegimenError(f"The number {number} is not legible.")
    whole = unit.casefold()
    cobalt = whole == "cge" or (whole == "cgye" and unit[0] == "C")
    centi = whole.startswith("c") and not cobalt
    return float(number) / 100 if centi else float(number)


def read_doses(
    text: str, *, implant: bool, countless: bool, simultaneous: bool, later: bool
) -> Doses:
    """The doses and fractions of one phase.

    An ``implant`` has no fractions and a ``countless`` phase need not state its pulses;
    ``simultaneous`` allows several levels; in a ``later`` phase a dose that is said to be a
    total may be that of the course, and is no dose alone.

    Raises:
        RegimenError: no dose or no fractions are legible, or what is does not agree.
    """
    _refuse_ranges(text)
    found = _Found(text)
    found.take(_EQUIVALENT)
    found.take(_TIME)
    listed = _take_lists(found)
    _take_per_fraction(found)
    _take_totals(found, simultaneous)
    if not (found.totals or found.sums or found.per):
        raise RegimenError("No dose in Gy or cGy is legible.")
    if not found.totals and not found.per and later:
        raise RegimenError("The last dose may be a phase's or the whole course's.")
    _adopt_sum(found)
    fractions = _count(found, needed=not (implant or countless))
    levels = _levels(found, fractions)
    _check(levels, fractions, implant=implant, simultaneous=simultaneous or listed)
    units = " ".join(found.units).casefold()
    return Doses(
        levels=tuple(levels),
        fractions=None if implant else fractions,
        sums=tuple(gray for gray, _, _ in found.sums),
        rbe_weighted=bool(re.search(r"rbe|cge|gye|\(e|eq", units)),
        physical="physical" in units,
        rest=found.text,
    )


def agree(one: float, other: float, fractions: int | None) -> bool:
    """Whether two doses in Gy are the same, one from a fraction's dose rounded to 0.01 Gy."""
    return abs(one - other) <= 0.005 * (fractions or 0) + 0.0101


def _refuse_ranges(text: str) -> None:
    for match in _RANGE.finditer(text):
        low, high = (float(match[g].replace(",", ".", 1).replace(",", "")) for g in ("low", "high"))
        counted = re.search(r"[x/] ?$", text[: match.start()])
        if high / 4 <= low < high and not (match["how"].casefold() == "to" and counted):
            raise RegimenError(f"{match[0]} is a range and no dose.")
    match = _RANGE_FX.search(text)
    if match:
        raise RegimenError(f"{match[0]} is a range and no number of fractions.")


def _take_lists(found: _Found) -> bool:
    """70/56 Gy: the levels of a simultaneous boost, also as 2/1.6 Gy x 35."""
    listed = False
    for match in list(_LIST.finditer(found.text)):
        values = re.findall(_NUMBER, match["list"])
        grays = [found.gray(value, match["u"]) for value in values]
        count = _LIST_COUNT.match(found.text, match.end())
        end = count.end() if count else match.end()
        if count:
            found.counts.add(int(count["n"]))
            if count["how"].casefold() == "x":
                grays = [gray * int(count["n"]) for gray in grays]
        found.totals += [(gray, match.start()) for gray in grays]
        blank = "\x00" * (end - match.start())
        found.text = found.text[: match.start()] + blank + found.text[end:]
        listed = True
    return listed


def _take_per_fraction(found: _Found) -> None:
    for pattern in (_PER, _TIMES_FIRST, _TIMES, _FRACTIONS_OF, _EACH, _FRACTION_SIZE):
        for match in found.take(pattern):
            found.per.append((found.gray(match["d"], match["u"]), match.start()))
            if "n" in pattern.groupindex and match["n"]:
                found.counts.add(int(match["n"]))
    found.counts.update(int(match["n"]) for match in found.take(_TIMES_AFTER))


def _take_totals(found: _Found, simultaneous: bool) -> None:
    for pattern in (_IN, DOSE):
        for match in found.take(pattern):
            gray = found.gray(match["d"], match["u"])
            count = None
            if pattern is _IN:
                count = int(match["n"] or match["bare"])
            before = found.text[max(0, match.start() - 40) : match.start()]
            after = found.text[match.end() : match.end() + 12]
            to = _TO_BEFORE.search(before) and simultaneous
            if not to and (_SUM_BEFORE.search(before) or _SUM_AFTER.search(after)):
                found.sums.append((gray, match.start(), count))
                continue
            found.totals.append((gray, match.start()))
            found.counts.update(set() if count is None else {count})
    for pattern in (_COUNT, _COUNT_AFTER):
        found.counts.update(int(match["n"]) for match in found.take(pattern))


def _count(found: _Found, *, needed: bool) -> int | None:
    if len(found.counts) > 1:
        numbers = " and ".join(str(n) for n in sorted(found.counts))
        raise RegimenError(f"One phase has two numbers of fractions ({numbers}).")
    n = next(iter(found.counts), None)
    if n is None and needed:
        n = _derive_fractions(found)
    if n == 0:
        raise RegimenError("0 is no number of fractions.")
    return n


def refuse_impossible(dose_gy: float, fractions: int | None) -> None:
    """Raise for a dose or a dose of a fraction that nobody prescribes.

    Raises:
        RegimenError: the sentence names the numbers.
    """
    if not 0.01 <= dose_gy <= MOST_GY:
        raise RegimenError(f"{dose_gy:g} Gy is no dose of a course.")
    if fractions and not 1 <= fractions <= MOST_FRACTIONS:
        raise RegimenError(f"{fractions} is no number of fractions.")
    if dose_gy < LEAST_PER_FRACTION_GY * (fractions or 0) - 0.001:
        raise RegimenError(f"{dose_gy:g} Gy in {fractions} fractions is no prescription.")


def _check(
    levels: list[tuple[float, int]], n: int | None, *, implant: bool, simultaneous: bool
) -> None:
    if not levels:
        raise RegimenError("The total dose is not legible.")
    if len(levels) > 1 and not simultaneous:
        numbers = " and ".join(f"{gray:g}" for gray, _ in levels)
        raise RegimenError(f"One phase has more than one dose ({numbers} Gy).")
    if implant and n not in (None, 1):
        raise RegimenError(f"An implant has no fractions, and {n} are given.")
    for gray, _ in levels:
        refuse_impossible(gray, n)


def _adopt_sum(found: _Found) -> None:
    """A phase whose only dose is called the total has that dose."""
    if not found.totals and not found.per:
        gray, place, count = found.sums.pop(0)
        found.totals.append((gray, place))
        found.counts.update(set() if count is None else {count})
    elif not found.totals and len(found.counts) == 1:
        n = next(iter(found.counts))
        for gray, place, _ in found.sums:
            if any(agree(each * n, gray, n) for each, _ in found.per):
                found.totals.append((gray, place))
                break
    elif found.totals and not found.counts:
        # 1.5 Gy twice daily to 45 Gy in 30 fractions
        for gray, place, count in found.sums:
            if count and all(agree(each * count, gray, count) for each, _ in found.totals):
                found.per += found.totals
                found.totals, found.counts = [(gray, place)], {count}
                break
    elif not found.totals and found.sums:
        # 1.8 Gy a fraction to a total of 45 Gy
        gray, place, count = found.sums[0]
        found.totals.append((gray, place))
        found.counts.update(set() if count is None else {count})


def _derive_fractions(found: _Found) -> int:
    """The number of fractions from the dose and the dose of a fraction."""
    if not found.per or not found.totals:
        raise RegimenError("The number of fractions is not legible.")
    total = max(gray for gray, _ in found.totals)
    each = max(gray for gray, _ in found.per)
    n = round(total / each) if each else 0
    if not n or not agree(n * each, total, n):
        raise RegimenError(f"{total:g} Gy is no whole number of fractions of {each:g} Gy.")
    return n


def _levels(found: _Found, n: int | None) -> list[tuple[float, int]]:
    totals = found.totals
    if n is None:
        return _distinct(totals)
    for each, _ in found.per:
        if totals and not any(agree(each * n, gray, n) for gray, _ in totals):
            stated = totals[0][0]
            raise RegimenError(f"{each:g} Gy x {n} is {each * n:g} Gy and not {stated:g} Gy.")
    if not totals:
        return _distinct([(each * n, place) for each, place in found.per])
    highest = max(gray for gray, _ in totals)
    if n > 1:
        # 60 Gy in 30 fractions (2 Gy): the dose of a fraction, unmarked
        totals = [t for t in totals if t[0] == highest or not agree(t[0] * n, highest, n)]
    return _distinct(totals)


def _distinct(totals: list[tuple[float, int]]) -> list[tuple[float, int]]:
    kept: list[tuple[float, int]] = []
    for gray, place in totals:
        if not any(agree(gray, other, None) for other, _ in kept):
            kept.append((gray, place))
    return kept
