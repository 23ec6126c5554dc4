"""How many identifiers are found, and how much that is none is taken out with them.

A seeded part with floors runs always; at least 2,000 of each kind, with the goal, where ``slow``
tests run. The wordings, clinical sentences and locales are those that were held out.
"""

from pathlib import Path

import pytest

from store.privacy.lexicon import lexicon
from store.privacy.scrubber import make_scrubber
from store.synthetic.cases import synthesize
from tests.privacy.measuring import Count, measure, removed_from, tcga_cases, wilson_low
from tests.privacy.notes import KINDS, notes
from tests.privacy.wordings import HELD_OUT, SEEN, Wording

SECRET = b"s" * 32
LONG = 8000
"""Notes of five identifiers each, so that each of 19 kinds occurs over 2,000 times."""


def counted(count: int, seed: int, wording: Wording) -> Count:
    names = lexicon()
    listed = frozenset(names.first_names | names.last_names)
    return measure(make_scrubber(SECRET), notes(count, seed, wording), listed)


def test_no_wording_that_was_seen_is_among_those_held_out() -> None:
    assert not set(SEEN.clinical) & set(HELD_OUT.clinical)
    assert not set(SEEN.locales) & set(HELD_OUT.locales)
    for kind in KINDS:
        assert not set(SEEN.kinds[kind]) & set(HELD_OUT.kinds[kind])


def test_a_small_part_of_the_held_out_notes() -> None:
    found = counted(600, 5, HELD_OUT)
    for kind in KINDS:
        assert found.recall(kind) >= 0.97, (kind, found.examples)
    whole, planted = found.overall
    assert whole / planted >= 0.995, found.examples
    assert wilson_low(whole, planted) >= 0.99
    assert found.planted["name in no list"] >= 40
    assert found.recall("name in no list") >= 0.97
    assert found.false_removal <= 0.01, found.examples


def test_synthetic_cases_keep_their_words() -> None:
    cases = [raw for raw in synthesize(500, 12, "full") if not (raw.age and raw.age > 89)]
    scrubber = make_scrubber(SECRET)
    assert removed_from(scrubber, [raw.diagnosis for raw in cases]).false_removal <= 0.001
    assert removed_from(scrubber, [raw.regimen for raw in cases]).wrong.total() == 0


def test_tcga_texts_keep_their_words(shared_data: Path) -> None:
    raws = tcga_cases(shared_data)
    texts = [raw.diagnosis for raw in raws if raw.diagnosis]
    assert len(texts) > 1000
    found = removed_from(make_scrubber(SECRET), texts)
    assert found.false_removal <= 0.01, found.examples
    assert removed_from(make_scrubber(SECRET), [r.regimen for r in raws]).wrong.total() == 0


@pytest.mark.slow
def test_the_goal_on_two_thousand_of_each_kind() -> None:
    found = counted(LONG, 2026, HELD_OUT)
    whole, planted = found.overall
    assert min(found.planted[kind] for kind in KINDS) >= 2000
    assert whole / planted >= 0.995, found.examples
    assert wilson_low(whole, planted) >= 0.99
    assert found.false_removal <= 0.01
