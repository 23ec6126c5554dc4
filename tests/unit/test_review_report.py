"""A finished review of the store is in the report of its evaluation, and one under way is not."""

import json

from exports.report.review import share
from radonc_tui.actions import review as actions
from radonc_tui.actions.report import report, report_page
from radonc_tui.actions.review_view import BlindView
from radonc_tui.actions.stored import lease
from store import reviews
from store.home import Home
from store.lines import write_json
from tests.driven import ended
from tests.unit.evaluation_examples import RESULT
from tests.unit.review_examples import finished_evaluation, review_pairs

SAID = {
    "tuned": ("with-changes", "dose", "style"),
    "reference": ("acceptable",),
    "base": ("not-acceptable", "target", "would-harm"),
}


def judge(home: Home, view: BlindView, most: int = 999) -> BlindView:
    """Judge every card by where it comes from, which only a test can know."""
    with lease(home).use() as connection:
        cases = reviews.unblinded_cases(connection, view.review)
    of = {card.card: card.origins[0] for case in cases for card in case.cards}
    for _ in range(most):
        if view.current is None:
            break
        words = SAID[of[view.current.card]]
        asked = actions.AnswerRequest(
            view.review, view.current.card, *words, reviewer=view.reviewer
        )
        view = ended(actions.answer_card(home, asked))
    return view


def test_a_report_tells_a_review_once_nobody_is_judging(home: Home) -> None:
    made = finished_evaluation(home, facts=True)
    write_json(made.path / "evaluation.json", {**RESULT, "id": made.id})
    assert "No blinded review of this evaluation has been finished." in ended(
        report_page(home, made.id)
    )
    view = ended(actions.new_review(home, actions.ReviewRequest(made.id, 10, "ada", seed=1)))
    judge(home, view)
    bo = judge(home, ended(actions.next_card(home, view.review, "bo")), 3)
    waiting = ended(report(home, made.id))
    (found,) = waiting.evaluation["reviews"]
    assert found["left"] == 1
    assert "origins" not in found
    assert "1 reviewer of those who began (ada " in waiting.text
    assert "acceptable as it is or with changes" not in waiting.text
    judge(home, bo)
    # somebody who only looks does not hold it up
    ended(actions.next_card(home, view.review, "eve"))

    told = ended(report(home, made.id))
    (found,) = told.evaluation["reviews"]
    whole = ended(actions.summarise(home, view.review, "ada"))
    assert found["origins"] == whole["origins"]
    assert found["notes"] == whole["notes"]
    json.dumps(told.evaluation, allow_nan=False)
    page = ended(report_page(home, made.id))
    row = [share(found["origins"][source]["accepted"]) for source in found["origins"]]
    assert row[0].startswith("10  100%")
    for text in (page, told.text):
        assert "## Blinded review" in text or "<h2>Blinded review</h2>" in text
        assert all(cell in text for cell in row)
        assert "Tuned against base: better in " in text
        assert "Between reviewers: " in text
        assert "ada " in text
        assert "eve" not in text.split("Blinded review")[1].split("Declared family")[0][:400]
    spoken = [pair.diagnosis for pair in review_pairs(20)]
    assert not any(diagnosis in page or diagnosis in told.text for diagnosis in spoken)


def test_a_reference_that_was_refused_is_named(home: Home) -> None:
    made = finished_evaluation(home, 4)
    write_json(made.path / "evaluation.json", {**RESULT, "id": made.id})
    view = ended(actions.new_review(home, actions.ReviewRequest(made.id, 4, "ada", seed=1)))
    while view.current:
        words = ("not-acceptable", "dose", "would-harm")
        asked = actions.AnswerRequest(view.review, view.current.card, *words, reviewer="ada")
        view = ended(actions.answer_card(home, asked))
    told = ended(report(home, made.id)).text
    assert "The reference itself was not acceptable in 4 cases: case-0, case-1" in told
    assert "Every verdict is a single reviewer's." in told
