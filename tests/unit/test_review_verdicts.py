"""Verdicts of several reviewers, adjudication, own cases, and what the summary makes of them."""

import json
import math

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.review import review_cases
from exports.evaluation.review_facts import review_facts
from exports.evaluation.review_summary import summarise
from exports.evaluation.review_verdicts import How, verdict
from exports.evaluation.statistics import wilson
from radonc_tui.actions import review as actions
from radonc_tui.actions.review_view import BlindView
from radonc_tui.actions.stored import lease
from store import audit, reviews
from store.agreement import fleiss_kappa
from store.errors import BadUsage, Refused
from store.home import Home
from store.judgements import Answer, Judgement, Reason, Severity, majority, read_answer
from store.review_votes import Votes
from tests.driven import ended
from tests.unit.review_examples import finished_evaluation, predictions, review_pairs

PAIRS = review_pairs(20)
SAID = predictions(PAIRS)
CASES = review_cases(PAIRS, SAID, 20, seed=1, secret=b"s" * 32)
CARDS = [card for case in CASES for card in case.cards]

judgements = st.sampled_from(list(Judgement))


def votes(*said: str, decided: str = "") -> Votes:
    """What reviewers r0, r1, ... say of the card ``c``, and the adjudicator."""
    people = {f"r{i}": {"c": answer("c", word)} for i, word in enumerate(said)}
    return Votes(people, {"adj": {"c": answer("c", decided)}} if decided else {})


def answer(card: str, word: str) -> Answer:
    needs = Judgement(word).needs_reason
    return read_answer(card, word, *(("dose", "would-harm") if needs else ()))


@given(st.lists(judgements))
def test_a_majority_is_more_than_half(said: list[Judgement]) -> None:
    found = majority(said)
    above = [word for word in Judgement if 2 * said.count(word) > len(said)]
    assert ([found] if found else []) == above


@pytest.mark.parametrize(
    ("said", "decided", "how", "judgement"),
    [
        ((), "", How.UNJUDGED, None),
        (("acceptable",), "", How.SINGLE, "acceptable"),
        (("acceptable", "acceptable"), "", How.MAJORITY, "acceptable"),
        (("acceptable", "cannot-judge"), "", How.OPEN, None),
        (("acceptable", "cannot-judge"), "with-changes", How.ADJUDICATED, "with-changes"),
        (("acceptable", "acceptable", "with-changes"), "", How.MAJORITY, "acceptable"),
        (("acceptable", "not-acceptable", "with-changes"), "", How.OPEN, None),
        # a third reviewer came after the adjudicator
        (
            ("acceptable", "cannot-judge", "acceptable"),
            "not-acceptable",
            How.MAJORITY,
            "acceptable",
        ),
    ],
)
def test_what_stands(said: tuple[str, ...], decided: str, how: How, judgement: str | None) -> None:
    given_votes = votes(*said, decided=decided)
    found = verdict(given_votes, "c")
    assert (found.how, found.judgement) == (how, judgement)
    assert given_votes.disputed(["c"]) == (
        {"c"} if len(said) > 1 and majority([Judgement(word) for word in said]) is None else set()
    )


def test_the_reasons_are_those_of_what_stands() -> None:
    said = {
        "ada": Answer("c", Judgement.NOT_ACCEPTABLE, Reason.DOSE, Severity.WOULD_CHANGE),
        "bo": Answer("c", Judgement.NOT_ACCEPTABLE, Reason.TARGET, Severity.WOULD_HARM),
        "cy": Answer("c", Judgement.WITH_CHANGES, Reason.INTENT, Severity.STYLE),
    }
    found = verdict(Votes({who: {"c": a} for who, a in said.items()}, {}), "c")
    assert found.reasons == {Reason.DOSE, Reason.TARGET}
    assert found.severity == Severity.WOULD_HARM


def by_origin(words: dict[str, str]) -> dict[str, Answer]:
    """An answer to every card, by the first of its origins that is named."""
    return {
        card.card: answer(card.card, next(words[o] for o in words if o in card.origins))
        for card in CARDS
    }


ONE = by_origin({"reference": "acceptable", "tuned": "with-changes", "base": "not-acceptable"})


