"""The one way in which text is freed of what identifies a person.

Import, prediction and review all call ``Scrubber.scrub``. It removes the eighteen identifiers of
HIPAA Safe Harbor (``kinds``) as far as they can be told from the text and the row; a person still
looks at a sample (``gate``). Nothing here decides what a case is, and nothing is remembered.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from store.cases import RawCase
from store.privacy.addresses import find_addresses, follows_a_measurement
from store.privacy.dates import OLDEST, find_ages, find_dates
from store.privacy.kinds import Doubt, Kind, Scrubbed, Span, counted, told
from store.privacy.lexicon import Lexicon, lexicon
from store.privacy.own import find_own
from store.privacy.patterns import compiled
from store.privacy.people import find_people

DOUBTFUL = 0.75
"""A span of a lower score is one that a person should look at."""

SHIFT_LABEL = "dates shifted: not Safe Harbor, needs expert determination"
NOTE = "privacy: taken out "
DOUBT = "privacy doubt: "
"""How the repairs of a case that were made here begin."""

TEXTS = (
    *("diagnosis", "regimen", "modality", "icd10", "primary_icd10", "site", "target", "intent"),
    *("prior_rt", "sex", "detail"),
)
"""The fields of a raw case that are text and are kept."""


@dataclass(frozen=True)
class Scrubber:
    """``secret`` is the home's; by it and by the patient dates are moved where ``shift_dates``."""

    secret: bytes
    this_year: int
    shift_dates: bool = False

    @property
    def lexicon(self) -> Lexicon:
        """The lists, read when a text is first scrubbed (about 0.1 s once a process)."""
        return lexicon()

    def scrub(self, text: str, own: Sequence[str] = (), patient: str = "") -> Scrubbed:
        """``text`` without identifiers, and what was taken out of where.

        Args:
            text: as the source has it.
            own: identifiers of the person whom the text is about: name, numbers, birth date.
            patient: whose dates these are; only for shifted dates.
        """
        if not text.strip():
            return Scrubbed(text)
        low = text.lower()
        if len(low) != len(text):
            low = "".join(lower if len(lower := char.lower()) == 1 else char for char in text)
        shift = self._shift(patient) if self.shift_dates else None
        spans = [*find_dates(low, self.this_year, shift), *find_ages(low)]
        spans += _formed(low, text)
        spans += find_addresses(low, text, self.lexicon)
        if own:
            spans += find_own(text, own, self.lexicon)
        people, doubts = find_people(text, self.lexicon, spans)
        kept = _bridged(text, _apart([*spans, *people]), self.lexicon)
        return Scrubbed(_without(text, kept), tuple(kept), tuple(doubts))

    def _shift(self, patient: str) -> timedelta:
        """From 1 to 365 days back or forth, always the same for one patient of this home."""
        digest = hmac.new(self.secret, b"date shift\0" + patient.encode(), hashlib.sha256).digest()
        days = int.from_bytes(digest[:4], "big") % 365 + 1
        return timedelta(days if digest[4] & 1 else -days)


def make_scrubber(secret: bytes, *, shift_dates: bool = False) -> Scrubber:
    """A scrubber; it is cheap until its first text.

    ``shift_dates`` moves whole dates instead of reducing them to the year: *not Safe Harbor,
    needs expert determination*.
    """
    return Scrubber(secret, date.today().year, shift_dates)


def scrub_raw(raw: RawCase, scrubber: Scrubber) -> RawCase:
    """The record without identifiers in any text that is kept; its keys stay, to be hashed.

    What was taken out is counted in ``repairs``; what may still identify is named there as well,
    so that it reaches the person who confirms the source. Made-up records are left as they are.
    """
    if raw.synthetic:
        return raw
    own = (*raw.identifiers, raw.attending, raw.patient)
    spans: list[Span] = []
    doubts: list[Doubt] = []

    def clean(text: str) -> str:
        made = scrubber.scrub(text, own, raw.patient)
        spans.extend(made.spans)
        doubts.extend(made.doubts)
        return made.text

    values = {name: clean(value) for name in TEXTS if (value := str(getattr(raw, name)))}
    shown = len(spans)
    kept = {name: _kept_value(name, value, clean) for name, value in raw.kept.items()}
    del spans[shown:]  # kept repeats the fields
    return replace(
        raw,
        **values,  # pyright: ignore[reportArgumentType]  # text for text
        kept=kept,
        age=min(raw.age, OLDEST + 1) if raw.age is not None else None,
        repairs=(*map(clean, raw.repairs), *_told(scrubber, spans, doubts)),
    )


