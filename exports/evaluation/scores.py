"""How good the probabilities of a closed list are: log loss, Brier score, and what they start at.

Proper scores of whole distributions; whether the first label's probability says how often it is
right is ``reliability``'s. What cannot be scored is left out and counted, never made up.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from exports.evaluation.statistics import (
    Floats,
    Interval,
    bootstrap,
    mean_interval,
    no_value,
    weighted_mean,
)

Probabilities = Sequence[Mapping[str, float]]
"""Of each case, a probability for each label of the list; empty where there is none."""


def label_scores(
    probabilities: Probabilities,
    reference: Sequence[str],
    patients: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> dict[str, Any]:
    """Log loss and Brier score with intervals by patient; lower is better.

    Log loss is the mean of -ln p(true), over the cases whose true label is in the list: of a label
    that could not be answered every model says 0, and its loss is infinite. The Brier score is the
    mean of the summed squared differences from 1 for the true label and 0 for the others (Brier
    1950), from 0 to 2, over all cases; of a label outside the list it is 1 + the sum of squares.

    Args:
        probabilities: of each case, by label.
        reference: the true label of each, spelt as in the list.
        patients: the patient of each.
        seed: of the resampling.
        resamples: how many.

    Returns:
        ``cases``, ``without`` (cases that have no probabilities: left out), ``outside`` (cases
        whose label is not in the list), ``log_loss`` and ``brier``, each with ``value``, its
        interval and, where it is None, ``reason``.
    """
    scored = [place for place, of_case in enumerate(probabilities) if of_case]
    listed = [place for place in scored if reference[place] in probabilities[place]]
    people = [patients[place] for place in scored]
    found = {
        "cases": len(reference),
        "without": len(reference) - len(scored),
        "outside": len(scored) - len(listed),
    }
    bad = _problem([probabilities[place] for place in scored])
    if bad:
        return {**found, "log_loss": no_value(bad), "brier": no_value(bad)}
    draw = {"seed": seed, "resamples": resamples}
    brier = np.array([_brier(probabilities[place], reference[place]) for place in scored])
    of_brier = mean_interval(brier, people, low=0.0, high=2.0, **draw)
    found_brier = {"value": float(brier.mean()), **of_brier.record()}
    return {
        **found,
        "log_loss": _log_loss(probabilities, reference, patients, listed, draw),
        "brier": found_brier,
    }


def _brier(probabilities: Mapping[str, float], true: str) -> float:
    squares = sum(p * p for label, p in probabilities.items() if label != true)
    return squares + (1 - probabilities.get(true, 0.0)) ** 2


def _log_loss(
    probabilities: Probabilities,
    reference: Sequence[str],
    patients: Sequence[str],
    listed: Sequence[int],
    draw: Mapping[str, int],
) -> dict[str, Any]:
    true = np.array([probabilities[place][reference[place]] for place in listed])
    if not len(true):
        return no_value("no true label is in the list")
    impossible = int((true <= 0).sum())
    if impossible:
        return no_value(f"{impossible} true labels were given no probability at all: infinite")
    losses = -np.log(true)
    people = [patients[place] for place in listed]
    interval = _unbounded(losses, people, draw)
    return {"value": float(losses.mean()), **interval.record()}


def _unbounded(values: Floats, patients: Sequence[str], draw: Mapping[str, int]) -> Interval:
    """As ``mean_interval``, for values that have no most."""
    mean = weighted_mean(values)
    return bootstrap(patients, mean, seed=draw["seed"], resamples=draw["resamples"], unbias=False)[
        "mean"
    ]


def _problem(probabilities: Probabilities) -> str:
    if not probabilities:
        return "no case has probabilities"
    for of_case in probabilities:
        if not all(isfinite(p) for p in of_case.values()):
            return "a probability is not a number"
        if abs(sum(of_case.values()) - 1) > 1e-3:
            return "the probabilities of a case do not sum to 1"
    return ""


def label_priors(prior: Mapping[str, float], training: Mapping[str, int]) -> dict[str, Any]:
    """What a model says of an empty diagnosis, beside how often each label stood in training.

    A model that has learnt the department's mix says about its frequencies when told nothing;
    one that says something else leans that way on every unclear diagnosis.

    Args:
        prior: the probability of each label on an empty diagnosis.
        training: how often each label stood in training.

    Returns:
        ``total_variation`` (half the summed absolute differences, 0 to 1: the share of
        probability that lies elsewhere) and ``labels``, the largest difference first, each with
        ``label``, ``prior``, ``training`` (a share) and ``difference``; None and ``reason``
        where one of the two is missing.
    """
    total = sum(training.values())
    if not prior or total <= 0:
        missing = "an answer to an empty diagnosis" if not prior else "a training label"
        return {"total_variation": None, "labels": [], "reason": f"there is not {missing}"}
    if not all(isfinite(p) for p in prior.values()):
        reason = "a probability is not a number"
        return {"total_variation": None, "labels": [], "reason": reason}
    rows: list[dict[str, Any]] = []
    for label in sorted({*prior, *training}):
        said, seen = float(prior.get(label, 0.0)), training.get(label, 0) / total
        rows.append({"label": label, "prior": said, "training": seen, "difference": said - seen})
    rows.sort(key=lambda row: -abs(row["difference"]))
    return {"total_variation": sum(abs(row["difference"]) for row in rows) / 2, "labels": rows}
