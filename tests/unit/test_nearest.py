"""The index of training cases: its numbers are scikit-learn's, its threshold is validation's."""

import pytest

from exports.evaluation.baselines import _vectorizer
from exports.evaluation.facts import CaseFacts
from exports.nearest import Index
from store.synthetic.cases import synthesize


def some(count: int, seed: int) -> list[CaseFacts]:
    return [
        CaseFacts(f"case-{n}", f"p{n}", r.diagnosis, r.regimen, r.modality, r.icd10, site=r.site)
        for n, r in enumerate(synthesize(count, seed, "full"))
    ]


def test_its_similarity_is_the_cosine_of_the_baselines_vectors() -> None:
    known, asked = some(120, 1), some(20, 2)
    vectorizer = _vectorizer()
    rows = vectorizer.fit_transform([case.diagnosis for case in known])
    index = Index(known)
    for case in asked:
        likeness = (rows @ vectorizer.transform([case.diagnosis]).T).toarray()[:, 0]
        found = index.nearest(case.diagnosis, 5)
        expected = sorted(likeness, reverse=True)[: len(found)]
        assert [near.similarity for near in found] == pytest.approx(expected)
        assert index.closeness(case.diagnosis).similarity == pytest.approx(max(likeness))


def test_a_neighbour_is_fields_and_no_note() -> None:
    known = some(60, 1)
    (near, *_) = Index(known).nearest(known[7].diagnosis)
    assert near.case is known[7]
    record = near.as_json()
    assert record["similarity"] == 1.0
    assert record["regimen"] == known[7].regimen
    assert known[7].diagnosis not in str(record)


def test_the_threshold_is_what_one_in_fifty_validation_cases_lie_below() -> None:
    known, held = some(120, 1), [case.diagnosis for case in some(100, 3)]
    index = Index(known, held)
    threshold = index.threshold
    assert threshold is not None
    below = sum(index.closeness(text).similarity < threshold for text in held)
    assert below == int(0.02 * len(held))
    assert Index(known, held[:20]).threshold is None


def test_what_has_no_word_in_common_is_near_to_nothing() -> None:
    index = Index(some(30, 1))
    assert index.nearest("\u53f3\u4e73\u764c") == []
    close = index.closeness("\u53f3\u4e73\u764c\u8853\u5f8c")
    assert (close.similarity, close.unknown_words) == (0.0, 1.0)
    assert index.closeness("").unknown_words == 1.0
