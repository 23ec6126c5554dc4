"""When a model had better not answer: a threshold that is proven, or none.

The threshold is set on validation patients who chose nothing else (``store.halves``) and only
described on test patients. Its proof is the one-sided 95 % bound of Clopper and Pearson (1934).
Trying many thresholds and keeping the luckiest would void that bound, so they are tried in an
order that no answer decides, from the most confident on, until the first that fails: a
fixed-sequence test, which holds its 5 % over all of them (Maurer et al. 1995; as a threshold,
Angelopoulos et al., *Learn then Test*, 2021).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, log
from typing import Any

import numpy as np

from exports.evaluation.statistics import Floats, bootstrap, proportion_interval

LEVEL = 0.95
STEPS = 20
"""Candidates: the surest 1/20, 2/20, ... of the validation cases."""
MOST_POINTS = 200


@dataclass(frozen=True)
class Step:
    """One threshold tried: so many patients answered, so many of them wholly right."""

    threshold: float
    patients: int
    right: int
    lower: float
    accepted: bool


@dataclass(frozen=True)
class Threshold:
    """The score from which on answers are given; None where no threshold was found.

    ``lower`` is the bound that the accepted step has, ``coverage`` its share of validation cases.
    ``steps`` are all that were tried, in their order.
    """

    threshold: float | None
    goal: float
    lower: float | None
    coverage: float | None
    steps: tuple[Step, ...]
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields, ``steps`` as a list of objects; ``reason`` only where there is one."""
        found = asdict(self) | {"steps": [asdict(step) for step in self.steps], "level": LEVEL}
        return {name: value for name, value in found.items() if value != ""}


def lower_bound(right: int, n: int) -> float:
    """The one-sided 95 % lower bound of Clopper and Pearson; 0 where nothing is right."""
    if right < 1:
        return 0.0
    from scipy.stats import beta

    return float(beta.ppf(1 - LEVEL, right, n - right + 1))


def find_threshold(
    scores: Sequence[float | None],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    goal: float,
) -> Threshold:
    """The lowest threshold whose selective accuracy is proven to be at least ``goal``.

    A patient with several answers counts once, as right where all those given are, so that the
    bound holds for independent patients and errs on the safe side. The first candidate is the
    surest twentieth, or as many more as hold twice the patients that could pass at all (were
    everyone right), so that one mistake does not end it. The scores are those that the model gave:
    a temperature that was fitted on these patients has seen their answers, which the order of the
    candidates must not have.

    Args:
        scores: how sure the model was of each validation answer; None or NaN is never sure.
        right: whether it was right.
        patients: the patient of each.
        goal: the accuracy wanted, between 0 and 1.
    """
    n = len(scores)
    known = np.array([-np.inf if s is None or np.isnan(s) else s for s in scores], dtype=float)
    if not 0 < goal < 1:
        return Threshold(None, goal, None, None, (), "a goal lies between 0 and 1")
    least = 2 * ceil(log(1 - LEVEL) / log(goal))
    people, true = np.asarray(patients, dtype=str), np.asarray(right, dtype=float)
    steps: list[Step] = []
    for threshold in _candidates(known):
        given = known >= threshold
        wrong = set(people[given & (true < 1)])
        asked = set(people[given])
        if len(asked) < least:
            continue
        lower = lower_bound(len(asked) - len(wrong), len(asked))
        met = lower >= goal
        steps.append(Step(threshold, len(asked), len(asked) - len(wrong), lower, met))
        if not met:
            break
    passed = [step for step in steps if step.accepted]
    if not passed:
        return Threshold(None, goal, None, None, tuple(steps), _why_none(steps, goal, least))
    best = passed[-1]
    coverage = float((known >= best.threshold).mean()) if n else None
    return Threshold(best.threshold, goal, best.lower, coverage, tuple(steps))


def _candidates(scores: Floats) -> Iterator[float]:
    """Thresholds from the surest twentieth to everyone, each once."""
    order = np.sort(scores[np.isfinite(scores)])[::-1]
    seen: set[float] = set()
    for step in range(1, STEPS + 1):
        place = ceil(step * len(order) / STEPS) - 1
        if place >= 0 and float(order[place]) not in seen:
            seen.add(float(order[place]))
            yield float(order[place])


def _why_none(steps: Sequence[Step], goal: float, least: int) -> str:
    if not steps:
        return (
            f"no threshold found: to show {goal:.0%} takes at least {least} validation patients "
            "with a score"
        )
    first = steps[0]
    return (
        f"no threshold found: of the {first.patients} surest validation patients {first.right} "
        f"are right, which shows {first.lower:.1%} and not {goal:.0%}"
    )


