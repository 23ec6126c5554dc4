"""Worlds in which the truth is known: how often a test is wrong, how often an interval holds it.

``python -m tests.unit.simulated TABLE TIMES`` prints a table of ``docs/statistics.md``;
``test_simulated`` runs a few lines of them.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exports.evaluation.classes import macro_caution
from exports.evaluation.metrics import class_metrics
from exports.evaluation.paired_tests import right_or_wrong
from exports.evaluation.permutation import sign_flip
from exports.evaluation.reliability import reliability
from exports.evaluation.selective import find_threshold, risk_coverage
from exports.evaluation.statistics import (
    bootstrap,
    mcnemar,
    mean_interval,
    proportion_interval,
    signed_rank,
    wilson,
)

Array: TypeAlias = NDArray[Any]
SIZES = (1, 1, 1, 2, 3)
"""Cases of a patient, drawn from these where patients have several."""


@dataclass(frozen=True)
class Seen:
    """A share of so many repetitions."""

    share: float
    times: int

    def near(self, low: float, high: float, errors: float = 3.0) -> bool:
        """Whether it lies between two shares but for so many Monte-Carlo standard errors."""
        below, above = (errors * sqrt(p * (1 - p) / self.times) for p in (low, high))
        return low - below <= self.share <= high + above

    def __str__(self) -> str:
        return f"{100 * self.share:.1f}"


def people(sizes: Array) -> list[str]:
    """A name for each case of patients with so many cases each."""
    return [f"p{i:05d}" for i, size in enumerate(sizes) for _ in range(int(size))]


def count(times: int, once: Callable[[np.random.Generator], bool], seed: int = 0) -> Seen:
    """How often something happens."""
    rng = np.random.default_rng(seed)
    return Seen(sum(once(rng) for _ in range(times)) / times, times)


# ---- how often a test finds a difference where there is none


def mcnemar_level(n: int, share: float, times: int) -> Seen:
    """``n`` patients, of whom a share differs either way."""
    drawn = np.random.default_rng(1).multinomial(n, [share / 2, share / 2, 1 - share], times)
    known = {(int(b), int(w)): 0.0 for b, w, _ in drawn}
    known = {pair: mcnemar(*pair) for pair in known}
    return Seen(float(np.mean([known[int(b), int(w)] <= 0.05 for b, w, _ in drawn])), times)


def wilcoxon_level(n: int, share: float, times: int) -> Seen:
    def once(rng: np.random.Generator) -> bool:
        p = signed_rank(rng.choice([-1.0, 0.0, 1.0], n, p=[share / 2, 1 - share, share / 2])).p
        return p is not None and p <= 0.05

    return count(times, once)


def clustered_level(patients: int, times: int) -> Seen:
    """Right and wrong answers, several of a patient, who is hard or easy for both models and
    better known to one of them, by chance."""

    def once(rng: np.random.Generator) -> bool:
        sizes = rng.choice([1, 2, 4], patients)
        ease = np.repeat(rng.beta(2, 2, patients), sizes)
        lean = np.repeat(rng.normal(0, 0.25, patients), sizes)
        tuned = rng.random(len(ease)) < np.clip(ease + lean, 0, 1)
        base = rng.random(len(ease)) < np.clip(ease - lean, 0, 1)
        p = right_or_wrong(tuned.astype(float), base.astype(float), people(sizes)).p
        return p is not None and p <= 0.05

    return count(times, once)


def sign_flip_level(patients: int, times: int, clustered: bool = False) -> Seen:
    """Scores of any distribution that is the same for both models."""

    def once(rng: np.random.Generator) -> bool:
        sizes = rng.choice(SIZES, patients) if clustered else np.ones(patients, dtype=int)
        lean = np.repeat(rng.exponential(1, patients) - rng.exponential(1, patients), sizes)
        scores = lean + rng.normal(0, 0.3, len(lean))
        p = sign_flip(scores, people(sizes), resamples=199, seed=int(rng.integers(2**31))).p
        return p is not None and p <= 0.05

    return count(times, once)


# ---- how often an interval of 95 % holds the truth


def wilson_coverage(n: int, share: float) -> float:
    """Exactly, over all counts."""
    from scipy.stats import binom

    held = 0.0
    for right in range(n + 1):
        low, high = wilson(right, n).ci95 or (1.0, 0.0)
        held += float(binom.pmf(right, n, share)) if low <= share <= high else 0.0
    return held


def share_coverage(patients: int, share: float, alike: float, times: int) -> Seen:
    """``alike``: the correlation of two cases of one patient."""

    def once(rng: np.random.Generator) -> bool:
        sizes = rng.choice(SIZES, patients)
        of_patient = _shares(rng, patients, share, alike)
        right = rng.random(int(sizes.sum())) < np.repeat(of_patient, sizes)
        return _holds(proportion_interval(right.astype(float), people(sizes)).ci95, share)

    return count(times, once)


def _shares(rng: np.random.Generator, patients: int, share: float, alike: float) -> Array:
    if alike == 0:
        return np.full(patients, share)
    weight = (1 - alike) / alike
    return rng.beta(share * weight, (1 - share) * weight, patients)


def _holds(ends: tuple[float, float] | None, truth: float) -> bool:
    return ends is not None and ends[0] <= truth <= ends[1]


def mean_coverage(kind: str, patients: int, clustered: bool, times: int) -> Seen:
    """Of ``kind`` "uniform", "rouge" (half are 1, the rest spread) or "difference" (-1, 0, 1)."""
    truth = {"uniform": 0.5, "rouge": 0.5 + 0.5 * 0.6, "difference": 0.06}[kind]
    low = -1.0 if kind == "difference" else 0.0

    def once(rng: np.random.Generator) -> bool:
        sizes = rng.choice(SIZES, patients) if clustered else np.ones(patients, dtype=int)
        n, owner = int(sizes.sum()), np.repeat(np.arange(patients), sizes)
        # a patient's cases are alike: half of them repeat the first
        own = _drawn(rng, kind, patients)[owner]
        values = np.where(rng.random(n) < 0.5, own, _drawn(rng, kind, n)) if clustered else own
        seed = int(rng.integers(2**31))
        found = mean_interval(values, people(sizes), low=low, high=1.0, seed=seed, resamples=600)
        return _holds(found.ci95, truth)

    return count(times, once)


def _drawn(rng: np.random.Generator, kind: str, n: int) -> Array:
    if kind == "uniform":
        return rng.random(n)
    if kind == "rouge":
        return np.where(rng.random(n) < 0.5, 1.0, rng.beta(3, 2, n))
    return rng.choice([-1.0, 0.0, 1.0], n, p=[0.07, 0.80, 0.13])


@dataclass(frozen=True)
class Classes:
    """``cases`` over ``classes`` whose shares fall as 1 / rank ** ``slope``; ``right`` of each."""

    cases: int
    classes: int
    right: float
    slope: float
    clustered: bool = False

    @property
    def shares(self) -> Array:
        raw = 1 / np.arange(1, self.classes + 1) ** self.slope
        return raw / raw.sum()

    @property
    def joint(self) -> Array:
        """The probability of each true class with each answer; mistakes fall by the shares."""
        wrong = np.tile(self.shares, (self.classes, 1))
        np.fill_diagonal(wrong, 0)
        wrong *= (1 - self.right) / wrong.sum(1, keepdims=True)
        return self.shares[:, None] * (wrong + self.right * np.eye(self.classes))

    def __str__(self) -> str:
        least = self.cases * float(self.shares[-1])
        together = ", by patient" if self.clustered else ""
        return f"{self.cases} cases, {self.classes} classes, rarest {least:.1f}{together}"


def macro_coverage(world: Classes, times: int) -> tuple[Seen, Seen, Seen, float]:
    """Of macro F1: coverage; where no caution was given; where one was; how often one was."""
    rng, joint = np.random.default_rng(5), world.joint
    hits, said_sum = np.diag(joint), joint.sum(0)
    f1 = 2 * hits / (joint.sum(1) + said_sum)
    held: dict[bool, list[bool]] = {False: [], True: []}
    for _ in range(times):
        sizes = _sizes(rng, world)
        cells = _cells(rng, joint, sizes)
        true, said = (
            [str(c) for c in cells // world.classes],
            [str(c) for c in cells % world.classes],
        )
        seen = sorted({int(c) for c in true})

        def values(weights: Array, true: list[str] = true, said: list[str] = said) -> Any:
            return {"f1": class_metrics(true, said, weights)["f1_macro"]}

        found = bootstrap(people(sizes), values, seed=int(rng.integers(2**31)), resamples=400)["f1"]
        support = {name: true.count(name) for name in set(true)}
        truth = float(f1[seen].mean())
        held[bool(macro_caution(support))].append(_holds(found.ci95, truth))
    both = [Seen(float(np.mean(h)) if h else 0.0, max(1, len(h))) for h in held.values()]
    total = Seen(float(np.mean([*held[False], *held[True]])), times)
    return total, both[0], both[1], len(held[True]) / times


def _sizes(rng: np.random.Generator, world: Classes) -> Array:
    if not world.clustered:
        return np.ones(world.cases, dtype=int)
    sizes = rng.choice(SIZES, world.cases)
    return sizes[: int(np.searchsorted(np.cumsum(sizes), world.cases))]


def _cells(rng: np.random.Generator, joint: Array, sizes: Array) -> Array:
    """A cell of the joint table for each case; half a patient's cases repeat the first."""
    n, owner = int(sizes.sum()), np.repeat(np.arange(len(sizes)), sizes)
    first = rng.choice(joint.size, len(sizes), p=joint.ravel())[owner]
    if len(sizes) == n:
        return first
    return np.where(rng.random(n) < 0.5, first, rng.choice(joint.size, n, p=joint.ravel()))


