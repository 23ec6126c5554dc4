"""How far the reviewers of a review agree, with one another and each with themselves.

A card is the unit; what came back is compared with what was said the first time and enters
nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from store.agreement import agreement
from store.judgements import Answer, Judgement
from store.review_votes import Votes
from store.reviews import ReviewCase

ACCEPTED = (Judgement.ACCEPTABLE, Judgement.WITH_CHANGES)
FIELDS = ("judgement", "accepted")
TIMES = ("first", "again")


def between(cases: Sequence[ReviewCase], votes: Votes) -> dict[str, Any]:
    """Agreement between reviewers, of all four judgements and of accepted or not.

    Returns:
        by field: ``n`` cards judged by two or more, ``equal``, ``kappa`` (Cohen, of two),
        ``fleiss`` (of three or more) and ``alpha`` (Krippendorff).
    """
    cards = [card.card for case in cases if not case.repeats for card in case.cards]
    said = [{who: _values(a) for who, a in votes.on(card).items()} for card in cards]
    return agreement(said, [who for who, given in votes.reviewers.items() if given], FIELDS)


def within(cases: Sequence[ReviewCase], votes: Votes) -> dict[str, Any]:
    """Agreement of each reviewer with themselves on cards that came back, and of all together.

    Returns:
        the fields of ``between``, and the same by name under ``reviewers``; the kappa of all takes
        each card of each reviewer as a unit.
    """
    pairs = _pairs(cases)
    twice = {
        who: [
            {"first": _values(given[one]), "again": _values(given[other])}
            for one, other in pairs
            if one in given and other in given
        ]
        for who, given in votes.reviewers.items()
    }
    every = [pair for found in twice.values() for pair in found]
    own = {who: agreement(found, TIMES, FIELDS) for who, found in twice.items() if found}
    return {**agreement(every, TIMES, FIELDS), "reviewers": own}


def _pairs(cases: Sequence[ReviewCase]) -> list[tuple[str, str]]:
    """Each card that came back, after the card that it is the same as."""
    first = {case.item: case for case in cases}
    return [
        (next(c.card for c in first[case.repeats].cards if c.origins == card.origins), card.card)
        for case in cases
        if case.repeats in first
        for card in case.cards
    ]


def _values(answer: Answer) -> Mapping[str, str]:
    accepted = "yes" if answer.judgement in ACCEPTED else "no"
    return {"judgement": answer.judgement.value, "accepted": accepted}
