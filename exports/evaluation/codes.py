"""How near an ICD-10 code is to the reference: exact, by category and block, and as a tree; sides.

Two codes of one category are a smaller mistake than two of different chapters, and the wrong side
is a mistake of its own. Codes of the WHO and of ICD-10-CM stand in one tree
(``store.clinical.icd10_tree``). Precision and recall of classes are ``classes``' business.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exports.evaluation.statistics import (
    Floats,
    Interval,
    bootstrap,
    finite,
    no_value,
    proportion_interval,
)
from store.clinical.icd10 import CodeTable
from store.clinical.icd10_tree import (
    block_of,
    category_of,
    known_code,
    lineage,
    same_but_for_side,
    side_of,
)

TOP = (3, 5)
SHARES = ("exact", "category", "block", "top3", "top5")
HIERARCHICAL = ("hierarchical_precision", "hierarchical_recall", "hierarchical_f1")
SIDES = ("right", "other_side", "no_side", "other_code")


@dataclass(frozen=True)
class JudgedCode:
    """One answer beside its reference, both as known codes.

    ``shared``, ``said`` and ``true`` count the nodes of the two lineages, chapter and code
    included. ``side`` is "" where the reference names none, else one of ``SIDES``: the same code,
    the same but for its side, the same of an unspecified side, or another code; ``contradicts``
    whether the answer, whatever it is, names the opposite side. ``rank`` is the reference's place
    among the answer's labels, from 1; 0 where it is not among them.
    """

    reference: str
    answer: str
    category: bool
    block: bool
    rank: int
    shared: int
    said: int
    true: int
    side: str
    contradicts: bool

    @property
    def exact(self) -> bool:
        return self.reference == self.answer


def judge_codes(
    reference: Sequence[str],
    answers: Sequence[str],
    probabilities: Sequence[Mapping[str, float]],
    table: CodeTable,
) -> list[JudgedCode]:
    """Each answer beside its reference.

    Args:
        reference: the true codes, in any form that ``check_code`` reads.
        answers: what was answered; text that is no code is wrong at every level.
        probabilities: of each case, by label; empty where there is no list.
        table: both systems.
    """
    known = {text: known_code(table, text) for text in {*reference, *answers}}
    found: list[JudgedCode] = []
    for true, said, labels in zip(reference, answers, probabilities, strict=True):
        found.append(_judge(known[true], known[said], _rank(table, true, said, labels), table))
    return found


def _judge(true: str, said: str, rank: int, table: CodeTable) -> JudgedCode:
    one, two = frozenset(lineage(table, true)), frozenset(lineage(table, said))
    block = block_of(table, true)
    side = side_of(table, true)
    return JudgedCode(
        reference=true,
        answer=said,
        category=category_of(true) == category_of(said),
        block=block == block_of(table, said) if block else true == said,
        rank=rank,
        shared=len(one & two),
        said=len(two),
        true=len(one),
        side=_side(table, true, said) if side else "",
        contradicts={side, side_of(table, said)} == {"left", "right"},
    )


def _side(table: CodeTable, true: str, said: str) -> str:
    if true == said:
        return "right"
    if not same_but_for_side(table, true, said):
        return "other_code"
    return "other_side" if side_of(table, said) else "no_side"


def _rank(table: CodeTable, true: str, said: str, labels: Mapping[str, float]) -> int:
    """The place of the true label, the answer itself first, equal ones in alphabetical order."""
    order = sorted(labels, key=lambda label: (label != said, -labels[label], label))
    code = known_code(table, true)
    return next((i for i, label in enumerate(order, 1) if known_code(table, label) == code), 0)


def describe_codes(
    judged: Sequence[JudgedCode],
    patients: Sequence[str],
    table: CodeTable,
    *,
    labels: int,
    seed: int = 0,
    resamples: int = 2000,
) -> dict[str, Any]:
    """All of it as JSON, with intervals by patient.

    The hierarchical scores are those of Kiritchenko et al. (2006): answer and reference are each
    taken with all their ancestors, chapter and block included; precision is the share of the
    answers' nodes, summed over cases, that are the reference's, recall the share of the
    reference's that are the answers', F1 their harmonic mean. As nearly all cases are neoplasms,
    an answer at random already shares the chapter: compare it with the baselines'.

    Args:
        judged: the answers.
        patients: the patient of each.
        table: both systems.
        labels: how many labels there were to choose from; 0 where there was no list.
        seed: of the resampling.
        resamples: how many.

    Returns:
        ``cases``, ``patients``, ``labels``; ``systems``: how many references are of ICD-10-CM
        ("cm"), of the WHO alone ("who") and of neither ("none"); ``metrics``: by each of
        ``SHARES`` and ``HIERARCHICAL`` ``value`` and interval, or None and ``reason``;
        ``laterality``: ``cases`` (references that name a side), the counts of ``SIDES``,
        ``errors`` (the same code but for the other side) as ``value`` with its interval, and
        ``contradicts``: answers that name the opposite side, whatever the code.
    """
    return {
        "cases": len(judged),
        "patients": len(set(patients)),
        "labels": labels,
        "systems": dict(Counter(_system(one.reference, table) for one in judged)),
        "metrics": _shares(judged, patients, labels) | _trees(judged, patients, seed, resamples),
        "laterality": _laterality(judged, patients),
    }


def _system(code: str, table: CodeTable) -> str:
    return "cm" if code in table.cm else "who" if code in table.who else "none"


def code_values(judged: Sequence[JudgedCode]) -> dict[str, Floats]:
    """Of each of ``SHARES``, 1 or 0 for each case: what a paired difference is made of."""
    values = {
        "exact": [one.exact for one in judged],
        "category": [one.category for one in judged],
        "block": [one.block for one in judged],
    } | {f"top{k}": [0 < one.rank <= k for one in judged] for k in TOP}
    return {name: np.array(found, dtype=float) for name, found in values.items()}


def _shares(
    judged: Sequence[JudgedCode], patients: Sequence[str], labels: int
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, values in code_values(judged).items():
        k = int(name[3:]) if name.startswith("top") else 0
        if not len(values):
            found[name] = no_value("there is no case")
        elif k >= labels and k:
            found[name] = no_value(
                f"there are only {labels} labels to choose from" if labels else "there is no list"
            )
        else:
            interval = proportion_interval(values, patients)
            found[name] = {"value": float(values.mean()), **interval.record()}
    return found


def _trees(
    judged: Sequence[JudgedCode], patients: Sequence[str], seed: int, resamples: int
) -> dict[str, dict[str, Any]]:
    if not judged:
        return {name: no_value("there is no case") for name in HIERARCHICAL}
    counts = np.array([(one.shared, one.said, one.true) for one in judged], dtype=float)

    def values(weights: Floats) -> dict[str, Floats]:
        shared, said, true = (weights @ counts).T
        precision = np.divide(shared, said, out=np.zeros_like(shared), where=said > 0)
        f1 = np.divide(2 * shared, said + true, out=np.zeros_like(shared), where=said + true > 0)
        recall = np.divide(shared, true, out=np.zeros_like(shared), where=true > 0)
        return dict(zip(HIERARCHICAL, (precision, recall, f1), strict=True))

    sample = values(np.ones((1, len(judged))))
    intervals: Mapping[str, Interval] = bootstrap(patients, values, seed=seed, resamples=resamples)
    return {
        name: {"value": finite(float(sample[name][0])), **intervals[name].record()}
        for name in HIERARCHICAL
    }


def _laterality(judged: Sequence[JudgedCode], patients: Sequence[str]) -> dict[str, Any]:
    sided = [(one, who) for one, who in zip(judged, patients, strict=True) if one.side]
    counts = Counter(one.side for one, _ in sided)
    found: dict[str, Any] = {"cases": len(sided), **{side: counts[side] for side in SIDES}}
    found["contradicts"] = sum(one.contradicts for one, _ in sided)
    if not sided:
        return {**found, "errors": no_value("no reference code names a side")}
    wrong = [float(one.side == "other_side") for one, _ in sided]
    interval = proportion_interval(wrong, [who for _, who in sided])
    return {**found, "errors": {"value": float(np.mean(wrong)), **interval.record()}}