def ece_coverage(cases: int, power: float, times: int) -> Seen:
    """Scores of which ``score ** power`` is the chance of being right; 1 is calibrated."""
    pool = 1 / (1 + np.exp(-np.random.default_rng(6).normal(1.2, 1.5, 100_000)))
    truth = float(np.abs(pool**power - pool).mean())

    def once(rng: np.random.Generator) -> bool:
        scores = rng.choice(pool, cases)
        right = (rng.random(cases) < scores**power).astype(float)
        names = people(np.ones(cases, dtype=int))
        found = reliability(
            list(scores), right, names, seed=int(rng.integers(2**31)), resamples=300
        )
        return _holds((found["ci95"][0], found["ci95"][1]), truth)

    return count(times, once)


def area_coverage(cases: int, times: int) -> Seen:
    """Of the area under the risk-coverage curve, of scores that are the chance of being right."""
    pool = 1 / (1 + np.exp(-np.random.default_rng(7).normal(1.2, 1.5, 200_000)))
    order = np.sort(pool)[::-1]
    truth = float((np.cumsum(1 - order) / np.arange(1, len(order) + 1)).mean())

    def once(rng: np.random.Generator) -> bool:
        scores = rng.choice(pool, cases)
        right = (rng.random(cases) < scores).astype(float)
        names = people(np.ones(cases, dtype=int))
        seed = int(rng.integers(2**31))
        found = risk_coverage(list(scores), right, names, seed=seed, resamples=300)
        return _holds((found["ci95"][0], found["ci95"][1]), truth)

    return count(times, once)