def test_the_summary_of_one_reviewer_is_marked_so() -> None:
    found = summarise(CASES, Votes({"ada": ONE}, {}))
    assert (found["cases"], found["patients"]) == (20, 20)

    def counts(origin: str) -> list[int]:
        return [entry["count"] for entry in found["origins"][origin]["judgements"].values()]

    assert counts("reference") == [20, 0, 0, 0]
    assert counts("tuned") == [10, 10, 0, 0]
    assert counts("base") == [5, 5, 10, 0]
    tuned = found["origins"]["tuned"]
    assert tuned["how"] == {"single": 20} | dict.fromkeys(
        ("majority", "adjudicated", "open", "unjudged"), 0
    )
    assert (tuned["accepted"]["share"], tuned["accepted"]["ci95"]) == (
        1.0,
        list(wilson(20, 20).ci95 or ()),
    )
    assert tuned["reasons"]["dose"] == tuned["severities"]["would-harm"] == 10
    low, high = tuned["judgements"]["acceptable"]["ci95"]
    assert low < 0.5 < high
    against = found["differences"]["tuned-reference"]
    assert (against["better"], against["same"], against["worse"]) == (0, 10, 10)
    assert against["acceptable"]["difference"] == -0.5
    assert against["accepted"]["difference"] == 0
    assert "Every verdict is a single reviewer's." in found["notes"]
    assert found["agreement"]["judgement"]["n"] == 0
    assert found["intra_rater"]["judgement"]["n"] == found["intra_rater"]["judgement"]["equal"] > 2
    json.dumps(found, allow_nan=False)


def test_repeats_count_once_and_only_for_agreement_with_oneself() -> None:
    again = [card.card for case in CASES if case.repeats for card in case.cards]
    turned = {**ONE, **{card: answer(card, "cannot-judge") for card in again}}
    before, after = (summarise(CASES, Votes({"ada": said}, {})) for said in (ONE, turned))
    for key in ("origins", "differences", "judged_cases", "agreement"):
        assert before[key] == after[key]
    found = after["intra_rater"]
    assert (found["judgement"]["n"], found["judgement"]["equal"]) == (len(again), 0)
    assert set(found["reviewers"]) == {"ada"}


def test_a_reference_that_was_refused_is_named() -> None:
    words = {"reference": "not-acceptable", "tuned": "acceptable", "base": "acceptable"}
    found = summarise(CASES, Votes({"ada": by_origin(words)}, {}))
    assert found["refused_references"] == [c.case_id for c in CASES if not c.repeats]
    none = summarise(CASES, Votes({"ada": ONE}, {}))
    assert none["refused_references"] == []


def test_where_nothing_could_be_judged_there_is_a_sentence() -> None:
    unclear = {card.card: answer(card.card, "cannot-judge") for card in CARDS}
    found = summarise(CASES, Votes({"ada": unclear}, {}))
    tuned = found["origins"]["tuned"]
    assert (tuned["accepted"]["share"], tuned["accepted"]["ci95"]) == (None, None)
    assert tuned["accepted"]["reason"] == "no case could be judged from its text"
    assert tuned["judgements"]["cannot-judge"]["share"] == 1
    assert found["differences"]["tuned-base"]["accepted"]["difference"] is None
    assert found["differences"]["tuned-base"]["left_out"] == 20
    json.dumps(found, allow_nan=False)


def test_a_reviewer_who_stops_half_way_counts_for_what_they_judged() -> None:
    half = dict(list(ONE.items())[:15])
    found = summarise(CASES, Votes({"ada": ONE, "bo": half}, {}))
    first = [card.card for case in CASES if not case.repeats for card in case.cards]
    judged = sum(card in half for card in first)
    assert f"bo judged {judged} of {len(first)} cards and counts for those." in found["notes"]
    assert found["agreement"]["judgement"]["n"] == judged
    assert any("verdicts are a single reviewer's" in note for note in found["notes"])


def test_no_vote_at_all_gives_no_number() -> None:
    found = summarise(CASES, Votes({}, {}))
    assert found["origins"]["tuned"]["accepted"]["share"] is None
    assert found["origins"]["tuned"]["n"] == 0
    json.dumps(found, allow_nan=False)


def test_agreement_of_two_and_of_three() -> None:
    other = {
        c: answer(c, "cannot-judge") if i % 3 == 0 else a for i, (c, a) in enumerate(ONE.items())
    }
    two = summarise(CASES, Votes({"ada": ONE, "bo": other}, {}))["agreement"]["judgement"]
    assert two["equal"] < two["n"]
    assert 0 < two["kappa"] < 1
    assert two["fleiss"] is None
    three = summarise(CASES, Votes({"ada": ONE, "bo": other, "cy": ONE}, {}))["agreement"]
    assert three["judgement"]["kappa"] is None
    assert 0 < three["judgement"]["fleiss"] < 1
    assert 0 < three["accepted"]["alpha"] < 1


