"""What stands of each card of a review: the majority of its reviewers, else the adjudicator.

Here answers become one verdict a card, and thereby one for each case and source. Nothing is
counted here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.judgements import Answer, Judgement, Reason, Severity, majority
from store.review_votes import Votes
from store.reviews import ReviewCase


class How(StrEnum):
    """How a verdict came about; an open one waits for adjudication, an unjudged one for anybody."""

    MAJORITY = "majority"
    ADJUDICATED = "adjudicated"
    SINGLE = "single"
    OPEN = "open"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Verdict:
    """What stands of one card; ``judgement`` is None where nothing does.

    ``answers`` are those that say it, by who gave them.
    """

    how: How
    judgement: Judgement | None = None
    answers: Mapping[str, Answer] | None = None

    @property
    def reasons(self) -> set[Reason]:
        """The reasons that anybody gave for what stands."""
        return {answer.reason for answer in self._said if answer.reason}

    @property
    def severity(self) -> Severity | None:
        """The worst severity that anybody gave for what stands."""
        given = {answer.severity for answer in self._said}
        return next((severity for severity in reversed(Severity) if severity in given), None)

    @property
    def _said(self) -> Iterable[Answer]:
        return (self.answers or {}).values()


def verdict(votes: Votes, card: str) -> Verdict:
    """What stands of a card: what more than half of its reviewers say, else what was adjudicated.

    A majority that came about after an adjudication goes before it.
    """
    said = votes.on(card)
    if not said:
        return Verdict(How.UNJUDGED)
    most = majority([answer.judgement for answer in said.values()])
    if most is not None:
        agreeing = {who: a for who, a in said.items() if a.judgement == most}
        return Verdict(How.SINGLE if len(said) == 1 else How.MAJORITY, most, agreeing)
    decided = votes.decided(card)
    if decided is None:
        return Verdict(How.OPEN)
    return Verdict(How.ADJUDICATED, decided[1].judgement, {decided[0]: decided[1]})


def verdicts(cases: Iterable[ReviewCase], votes: Votes) -> dict[str, dict[str, Verdict]]:
    """For each case's item the verdict on each source's regimen; repeats are left out."""
    return {
        case.item: {
            origin: verdict(votes, card.card) for card in case.cards for origin in card.origins
        }
        for case in cases
        if not case.repeats
    }
