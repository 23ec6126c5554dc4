"""The screen of reviews: what it shows, what it hides, and whole ways through it."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from radonc_tui.actions import stored
from radonc_tui.actions.stored import end_of_log, lease
from radonc_tui.screens.review.area import ReviewArea, ReviewList
from radonc_tui.screens.review.judging import Stage
from radonc_tui.screens.review.panel import Card
from radonc_tui.screens.review.summary import SummaryPanel
from radonc_tui.widgets.dialogs import AskText, Busy, Choose, Confirm
from store import reviews
from store.home import Home
from store.judgements import Judgement
from tests.ui.conftest import radonc, settle, until
from tests.ui.review_sample import REVIEW, REVIEWER, kept, make_review
from tests.ui.review_screen import area, judge, notice, panel, press, shown, stage

Compare = Callable[..., bool]


KEYS = (("a",), ("n", "d", "h"), ("c", "x", "s"), ("j",), ("c", "f", "w"), ("n", "t", "w"))


async def test_ten_cases_with_an_undo_then_the_summary(sample_home: Home) -> None:
    app = radonc(sample_home, "train")
    pressed: dict[str, tuple[str, ...]] = {}
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        assert "No review yet" in area(app).query_one(ReviewList).empty
        await press(pilot, "n")
        assert isinstance(app.screen, Choose)
        await press(pilot, "enter")
        assert isinstance(app.screen, AskText)
        await press(pilot, "1", "0", "enter")
        await press(pilot, *"Ada", "enter")
        await press(pilot, "enter")
        state = panel(app).state
        assert state is not None
        assert (state.view.cases, state.view.reviewer, state.view.synthetic) == (11, "Ada", True)
        turns = 0
        while stage(app) is Stage.JUDGEMENT:
            keys = KEYS[turns % len(KEYS)]
            card = await judge(app, pilot, *keys)
            turns += 1
            if turns == 5:
                await press(pilot, "u")
                assert "taken back" in notice(app)
                assert panel(app).state
                assert panel(app).state.card.card == card  # type: ignore[union-attr]
                await judge(app, pilot, "a")
                keys = ("a",)
            pressed[card] = keys
        assert "Every card is judged." in shown(app)
        review = state.view.review
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "n")
        assert stage(app) is Stage.OVER
        await press(pilot, "enter")
        await press(pilot, "y")
        summary = area(app).query_one(SummaryPanel)
        assert summary.has_focus_within
        heading = str(summary.query_one("#heading", Static).content)
        assert f"log {end_of_log(sample_home)}" in heading
        assert "10 SYNTHETIC cases of 10 patients" in heading
        counts = summary.found["origins"]
        await press(pilot, "enter")
        assert "reference" in str(summary.query_one("#detail > Static", Static).content)
        await press(pilot, "g")
        assert app.current_mode == "cases"
    found = kept(sample_home, review, "Ada")
    assert (found.rows, found.undone) == (len(pressed) + 2, 1)
    words = {"a": "acceptable", "n": "not-acceptable", "c": "with-changes", "j": "cannot-judge"}
    assert {c: a.judgement for c, a in found.answers.items()} == {
        card: words[keys[0]] for card, keys in pressed.items()
    }
    for origin in ("reference", "tuned", "base"):
        expected = Counter(
            found.answers[card].judgement
            for card, who in found.origins.items()
            if origin in who and card not in found.again
        )
        assert expected.total() == 10
        said = counts[origin]["judgements"]
        assert {j: said[j]["count"] for j in Judgement} == {j: expected[j] for j in Judgement}


@pytest.mark.parametrize("width", [80, 140])
async def test_nothing_on_the_screen_tells_who_wrote_a_card(sample_home: Home, width: int) -> None:
    cases = make_review(sample_home)
    found = kept(sample_home, REVIEW, REVIEWER)
    lease(sample_home).close()
    app = radonc(sample_home, "review")
    seen: list[str] = []
    async with app.run_test(size=(width, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        while stage(app) is Stage.JUDGEMENT:
            state = panel(app).state
            assert state
            seen.append(state.card.card)
            text = shown(app)
            for card in state.view.cards:
                text = text.replace(card.text, "")
            text = text.replace(state.view.diagnosis, "").casefold()
            for hidden in (
                "tuned",
                "base",
                "reference",
                "bundle",
                "llama",
                "case-",
                "score",
                "eval",
            ):
                assert hidden not in text
            assert not re.search(r"[0-9a-f]{12}", text)
            await judge(app, pilot, "j")
    assert seen == [card for case in cases for card, _ in case.cards]
    assert set(seen) == set(found.origins)


async def test_a_reviewer_leaves_and_goes_on_and_another_has_an_own_order(
    sample_home: Home,
) -> None:
    make_review(sample_home)
    first = radonc(sample_home, "review")
    async with first.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await judge(first, pilot, "a")
        await judge(first, pilot, "n", "d", "h")
        left = panel(first).state
    assert left
    second = radonc(sample_home, "review")
    async with second.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        row = area(second).query_one(ReviewList).row
        assert row
        assert row["judged"].startswith("2 of ")
        await press(pilot, "enter")
        assert panel(second).state == left
        await press(pilot, "escape", "w")
        await press(pilot, *"Bo", "enter", "enter")
        other = panel(second).state
        assert other
        assert (other.view.reviewer, other.view.judged) == ("Bo", 0)
        with stored.opened(sample_home) as connection:
            review = reviews.find_review(connection, REVIEW)
            ada, bo = (
                [case.item for case in reviews.blind_cases(connection, review, who)]
                for who in (REVIEWER, "Bo")
            )
        assert sorted(ada) == sorted(bo)
        assert ada != bo
        await judge(second, pilot, "a")
        await press(pilot, "escape")
        rows = area(second).query_one(ReviewList)
        assert rows.total == 2
        await press(pilot, "s")
        assert "left to judge" in notice(second)


async def test_a_half_given_answer_can_be_taken_back_and_cards_compared(sample_home: Home) -> None:
    cases = make_review(sample_home)
    several = next(i for i, case in enumerate(cases) if len(case.cards) > 1)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        for _ in range(sum(len(case.cards) for case in cases[:several])):
            await judge(app, pilot, "a")
        await press(pilot, "n", "t")
        assert stage(app) is Stage.SEVERITY
        await press(pilot, "escape")
        assert stage(app) is Stage.REASON
        await press(pilot, "a")  # no reason has this key
        assert stage(app) is Stage.REASON
        await press(pilot, "escape")
        assert stage(app) is Stage.JUDGEMENT
        await press(pilot, "right")
        marked = [card for card in panel(app).query(Card) if card.has_class("-here")]
        assert [card.place for card in marked] == [1]
        assert str(marked[0].border_title).startswith("▶ card 2 of ")
        second = await judge(app, pilot, "c", "m", "s")
        await pilot.click("#card1")
        await settle(pilot)
        assert "✓ acceptable with changes, modality, style" in shown(app)
        assert await judge(app, pilot, "a") == second
        assert kept(sample_home, REVIEW, REVIEWER).answers[second].judgement == "acceptable"
        await press(pilot, "u")
        assert kept(sample_home, REVIEW, REVIEWER).answers[second].judgement == "with-changes"


async def test_no_key_judges_a_card_that_was_not_seen(sample_home: Home) -> None:
    """While an answer is on its way to a slow store, further keys are not taken for the next."""
    make_review(sample_home)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        with stored._taking:
            await pilot.press("a")
            assert stage(app) is Stage.KEEPING
            await pilot.press("n", "a", "j", "u")
            await pilot.pause()
            assert stage(app) is Stage.KEEPING
        await settle(pilot)
        assert stage(app) is Stage.JUDGEMENT
    assert kept(sample_home, REVIEW, REVIEWER).rows == 1


async def test_a_store_held_elsewhere_is_named_and_the_answer_not_lost(sample_home: Home) -> None:
    make_review(sample_home)
    code = (
        "import sys; from store.home import open_home; from store.database import open_store;"
        "c = open_store(open_home()); print('open', flush=True); sys.stdin.readline(); c.close()"
    )
    app = radonc(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        lease(sample_home).close()
        holder = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Busy))
        assert isinstance(app.screen, Busy)
        assert f"process {holder.pid}" in app.screen.question
        await pilot.press("y")
        holder.communicate("\n", timeout=20)
        await settle(pilot)
        state = panel(app).state
        assert state
        assert state.view.judged == 1
        assert notice(app) == ""


async def test_an_answer_that_cannot_be_kept_is_asked_for_again(sample_home: Home) -> None:
    make_review(sample_home)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        lease(sample_home).close()
        sound = sample_home.database.read_bytes()
        sample_home.database.write_bytes(b"no store" * 4000)
        await press(pilot, "a")
        assert "cannot be opened" in notice(app)
        assert stage(app) is Stage.JUDGEMENT
        sample_home.database.write_bytes(sound)
        await press(pilot, "a")
        assert notice(app) == ""
    assert kept(sample_home, REVIEW, REVIEWER).rows == 1


async def test_what_cannot_be_made_is_said_in_a_sentence(sample_home: Home) -> None:
    app = radonc(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "n", "enter")
        await press(pilot, *"ten", "enter")
        assert "'ten' is no number of cases" in notice(app)
        await press(pilot, "n", "escape")
        assert isinstance(app.screen, ReviewArea)
        for answer in ("s", "w"):  # there is no review yet
            await press(pilot, answer)
        assert area(app).query_one(ReviewList).total == 0


async def test_without_an_evaluation_it_says_where_one_comes_from(home: Home) -> None:
    app = radonc(home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "n")
        assert "No evaluation is done yet" in notice(app)


async def test_a_tiny_terminal_and_a_resize_under_a_question(sample_home: Home) -> None:
    make_review(sample_home, cases=2)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        while stage(app) is Stage.JUDGEMENT:
            marked = next(card for card in panel(app).query(Card) if card.has_class("-here"))
            assert marked.region.height >= 3
            assert panel(app).query_one("#asked").region.height >= 1
            await judge(app, pilot, "a")
        await press(pilot, "enter")
        await pilot.resize_terminal(140, 40)
        await pilot.resize_terminal(40, 10)
        await press(pilot, "y")
        table = area(app).query_one("#judged-cases")
        assert table.has_focus
        assert table.region.height >= 3
        await press(pilot, "enter")
        assert area(app).query_one("#detail").region.height >= 3


async def test_the_palette_does_it_too(sample_home: Home) -> None:
    make_review(sample_home)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await app.screen.run_action("undo")
        assert "Open a review first" in notice(app)
        await app.screen.run_action("go_on")
        await settle(pilot)
        await judge(app, pilot, "a")
        await app.screen.run_action("undo")
        await settle(pilot)
        assert kept(sample_home, REVIEW, REVIEWER).undone == 1
        await app.screen.run_action("new")
        await settle(pilot)
        await press(pilot, "enter")
        assert app.screen.query_one(Input).value == "50"


STATES = ("empty", "loading", "full", "error", "judge", "reason", "decide", "summary")


@pytest.mark.parametrize("state", STATES)
def test_pictures(
    sample_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if state != "empty":
        judged = -1 if state in ("decide", "summary") else 1
        second = {"decide": 6, "summary": 6, "full": 2}.get(state, 0)
        make_review(sample_home, cases=6, judged=judged, second=second)
    # the log's end is another each time
    monkeypatch.setattr(
        "radonc_tui.actions.review.end_of_log", lambda _: "9 entries, 0123456789abcdef"
    )
    app = radonc(sample_home, "review")
    if state == "loading":
        stored._taking.acquire()
        leave = app.exit

        def let_go(*values: object) -> None:
            stored._taking.release()
            leave(*values)  # type: ignore[arg-type]  # as it was called

        app.exit = let_go  # type: ignore[method-assign]  # the picture is taken by then

    async def before(pilot: Pilot[None]) -> None:
        if state == "loading":
            await until(pilot, lambda: area(app).query_one(ReviewList).loading)
        else:
            await settle(pilot)
        keys = {
            "error": ["s"],
            "judge": ["enter"],
            "reason": ["enter", "n"],
            "decide": ["d", "C", "y", "enter", "enter"],
            "summary": ["enter", "enter", "y"],
        }
        for key in keys.get(state, []):
            await press(pilot, key)
        assert app.no_color == (look == "no_color")
        assert area(app)._shown == {
            **dict.fromkeys(("judge", "reason", "decide"), "judge"),
            "summary": "summary",
        }.get(state, "reviews")
        assert ("left to judge" in notice(app)) == (state == "error")

    assert snap_compare(app, terminal_size=size, run_before=before)
