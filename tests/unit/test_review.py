"""Blinded review on the real store: what is kept, taken back, summed up, and refused."""

import json

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

from exports.evaluation.review import lay_out
from radonc_tui.actions import review as actions
from radonc_tui.actions.review_view import BlindCard
from radonc_tui.actions.stored import lease
from radonc_tui.cli.output import Session
from radonc_tui.cli.review import review as review_command
from store import migrations, review_answers, reviews
from store.database import open_store
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.judgements import Answer, Judgement, Step, read_answer, standing
from store.lines import write_lines
from tests.driven import ended
from tests.unit.review_examples import finished_evaluation, predictions, review_pairs

PAIRS = review_pairs(20)
SAID = predictions(PAIRS)


def judge_all(home: Home, review: str, reviewer: str = "", judgement: str = "acceptable") -> None:
    view = ended(actions.next_card(home, review, reviewer))
    while view.current:
        asked = actions.AnswerRequest(review, view.current.card, judgement, reviewer=reviewer)
        view = ended(actions.answer_card(home, asked))


def test_a_reviewer_goes_on_where_they_left_and_others_have_their_own_order(home: Home) -> None:
    finished_evaluation(home)
    first = ended(actions.new_review(home, actions.ReviewRequest(cases=6, reviewer="Ada  Byron")))
    assert first.reviewer == "Ada Byron"
    # six cases, and one of them again
    assert (first.number, first.cases, first.judged, first.synthetic) == (1, 7, 0, True)
    after = ended(
        actions.answer_card(
            home, actions.AnswerRequest("latest", first.cards[0].card, "acceptable")
        )
    )
    lease(home).close()
    again = ended(actions.next_card(home, "latest", "ada byron"))
    assert again == after
    assert again.judged == 1
    other = ended(actions.next_card(home, first.review, "Bo"))
    assert (other.reviewer, other.judged) == ("Bo", 0)

    def order(reviewer: str) -> list[str]:
        review = reviews.find_review(connection, first.review)
        assert len({c.item for c in reviews.blind_cases(connection, review, reviewer)}) == 7
        return [case.item for case in reviews.blind_cases(connection, review, reviewer)]

    with lease(home).use() as connection:
        assert sorted(order("Bo")) == sorted(order("Ada Byron"))
        assert order("Bo") != order("Ada Byron")
    (made,) = ended(actions.list_reviews(home))
    assert (made["cases"], made["strata"], made["undecided"]) == (6, 0, 0)
    (ada,) = made["reviewers"]
    assert (ada["reviewer"], ada["role"], ada["judged"]) == ("Ada Byron", "reviewer", 1)
    assert ada["cards"] == after.judged + after.left > made["cards"]


def test_the_newest_answer_counts_and_undo_is_a_row_too(home: Home) -> None:
    finished_evaluation(home)
    view = ended(actions.new_review(home, actions.ReviewRequest(reviewer="ada")))
    card = view.cards[0].card
    review = view.review
    ask = actions.AnswerRequest
    ended(actions.answer_card(home, ask(review, card, "acceptable")))
    ended(actions.answer_card(home, ask(review, card, "not-acceptable", "dose", "would-harm")))
    view = ended(actions.undo_answer(home, review))
    assert (view.at, view.judged) == (card, 1)
    assert view.current == BlindCard(card, view.cards[0].text, Answer(card, Judgement.ACCEPTABLE))
    view = ended(actions.undo_answer(home, review))
    assert view.judged == 0
    assert view.current == BlindCard(card, view.cards[0].text, None)
    with pytest.raises(BadUsage, match=r"no answer in .* to take back"):
        ended(actions.undo_answer(home, review))
    with lease(home).use() as connection:
        kept = connection.execute(
            "SELECT judgement, reason, severity FROM review_answers ORDER BY seq"
        ).fetchall()
    assert kept == [
        ("acceptable", "", ""),
        ("not-acceptable", "dose", "would-harm"),
        ("undo", "", ""),
        ("undo", "", ""),
    ]


