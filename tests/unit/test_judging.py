"""What the judging screen knows, without a screen."""

from dataclasses import replace

from hypothesis import given, strategies as st

from radonc_tui.actions.review import AnswerRequest
from radonc_tui.actions.review_view import BlindCard, BlindView
from radonc_tui.screens.review.judging import (
    JUDGEMENTS,
    REASONS,
    SEVERITIES,
    Judging,
    Stage,
    begin,
    prompt,
    said_of,
    say,
    step_back,
    turn,
    where,
)
from store.judgements import Answer, Judgement, Reason, Severity, read_answer

CARDS = (
    BlindCard("one", "60 Gy in 30 fractions", Answer("one", Judgement.ACCEPTABLE)),
    BlindCard("two", "8 Gy in 1 fraction", None),
    BlindCard("three", "20 Gy in 5 fractions", None),
)
VIEW = BlindView("review-1", "ada", True, 10, 4, 16, False, 3, "a diagnosis", CARDS)
OVER = BlindView("review-1", "ada", False, 10, 20, 0, False)


def test_it_begins_at_the_first_card_that_is_not_judged() -> None:
    assert begin(VIEW).place == 1
    assert begin(replace(VIEW, at="one")).place == 0
    assert begin(OVER).stage is Stage.OVER


def test_one_key_judges_and_a_fault_takes_three() -> None:
    state, asked = say(begin(VIEW), Judgement.ACCEPTABLE)
    assert asked == AnswerRequest("review-1", "two", "acceptable", "", "", "ada")
    assert state.stage is Stage.KEEPING
    state, asked = say(begin(VIEW), Judgement.WITH_CHANGES)
    assert (state.stage, asked) == (Stage.REASON, None)
    state, asked = say(state, Reason.DOSE)
    assert (state.stage, asked) == (Stage.SEVERITY, None)
    state, asked = say(state, Severity.STYLE)
    assert asked == AnswerRequest("review-1", "two", "with-changes", "dose", "style", "ada")
    assert state.stage is Stage.KEEPING


def test_a_key_can_be_taken_back_within_an_answer() -> None:
    state, _ = say(begin(VIEW), Judgement.NOT_ACCEPTABLE)
    state, _ = say(state, Reason.TARGET)
    assert step_back(state).stage is Stage.REASON
    assert step_back(step_back(state)) == begin(VIEW)
    assert turn(state, 1) == Judging(VIEW, 2)
    assert turn(turn(state, 1), 1).place == 0


WORDS = [*Judgement, *Reason, *Severity]


@given(st.lists(st.sampled_from(WORDS) | st.integers(-3, 3), max_size=12))
def test_whatever_is_keyed_an_answer_that_is_sent_is_whole(
    keys: list[Judgement | Reason | Severity | int],
) -> None:
    state = begin(VIEW)
    for key in keys:
        if isinstance(key, int):
            state = turn(state, key)
            continue
        state, asked = say(state, key)
        if asked:
            read_answer(asked.card, asked.judgement, asked.reason, asked.severity)
            assert state.keeping
            assert asked.card == state.card.card
            # while one answer is on its way, no key gives another
            assert all(say(state, word) == (state, None) for word in WORDS)
            assert turn(state, 1) == state


def test_every_key_says_one_thing() -> None:
    keys = [*JUDGEMENTS, *REASONS, *SEVERITIES]
    assert len(set(keys)) == len(keys) == 13
    assert {*JUDGEMENTS.values(), *REASONS.values(), *SEVERITIES.values()} == set(WORDS)
    assert not {"u", "z", "q", "?", *"123456"} & set(keys)


def test_each_stage_says_what_it_asks() -> None:
    state = begin(VIEW)
    assert where(state) == "SYNTHETIC · Case 3 of 10 · 4 of 20 cards judged · ada"
    assert "j cannot judge from this text" in prompt(state)[1]
    state, _ = say(state, Judgement.WITH_CHANGES)
    assert prompt(state)[0] == "Acceptable with changes: because of what?"
    assert "x missing constraint" in prompt(state)[1]
    state, _ = say(state, Reason.INTENT)
    assert prompt(state)[0] == "Acceptable with changes, intent: how much does it matter?"
    assert prompt(say(state, Severity.STYLE)[0])[1] == ()
    assert where(begin(OVER)) == "20 of 20 cards judged · ada"
    assert prompt(begin(OVER))[0] == "Every card is judged."
    third = replace(VIEW, reviewer="cy", adjudicates=True, own=2)
    assert where(begin(third)).endswith(
        "4 of 20 cards decided · cy adjudicates · 2 own cases left out"
    )
    none = replace(OVER, judged=0, adjudicates=True)
    assert prompt(begin(none))[0] == "There is no card on which the reviewers differ."
    assert prompt(begin(replace(none, adjudicates=False)))[0] == "There is no card to judge."
    assert said_of(CARDS[0]) == "acceptable"
    assert said_of(CARDS[1]) == ""
