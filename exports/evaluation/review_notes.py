"""What must be known beside a review's numbers, a sentence each; here no number is made."""

from collections.abc import Mapping, Sequence

from exports.evaluation.review_shares import FEWEST
from exports.evaluation.review_verdicts import How, Verdict
from store.review_votes import Votes
from store.reviews import ReviewCase

RULE = "A verdict is what more than half of a case's reviewers say, else what was adjudicated."
SHARES = "Shares are of cases with a verdict; cannot judge counts as not acceptable."


def notes(
    cases: Sequence[ReviewCase], votes: Votes, stands: Mapping[str, Mapping[str, Verdict]]
) -> list[str]:
    """The sentences; ``cases`` are without those that came back."""
    by_card = {
        card.card: stands[case.item][card.origins[0]] for case in cases for card in case.cards
    }
    how = [verdict.how for verdict in by_card.values()]
    return [
        RULE,
        SHARES,
        *_strata(cases, stands),
        *_patients(cases),
        *_stopped(by_card, votes),
        *_single(how),
        *_waiting(how),
        *_few(stands),
    ]


def _strata(cases: Sequence[ReviewCase], stands: Mapping[str, Mapping[str, Verdict]]) -> list[str]:
    drawn = {case.stratum for case in cases}
    if drawn == {""}:
        return ["Cases were drawn without strata: the evaluation keeps no facts of them."]
    judged = {
        case.stratum
        for case in cases
        if any(verdict.judgement for verdict in stands[case.item].values())
    }
    found = ["Shares are weighted back to the strata of site and intent."]
    if without := len(drawn - judged):
        found.append(f"{without} strata have no judged case and are not in any share.")
    return found


def _patients(cases: Sequence[ReviewCase]) -> list[str]:
    patients = len({case.patient for case in cases})
    if patients == len(cases):
        return []
    return [f"The {len(cases)} cases are of {patients} patients, who are resampled whole."]


def _stopped(by_card: Mapping[str, Verdict], votes: Votes) -> list[str]:
    """Who judged some of the cards only; own cases, which are not given, are among the others."""
    found: list[str] = []
    for who, said in votes.reviewers.items():
        judged = sum(card in said for card in by_card)
        if judged < len(by_card):
            found.append(f"{who} judged {judged} of {len(by_card)} cards and counts for those.")
    return found


def _single(how: Sequence[How]) -> list[str]:
    single, judged = how.count(How.SINGLE), len(how) - how.count(How.UNJUDGED)
    if not single:
        return []
    if single == judged:
        return ["Every verdict is a single reviewer's."]
    return [f"{single} of {judged} verdicts are a single reviewer's."]


def _waiting(how: Sequence[How]) -> list[str]:
    found: list[str] = []
    if waiting := how.count(How.OPEN):
        found.append(
            f"On {waiting} cards the reviewers differ; they count once adjudicated "
            "(`radonc review adjudicate`)."
        )
    if unjudged := how.count(How.UNJUDGED):
        found.append(f"{unjudged} cards were judged by nobody and count nowhere.")
    return found


def _few(stands: Mapping[str, Mapping[str, Verdict]]) -> list[str]:
    judged = sum(any(v.judgement for v in said.values()) for said in stands.values())
    if judged >= FEWEST:
        return []
    return [f"With {judged} judged cases, intervals of differences are rough."]
