"""Whether a model file meets the department's policy for one task, and what is missing if not.

Reads what an evaluation, an export and reviews left; asks nobody and keeps nothing. What is never
let pass, whatever a person says, comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.drift_limit import beyond, by_device, limit_of
from exports.report.words import baseline_name, interval, number, task_name
from store.policy import Policy


@dataclass(frozen=True)
class ReviewFacts:
    """What blinded reviews of this file's regimens say.

    ``reviewers`` have finished; ``acceptable_lower`` is the lower 95 % bound of the share of the
    model's regimens that was accepted, None where nobody has finished. ``others`` answered too:
    they adjudicated, judged a part, took their answers back, or reviewed another evaluation of
    the file.
    """

    reviewers: tuple[str, ...] = ()
    acceptable_lower: float | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A file that somebody wants to sign off for ``task``.

    ``bundle`` is its bundle's manifest, ``evaluation`` the one that decides (None: there is none).
    """

    task: str
    sha256: str
    quant: str
    bundle: Mapping[str, Any]
    evaluation: Mapping[str, Any] | None
    reviews: ReviewFacts = ReviewFacts()


def never(candidate: Candidate, signers: Sequence[str]) -> list[str]:
    """What forbids a sign-off and cannot be overridden; [] where nothing does."""
    found: list[str] = []
    if candidate.bundle["synthetic"]:
        found.append("It was trained on synthetic cases.")
    if candidate.task not in candidate.bundle["tasks"]:
        found.append(f"It was not trained on {task_name(candidate.task)}.")
    evaluation = candidate.evaluation
    if evaluation is None:
        found.append("No evaluation of this very file is in the home.")
    elif evaluation["tuned"]["sha256"] != candidate.sha256:
        found.append(f"{evaluation['id']} evaluated another file.")
    elif evaluation["leaked_patients"]:
        found.append(f"{evaluation['id']} has test patients that were trained on.")
    if len({name.casefold() for name in signers}) < len(signers):
        found.append("One person cannot sign for both roles.")
    reviews = candidate.reviews
    reviewers = {name.casefold() for name in (*reviews.reviewers, *reviews.others)}
    found += [
        f"{name} reviewed this model's regimens and cannot sign it off."
        for name in signers
        if name.casefold() in reviewers
    ]
    return found


def missing(candidate: Candidate, policy: Policy) -> list[str]:
    """What the policy asks and the candidate does not have, a sentence each; [] where it has all.

    Asks for what ``never`` lets pass.
    """
    evaluation = candidate.evaluation
    assert evaluation is not None
    found: list[str] = []
    if evaluation.get("quick"):
        found.append(f"{evaluation['id']} is a quick evaluation.")
    if evaluation["test_patients"] < policy.test_patients:
        found.append(
            f"{evaluation['test_patients']} test patients were evaluated, "
            f"{policy.test_patients} are needed."
        )
    found += _drift(candidate, evaluation["device"], policy)
    found += _baseline(candidate.task, evaluation, policy)
    if policy.calibrated and not _calibrated(candidate.task, evaluation):
        found.append(f"Its scores for {task_name(candidate.task)} are not calibrated.")
    if candidate.task == "regimen":
        found += _unsafe(evaluation, policy) + _review(candidate.reviews, policy)
    return found


def _drift(candidate: Candidate, device: str, policy: Policy) -> list[str]:
    """Whether the file drifts too far, and whether that is known where it was evaluated."""
    drifted = candidate.bundle["quants"][candidate.quant].get("drift")
    found = beyond(drifted, limit_of(policy))
    if drifted and device not in by_device(drifted):
        found.append(f"Its drift was not measured on {device}, where it was evaluated.")
    return found


def _baseline(task: str, evaluation: Mapping[str, Any], policy: Policy) -> list[str]:
    """Whether the lower bound of accuracy is above the best baseline, by the policy's margin."""
    name, score = _best_baseline(task, evaluation)
    if score is None:
        return ["No baseline was run."]
    ends = evaluation["tasks"][task]["metrics"]["accuracy"]["tuned_ci95"]
    if ends and ends[0] > score + policy.above_baseline:
        return []
    by = f"{number(policy.above_baseline)} above" if policy.above_baseline else "above"
    return [
        f"The 95 % interval of its {task_name(task)} accuracy, {interval(ends)}, is not {by} "
        f"the best baseline ({baseline_name(name)}, {number(score)})."
    ]


def _best_baseline(task: str, evaluation: Mapping[str, Any]) -> tuple[str, float | None]:
    """The baseline that validation patients chose, and its accuracy on test patients.

    Where they chose none (there were none, or the evaluation is too old to say) it is the best of
    all on test patients, which is never easier to beat.
    """
    chosen = evaluation.get("standing", {}).get(task, {})
    if chosen.get("baseline"):
        return chosen["baseline"], chosen["baseline_score"]
    values: dict[str, float] = {
        name: beside[task]["metrics"]["accuracy"]["value"]
        for name, beside in evaluation["baselines"].items()
        if task in beside
    }
    return max(values.items(), key=lambda item: item[1], default=("", None))


def _calibrated(task: str, evaluation: Mapping[str, Any]) -> bool:
    return bool(evaluation.get("scores", {}).get(task, {}).get("calibrated"))


def _unsafe(evaluation: Mapping[str, Any], policy: Policy) -> list[str]:
    """Whether the upper bound of the share of unsafe answers is below the limit."""
    rows = (evaluation.get("unsafe") or {}).get("rows", [])
    found = [row["models"]["tuned"]["upper95"] for row in rows if row["key"] == "any"]
    upper = found[0] if found else None
    if upper is None:
        return ["Unsafe answers were not counted."]
    if upper < policy.unsafe_upper:
        return []
    return [
        f"Up to {upper:.1%} of its answers may be unsafe (upper 95 % bound); less than "
        f"{policy.unsafe_upper:.1%} is needed."
    ]


def _review(reviews: ReviewFacts, policy: Policy) -> list[str]:
    found: list[str] = []
    if len(reviews.reviewers) < policy.reviewers:
        found.append(
            f"{len(reviews.reviewers)} physicians have finished a blinded review, "
            f"{policy.reviewers} are needed."
        )
    lower = reviews.acceptable_lower
    if lower is None or lower < policy.acceptable_lower:
        said = "unknown" if lower is None else f"{lower:.1%}"
        found.append(
            f"The lower 95 % bound of regimens judged acceptable is {said}; "
            f"{policy.acceptable_lower:.1%} is needed."
        )
    return found
