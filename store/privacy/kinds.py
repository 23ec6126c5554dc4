"""The identifiers of HIPAA Safe Harbor, and what is said of a text from which they were taken.

The kinds are the eighteen of 45 CFR 164.514(b)(2)(i), A to R; dates and ages over 89 are one of
the eighteen and two here, because something different is left in their place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an identifier is; the value is also what is left in its place, in brackets."""

    NAME = "name"
    PLACE = "place"
    DATE = "date"
    AGE = "age"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "e-mail"
    SSN = "ssn"
    MRN = "mrn"
    PLAN = "plan id"
    ACCOUNT = "account"
    LICENCE = "licence"
    VEHICLE = "vehicle"
    DEVICE = "device"
    URL = "url"
    IP = "ip"
    BIOMETRIC = "biometric"
    PHOTO = "photo"
    OTHER = "id"

    @property
    def marker(self) -> str:
        """``[name]``: what stands in the text where one was taken out."""
        return f"[{self.value}]"


@dataclass(frozen=True)
class Span:
    """A piece of the text as it came, ``start`` to ``end`` in characters, and what replaced it.

    ``score`` says how sure it is, from 0 to 1; below ``scrubber.DOUBTFUL`` a person should look.
    """

    start: int
    end: int
    kind: Kind
    score: float = 1.0
    replaced: str = ""


@dataclass(frozen=True)
class Doubt:
    """Words that were left in the text and may identify somebody; ``why`` in a few words."""

    words: str
    why: str


@dataclass(frozen=True)
class Scrubbed:
    """The text without identifiers, what was taken out of the text as it came, what is doubtful."""

    text: str
    spans: tuple[Span, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def counted(spans: Iterable[Span]) -> dict[str, int]:
    """How many of each kind, the most frequent first; it never says what they were."""
    return dict(Counter(span.kind.value for span in spans).most_common())


def told(counts: Mapping[str, int]) -> str:
    """``2 name, 1 date``: what ``counted`` says, for a person to read."""
    return ", ".join(f"{number} {kind}" for kind, number in counts.items())