@given(st.lists(st.none() | st.tuples(st.sampled_from("xyz"), st.sampled_from(list(Judgement)))))
def test_undo_gives_back_what_stood_before(moves: list[tuple[str, Judgement] | None]) -> None:
    done: list[Step] = []
    before: list[dict[str, Answer]] = []
    for move in moves:
        if move:
            before.append(standing(done))
            done.append(Step(Answer(*move)))
        else:
            done.append(Step(None))
            assert standing(done) == (before.pop() if before else {})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("maybe",), "no judgement 'maybe'"),
        (("with-changes",), "A reason is needed"),
        (("with-changes", "dose"), "A severity is needed"),
        (("not-acceptable", "cost", "style"), "no reason 'cost'"),
        (("not-acceptable", "dose", "fatal"), "no severity 'fatal'"),
        (("acceptable", "dose", "style"), "takes no reason"),
        (("cannot-judge", "", "style"), "takes no reason"),
    ],
)
def test_an_answer_that_is_none_is_a_sentence(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(BadUsage, match=problem):
        read_answer("card", *words)


def test_what_is_not_there_is_named(home: Home) -> None:
    with pytest.raises(BadUsage, match="no eval 'latest'"):
        ended(actions.new_review(home, actions.ReviewRequest()))
    with pytest.raises(BadUsage, match="no review 'latest'"):
        ended(actions.next_card(home, "latest"))
    work = finished_evaluation(home)
    with pytest.raises(BadUsage, match="no name of a reviewer"):
        ended(actions.new_review(home, actions.ReviewRequest(reviewer="\x1b[2J")))
    with pytest.raises(BadUsage, match="0 cases"):
        ended(actions.new_review(home, actions.ReviewRequest(cases=0)))
    view = ended(actions.new_review(home, actions.ReviewRequest()))
    with pytest.raises(BadUsage, match="no card 'nothing'"):
        ended(
            actions.answer_card(home, actions.AnswerRequest(view.review, "nothing", "acceptable"))
        )
    write_lines(work.path / "predictions.jsonl", SAID[1:])
    with pytest.raises(RadoncError, match="not those it was finished with"):
        ended(actions.new_review(home, actions.ReviewRequest()))


def test_the_summary_waits_for_the_last_card_and_ends_the_review(home: Home) -> None:
    finished_evaluation(home)
    view = ended(actions.new_review(home, actions.ReviewRequest(reviewer="ada")))
    cards = view.left
    assert cards > 40
    with pytest.raises(Refused, match=f"ada has {cards} of {cards} cards") as refused:
        ended(actions.summarise(home, view.review))
    assert refused.value.exit_code == 3
    judge_all(home, view.review)
    ended(actions.undo_answer(home, view.review))
    with pytest.raises(Refused, match=f"1 of {cards} cards"):
        ended(actions.summarise(home, view.review))
    judge_all(home, view.review)
    with pytest.raises(Refused, match=f"bo has {cards} of {cards} cards"):
        ended(actions.summarise(home, view.review, "bo"))
    found = ended(actions.summarise(home, view.review))
    assert (found["cases"], found["reviewers"][0]["cards"]) == (20, cards)
    assert found["synthetic"]
    assert found["models"]["tuned"]["name"] == "bundle-9"
    assert ended(actions.summarise(home, view.review)) == found
    card = next(c for c in found["judged_cases"][0]["cards"] if "reference" in c["origins"])
    assert card["text"] == lay_out(PAIRS[0].answer)
    assert (card["how"], card["answers"][0]["by"]) == ("single", "ada")
    for late in (
        actions.undo_answer(home, view.review),
        actions.answer_card(home, actions.AnswerRequest(view.review, "x", "acceptable")),
    ):
        with pytest.raises(Refused, match="answers are final"):
            ended(late)
    assert ended(actions.next_card(home, view.review)).unblinded
    assert not ended(actions.next_card(home, view.review, "bo")).unblinded


@pytest.mark.parametrize("newest", [1, 2])
def test_a_store_of_an_older_schema_gets_the_tables(home: Home, newest: int) -> None:
    with duckdb.connect(str(home.database)) as older:
        older.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
        for number, sql in migrations.steps():
            if number <= newest:
                older.execute(sql)
                older.execute("INSERT INTO schema_version VALUES (?)", [number])
    connection = open_store(home)
    assert reviews.list_reviews(connection) == []
    assert review_answers.answers_of_all(connection, "review-1") == {}
    connection.close()


def test_the_whole_review_by_commands(home: Home) -> None:
    finished_evaluation(home)

    def radonc(*arguments: str) -> str:
        done = CliRunner().invoke(review_command, arguments, obj=Session(str(home.path), 0.0))
        if done.exception:
            raise done.exception
        return done.stdout

    shown = json.loads(radonc("new", "--cases", "3", "--reviewer", "ada", "--seed", "4", "--json"))
    assert (shown["case"], shown["cases"], shown["reviewer"]) == (1, 4, "ada")
    text = radonc("next")
    assert "synthetic cases" in text
    assert f"> {shown['current']}" in text
    with pytest.raises(Refused):
        radonc("summary")
    args = ("--reason", "dose", "--severity", "would-harm")
    radonc("answer", "latest", shown["current"], "not-acceptable", *args)
    radonc("undo")
    while shown["current"]:
        shown = json.loads(radonc("answer", "latest", shown["current"], "acceptable", "--json"))
    assert "Next: radonc review summary" in radonc("next")
    assert "3 synthetic" in radonc("list")
    text = radonc("summary")
    assert "The cases are synthetic." in text
    assert "same in 3" in text
    assert "Every verdict is a single reviewer's." in text
    assert "unblinded" in radonc("list")
    found = json.loads(radonc("summary", "--json"))
    assert found["origins"]["tuned"]["judgements"]["acceptable"]["count"] == 3
