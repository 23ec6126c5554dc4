"""What a review says: of each source the share acceptable, and the tuned model's held against it.

Takes the cases with their origins and the votes; that whoever asks is done is for the caller to
make sure. The unit is the case, and what is said of it is what stands by ``review_verdicts``.
"Cannot judge" counts as not acceptable, so that a source gains nothing by what cannot be judged.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from exports.evaluation.review import ORIGINS, REFERENCE
from exports.evaluation.review_agreement import ACCEPTED, between, within
from exports.evaluation.review_notes import notes
from exports.evaluation.review_shares import totals_of, weighted_difference, weighted_share
from exports.evaluation.review_verdicts import How, Verdict, verdicts
from store.judgements import Judgement, Reason, Severity
from store.review_votes import Votes
from store.reviews import ReviewCase

RANK = {Judgement.ACCEPTABLE: 2, Judgement.WITH_CHANGES: 1, Judgement.NOT_ACCEPTABLE: 0}
"""What is better than what; "cannot judge" has no rank."""
NOBODY_COULD = "no case could be judged from its text"

Stands = Mapping[str, Mapping[str, Verdict]]


def summarise(cases: Sequence[ReviewCase], votes: Votes) -> dict[str, Any]:
    """Everything that a review says, each case counted once.

    A card of several origins counts for each of them. Shares are of the cases that have a
    verdict, weighted back to all cases of their stratum.

    Args:
        cases: the review's cases with their origins, those that came back among them.
        votes: what counts of what was said.

    Returns:
        ``cases``, ``patients``, ``strata``, ``origins`` (by source), ``differences`` (tuned less
        reference and tuned less base), ``agreement``, ``intra_rater``, ``refused_references``
        (case ids), ``notes`` (sentences) and ``judged_cases``.
    """
    first = [case for case in cases if not case.repeats]
    stands = verdicts(first, votes)
    origins = [o for o in ORIGINS if any(o in said for said in stands.values())]
    totals = totals_of(first)
    return {
        "cases": len(first),
        "patients": len({case.patient for case in first}),
        "strata": _strata(first, totals, stands),
        "origins": {origin: _source(first, origin, stands, totals) for origin in origins},
        "differences": {
            f"tuned-{other}": _difference(first, other, stands, totals)
            for other in origins
            if other != "tuned"
        },
        "agreement": between(cases, votes),
        "intra_rater": within(cases, votes),
        "refused_references": [
            case.case_id
            for case in first
            if stands[case.item][REFERENCE].judgement == Judgement.NOT_ACCEPTABLE
        ],
        "notes": notes(first, votes, stands),
        "judged_cases": [_judged(case, votes, stands[case.item]) for case in first],
    }


def accepted_at_least(cases: Sequence[ReviewCase], votes: Votes, origin: str) -> float | None:
    """The lower 95 % bound of the share of a source's regimens that was accepted.

    As it is or with changes; what waits for adjudication counts as not accepted. None where
    nothing was judged.
    """
    first = [case for case in cases if not case.repeats]
    stands = verdicts(first, votes)
    judged = [case for case in first if stands[case.item][origin].how != How.UNJUDGED]
    said = [stands[case.item][origin].judgement in ACCEPTED for case in judged]
    ends = weighted_share(said, judged, totals_of(first)).ci95
    return ends[0] if ends else None


def _strata(
    cases: Sequence[ReviewCase], totals: Mapping[str, float], stands: Stands
) -> list[dict[str, Any]]:
    drawn = Counter(case.stratum for case in cases)
    judged = Counter(
        case.stratum
        for case in cases
        if any(verdict.judgement for verdict in stands[case.item].values())
    )
    return [
        {"stratum": s, "cases": round(totals[s]), "drawn": drawn[s], "judged": judged[s]}
        for s in sorted(totals)
    ]


def _source(
    cases: Sequence[ReviewCase], origin: str, stands: Stands, totals: Mapping[str, float]
) -> dict[str, Any]:
    """What was said of one source's regimens."""
    found = [stands[case.item][origin] for case in cases]
    judged = [case for case in cases if stands[case.item][origin].judgement]
    said = [verdict for verdict in found if verdict.judgement]
    none = bool(said) and all(v.judgement == Judgement.CANNOT_JUDGE for v in said)

    def share(*judgements: Judgement) -> dict[str, Any]:
        made = weighted_share([v.judgement in judgements for v in said], judged, totals).as_json()
        if none and Judgement.CANNOT_JUDGE not in judgements:
            made |= {"share": None, "ci95": None, "method": "none", "reason": NOBODY_COULD}
        return made

    return {
        "n": len(said),
        "how": {how.value: sum(v.how == how for v in found) for how in How},
        "accepted": share(*ACCEPTED),
        "judgements": {judgement.value: share(judgement) for judgement in Judgement},
        "reasons": {reason.value: sum(reason in v.reasons for v in said) for reason in Reason},
        "severities": {level.value: sum(v.severity == level for v in said) for level in Severity},
    }


def _difference(
    cases: Sequence[ReviewCase], other: str, stands: Stands, totals: Mapping[str, float]
) -> dict[str, Any]:
    """The tuned model less another source, over cases with a verdict on both."""
    pairs = [
        (case, one, two)
        for case in cases
        if (one := stands[case.item]["tuned"].judgement)
        and (two := stands[case.item][other].judgement)
    ]
    both = [case for case, _, _ in pairs]
    ranks = [
        RANK[one] - RANK[two] for _, one, two in pairs if Judgement.CANNOT_JUDGE not in (one, two)
    ]
    found: dict[str, Any] = {
        "n": len(pairs),
        "better": sum(rank > 0 for rank in ranks),
        "same": sum(rank == 0 for rank in ranks),
        "worse": sum(rank < 0 for rank in ranks),
        "left_out": len(pairs) - len(ranks),
    }
    for name, good in (("acceptable", ACCEPTED[:1]), ("accepted", ACCEPTED)):
        values = [float(one in good) - float(two in good) for _, one, two in pairs]
        mean, ends = weighted_difference(values, both, totals)
        known = bool(ranks) or not pairs
        found[name] = {
            "difference": mean if known else None,
            "ci95": list(ends.ci95) if ends.ci95 and known else None,
            "method": ends.method if known else "none",
            "reason": ends.reason if known else NOBODY_COULD,
        }
    return found


def _judged(case: ReviewCase, votes: Votes, stands: Mapping[str, Verdict]) -> dict[str, Any]:
    cards: list[dict[str, Any]] = []
    for card in case.cards:
        verdict, decided = stands[card.origins[0]], votes.decided(card.card)
        said = list(votes.on(card.card).items()) + ([decided] if decided else [])
        cards.append(
            {
                "origins": list(card.origins),
                "text": card.text,
                "how": verdict.how.value,
                "judgement": verdict.judgement.value if verdict.judgement else "",
                "answers": [
                    {
                        "by": who,
                        "judgement": answer.judgement.value,
                        "reason": answer.reason or "",
                        "severity": answer.severity or "",
                    }
                    for who, answer in said
                ],
            }
        )
    return {
        "case_id": case.case_id,
        "diagnosis": case.diagnosis,
        "stratum": case.stratum,
        "weight": case.weight,
        "cards": cards,
    }