def test_fleiss_of_a_published_example() -> None:
    """14 raters, 10 subjects, 5 categories: the worked example that statsmodels' documentation
    also uses, kappa 0.210."""
    table = (
        *((0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1)),
        *((7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)),
    )
    units = [[w for w, n in zip("abcde", row, strict=True) for _ in range(n)] for row in table]
    assert round(fleiss_kappa(units) or 0, 3) == 0.21
    assert fleiss_kappa([["a", "a", "a"]]) is None
    assert fleiss_kappa([["a"] * 3, ["b"] * 3]) == 1
    assert math.isclose(fleiss_kappa([["a", "a", "b"], ["a", "b", "b"]]) or 0, -1 / 3)


# on the real store


def judge(home: Home, view: BlindView, word: str, cards: int = 999) -> BlindView:
    """Say ``word`` of up to so many cards."""
    args = ("dose", "would-harm") if Judgement(word).needs_reason else ()
    for _ in range(cards):
        if view.current is None:
            break
        asked = actions.AnswerRequest(
            view.review, view.current.card, word, *args, reviewer=view.reviewer
        )
        view = ended(actions.answer_card(home, asked))
    return view


def test_a_third_person_decides_blind_where_two_differ(home: Home) -> None:
    work = finished_evaluation(home)
    view = ended(actions.new_review(home, actions.ReviewRequest(cases=4, reviewer="ada")))
    review = view.review
    judge(home, view, "acceptable")
    none = ended(actions.adjudicate(home, review, "Zoe"))
    assert (none.left, none.judged, none.adjudicates) == (0, 0, True)
    with pytest.raises(Refused, match="Zoe has judged nothing"):
        ended(actions.summarise(home, review, "zoe"))
    bo = judge(home, ended(actions.next_card(home, review, "bo")), "not-acceptable", 3)
    zoe = ended(actions.adjudicate(home, review, "zoe"))
    with lease(home).use() as connection:
        facts = review_facts(connection, work.id)
        of = {c.item: c for c in reviews.unblinded_cases(connection, review)}
    first = {card.card for case in of.values() if not case.repeats for card in case.cards}
    with lease(home).use() as connection:
        said = connection.execute(
            "SELECT card_id FROM review_answers WHERE reviewer = 'bo'"
        ).fetchall()
    differ = {card for (card,) in said} & first
    assert zoe.left == len(differ) > 0
    assert {card.card for card in zoe.cards} <= differ
    assert all(card.answer is None for card in zoe.cards)
    assert facts.reviewers == ("ada",)
    assert facts.others == ("bo",)
    with pytest.raises(Refused, match=r"ada is reviewer of .* and cannot be adjudicator"):
        ended(actions.adjudicate(home, review, "ada"))
    done = judge(home, zoe, "with-changes")
    assert (done.left, done.judged) == (0, len(differ))
    found = ended(actions.summarise(home, review, "ada"))
    how = [card["how"] for case in found["judged_cases"] for card in case["cards"]]
    assert how.count("adjudicated") == len(differ)
    assert not any("reviewers differ" in note for note in found["notes"])
    assert any(note.startswith("bo judged") for note in found["notes"])
    ended(actions.undo_answer(home, review, "zoe"))
    (listed,) = ended(actions.list_reviews(home))
    assert (listed["disputed"], listed["undecided"]) == (len(differ), 1)
    with lease(home).use() as connection:
        kinds = [entry["kind"] for entry in audit.entries(connection, "review")]
        rows = connection.execute(
            "SELECT count(*) FROM review_answers WHERE reviewer = 'Zoe'"
        ).fetchone()
    assert kinds.count("review adjudicated") == len(differ) + 1 == (rows or (0,))[0]
    assert bo.left > 0
    with lease(home).use() as connection:
        assert review_facts(connection, work.id).others == ("Zoe", "bo")


def test_whoever_answered_once_has_reviewed(home: Home) -> None:
    work = finished_evaluation(home, facts=True)
    other = finished_evaluation(home, name="eval-20261124-0b0b0b")
    view = ended(actions.new_review(home, actions.ReviewRequest(work.id, reviewer="ada")))
    # bo takes his only answer back, cy says later that he treated the cases that he judged
    judge(home, ended(actions.next_card(home, view.review, "bo")), "acceptable", 1)
    ended(actions.undo_answer(home, view.review, "bo"))
    cy = ended(actions.next_card(home, view.review, "cy"))
    with lease(home).use() as connection:
        of = reviews.unblinded_cases(connection, view.review)
    card = cy.cards[0].card
    treated = next(c.attending for c in of if card in {one.card for one in c.cards})
    judge(home, cy, "acceptable", 1)
    ended(actions.next_card(home, view.review, "cy", treated))
    # dan reviews the same file in another evaluation, eve only looks
    dan = ended(actions.new_review(home, actions.ReviewRequest(other.id, 2, "dan")))
    judge(home, dan, "acceptable")
    ended(actions.next_card(home, view.review, "eve"))
    with lease(home).use() as connection:
        assert review_facts(connection, work.id).others == ("bo", "cy")
        facts = review_facts(connection, work.id, "a" * 64)
        assert (facts.reviewers, facts.others) == ((), ("bo", "cy", "dan"))
        assert review_facts(connection, other.id, "a" * 64).reviewers == ("dan",)
        assert review_facts(connection, "", "c" * 64).others == ()


