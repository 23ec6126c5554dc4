"""Words alone are not enough: how far the honest baselines get on the demo mix."""

import pytest

from exports.evaluation.baselines import fit
from store.synthetic.cases import synthesize
from trainer.tasks import Pair, Task

TRAIN, TEST = 1000, 400


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    records = synthesize(TRAIN + TEST, 1, "demo")
    return [
        Pair(record.patient, record.patient, Task.REGIMEN, record.diagnosis, record.regimen)
        for record in records
        if record.diagnoses == record.plans == 1 and record.icd10 and "Gy" in record.regimen
    ]


def accuracy(name: str, pairs: list[Pair]) -> float:
    test = pairs[TRAIN:]
    answers = fit(name, pairs[:TRAIN]).predict(test)
    return sum(a.text == p.answer for a, p in zip(answers, test, strict=True)) / len(test)


def test_word_counts_learn_much_but_stay_below_nine_in_ten(pairs: list[Pair]):
    reached = accuracy("tfidf_lr", pairs)
    assert 0.6 < reached < 0.9


def test_the_majority_answer_is_worth_little(pairs: list[Pair]):
    assert accuracy("majority", pairs) < 0.12
