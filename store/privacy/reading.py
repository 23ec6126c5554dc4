"""A text as words in their places, for whoever looks for names in it.

It knows what stands between two words, where a sentence begins and whether a word is none that
is known; what follows from that is for ``titled``, ``neighbours`` and ``places``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from store.privacy.groups import MONTHS
from store.privacy.kinds import Doubt, Kind, Span
from store.privacy.lexicon import Lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


_SENTENCE = re.compile(r"(?:^|[.!?:;•*]\s+|\n\s*|\(|\")$")


VOWEL = re.compile(r"[aeiouyäöüéèáíóú]")


_FOREIGN = re.compile(r"[^\x00-\x7fµμαβγδκ]")


_TYPES = re.compile(
    r"[ -]?(?:disease|syndrome|lymphoma|sarcoma|tumou?r|cell|score|grade|grading|performance"
    r"|index|scale|staging|stage"
    r"|criteria|classification|catheter|ulcer|contracture|carcinoma|'s|’s|thickness|level"
    r"|sign|procedure|surgery|resection"
    r"|protocol|regimen|applicator|node|pouch|tube|line|reservoir|syndrom|fundoplication"
    r"|orbitopathy|ophthalmopathy|oesophagus"
    r"|esophagus|thyroiditis|patch|law|unit|system|method|technique|like|type|grades|[-/–]|\d"
    r"|[ivx]+\b|sum|pattern|scor)",
    re.IGNORECASE,
)


@dataclass
class Token:
    start: int
    end: int
    text: str
    low: str
    capital: bool
    known: bool = False
    name: bool = False
    taken: Kind | None = None
    score: float = 1.0


class Reading:
    """One text read for names; ``tokens`` are its words without those that were taken already."""

    def __init__(self, text: str, lexicon: Lexicon, taken: Sequence[Span]) -> None:
        self.text, self.lexicon = text, lexicon
        self.tokens: list[Token] = []
        self.doubts: list[Doubt] = []
        covered = iter(sorted(taken, key=lambda span: span.start))
        cover = next(covered, None)
        for match in _WORD.finditer(text):
            start, end = match.span()
            while cover and cover.end <= start:
                cover = next(covered, None)
            if cover and cover.start < end:
                continue
            word = match.group()
            first = word[0]
            if start and (text[start - 1].isdigit() or text[start - 1] == "["):
                continue
            if end < len(text) and text[end].isdigit():
                continue
            self.tokens.append(Token(start, end, word, word.lower(), first.isupper()))
        caps = sum(t.text.isupper() for t in self.tokens if len(t.text) > 3)
        self.shouting = caps > 0.7 * max(1, sum(len(t.text) > 3 for t in self.tokens))

    def between(self, index: int) -> str:
        """What stands between a word and the one before it."""
        if index == 0:
            return self.text[: self.tokens[0].start] or "\n"
        return self.text[self.tokens[index - 1].end : self.tokens[index].start]

    def joined(self, index: int) -> bool:
        """Whether a word and the one before it may be two parts of one name."""
        gap = self.between(index)
        if index == 0 or len(gap) > 3:
            return False
        if "." in gap:
            return len(self.tokens[index - 1].text) == 1 or self.tokens[index - 1].low == "st"
        return gap.strip() in ("", "-", "–", ",", "'", "’") and "\n" not in gap and bool(gap)

    def begins(self, index: int) -> bool:
        """Whether the word begins a sentence, so that its capital says nothing."""
        start = self.tokens[index].start
        return bool(_SENTENCE.search(self.text[max(0, start - 4) : start])) or start == 0

    def strange(self, token: Token) -> bool:
        """A capital word that is none that is known, and no abbreviation."""
        low, lexicon = token.low, self.lexicon
        if low.endswith(("'s", "’s")):
            low = low[:-2]
        if len(low) < 2 or lexicon.is_word(low) or low in MONTHS:
            return False
        if "'" in low or "’" in low:
            parts = re.split("['’]", low)
            if all(lexicon.is_word(part) or len(part) == 1 for part in parts) and parts[0] not in (
                "o",
                "d",
            ):
                return False
        if token.text.isupper():
            return bool(_FOREIGN.search(low)) or (
                len(low) > 3
                and (
                    low in lexicon.first_names
                    or (len(low) > 4 and low in lexicon.last_names)
                    or (self.shouting and len(low) > 4 and not lexicon.is_slip(low))
                )
            )
        if low in lexicon.eponyms:
            return False
        return token.text[1:].islower() or (
            token.text[:2].istitle() and token.text[1:].lower() != low
        )


def names_a_disease(text: str, end: int) -> bool:
    """Whether what follows ``end`` makes an eponym of the word before it."""
    return bool(_TYPES.match(text, end))


def mark(token: Token, kind: Kind, score: float) -> None:
    if token.taken is None:
        token.taken, token.score = kind, score
