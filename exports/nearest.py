"""The training cases nearest to a diagnosis, by what their texts have in common.

TF-IDF of words and word pairs with cosine: it found the same code more often than BM25, in less
time (``tests/benchmarks/nearest.py``, docs/prediction.md). The vectors are those of
``exports.evaluation.baselines``, which a test holds against scikit-learn's; that package is not
used here, because importing it takes a process of screens seconds. What is found is fields,
never as a note.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from exports.evaluation.facts import CaseFacts

NEAREST = 3
UNLIKE = 0.02
"""The share of validation cases that are less like training than the threshold."""
MOST_VALIDATION = 400
"""Validation cases that are looked at; as many say where one in fifty lies."""
LEAST_VALIDATION = 50
_WORD = re.compile(r"\b\w+\b")


@dataclass(frozen=True)
class Neighbour:
    """A training case near to what was asked; ``similarity`` is a cosine, 0 to 1."""

    similarity: float
    case: CaseFacts

    def as_json(self) -> dict[str, Any]:
        return {
            "similarity": round(self.similarity, 3),
            "case_id": self.case.case_id,
            "site": self.case.site,
            "intent": self.case.intent,
            "target": self.case.target,
            "regimen": self.case.regimen,
            "modality": self.case.modality,
            "icd10": self.case.icd10,
            "year": self.case.year,
        }


@dataclass(frozen=True)
class Closeness:
    """How near the nearest training case is, and the share of words that no training case has.

    ``threshold`` is the similarity that all but one in fifty validation cases have; None where
    there are too few to say.
    """

    similarity: float
    unknown_words: float
    threshold: float | None


class Index:
    """The training cases of one data set."""

    def __init__(self, train: Sequence[CaseFacts], validation: Iterable[str] = ()) -> None:
        """``validation`` are the diagnoses of validation cases; at most 400 are looked at."""
        import numpy as np

        self._cases = train
        counts = [_features(case.diagnosis) for case in train]
        found = Counter(feature for each in counts for feature in each)
        total = len(train)
        self._weight = {f: math.log((1 + total) / (1 + n)) + 1 for f, n in found.items()}
        places: dict[str, list[int]] = defaultdict(list)
        values: dict[str, list[float]] = defaultdict(list)
        for place, each in enumerate(counts):
            for feature, value in self._vector(each).items():
                places[feature].append(place)
                values[feature].append(value)
        self._postings = {
            feature: (np.array(places[feature]), np.array(values[feature])) for feature in places
        }
        self.threshold = self._measure(list(validation))

    def nearest(self, diagnosis: str, most: int = NEAREST) -> list[Neighbour]:
        """The nearest training cases, the nearest first; none that have no word in common."""
        import numpy as np

        scores = self._scores(diagnosis)
        order = np.argsort(-scores, kind="stable")[:most]
        return [Neighbour(float(scores[i]), self._cases[i]) for i in order if scores[i] > 0]

    def closeness(self, diagnosis: str) -> Closeness:
        """How near the nearest is, and how many of the words are unknown."""
        words = [word for word in _words(diagnosis) if len(word) > 2 and not word.isdigit()]
        unknown = sum(word not in self._weight for word in words)
        nearest = float(self._scores(diagnosis).max())
        share = unknown / len(words) if words else 1.0
        return Closeness(min(nearest, 1.0), share, self.threshold)

    def _measure(self, validation: list[str]) -> float | None:
        """The similarity below which one in fifty validation cases lie."""
        if len(validation) < LEAST_VALIDATION:
            return None
        step = max(1, len(validation) // MOST_VALIDATION)
        seen = sorted(float(self._scores(text).max()) for text in validation[::step])
        return seen[int(UNLIKE * len(seen))]

    def _scores(self, diagnosis: str) -> Any:
        import numpy as np

        scores = np.zeros(len(self._cases))
        for feature, value in self._vector(_features(diagnosis)).items():
            places, values = self._postings[feature]
            scores[places] += value * values
        return scores

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        """The TF-IDF of known features, of length 1: (1 + ln tf) times the smoothed idf."""
        made = {
            feature: (1 + math.log(count)) * self._weight[feature]
            for feature, count in counts.items()
            if feature in self._weight
        }
        length = math.sqrt(math.fsum(value * value for value in made.values()))
        return {feature: value / length for feature, value in made.items()}


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _features(text: str) -> Counter[str]:
    """Words and pairs of neighbouring words."""
    words = _words(text)
    return Counter([*words, *(f"{a} {b}" for a, b in pairwise(words))])
