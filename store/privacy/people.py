"""Names of people, institutions and places, found by what stands around them and what they are.

A capital word that is no word of English, medicine or this field is taken for a name, wherever
it comes from; words that are both are names after a title, a relative, a role, or beside a name.
Eponyms stay where a disease, a score or a device is named after somebody.
"""

from collections.abc import Iterator, Sequence

from store.privacy.kinds import Doubt, Kind, Span
from store.privacy.lexicon import Lexicon
from store.privacy.neighbours import mark_pairs, mark_shouted, mark_strange, widen
from store.privacy.places import mark_institutions
from store.privacy.reading import Reading
from store.privacy.titled import mark_cued, mark_titled


def find_people(
    text: str, lexicon: Lexicon, taken: Sequence[Span]
) -> tuple[list[Span], list[Doubt]]:
    """Names, institutions and places in ``text`` beside what was ``taken`` already.

    Returns:
        The spans to take out, and the words that were left and may yet be a name.
    """
    reading = Reading(text, lexicon, taken)
    if not reading.tokens:
        return [], []
    mark_titled(reading)
    mark_cued(reading)
    mark_strange(reading)
    mark_shouted(reading)
    mark_pairs(reading)
    widen(reading)
    mark_institutions(reading)
    return list(_spans(reading)), reading.doubts


def _spans(reading: Reading) -> Iterator[Span]:
    """Neighbouring words of one name as one span."""
    tokens = reading.tokens
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.taken is None:
            index += 1
            continue
        last = index
        while (
            last + 1 < len(tokens)
            and tokens[last + 1].taken is token.taken
            and (
                reading.joined(last + 1)
                or (token.taken is Kind.PLACE and len(reading.between(last + 1)) < 4)
            )
        ):
            last += 1
        score = max(t.score for t in tokens[index : last + 1])
        end = tokens[last].end
        if reading.text[end - 2 : end] in ("'s", "’s"):
            end -= 2
        yield Span(token.start, end, token.taken, score, token.taken.marker)
        index = last + 1
