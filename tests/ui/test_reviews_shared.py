"""Reviews by several people: who decides, who is left out, and a page that is sent away."""

import json
import re
from pathlib import Path

from textual.widgets import Input

from exports.review_page.page import ANSWERS, CARDS
from exports.review_page.sealed import seal, unseal
from radonc_tui.actions import stored
from radonc_tui.actions.stored import lease
from radonc_tui.screens.review.area import ReviewList
from radonc_tui.screens.review.judging import Stage
from store.home import Home
from tests.ui.conftest import radonc, settle
from tests.ui.review_sample import REVIEW, REVIEWER, SECOND, make_review
from tests.ui.review_screen import area, judge, notice, panel, press, shown, stage


async def test_a_third_person_decides_where_two_differ(sample_home: Home) -> None:
    make_review(sample_home, cases=4, judged=-1, second=5)
    app = radonc(sample_home, "review")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        row = area(app).query_one(ReviewList).row
        assert row
        differ = int(row["differ"])
        assert 0 < differ <= 5
        await press(pilot, "d")
        await press(pilot, *REVIEWER, "enter", "enter")
        assert f"{REVIEWER} is reviewer of" in notice(app)
        await press(pilot, "d", *"Cy", "enter", "enter")
        state = panel(app).state
        assert state
        assert (state.view.left, state.view.adjudicates) == (differ, True)
        assert "Cy adjudicates" in shown(app)
        assert all(said not in shown(app) for said in ("Ada", "Bo", "✓"))
        while stage(app) is Stage.JUDGEMENT:
            await judge(app, pilot, "a")
        assert "Every card is judged." in shown(app)
        await press(pilot, "escape")
        rows = area(app).query_one(ReviewList)
        found = [rows.row or {}]
        for _ in range(2):
            await press(pilot, "down")
            found.append(rows.row or {})
        assert {one["differ"] for one in found} == {""}
        assert {one["reviewer"] for one in found} == {REVIEWER, SECOND, "Cy adjudicates"}


async def test_own_cases_are_left_out_and_it_is_said(sample_home: Home) -> None:
    make_review(sample_home)
    with stored.opened(sample_home) as connection:
        connection.execute("UPDATE review_cases SET attending = 'A1' WHERE item < '8'")
        own = connection.execute(
            "SELECT count(*) FROM review_cases WHERE attending = 'A1' AND repeats = ''"
        ).fetchone()
    lease(sample_home).close()
    app = radonc(sample_home, "review")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "w", *"Bo", "enter", *"a1", "enter")
        assert own
        assert f"{own[0]} own cases left out" in shown(app)


async def test_a_page_is_sent_and_its_answers_taken_in(sample_home: Home, tmp_path: Path) -> None:
    make_review(sample_home, cases=2)
    out = tmp_path / "page.html"
    app = radonc(sample_home, "review")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)

        async def send(*passphrases: str) -> None:
            await press(pilot, "x")
            app.screen.query_one(Input).value = str(out)
            await press(pilot, "enter")
            for typed in passphrases:
                asked = app.screen.query_one(Input)
                assert asked.password
                asked.value = typed
                await press(pilot, "enter")

        await send("a long passphrase", "a long passphrasf")
        assert "The two passphrases differ" in notice(app)
        await send("short", "short")
        assert "at least 12 characters" in notice(app)
        await send("a long passphrase", "a long passphrase")
        assert f"cards for {REVIEWER} are in {out}" in notice(app)
        page = re.search(r'json">(.*?)</script>', out.read_text(encoding="utf-8"))
        assert page
        content = unseal(json.loads(page.group(1)), "a long passphrase", CARDS, "page")
        steps = [[content["cases"][0]["cards"][0][0], "acceptable", "", ""]]
        given = {"page": content["page"], "review": REVIEW, "steps": steps}
        back = tmp_path / "answers.json"
        back.write_text(json.dumps(seal(given, "a long passphrase", ANSWERS)))
        for typed, said in (
            ("another passphrase", "does not open"),
            ("a long passphrase", "1 new"),
        ):
            await press(pilot, "t")
            app.screen.query_one(Input).value = str(back)
            await press(pilot, "enter")
            app.screen.query_one(Input).value = typed
            await press(pilot, "enter")
            assert said in notice(app)
        row = area(app).query_one(ReviewList).row
        assert row
        assert row["judged"].startswith("1 of ")
