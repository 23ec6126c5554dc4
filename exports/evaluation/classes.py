"""Right and wrong over closed classes: averages, each class with its support, confusion, bands.

Averages run over the classes of the reference, fixed before any resampling. A class of fewer than
20 reference cases has counts and no rates: two of three right says nothing. Which text names which
class is ``answers``' business.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exports.evaluation.metrics import class_metrics, ratio
from exports.evaluation.statistics import (
    Floats,
    Interval,
    bootstrap,
    no_value,
    proportion_interval,
)

LEAST_CASES = 20
"""Reference cases below which a class has no rates."""
FEW_CASES = 5
OFTEN = 20
"""Training cases from which a class is frequent."""
AVERAGES = ("micro", "macro", "weighted")
RATES = ("precision", "recall", "f1")


def class_report(
    reference: Sequence[str],
    answered: Sequence[str],
    patients: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> dict[str, Any]:
    """Precision, recall and F1, averaged and by class, with intervals by patient.

    Micro pools the answers: its recall is the accuracy, and its precision leaves out answers that
    name no class of the reference. Macro gives each class of the reference the same weight, and
    weighted its share of the cases.

    Args:
        reference: the true class of each case.
        answered: the class answered; one outside the reference is a miss of the true one.
        patients: the patient of each.
        seed: of the resampling.
        resamples: how many.

    Returns:
        ``cases``, ``patients``, ``classes``; for each of ``AVERAGES`` an object of ``RATES``, each
        ``value`` and interval; ``macro_caution``: a sentence to print beside the macro intervals
        where they are known to be unsure, else ""; ``by_class``: rows by falling support of
        ``class``, ``cases``, ``patients``, ``answered``, ``right`` and ``RATES``, or None for
        these and ``reason``; ``confusion``.
    """
    classes = sorted(set(reference), key=lambda name: (-reference.count(name), name))
    found: dict[str, Any] = {
        "cases": len(reference),
        "patients": len(set(patients)),
        "classes": len(classes),
        "macro_caution": macro_caution(Counter(reference)),
    }
    spoken = [name for name in classes if reference.count(name) >= LEAST_CASES]
    values, intervals = _resampled(reference, answered, patients, spoken, seed, resamples)
    for average in AVERAGES:
        found[average] = {rate: _entry(f"{rate}_{average}", values, intervals) for rate in RATES}
    found["by_class"] = [
        _class_row(name, reference, answered, patients, values, intervals) for name in classes
    ]
    found["confusion"] = confusion(reference, answered)
    return found


def macro_caution(support: Mapping[str, int]) -> str:
    """A sentence where the interval of a macro average is not to be relied on, else "".

    Simulated with rare classes the interval covers the truth less often than 93 times in 100
    where more than a tenth of the classes have fewer than five cases (``docs/statistics.md``).
    """
    few = sum(count < FEW_CASES for count in support.values())
    if not few or few <= len(support) / 10:
        return ""
    return (
        f"{few} of {len(support)} classes have fewer than {FEW_CASES} cases: the interval of a "
        "macro average is too narrow, and covers the truth less often than 95 times in 100"
    )


def _resampled(
    reference: Sequence[str],
    answered: Sequence[str],
    patients: Sequence[str],
    spoken: Sequence[str],
    seed: int,
    resamples: int,
) -> tuple[dict[str, float], Mapping[str, Interval]]:
    """The averages, and the F1 of each class that may speak, with their intervals."""
    if not reference:
        return {}, {}
    true, said = np.asarray(reference, dtype=object), np.asarray(answered, dtype=object)
    known = np.isin(said.astype(str), sorted(set(reference))).astype(float)
    right = (true == said).astype(float)
    of = {name: ((true == name).astype(float), (said == name).astype(float)) for name in spoken}

    def values(weights: Floats) -> dict[str, Floats]:
        found = class_metrics(reference, answered, weights)
        hits, total, named = weights @ right, weights.sum(1), weights @ known
        found["precision_micro"] = ratio(hits, named)
        found["recall_micro"] = ratio(hits, total)
        found["f1_micro"] = ratio(2 * hits, named + total)
        for name, (is_true, is_said) in of.items():
            both = weights @ (is_true * is_said)
            found[f"f1 {name}"] = ratio(2 * both, weights @ is_true + weights @ is_said)
        return found

    sample = values(np.ones((1, len(reference))))
    intervals = bootstrap(patients, values, seed=seed, resamples=resamples)
    return {name: float(value[0]) for name, value in sample.items()}, intervals


def _entry(
    name: str, values: Mapping[str, float], intervals: Mapping[str, Interval]
) -> dict[str, Any]:
    if name not in values:
        return no_value("there is no case")
    return {"value": values[name], **intervals[name].record()}


def _class_row(
    name: str,
    reference: Sequence[str],
    answered: Sequence[str],
    patients: Sequence[str],
    values: Mapping[str, float],
    intervals: Mapping[str, Interval],
) -> dict[str, Any]:
    cases = [i for i, true in enumerate(reference) if true == name]
    said = [i for i, answer in enumerate(answered) if answer == name]
    right = sum(answered[i] == name for i in cases)
    row: dict[str, Any] = {
        "class": name,
        "cases": len(cases),
        "patients": len({patients[i] for i in cases}),
        "answered": len(said),
        "right": right,
    }
    if len(cases) < LEAST_CASES:
        reason = f"fewer than {LEAST_CASES} reference cases"
        return row | dict.fromkeys(RATES) | {"reason": reason}
    hits = [float(answered[i] == name) for i in cases]
    correct = [float(reference[i] == name) for i in said]
    row["recall"] = _rate(hits, [patients[i] for i in cases])
    row["precision"] = (
        _rate(correct, [patients[i] for i in said]) if said else no_value("it was never answered")
    )
    row["f1"] = _entry(f"f1 {name}", values, intervals)
    return row


def _rate(values: Sequence[float], patients: Sequence[str]) -> dict[str, Any]:
    return {"value": float(np.mean(values)), **proportion_interval(values, patients).record()}


def confusion(reference: Sequence[str], answered: Sequence[str]) -> dict[str, Any]:
    """How often each class of the reference was answered as each.

    Returns:
        ``reference`` (the rows) and ``answered`` (the columns: the same classes, then whatever
        else was answered), both sorted, and ``counts``, a row of whole numbers for each class.
    """
    rows = sorted(set(reference))
    columns = [*rows, *sorted(set(answered) - set(rows))]
    counts = Counter(zip(reference, answered, strict=True))
    table = [[counts[row, column] for column in columns] for row in rows]
    return {"reference": rows, "answered": columns, "counts": table}


def by_frequency(
    reference: Sequence[str],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    training: Mapping[str, int],
) -> list[dict[str, Any]]:
    """The share right by how often the true class stood in training.

    Args:
        reference: the true class of each case.
        right: whether the answer was right.
        patients: the patient of each.
        training: how many training cases each class has.

    Returns:
        three rows, "often" (20 training cases or more), "seldom" (1 to 19), "never": ``band``,
        ``training`` in words, ``classes``, ``cases``, ``patients``, ``right``, ``value`` and its
        interval; None where there is no such case.
    """
    bands = {
        "often": f"{OFTEN} or more training cases",
        "seldom": f"1 to {OFTEN - 1} training cases",
        "never": "no training case",
    }
    of_case = [_band(training.get(name, 0)) for name in reference]
    array = np.asarray(right, dtype=float)
    rows: list[dict[str, Any]] = []
    for band, words in bands.items():
        places = [i for i, name in enumerate(of_case) if name == band]
        people = [patients[i] for i in places]
        rows.append(
            {
                "band": band,
                "training": words,
                "classes": len({reference[i] for i in places}),
                "cases": len(places),
                "patients": len(set(people)),
                "right": int(array[places].sum()),
                **(_rate(list(array[places]), people) if places else no_value("no such case")),
            }
        )
    return rows


def _band(training: int) -> str:
    return "often" if training >= OFTEN else "seldom" if training else "never"
