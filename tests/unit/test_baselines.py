from collections import Counter

import numpy as np
import pytest

from exports.evaluation.baselines import BASELINES, CHOICES_OF_C, fit
from exports.inference.predictor import Question
from store.errors import RadoncError
from trainer.tasks import Pair, Task

SITES = {
    "prostate": ("60 Gy in 20 fractions, photon, prostate", "photon", "C61"),
    "breast": ("40.05 Gy in 15 fractions, photon, breast", "photon", "C50.911"),
    "eyelid skin": ("50 Gy in 20 fractions, electron, eyelid", "electron", "C44.111"),
    "skull base chordoma": ("74 Gy(RBE) in 37 fractions, proton, clivus", "proton", "C41.0"),
}


def cases(n: int, start: int = 0, prefix: str = "p") -> list[Pair]:
    """``n`` patients whose site decides every answer; prostate is the most common."""
    rng = np.random.default_rng(start)
    names = [*SITES, "prostate"]
    found: list[Pair] = []
    for i in range(start, start + n):
        site = names[i % len(names)]
        words = rng.choice(["man", "woman", "aged", "grade 2", "T1", "N0", "ECOG 1"], 3)
        text = f"{' '.join(words)} carcinoma of the {site}, {40 + i % 50} years"
        for task, answer in zip(Task, SITES[site], strict=True):
            found.append(Pair(f"case-{i}", f"{prefix}{i}", task, text, answer))
    return found


TRAIN = cases(60)
TEST = cases(20, start=1000)


def accuracy(name: str, train: list[Pair], test: list[Pair]) -> float:
    predictions = list(fit(name, train).predict(test))
    assert [(p.case_id, p.task) for p in predictions] == [(t.case_id, t.task) for t in test]
    return float(np.mean([p.text == t.answer for p, t in zip(predictions, test, strict=True)]))


def test_words_that_decide_are_learnt_by_two_and_not_by_the_majority() -> None:
    assert accuracy("tfidf_lr", TRAIN, TEST) == 1
    assert accuracy("nearest", TRAIN, TEST) > 0.9
    answers = [pair.answer for pair in TEST]
    common = {task: Counter(p.answer for p in TRAIN if p.task == task) for task in Task}
    expected = [common[p.task].most_common(1)[0][0] == p.answer for p in TEST]
    assert accuracy("majority", TRAIN, TEST) == pytest.approx(np.mean(expected))
    assert len(set(answers)) > 3


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_never_sees_the_answer_to_a_question(name: str) -> None:
    baseline = fit(name, TRAIN)
    blind = [Question(pair.case_id, pair.diagnosis, pair.task) for pair in TEST]
    assert list(baseline.predict(blind)) == list(baseline.predict(TEST))


@pytest.mark.parametrize("name", BASELINES)
def test_answers_stood_in_training_and_probabilities_are_probabilities(name: str) -> None:
    known = {task: {pair.answer for pair in TRAIN if pair.task == task} for task in Task}
    for prediction in fit(name, TRAIN).predict(TEST):
        assert prediction.text in known[prediction.task]
        assert set(prediction.probabilities) <= known[prediction.task]
        assert sum(prediction.probabilities.values()) == pytest.approx(1)
        assert prediction.score is not None
        assert 0 <= prediction.score <= 1 + 1e-9


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    "train",
    [
        cases(1),
        cases(2),
        [pair for pair in cases(30) if "C61" in pair.answer or pair.task is not Task.ICD10],
        [Pair("a", "p", Task.ICD10, "", "C61"), Pair("b", "q", Task.ICD10, " - ", "C20")],
        [Pair(f"{i}", "one", Task.ICD10, "lung nodule", f"C34.{i % 2}") for i in range(6)],
        [Pair(f"{i}", f"p{i}", Task.ICD10, f"lung {i}", f"C34.{i}") for i in range(5)],
    ],
    ids=["one case", "two cases", "one class", "no words", "one patient", "each its own class"],
)
def test_little_to_learn_from_still_gives_an_answer(name: str, train: list[Pair]) -> None:
    known = {pair.answer for pair in train}
    asked = [Question("x", text, pair.task) for pair in train for text in ("lung", "")][:6]
    predictions = list(fit(name, train).predict(asked))
    assert len(predictions) == len(asked)
    assert all(prediction.text in known for prediction in predictions)


def test_the_same_seed_gives_the_same_answers() -> None:
    assert list(fit("tfidf_lr", TRAIN, seed=4).predict(TEST)) == list(
        fit("tfidf_lr", TRAIN, seed=4).predict(TEST)
    )


def test_a_diagnosis_unlike_any_other_gets_the_majority_answer() -> None:
    (found,) = fit("nearest", TRAIN).predict([Question("x", "zzz qqq", Task.MODALITY)])
    assert found.text == "photon"


def test_a_task_without_training_is_an_error_that_says_so() -> None:
    only = [pair for pair in TRAIN if pair.task is Task.MODALITY]
    with pytest.raises(RadoncError, match="no answer to icd10"):
        list(fit("majority", only).predict([Question("x", "lung", Task.ICD10)]))


def test_rotated_features_give_the_same_model() -> None:
    """The fit in the span of the rows is the fit on all features, as an L2 penalty promises."""
    from sklearn.linear_model import LogisticRegression

    from exports.evaluation.baselines import _Features, _fit_lr, _vectorizer

    train = [pair for pair in TRAIN if pair.task is Task.ICD10]
    texts = [pair.diagnosis for pair in TEST if pair.task is Task.ICD10]
    for c in CHOICES_OF_C[:2]:
        vectorizer = _vectorizer()
        features = vectorizer.fit_transform([pair.diagnosis for pair in train])
        assert features.shape[0] < features.shape[1]
        plain = LogisticRegression(C=c, max_iter=5000, tol=1e-8)
        plain.fit(features, [pair.answer for pair in train])
        expected = plain.predict_proba(vectorizer.transform(texts)).max(axis=1)
        found = [answer.score for answer in _fit_lr(train, _Features.of(train), c, 0)(texts)]
        assert found == pytest.approx(list(expected), abs=5e-3)
