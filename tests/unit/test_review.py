"""Blinded review on the real store: what is shown, what is kept, and what gives nothing away."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

from exports.evaluation.review import ORIGINS, lay_out, review_cases
from exports.evaluation.review_summary import summarise as count
from exports.evaluation.statistics import wilson
from radonc_tui.actions import review as actions
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import lease
from radonc_tui.cli.output import Session
from radonc_tui.cli.review import review as review_command, view_record
from store import migrations, review_answers, reviews
from store.database import open_store
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.judgements import Answer, Judgement, Reason, Severity, Step, read_answer, standing
from store.lines import write_lines
from tests.unit.review_examples import MODELS, finished_evaluation, predictions, review_pairs

PAIRS = review_pairs(20)
SAID = predictions(PAIRS)


def made(action: Action[Any]) -> Any:
    """The result of an action."""
    try:
        while True:
            next(action)
    except StopIteration as stop:
        return stop.value


@pytest.fixture(autouse=True)
def closed(home: Home) -> Iterator[None]:
    yield
    lease(home).close()


def judge_all(home: Home, review: str, reviewer: str = "", judgement: str = "acceptable") -> None:
    view = made(actions.next_card(home, review, reviewer))
    while view.current:
        asked = actions.AnswerRequest(review, view.current.card, judgement, reviewer=reviewer)
        view = made(actions.answer_card(home, asked))


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
    assert len({case.case_id for case in cases}) == len({case.item for case in cases}) == 20
    sizes = Counter(len(case.cards) for case in cases)
    assert sizes == {1: 5, 2: 10, 3: 5}
    for case in cases:
        origins = [origin for card in case.cards for origin in card.origins]
        assert sorted(origins) == sorted(ORIGINS)
        assert len({card.text.casefold() for card in case.cards}) == len(case.cards)


def test_cases_are_drawn_by_the_seed_and_only_by_it() -> None:
    def drawn(seed: int, secret: bytes) -> list[str]:
        return [c.case_id for c in review_cases(PAIRS[::-1], SAID, 8, seed, secret)]

    assert drawn(5, b"a" * 32) == drawn(5, b"b" * 32)
    assert set(drawn(5, b"a" * 32)) != set(drawn(6, b"a" * 32))
    assert len(review_cases(PAIRS, SAID, 500, 1, b"a" * 32)) == 20


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
    view = made(actions.new_review(home, actions.ReviewRequest(reviewer="Ada")))
    texts = {lay_out(text) for text in [p.answer for p in PAIRS] + [r["text"] for r in SAID]}
    seen: list[dict[str, Any]] = []
    while view.current:
        seen.append(view_record(view))
        view = made(
            actions.answer_card(
                home, actions.AnswerRequest(view.review, view.current.card, "cannot-judge")
            )
        )
    seen.append(view_record(view))
    assert len(seen) == 41
    for record in seen:
        assert set(record) == {
            *("review", "reviewer", "synthetic", "unblinded", "cases", "judged", "left"),
            *("case", "diagnosis", "current", "cards"),
        }
        for card in record["cards"]:
            assert set(card) == {"card", "text", "judgement", "reason", "severity"}
            assert card["text"] in texts
            assert len(card["card"]) == 12
        said = json.dumps(record).casefold()
        for secret in ("tuned", "base", "origin", "bundle-9", "smollm2", "eval-", "case-", "patie"):
            hidden = said.replace(json.dumps(record["diagnosis"]).casefold(), "")
            for card in record["cards"]:
                hidden = hidden.replace(json.dumps(card["text"]).casefold(), "")
            assert secret not in hidden
    listed = json.dumps(made(actions.list_reviews(home)))
    assert all(secret not in listed for secret in ("bundle-9", "smollm2", "origins", "secret"))


def test_a_reviewer_goes_on_where_they_left_and_others_have_their_own_order(home: Home) -> None:
    finished_evaluation(home)
    first = made(actions.new_review(home, actions.ReviewRequest(cases=6, reviewer="Ada  Byron")))
    assert first.reviewer == "Ada Byron"
    assert (first.number, first.cases, first.judged, first.synthetic) == (1, 6, 0, True)
    after = made(
        actions.answer_card(
            home, actions.AnswerRequest("latest", first.cards[0].card, "acceptable")
        )
    )
    lease(home).close()
    again = made(actions.next_card(home, "latest", "ada byron"))
    assert again == after
    assert again.judged == 1
    other = made(actions.next_card(home, first.review, "Bo"))
    assert (other.reviewer, other.judged) == ("Bo", 0)

    def order(reviewer: str) -> list[str]:
        review = reviews.find_review(connection, first.review)
        return [case.item for case in reviews.blind_cases(connection, review, reviewer)]

    with lease(home).use() as connection:
        assert sorted(order("Bo")) == sorted(order("Ada Byron"))
        assert order("Bo") != order("Ada Byron")
    assert made(actions.list_reviews(home))[0]["reviewers"] == [
        {"reviewer": "Ada Byron", "judged": 1, "unblinded": False},
    ]


def test_the_newest_answer_counts_and_undo_is_a_row_too(home: Home) -> None:
    finished_evaluation(home)
    view = made(actions.new_review(home, actions.ReviewRequest(reviewer="ada")))
    card = view.cards[0].card
    review = view.review
    ask = actions.AnswerRequest
    made(actions.answer_card(home, ask(review, card, "acceptable")))
    made(actions.answer_card(home, ask(review, card, "not-acceptable", "dose", "would-harm")))
    view = made(actions.undo_answer(home, review))
    assert (view.at, view.judged) == (card, 1)
    assert view.current.answer == Answer(card, Judgement.ACCEPTABLE)
    view = made(actions.undo_answer(home, review))
    assert view.judged == 0
    assert view.current.card == card
    with pytest.raises(BadUsage, match=r"no answer in .* to take back"):
        made(actions.undo_answer(home, review))
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
        made(actions.new_review(home, actions.ReviewRequest()))
    with pytest.raises(BadUsage, match="no review 'latest'"):
        made(actions.next_card(home, "latest"))
    work = finished_evaluation(home)
    with pytest.raises(BadUsage, match="no name of a reviewer"):
        made(actions.new_review(home, actions.ReviewRequest(reviewer="\x1b[2J")))
    with pytest.raises(BadUsage, match="0 cases"):
        made(actions.new_review(home, actions.ReviewRequest(cases=0)))
    view = made(actions.new_review(home, actions.ReviewRequest()))
    with pytest.raises(BadUsage, match="no card 'nothing'"):
        made(actions.answer_card(home, actions.AnswerRequest(view.review, "nothing", "acceptable")))
    write_lines(work.path / "predictions.jsonl", SAID[1:])
    with pytest.raises(RadoncError, match="not those it was finished with"):
        made(actions.new_review(home, actions.ReviewRequest()))


def test_the_summary_waits_for_the_last_card_and_ends_the_review(home: Home) -> None:
    finished_evaluation(home)
    view = made(actions.new_review(home, actions.ReviewRequest(reviewer="ada")))
    with pytest.raises(Refused, match="ada has 40 of 40 cards") as refused:
        made(actions.summarise(home, view.review))
    assert refused.value.exit_code == 3
    judge_all(home, view.review)
    made(actions.undo_answer(home, view.review))
    with pytest.raises(Refused, match="1 of 40 cards"):
        made(actions.summarise(home, view.review))
    judge_all(home, view.review)
    with pytest.raises(Refused, match="bo has 40 of 40 cards"):
        made(actions.summarise(home, view.review, "bo"))
    found = made(actions.summarise(home, view.review))
    assert (found["cases"], found["cards"], found["synthetic"]) == (20, 40, True)
    assert found["models"]["tuned"]["name"] == "bundle-9"
    assert made(actions.summarise(home, view.review)) == found
    card = next(c for c in found["judged_cases"][0]["cards"] if "reference" in c["origins"])
    assert card["text"] == lay_out(PAIRS[0].answer)
    for late in (
        actions.undo_answer(home, view.review),
        actions.answer_card(home, actions.AnswerRequest(view.review, "x", "acceptable")),
    ):
        with pytest.raises(Refused, match="answers are final"):
            made(late)
    assert made(actions.next_card(home, view.review)).unblinded
    assert not made(actions.next_card(home, view.review, "bo")).unblinded


def test_the_summary_counts_what_was_answered() -> None:
    """Judgements that depend on who wrote a card, so that each count is known beforehand."""
    cases = review_cases(PAIRS, SAID, 20, seed=1, secret=b"s" * 32)
    answers: dict[str, Answer] = {}
    for case in cases:
        for card in case.cards:
            if "reference" in card.origins:
                answers[card.card] = Answer(card.card, Judgement.ACCEPTABLE)
            elif "tuned" in card.origins:
                answers[card.card] = Answer(
                    card.card, Judgement.WITH_CHANGES, Reason.DOSE, Severity.WOULD_CHANGE
                )
            elif card.text.startswith("The patient"):
                answers[card.card] = Answer(card.card, Judgement.CANNOT_JUDGE)
            else:
                answers[card.card] = Answer(
                    card.card, Judgement.NOT_ACCEPTABLE, Reason.FRACTIONATION, Severity.WOULD_HARM
                )
    found = count(cases, answers)
    assert found["patients"] == 20

    def counts(origin: str) -> list[int]:
        return [entry["count"] for entry in found["origins"][origin]["judgements"].values()]

    assert counts("reference") == [20, 0, 0, 0]
    assert counts("tuned") == [10, 10, 0, 0]
    assert counts("base") == [5, 5, 5, 5]
    entry = found["origins"]["base"]["judgements"]["cannot-judge"]
    assert (entry["share"], entry["ci95"]) == (0.25, wilson(5, 20).ci95)
    assert found["origins"]["tuned"]["reasons"]["dose"] == 10
    assert found["origins"]["base"]["severities"] == {
        "style": 0,
        "would-change": 5,
        "would-harm": 5,
    }
    # of four: equal and equal; right against wrong; nothing legible; equal again
    assert found["paired"] == {"better": 5, "same": 10, "worse": 0, "left_out": 5}
    json.dumps(found, allow_nan=False)


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
    assert review_answers.reviewers(connection, "review-1") == []
    connection.close()


def test_the_whole_review_by_commands(home: Home) -> None:
    finished_evaluation(home)

    def radonc(*arguments: str) -> str:
        done = CliRunner().invoke(review_command, arguments, obj=Session(str(home.path), 0.0))
        if done.exception:
            raise done.exception
        return done.stdout

    shown = json.loads(radonc("new", "--cases", "3", "--reviewer", "ada", "--seed", "4", "--json"))
    assert (shown["case"], shown["cases"], shown["reviewer"]) == (1, 3, "ada")
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
    assert "unblinded" in radonc("list")
    found = json.loads(radonc("summary", "--json"))
    assert found["origins"]["tuned"]["judgements"]["acceptable"]["count"] == 3
