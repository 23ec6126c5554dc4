"""The test of record of one metric of two models on the same patients, Wilcoxon's beside it.

For right and wrong answers the exact McNemar test; for scores such as ROUGE-1 a sign-flip
permutation of the mean difference. Both over patients. Which comparisons are tested at all, and
what is corrected together, is ``families``' business.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from exports.evaluation.permutation import RESAMPLES, sign_flip
from exports.evaluation.statistics import (
    Floats,
    SignedRank,
    better_worse_tied,
    mcnemar,
    per_patient,
    signed_rank,
)

MCNEMAR = "exact McNemar"
SIGN_TEST = "exact sign test over patients"
SIGN_FLIP = "sign-flip permutation of the mean difference over patients"


@dataclass(frozen=True)
class PairedTest:
    """A test of record; ``better``, ``worse`` and ``tied`` count patients.

    ``p`` is None, and ``reason`` says why, where there is nothing to test; ``method`` is "exact"
    or "monte carlo". ``wilcoxon`` is the paper's test of the same differences.
    """

    test: str
    alternative: str
    p: float | None
    method: str
    patients: int
    better: int
    worse: int
    tied: int
    difference: float | None
    wilcoxon: SignedRank
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields, ``wilcoxon`` as an object; a ``reason`` only where there is one."""
        found = {**asdict(self), "wilcoxon": _without_empty(asdict(self.wilcoxon))}
        return _without_empty(found)


def right_or_wrong(
    tuned: Sequence[float] | Floats,
    other: Sequence[float] | Floats,
    patients: Sequence[str],
    alternative: str = "greater",
) -> PairedTest:
    """Exact McNemar of answers that are right (1) or wrong (0).

    With several cases of a patient, a patient is better where more of the answers are right: the
    sign test over patients, since two cases of one patient are not two independent pairs.

    Args:
        tuned: of each pair, whether one model is right.
        other: of each pair, whether the other is.
        patients: the patient of each pair.
        alternative: "greater" or "two-sided".
    """
    differences, mean, problem = _differences(tuned, other, patients)
    several = len(set(patients)) < len(patients)
    better, worse, tied = better_worse_tied(differences)
    return PairedTest(
        test=SIGN_TEST if several else MCNEMAR,
        alternative=alternative,
        p=None if problem else mcnemar(better, worse, alternative),
        method="none" if problem else "exact",
        patients=len(differences),
        better=better,
        worse=worse,
        tied=tied,
        difference=mean,
        wilcoxon=_wilcoxon(differences, alternative, problem),
        reason=problem or ("" if better + worse else "no patient differs"),
    )


def scored(
    tuned: Sequence[float] | Floats,
    other: Sequence[float] | Floats,
    patients: Sequence[str],
    alternative: str = "greater",
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PairedTest:
    """Sign-flip permutation of the mean difference of scores such as ROUGE-1; as above."""
    differences, mean, problem = _differences(tuned, other, patients)
    between = [] if problem else np.asarray(tuned, dtype=float) - np.asarray(other, dtype=float)
    found = sign_flip(between, patients, alternative=alternative, seed=seed, resamples=resamples)
    better, worse, tied = better_worse_tied(differences)
    return PairedTest(
        test=SIGN_FLIP,
        alternative=alternative,
        p=found.p,
        method=found.method,
        patients=len(differences),
        better=better,
        worse=worse,
        tied=tied,
        difference=mean,
        wilcoxon=_wilcoxon(differences, alternative, problem),
        reason=problem or found.reason,
    )


def _differences(
    tuned: Sequence[float] | Floats, other: Sequence[float] | Floats, patients: Sequence[str]
) -> tuple[Floats, float | None, str]:
    """Each patient's difference of means, the mean over pairs, and what is wrong with them."""
    one, two = np.asarray(tuned, dtype=float), np.asarray(other, dtype=float)
    if not len(one):
        return np.zeros(0), None, "there is no pair to compare"
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        return np.zeros(0), None, "a score is not a number"
    means = per_patient(one, patients) - per_patient(two, patients)
    return np.round(means, 12), float(one.mean() - two.mean()), ""


def _wilcoxon(differences: Floats, alternative: str, problem: str) -> SignedRank:
    if problem:
        return SignedRank(None, 0, "none", reason=problem)
    return signed_rank(differences, alternative)


def _without_empty(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "reason" or value}