def at_threshold(
    scores: Sequence[float | None],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    groupings: Mapping[str, Sequence[str]],
    threshold: float,
) -> list[dict[str, Any]]:
    """Coverage and accuracy of the test answers at a threshold: of all, then of each group.

    Args:
        scores: how sure the model was of each test answer.
        right: whether it was right.
        patients: the patient of each.
        groupings: by "modality", "site", "intent" ... the group of each answer.
        threshold: answers below are not given.

    Returns:
        rows of ``by`` ("all" first), ``group``, ``cases``, ``answered``, ``coverage`` and
        ``accuracy`` (of those answered; None where none is), each an object of ``value`` and its
        interval. Rare groups vanish first: the least covered come first within a grouping.
    """
    given = np.array([s is not None and s >= threshold for s in scores], dtype=bool)
    true, people = np.asarray(right, dtype=float), np.asarray(patients, dtype=str)
    everyone = np.ones(len(given), dtype=bool)
    rows = [_row("all", "", everyone, given, true, people)]
    for by, groups in groupings.items():
        names = np.asarray([group or "not recorded" for group in groups], dtype=str)
        found = [_row(by, name, names == name, given, true, people) for name in sorted(set(names))]
        rows += sorted(found, key=lambda row: row["coverage"]["value"])
    return rows


def _row(
    by: str, group: str, chosen: Any, given: Any, right: Floats, people: Any
) -> dict[str, Any]:
    answered = chosen & given
    return {
        "by": by,
        "group": group,
        "cases": int(chosen.sum()),
        "answered": int(answered.sum()),
        "coverage": _share(given[chosen].astype(float), people[chosen]),
        "accuracy": _share(right[answered], people[answered]),
    }


def _share(values: Floats, people: Any) -> dict[str, Any]:
    value = float(values.mean()) if len(values) else None
    return {"value": value, **proportion_interval(values, [str(p) for p in people]).record()}


def risk_coverage(
    scores: Sequence[float | None],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = 1000,
) -> dict[str, Any]:
    """The risk-coverage curve and its area (Geifman and El-Yaniv 2017).

    The risk at a coverage is the share of wrong answers among the surest so many; the area is the
    mean risk over all coverages, so lower is better. Answers of one score have no order, so their
    mistakes are spread evenly among them.

    Returns:
        ``area`` with its interval by patient; ``random`` the area of scores that say nothing (the
        share of wrong answers), ``best`` that of scores which put every mistake last; ``curve`` as
        rows of coverage and risk, at most about 200. Values are None where there is no answer, or
        a score is none, and ``reason`` says so.
    """
    if not len(scores):
        return _no_curve("there is no answer")
    known = np.array([np.nan if s is None else s for s in scores], dtype=float)
    if np.isnan(known).any():
        return _no_curve("an answer has no score, so answers cannot be put in order")
    wrong = 1 - np.asarray(right, dtype=float)
    order = np.argsort(-known, kind="stable")
    _, starts, group = np.unique(-known[order], return_index=True, return_inverse=True)

    def area(weights: Floats) -> dict[str, Floats]:
        return {"area": _areas(weights[:, order], wrong[order], starts)}

    ones = np.ones((1, len(wrong)))
    interval = bootstrap(patients, area, seed=seed, resamples=resamples)["area"]
    even = np.bincount(group, weights=wrong[order]) / np.bincount(group)
    risk = np.cumsum(even[group]) / np.arange(1, len(order) + 1)
    places = np.unique(np.linspace(0, len(order) - 1, min(MOST_POINTS, len(order))).astype(int))
    ideal = np.sort(wrong)
    return {
        "area": float(area(ones)["area"][0]),
        **interval.record(),
        "random": float(wrong.mean()),
        "best": float((np.cumsum(ideal) / np.arange(1, len(order) + 1)).mean()),
        "curve": [[(int(p) + 1) / len(order), float(risk[p])] for p in places],
    }


def _areas(weights: Floats, wrong: Floats, starts: Any) -> Floats:
    """The mean risk over coverages for each row of weights, ties spread evenly.

    ``starts`` are the places at which a new score begins. Within a tie of ``c`` answers of which
    ``w`` are wrong, after ``n`` answers with ``e`` wrong, the risk of the i-th is
    (e + i w / c) / (n + i); summed over i by the harmonic numbers.
    """
    counts = np.add.reduceat(weights, starts, axis=1)
    errors = np.add.reduceat(weights * wrong, starts, axis=1)
    before, made = np.cumsum(counts, 1) - counts, np.cumsum(errors, 1) - errors
    rate = np.divide(errors, counts, out=np.zeros_like(errors), where=counts > 0)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int(weights.sum(1).max()) + 1))])
    start, end = before.round().astype(int), (before + counts).round().astype(int)
    # (e + i r) / (n + i) = r + (e - n r) / (n + i)
    sums = rate * counts + (made - before * rate) * (harmonic[end] - harmonic[start])
    return sums.sum(1) / weights.sum(1)


def _no_curve(reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("area", "ci95", "random", "best"))
    return {**nothing, "ci95_method": "none", "curve": [], "reason": reason}
