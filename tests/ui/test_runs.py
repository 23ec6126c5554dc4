"""The screen of runs and evaluations: what it shows, where its keys lead, what goes wrong."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, Static

from exports.evaluation.details import JudgedCase
from exports.report.verdict import verdict
from radonc_tui.app import RadoncApp
from radonc_tui.screens.runs.area import RunsArea
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from radonc_tui.widgets.window import WindowTable
from store import work
from store.home import Home
from store.lines import read_json, read_lines
from tests.ui.conftest import radonc, settle, until
from tests.ui.sample import BUNDLE, EVALUATION, RUN, STOPPED_RUN

Compare: TypeAlias = Callable[..., bool]


def area(app: RadoncApp) -> RunsArea:
    screen = next(screen for screen in app.screen_stack if isinstance(screen, RunsArea))
    return screen


def notice(app: RadoncApp) -> str:
    return str(area(app).query_one("#notice", Static).render())


def said(app: RadoncApp, selector: str) -> str:
    """The text of a Static, whatever it was given."""
    return str(area(app).query_one(selector, Static).content)


def table(app: RadoncApp, name: str) -> WindowTable:
    return area(app).query_one(f"#{name}", WindowTable)


def rows(app: RadoncApp, name: str) -> list[Any]:
    shown = table(app, name)
    return [shown._row(index) for index in range(shown.total)]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def evaluation(home: Home) -> dict[str, Any]:
    """The sample's evaluation, as its file says."""
    return read_json(home.folder("evaluations") / EVALUATION / "evaluation.json")


async def open_evaluation(pilot: Pilot[None], *keys: str) -> None:
    await settle(pilot)
    await press(pilot, "tab", "enter", *keys)


