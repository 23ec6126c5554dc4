"""Making a score mean something: one temperature for labels, a probability for regimens.

Fitted on the validation patients who choose nothing else (``store.halves``), applied to test
patients and in use. Without such a fit the score of a written regimen is a *model score*: how sure
the model is of its words, and never called a probability. Applying needs no heavy package.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, isfinite, log
from typing import Any

import numpy as np

from exports.evaluation.statistics import Floats

LEAST_FOR_TEMPERATURE = 50
LEAST_CASES = 100
LEAST_OF_EACH = 20
ISOTONIC_FROM = 1000
"""Cases from which isotonic regression is used: with fewer it overfits (Niculescu-Mizil and
Caruana 2005)."""
MODEL_SCORE, PROBABILITY = "model score", "probability"
_WIDEST = 3.0
_TINY = 1e-300
_NEAR = 1e-6


@dataclass(frozen=True)
class Temperature:
    """By what the log-probabilities of labels are divided; 1.0, and ``reason``, where not fitted.

    ``log_loss`` is that of the cases it was fitted on, before and after.
    """

    value: float
    cases: int
    log_loss: tuple[float, float] | None
    reason: str = ""

    def apply(self, probabilities: Mapping[str, float]) -> dict[str, float]:
        """The probabilities p^(1/T), normalised; their order stays."""
        if not probabilities:
            return {}
        logs = {label: log(max(p, _TINY)) / self.value for label, p in probabilities.items()}
        top = max(logs.values())
        raised = {label: exp(value - top) for label, value in logs.items()}
        total = sum(raised.values())
        return {label: value / total for label, value in raised.items()}

    def record(self) -> dict[str, Any]:
        """Its fields, ``log_loss`` as a list or None; ``reason`` only where there is one."""
        found = asdict(self) | {"log_loss": list(self.log_loss) if self.log_loss else None}
        return {name: value for name, value in found.items() if value != ""}


def fit_temperature(
    probabilities: Sequence[Mapping[str, float]], reference: Sequence[str]
) -> Temperature:
    """The temperature of least log loss (Guo et al. 2017), on validation predictions.

    Args:
        probabilities: of each case, by label.
        reference: the true label of each; cases whose label is not in the list are left out.
    """
    pairs = zip(probabilities, reference, strict=True)
    cases = [(of_case, true) for of_case, true in pairs if true in of_case]
    n = len(cases)
    if any(not isfinite(p) for of_case, _ in cases for p in of_case.values()):
        return Temperature(1.0, n, None, "a probability is not a number")
    if n < LEAST_FOR_TEMPERATURE:
        least = f"{n} validation cases are too few: at least {LEAST_FOR_TEMPERATURE} are needed"
        return Temperature(1.0, n, None, least)
    widest = max(len(of_case) for of_case, _ in cases)
    logs, true = np.full((n, widest), -np.inf), np.zeros(n)
    for place, (of_case, label) in enumerate(cases):
        logs[place, : len(of_case)] = [log(max(p, _TINY)) for p in of_case.values()]
        true[place] = log(max(of_case[label], _TINY))
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    def loss(log_temperature: float) -> float:
        scaled = np.exp(-log_temperature)
        return float((logsumexp(logs * scaled, axis=1) - true * scaled).mean())

    found: Any = minimize_scalar(loss, bounds=(-_WIDEST, _WIDEST), method="bounded")
    at = float(found.x)
    if abs(at) > _WIDEST - 0.01:
        end = "ever lower" if at < 0 else "ever higher"
        why = f"the log loss falls at {end} temperatures, so none was taken"
        return Temperature(1.0, n, (loss(0.0), loss(0.0)), why)
    return Temperature(exp(at), n, (loss(0.0), loss(at)))


@dataclass(frozen=True)
class Correctness:
    """From a model score to the probability that the regimen, as parsed, is exact; or not.

    ``method`` is "platt" (``knots`` are slope and intercept on the logit of the score),
    "isotonic" (``knots`` are pairs of score and probability, in order) or "none".
    """

    method: str
    knots: tuple[tuple[float, float], ...]
    patients: int
    cases: int
    fitted_on: str
    reason: str = ""

    @property
    def calibrated(self) -> bool:
        return self.method != "none"

    @property
    def name(self) -> str:
        """What a number after ``apply`` is called, everywhere."""
        return PROBABILITY if self.calibrated else MODEL_SCORE

    def apply(self, score: float | None) -> float | None:
        """The probability of an exact regimen; the score itself where not calibrated."""
        if score is None or not isfinite(score):
            return None
        if self.method == "platt":
            slope, intercept = self.knots[0]
            return 1 / (1 + exp(-max(-700.0, min(700.0, slope * _logit(score) + intercept))))
        if self.method == "isotonic":
            at, values = zip(*self.knots, strict=True)
            return float(np.interp(score, at, values))
        return score

    def record(self) -> dict[str, Any]:
        """Its fields, ``knots`` as lists, with ``calibrated`` and ``name``, which decide what a
        screen or report calls the number.
        """
        found = asdict(self) | {"knots": [list(knot) for knot in self.knots]}
        found |= {"calibrated": self.calibrated, "name": self.name}
        return {name: value for name, value in found.items() if value != ""}


def fit_correctness(
    scores: Sequence[float | None],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    fitted_on: str = "validation half B",
) -> Correctness:
    """Fit on exact parsed correctness: Platt's (1999) sigmoid, or isotonic with 1000 cases.

    Not fitted with fewer than 100 cases, or fewer than 20 right or wrong ones (ten for each of
    Platt's two parameters), or where a higher score is not more often right.

    Args:
        scores: the model score of each written regimen, 0 to 1.
        right: whether, as parsed, it was exact (1) or not (0).
        patients: the patient of each.
        fitted_on: which patients these are, in words.
    """
    kept = [i for i, score in enumerate(scores) if score is not None and isfinite(score)]
    known = np.array([scores[i] for i in kept], dtype=float)
    true = np.asarray(right, dtype=float)[kept]
    count = len({patients[i] for i in kept})

    def none(reason: str) -> Correctness:
        return Correctness("none", (), count, len(kept), fitted_on, reason)

    hits = int(true.sum())
    if len(kept) < LEAST_CASES:
        return none(f"{len(kept)} validation cases are too few: at least {LEAST_CASES} are needed")
    if min(hits, len(kept) - hits) < LEAST_OF_EACH:
        return none(
            f"{hits} of {len(kept)} validation regimens are exact: at least {LEAST_OF_EACH} right "
            f"and {LEAST_OF_EACH} wrong are needed"
        )
    if np.ptp(known) < 1e-12:
        return none("every answer has the same score")
    slope, intercept = _platt(known, true)
    if slope <= 0:
        return none("on validation patients a higher score was not more often right")
    if len(kept) < ISOTONIC_FROM:
        return Correctness("platt", ((slope, intercept),), count, len(kept), fitted_on)
    return Correctness("isotonic", _isotonic(known, true), count, len(kept), fitted_on)


def _platt(scores: Floats, right: Floats) -> tuple[float, float]:
    """Slope and intercept on the logit, fitted to targets that are a little short of 0 and 1."""
    from scipy.optimize import minimize

    hits = right.sum()
    high, low = (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2)
    target = np.where(right > 0, high, low)
    logits = np.array([_logit(score) for score in scores])
    middle, width = float(logits.mean()), float(logits.std()) or 1.0
    x = (logits - middle) / width

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] * x + at[1]
        gap = 1 / (1 + np.exp(-z)) - target
        value = float((np.logaddexp(0, z) - target * z).sum())
        return value, np.array([gap @ x, gap.sum()])

    found: Any = minimize(loss, np.zeros(2), jac=True, method="BFGS")
    slope = float(found.x[0]) / width
    return slope, float(found.x[1]) - slope * middle


def _isotonic(scores: Floats, right: Floats) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    # as many cases again cannot make it surer than that
    edge = 1 / (len(scores) + 2)
    model = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip")
    model.fit(scores, right)
    knots = zip(model.X_thresholds_, model.y_thresholds_, strict=True)
    return tuple((float(x), float(y)) for x, y in knots)


def _logit(score: float) -> float:
    inside = min(max(score, _NEAR), 1 - _NEAR)
    return log(inside / (1 - inside))