def unproven_thresholds(cases: int, times: int, clustered: bool = False) -> Seen:
    """How often a threshold is found at which the true accuracy is below the goal of 80 %.

    The chance of being right falls through 80 % in mid-score, so that many steps are near it.
    """

    def once(rng: np.random.Generator) -> bool:
        sizes = rng.choice(SIZES, cases) if clustered else np.ones(cases, dtype=int)
        n = int(sizes.sum())
        scores = rng.random(n)
        own = np.repeat(rng.random(cases), sizes)
        luck = np.where(rng.random(n) < 0.5, own, rng.random(n)) if clustered else own
        right = (luck < 0.70 + 0.15 * scores).astype(float)
        found = find_threshold(list(scores), right, people(sizes), 0.8).threshold
        return found is not None and 0.70 + 0.15 * (1 + found) / 2 < 0.8

    return count(times, once)


# ---- the tables of docs/statistics.md

MACRO = (
    Classes(200, 4, 0.9, 1), Classes(200, 10, 0.8, 0), Classes(400, 10, 0.8, 1),
    Classes(400, 20, 0.85, 1), Classes(1600, 40, 0.8, 0), Classes(800, 40, 0.8, 1),
    Classes(1600, 100, 0.8, 0.7), Classes(400, 60, 0.9, 0), Classes(200, 10, 0.8, 1.3),
    Classes(400, 40, 0.8, 1), Classes(800, 100, 0.8, 1),
    Classes(400, 10, 0.8, 1, True), Classes(800, 40, 0.8, 1, True),
)  # fmt: skip