def test_an_own_case_is_not_given(home: Home) -> None:
    finished_evaluation(home, facts=True)
    request = actions.ReviewRequest(reviewer="ada", attending=" d1 ")
    view = ended(actions.new_review(home, request))
    assert (view.own, view.note) == (5, "")
    with lease(home).use() as connection:
        of = reviews.unblinded_cases(connection, view.review)
    own = {card.card for case in of if case.attending == "D1" for card in case.cards}
    every = {card.card for case in of for card in case.cards}
    with pytest.raises(BadUsage, match=r"has no card .* for ada"):
        ended(actions.answer_card(home, actions.AnswerRequest(view.review, min(own), "acceptable")))
    assert judge(home, view, "acceptable").judged == len(every - own)
    # another reviewer judges those too, and says later whose they are
    judge(home, ended(actions.next_card(home, view.review, "bo")), "not-acceptable")
    bo = ended(actions.next_card(home, view.review, "bo", "D2"))
    assert (bo.own, bo.left) == (5, 0)
    found = ended(actions.summarise(home, view.review))
    assert found["reviewers"][0]["cards"] == len(every - own)
    for case in found["judged_cases"]:
        attending = next(c.attending for c in of if c.case_id == case["case_id"])
        by = {a["by"] for card in case["cards"] for a in card["answers"]}
        assert by == {"ada", "bo"} - {{"D1": "ada", "D2": "bo"}.get(attending, "")}
    with pytest.raises(Refused, match="has seen the summary"):
        ended(actions.next_card(home, view.review, "ada", "D3"))


def test_whose_cases_all_are_has_nothing_to_judge_and_sees_no_summary(home: Home) -> None:
    finished_evaluation(home, count=1, facts=True)
    view = ended(actions.new_review(home, actions.ReviewRequest(reviewer="a", attending="D0")))
    assert (view.cases, view.left, view.own) == (0, 0, 1)
    with pytest.raises(Refused, match="a has judged nothing"):
        ended(actions.summarise(home, view.review))


def test_a_review_of_one_case_has_no_repeat_and_an_honest_interval(home: Home) -> None:
    work = finished_evaluation(home, count=1)
    view = ended(actions.new_review(home, actions.ReviewRequest(reviewer="ada")))
    assert view.cases == 1
    judge(home, view, "acceptable")
    found = ended(actions.summarise(home, view.review))
    accepted = found["origins"]["tuned"]["accepted"]
    assert accepted["ci95"] == list(wilson(1, 1).ci95 or ())
    difference = found["differences"]["tuned-reference"]["acceptable"]
    assert (difference["difference"], difference["ci95"]) == (0, None)
    assert difference["reason"] == "an interval needs at least two cases"
    with lease(home).use() as connection:
        facts = review_facts(connection, work.id)
    assert facts.acceptable_lower == accepted["ci95"][0]


def test_what_waits_for_adjudication_counts_against_a_sign_off(home: Home) -> None:
    work = finished_evaluation(home)
    view = ended(actions.new_review(home, actions.ReviewRequest(cases=10, reviewer="ada")))
    judge(home, view, "acceptable")

    def lower() -> float:
        with lease(home).use() as connection:
            return review_facts(connection, work.id).acceptable_lower or 0.0

    assert lower() == pytest.approx((wilson(10, 10).ci95 or (0,))[0])
    judge(home, ended(actions.next_card(home, view.review, "bo")), "not-acceptable", 8)
    waiting = lower()
    assert waiting < 0.7
    judge(home, ended(actions.adjudicate(home, view.review, "zoe")), "with-changes")
    assert lower() == pytest.approx((wilson(10, 10).ci95 or (0,))[0])


def test_a_reference_that_is_no_regimen_is_a_card_like_any_other() -> None:
    pairs = [
        pair
        if pair.task != "regimen"
        else type(pair)(
            pair.case_id, pair.patient, pair.task, pair.diagnosis, "as discussed in the board"
        )
        for pair in PAIRS
    ]
    cases = review_cases(pairs, SAID, 20, 1, b"s" * 32)
    texts = {c.text for case in cases for c in case.cards if "reference" in c.origins}
    assert texts == {"as discussed in the board"}
    unclear = {c.card: answer(c.card, "not-acceptable") for case in cases for c in case.cards}
    assert len(summarise(cases, Votes({"ada": unclear}, {}))["refused_references"]) == 20
