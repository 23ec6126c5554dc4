"""The cards of a blinded review: how they are laid out, and that they give nothing away."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.review import ORIGINS, lay_out, review_cases
from radonc_tui.actions import review as actions
from radonc_tui.cli.review import view_record
from store import reviews
from store.database import open_store
from store.errors import BadUsage, RadoncError
from store.home import Home
from tests.driven import ended
from tests.unit.review_examples import MODELS, finished_evaluation, predictions, review_pairs

PAIRS = review_pairs(20)
SAID = predictions(PAIRS)


def test_whoever_wrote_a_regimen_it_is_laid_out_in_one_way() -> None:
    alike = ("60 Gy in 30 fractions, photon, prostate", " 2 Gy x 30 =60Gy photon,  prostate ")
    assert {lay_out(text) for text in alike} == {"60 Gy in 30 fractions, photon, prostate"}
    two = "46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16 fractions, photon, prostate"
    assert lay_out(two).splitlines() == [
        "46 Gy in 23 fractions, photon, pelvis;",
        "then 32 Gy in 16 fractions, photon, prostate",
    ]
    assert lay_out(" The\tpatient\n\x1b[2Jwas seen ") == "The patient [2Jwas seen"
    assert lay_out(" \n") == "(no answer)"


@given(st.text(max_size=300))
def test_no_text_can_move_the_cursor_or_a_line(text: str) -> None:
    shown = lay_out(text)
    assert shown
    assert all(line.isprintable() and line == line.strip() for line in shown.splitlines())


def test_equal_answers_are_one_card_and_every_origin_is_on_one() -> None:
    cases = review_cases(PAIRS, SAID, 20, seed=1, secret=b"s" * 32)
    assert len({case.case_id for case in cases}) == 20
    assert len({case.item for case in cases}) == len(cases) == 22
    sizes = Counter(len(case.cards) for case in cases if not case.repeats)
    assert sizes == {1: 5, 2: 10, 3: 5}
    for case in cases:
        origins = [origin for card in case.cards for origin in card.origins]
        assert sorted(origins) == sorted(ORIGINS)
        assert len({card.text.casefold() for card in case.cards}) == len(case.cards)


def test_cases_are_drawn_by_the_seed_and_only_by_it() -> None:
    def drawn(seed: int, secret: bytes) -> list[str]:
        cases = review_cases(PAIRS[::-1], SAID, 8, seed, secret)
        return [case.case_id for case in cases if not case.repeats]

    assert drawn(5, b"a" * 32) == drawn(5, b"b" * 32)
    assert set(drawn(5, b"a" * 32)) != set(drawn(6, b"a" * 32))
    assert len(review_cases(PAIRS, SAID, 500, 1, b"a" * 32)) == 22


def test_an_evaluation_without_base_has_two_origins_and_one_without_regimens_no_review() -> None:
    of_tuned = [record for record in SAID if record["by"] == "tuned"]
    cases = review_cases(PAIRS, of_tuned, 20, 1, b"a" * 32)
    assert {o for c in cases for card in c.cards for o in card.origins} == {"reference", "tuned"}
    modality = [pair for pair in PAIRS if pair.task != "regimen"]
    with pytest.raises(BadUsage, match="no regimens to review"):
        review_cases(modality, SAID, 20, 1, b"a" * 32)
    missing = [r for r in SAID if (r["by"], r["case_id"]) != ("base", "case-3")]
    with pytest.raises(RadoncError, match="base model has no answer to case case-3"):
        review_cases(PAIRS, missing, 20, 1, b"a" * 32)


def test_a_case_that_comes_back_has_the_same_cards_under_other_ids() -> None:
    cases = review_cases(PAIRS, SAID, 20, seed=1, secret=b"s" * 32)
    first = {case.item: case for case in cases if not case.repeats}
    again = [case for case in cases if case.repeats]
    assert len(again) == 2
    for case in again:
        before = first[case.repeats]
        assert (case.case_id, case.diagnosis) == (before.case_id, before.diagnosis)
        assert {c.text for c in case.cards} == {c.text for c in before.cards}
    ids = [name for case in cases for name in (case.item, *(c.card for c in case.cards))]
    assert len(set(ids)) == len(ids)


def frozen(home: Home, secret: bytes, number: int) -> tuple[reviews.Review, Any]:
    """One review of 20 cases in the open store, with a secret that the test knows."""
    cases = review_cases(PAIRS, SAID, 20, seed=7, secret=secret)
    review = reviews.Review(
        f"review-{number}", "eval-1", "ada", 7, secret.hex(), synthetic=True, models=MODELS
    )
    return review, cases


def chi_square(positions: Sequence[int], of: int) -> float:
    """The p-value that positions 0 .. ``of`` - 1 come equally often."""
    from scipy.stats import chisquare

    counts = Counter(positions)
    return float(chisquare([counts[i] for i in range(of)]).pvalue)


def test_over_many_reviews_no_position_and_no_id_tells_the_origin(home: Home) -> None:
    rng = random.Random(20261123)
    by_reviews: dict[int, list[int]] = {2: [], 3: []}
    by_reviewers: dict[int, list[int]] = {2: [], 3: []}
    by_id: dict[int, list[int]] = {2: [], 3: []}
    first_cases: list[str] = []
    connection = open_store(home)
    for number in range(120):
        review, cases = frozen(home, rng.randbytes(32), number)
        reviews.keep_review(connection, review, cases)
        hidden = {
            case.item: next(c.card for c in case.cards if "reference" in c.origins)
            for case in cases
        }
        for reviewer, positions in (("ada", by_reviews), ("bo", by_reviewers)):
            shown = reviews.blind_cases(connection, review, reviewer)
            for case in shown:
                ids = [card for card, _ in case.cards]
                if len(ids) > 1:
                    positions[len(ids)].append(ids.index(hidden[case.item]))
                    if reviewer == "ada":  # ids are the same for all reviewers
                        by_id[len(ids)].append(sorted(ids).index(hidden[case.item]))
        first = reviews.blind_cases(connection, review, "ada")[0].item
        first_cases.append(next(c.case_id for c in cases if c.item == first))
    connection.close()
    for of in (2, 3):
        assert len(by_reviews[of]) >= 600
        for positions in (by_reviews[of], by_reviewers[of], by_id[of]):
            assert chi_square(positions, of) > 0.001
        same = sum(a == b for a, b in zip(by_reviews[of], by_reviewers[of], strict=True))
        assert abs(same / len(by_reviews[of]) - 1 / of) < 0.08
    assert len(set(first_cases)) > 15


def test_a_position_that_told_the_origin_would_be_noticed() -> None:
    rng = random.Random(1)
    leaning = [rng.choices(range(3), (4, 3, 3))[0] for _ in range(3000)]
    assert chi_square(leaning, 3) < 0.001


def test_the_blinded_view_has_nothing_but_what_may_be_seen(home: Home) -> None:
    finished_evaluation(home)
    view = ended(actions.new_review(home, actions.ReviewRequest(reviewer="Ada")))
    texts = {lay_out(text) for text in [p.answer for p in PAIRS] + [r["text"] for r in SAID]}
    seen: list[dict[str, Any]] = []
    while view.current:
        seen.append(view_record(view))
        view = ended(
            actions.answer_card(
                home, actions.AnswerRequest(view.review, view.current.card, "cannot-judge")
            )
        )
    seen.append(view_record(view))
    assert len(seen) == view.judged + 1 > 41
    for record in seen:
        assert set(record) == {
            *("review", "reviewer", "synthetic", "unblinded", "cases", "judged", "left"),
            *("case", "diagnosis", "current", "cards", "adjudicates", "own", "note"),
        }
        for card in record["cards"]:
            assert set(card) == {"card", "text", "judgement", "reason", "severity"}
            assert card["text"] in texts
            assert len(card["card"]) == 12
        said = json.dumps(record).casefold()
        for secret in ("tuned", "base", "origin", "bundle-9", "smollm2", "eval-", "case-", "patie"):
            hidden = said.replace(json.dumps(record["diagnosis"]).casefold(), "")
            hidden = hidden.replace(json.dumps(record["note"]).casefold(), "")
            for card in record["cards"]:
                hidden = hidden.replace(json.dumps(card["text"]).casefold(), "")
            assert secret not in hidden
    listed = json.dumps(ended(actions.list_reviews(home)))
    assert all(secret not in listed for secret in ("bundle-9", "smollm2", "origins", "secret"))