def levels(times: int) -> Iterator[str]:
    for n, share in ((50, 0.2), (200, 0.1), (200, 0.4), (1000, 0.2)):
        yield f"McNemar, {n} patients, {share:.0%} differ | {mcnemar_level(n, share, 10 * times)}"
    for n, share in ((50, 0.3), (200, 0.2)):
        yield f"Wilcoxon, {n} patients, {share:.0%} differ | {wilcoxon_level(n, share, times)}"
    yield f"sign test, 60 patients of 1 to 4 cases | {clustered_level(60, times)}"
    for n, clustered in ((12, False), (40, False), (40, True)):
        seen = sign_flip_level(n, 3 * times, clustered)
        yield f"sign flip, {n} patients, {_words(clustered)} | {seen}"
    for clustered in (False, True):
        seen = unproven_thresholds(300, times, clustered)
        yield f"threshold below the goal, 300 patients, {_words(clustered)} | {seen}"


def _words(clustered: bool) -> str:
    return "one to three cases each" if clustered else "one case each"


def shares(times: int) -> Iterator[str]:
    for n in (100, 300, 1000):
        held = [100 * wilson_coverage(n, float(share)) for share in np.linspace(0.02, 0.98, 97)]
        yield f"Wilson, n {n} | {np.mean(held):.1f} (least {min(held):.1f}, most {max(held):.1f})"
    for patients in (100, 300):
        for share in (0.5, 0.8, 0.95, 0.98):
            for alike in (0.0, 0.3, 0.8):
                seen = share_coverage(patients, share, alike, times)
                yield f"share {share}, {patients} patients, correlation {alike} | {seen}"


def means(times: int) -> Iterator[str]:
    for kind in ("uniform", "rouge", "difference"):
        for patients in (100, 300):
            for clustered in (False, True):
                seen = mean_coverage(kind, patients, clustered, times)
                yield f"mean, {kind}, {patients} patients, {_words(clustered)} | {seen}"


def calibration(times: int) -> Iterator[str]:
    for cases in (200, 600):
        for power in (1.0, 1.2, 1.5, 3.0):
            yield f"ECE, {cases} cases, score^{power} | {ece_coverage(cases, power, times)}"
    yield f"risk-coverage area, 200 cases | {area_coverage(200, times)}"


def macro(times: int) -> Iterator[str]:
    for world in MACRO:
        total, without, cautioned, often = macro_coverage(world, times)
        yield (
            f"macro F1, {world} | {total} | caution in {often:.0%}: "
            f"{cautioned if often else '-'} with, {without if often < 1 else '-'} without"
        )


TABLES = {
    "levels": levels,
    "shares": shares,
    "means": means,
    "calibration": calibration,
    "macro": macro,
}

if __name__ == "__main__":
    wanted, times = sys.argv[1], int(sys.argv[2])
    started = time.monotonic()
    for line in TABLES[wanted](times):
        print(f"{line}   [{time.monotonic() - started:.0f} s]", flush=True)