def _told(scrubber: Scrubber, spans: Sequence[Span], doubts: Sequence[Doubt]) -> list[str]:
    """What is said of a case: counts, doubtful kinds, doubtful words; never what was taken out."""
    remarks: list[str] = []
    if spans:
        remarks.append(NOTE + told(counted(spans)))
    if scrubber.shift_dates and any(span.kind is Kind.DATE for span in spans):
        remarks.append(SHIFT_LABEL)
    unsure = sorted({span.kind.marker for span in spans if span.score < DOUBTFUL})
    remarks += [f"{DOUBT}{marker} may have been a word of the diagnosis" for marker in unsure]
    remarks += [
        f"{DOUBT}{words!r} is {why}" for words, why in sorted({(d.words, d.why) for d in doubts})
    ]
    return remarks


_NUMBER = re.compile(r"\s*[<>]?\d{1,5}(?:[.,]\d{1,3})?\s*")
"""A cell that is a dose, a count or a year, and too short for a number of a person."""

_CONCEPTS = re.compile(r"\d{6,18}(?: \d{6,18})*")
"""Codes of SNOMED CT, which their reader has told from other numbers by their check digit."""


def _kept_value(name: str, value: str, clean: Callable[[str], str]) -> str:
    """A kept cell; an age stands alone there, without a word that says that it is one."""
    if name == "age" and value.strip().isdigit() and int(value) > OLDEST:
        return "90+"
    if name == "snomed" and _CONCEPTS.fullmatch(value):
        return value
    return value if _NUMBER.fullmatch(value) else clean(value)


def _formed(low: str, text: str) -> list[Span]:
    pattern, groups = compiled()
    spans: list[Span] = []
    for match in pattern.finditer(low):
        group = match.lastgroup or ""
        form, _ = groups[group]
        start, end = match.span(group)
        if form.upper and not text[start:end].isupper():
            continue
        if form.kind is Kind.OTHER and follows_a_measurement(low, start):
            continue
        spans.append(Span(start, end, form.kind, form.score, form.kind.marker))
    return spans


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, those that overlap made one under the kind of the longest."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if made and span.start < made[-1].end:
            last = made[-1]
            longest = max(last, span, key=lambda each: (each.end - each.start, each.score))
            made[-1] = replace(longest, start=last.start, end=max(last.end, span.end))
            if longest.start != last.start or made[-1].end != longest.end:
                made[-1] = replace(made[-1], replaced=longest.kind.marker)
        else:
            made.append(span)
    return made


_BETWEEN = re.compile(r"(?:,? ?[^\W\d_][\w'’-]*){1,3},? ?|,? ?")


def _bridged(text: str, spans: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """One span of an address whose parts were found and a village between them was not."""
    made: list[Span] = []
    for span in spans:
        last = made[-1] if made else None
        if last and last.kind is Kind.PLACE and span.kind in (Kind.PLACE, Kind.NAME):
            between = text[last.end : span.start]
            words = re.findall(r"[^\W\d_]+", between)
            numbered = any(char.isdigit() for char in text[last.start : last.end])
            in_address = numbered and between.rstrip().endswith(",")
            if (
                len(between) < 40
                and between.startswith((",", " "))
                and _BETWEEN.fullmatch(between)
                and all(word[0].isupper() for word in words)
                and (in_address or not {word.lower() for word in words} & lexicon.clinical)
                and (words or between in (" ", ", "))
            ):
                made[-1] = Span(last.start, span.end, Kind.PLACE, last.score, Kind.PLACE.marker)
                continue
        made.append(span)
    return made


def _without(text: str, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    at = 0
    for span in spans:
        parts += [text[at : span.start], span.replaced]
        at = span.end
    return "".join([*parts, text[at:]])