async def test_runs_and_evaluations_stand_on_one_screen(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert [row["id"] for row in rows(app, "runs")] == [STOPPED_RUN, RUN]
        assert [str(row["state"]) for row in rows(app, "runs")] == ["■ stopped", "✓ done"]
        (line,) = rows(app, "evaluations")
        assert line["verdict"] == verdict(evaluation(sample_home))
        assert {row["cases"] for row in rows(app, "runs")} == {"synthetic"}
        await press(pilot, "down", "enter")
        assert area(app).lists.has_class("-glance")
        assert f"bundles: {BUNDLE}" in said(app, "#glance > Static")
        assert "200 were estimated" in said(app, "#glance > Static")
        await press(pilot, "escape")
        assert not area(app).lists.has_class("-glance")
        assert table(app, "runs").has_focus


async def test_two_marked_runs_are_compared(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "c")
        assert area(app).view == "lists"
        await press(pilot, "space", "down", "space", "c")
        assert area(app).view == "compare"
        found = {str(row["name"]).strip(): row for row in rows(app, "compared")}
        assert str(found["learning_rate"][RUN]) == "0.001"
        assert str(found["learning_rate"][STOPPED_RUN]) == "0.002"
        assert found["learning_rate"]["sign"] == "≠"
        assert found["base model"]["sign"] == ""
        accuracy = evaluation(sample_home)["tasks"]["regimen"]["metrics"]["accuracy"]["tuned"]
        assert float(str(found["regimen accuracy"][RUN])) == pytest.approx(accuracy, abs=1e-4)
        assert "synthetic" in said(app, ".words")
        await press(pilot, "escape", "space")
        assert area(app).lists.marked == (STOPPED_RUN,)


async def test_an_evaluation_is_read_from_its_verdict_to_its_cases(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_evaluation(pilot)
        assert said(app, "#verdict") == verdict(evaluation(sample_home))
        assert "SYNTHETIC" in said(app, "#cautions")
        details = area(app).panel.details
        assert details is not None
        metrics = [row for row in rows(app, "metrics") if "of" in row]
        assert len(metrics) == len(details.metrics)
        await press(pilot, "down", "enter")
        assert "p, exact: 0." in said(app, "#aside > Static")
        await press(pilot, "escape", "o")
        assert area(app).panel.pane == "modality"
        await press(pilot, "i")
        assert len(rows(app, "codes")) == len(details.codes)
        await press(pilot, "enter")
        assert area(app).panel.pane == "cases"
        code = details.codes[0]
        assert len(rows(app, "judged")) == code.cases
        assert code.code in said(app, "#chosen")
        await press(pilot, "escape")
        assert len(rows(app, "judged")) == len(details.cases)
        await press(pilot, "escape", "escape")
        assert area(app).view == "lists"
        assert table(app, "evaluations").has_focus


async def test_test_cases_are_filtered_searched_and_opened(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_evaluation(pilot, "t", "w")
        assert {str(row["change"]) for row in rows(app, "judged")} == {"− worse"}
        await press(pilot, "b")
        assert {str(row["change"]) for row in rows(app, "judged")} == {"+ better"}
        await press(pilot, "y")
        assert {row["task"] for row in rows(app, "judged")} == {"regimen"}
        details = area(app).panel.details
        assert details is not None
        said_of_all = {case.base.text for case in details.cases if case.base}
        code = next(one.code for one in details.codes if one.code not in said_of_all)
        await press(pilot, "a", "y", "y", "slash", *code.casefold())
        assert area(app).query_one("#find", Input).has_focus
        found = {
            case.case_id for case in details.cases if case.task == "icd10" and code in _all(case)
        }
        assert {row["id"] for row in rows(app, "judged")} == found
        await press(pilot, "enter", "enter")
        whole = said(app, "#aside > Static")
        case_id = rows(app, "judged")[0]["id"]
        (asked,) = {
            pair["diagnosis"]
            for pair in read_lines(sample_home.folder("evaluations") / EVALUATION / "test.jsonl")
            if pair["case_id"] == case_id
        }
        assert asked in whole
        assert all(f"\n{task}" in whole for task in ("regimen", "modality", "ICD-10"))
        assert "nearest case" in whole
        await press(pilot, "escape")
        assert table(app, "judged").has_focus


async def test_g_goes_to_the_case(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(140, 40)) as pilot:
        await open_evaluation(pilot, "g")
        assert app.current_mode == "runs"
        await press(pilot, "t")
        case_id = rows(app, "judged")[0]["id"]
        await press(pilot, "g")
        assert app.current_mode == "cases"
        shown = app.screen.query_one("#detail")
        await until(pilot, lambda: case_id in _texts(shown))
        await press(pilot, "3")
        assert app.current_mode == "runs"
        assert area(app).panel.pane == "cases"


def _all(case: JudgedCase) -> str:
    """Everything of a test case that is searched."""
    base = case.base.text if case.base else ""
    return f"{case.reference} {case.tuned.text} {base}"


def _texts(widget: Widget) -> str:
    return " ".join(str(static.content) for static in widget.query(Static))


async def test_the_report_is_shown_and_left(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_evaluation(pilot, "r")
        assert area(app).view == "report"
        text = said(app, "#report > Static")
        assert "not cleared or approved as a medical device" in " ".join(text.split())
        prose = text.partition("Unsafe answers")[0].splitlines()
        assert max(len(line) for line in prose) <= 80
        rouge = evaluation(sample_home)["tasks"]["regimen"]["metrics"]["rouge1"]
        assert re.search(rf"ROUGE-1 +{rouge['base']:.3f} +{rouge['tuned']:.3f} ", text)
        await press(pilot, "escape")
        assert area(app).view == "evaluation"
        assert table(app, "metrics").has_focus


async def test_the_palette_opens_the_newest_evaluation(sample_home: Home) -> None:
    app = radonc(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.action_go("runs")
        app.when_shown("runs", "only('worse')")
        await settle(pilot)
        assert area(app).panel.pane == "cases"
        details = area(app).panel.details
        assert details is not None
        worse = [case for case in details.cases if case.change == "worse"]
        assert len(rows(app, "judged")) == len(worse) > 0


@pytest.mark.parametrize("damage", ["spec.json", "predictions.jsonl"])
async def test_what_cannot_be_read_is_a_sentence_and_the_rest_stays(
    sample_home: Home, damage: str
) -> None:
    path = sample_home.folder("evaluations") / EVALUATION / damage
    path.write_text(path.read_text()[:-30])
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_evaluation(pilot)
        shown = notice(app) + said(app, "#glance > Static")
        assert damage in shown
        assert area(app).view == "lists"
        assert len(rows(app, "runs")) == 2


async def test_a_run_cut_short_is_listed_as_damaged(sample_home: Home) -> None:
    spec = sample_home.folder("runs") / STOPPED_RUN / "spec.json"
    spec.write_text(spec.read_text()[:40])
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert str(rows(app, "runs")[0]["state"]) == "✗ damaged"
        await press(pilot, "enter")
        assert "cannot be read" in said(app, "#glance > Static")
        assert area(app).view == "lists"


async def test_only_a_run_that_is_done_is_exported(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "x")
        assert f"{STOPPED_RUN} is stopped" in notice(app)
        await press(pilot, "down", "x")
        assert isinstance(app.screen, Choose)
        await press(pilot, "escape")
        assert app.screen is area(app)
        assert not app.jobs


async def test_an_evaluation_that_fails_is_listed_with_its_sentence(sample_home: Home) -> None:
    """The sample's model files are no models, so a real evaluation of one fails and says so."""
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "down", "e", "enter", "enter")
        assert isinstance(app.screen, AskText)
        await pilot.press("4", "enter")
        assert [job.title for job in app.jobs] == [f"evaluation of {BUNDLE}:Q8_0"]
        await until(pilot, lambda: not app.jobs, 120)
        await settle(pilot)
        newest = rows(app, "evaluations")[0]
        assert str(newest["state"]) == "✗ failed"
        assert newest["verdict"] in notice(app)
        assert work.find(sample_home, "eval", newest["id"]).spec["tuned"]["name"] == BUNDLE


async def test_an_evaluation_under_way_is_followed_and_can_be_stopped(sample_home: Home) -> None:
    """Its worker is this test: it holds the lock, says how far it is, and notices the stop."""
    import fcntl

    made = work.find(sample_home, "eval", EVALUATION)
    (made.path / "manifest.json").unlink()
    events = (made.path / "events.jsonl").read_text().splitlines()[:2]
    (made.path / "events.jsonl").write_text("\n".join(events) + "\n")
    with (made.path / "lock").open("ab") as lock, (made.path / "events.jsonl").open("a") as file:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reporter = work.Reporter(file, made.path / "stop", seq=2)
        app = radonc(sample_home, "runs")
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            reporter.progress("predict tuned", 12, 45, "answers")
            await until(pilot, lambda: "12/45" in rows(app, "evaluations")[0]["verdict"])
            await press(pilot, "tab")
            await pilot.press("s")
            assert isinstance(app.screen, Confirm)
            await pilot.press("y")
            await until(pilot, reporter.stop_asked)
            reporter.state("stopped")
            await until(pilot, lambda: "It is stopped" in notice(app))
            await until(pilot, lambda: str(rows(app, "evaluations")[0]["state"]) == "■ stopped")


async def test_a_small_terminal_and_a_resize_under_a_question(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(40, 10)) as pilot:
        await open_evaluation(pilot, "t", "enter")
        assert said(app, "#aside > Static")
        await press(pilot, "escape", "escape", "escape", "e")
        assert isinstance(app.screen, Choose)
        await pilot.resize_terminal(140, 40)
        await settle(pilot)
        await press(pilot, "escape")
        assert area(app).has_class("-wide")
        assert area(app).query_one("#glance").display


STATES = (
    *("empty", "loading", "full", "error"),
    *("compare", "metrics", "modality", "cases", "case"),
)


KEYS = {
    "error": ["x"],
    "compare": ["space", "down", "space", "c"],
    "metrics": ["tab", "enter"],
    "modality": ["tab", "enter", "o"],
    "cases": ["tab", "enter", "t", "b"],
    "case": ["tab", "enter", "t", "b", "enter"],
}
VIEWS = {"compare": "compare"} | dict.fromkeys(
    ("metrics", "modality", "cases", "case"), "evaluation"
)


@pytest.mark.parametrize("state", STATES)
def test_pictures(
    request: pytest.FixtureRequest,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    home: Home = request.getfixturevalue("home" if state == "empty" else "sample_home")
    app = radonc(home, "runs")
    if state == "loading":
        hold(app, home.folder("evaluations") / EVALUATION / "evaluation.json")

    async def before(pilot: Pilot[None]) -> None:
        if state == "loading":
            await until(pilot, lambda: bool(app.told.device))
            await pilot.pause()
        else:
            await settle(pilot)
            await press(pilot, *KEYS.get(state, []))
        assert app.no_color == (look == "no_color")
        assert area(app).view == VIEWS.get(state, "lists")
        assert ("can be exported" in notice(app)) == (state == "error")
        assert (table(app, "runs").empty == "Reading …") == (state == "loading")

    assert snap_compare(app, terminal_size=size, run_before=before)


def hold(app: RadoncApp, path: Path) -> None:
    """A disk that does not answer before the picture is taken: whoever reads ``path`` waits."""
    path.unlink()
    os.mkfifo(path)
    leave = app.exit

    def let_go(*values: object) -> None:
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        path.unlink()
        path.write_text("{}")
        os.write(pipe, b"{}")
        os.close(pipe)
        leave(*values)  # type: ignore[arg-type]  # as it was called

    app.exit = let_go  # type: ignore[method-assign]  # the picture is taken by then
