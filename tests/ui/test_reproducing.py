"""The report as a page, and an evaluation made again, asked for on the screen of runs."""

import json
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from exports.evaluation.same import compared
from radonc_tui.actions.report import report
from radonc_tui.actions.reproduce import Reproduction
from radonc_tui.app import RadoncApp
from radonc_tui.screens.runs.area import RunsArea
from radonc_tui.screens.runs.texts import reproduced_text
from store.home import Home
from tests.driven import ended
from tests.ui.conftest import radonc, settle
from tests.ui.sample import BUNDLE, EVALUATION
from tests.ui.test_palette import command

Compare = Callable[..., bool]


def notice(app: RadoncApp) -> str:
    return str(app.screen.query_one("#notice", Static).render())


async def ask(app: RadoncApp, pilot: Pilot[None], title: str, path: Path) -> None:
    """Take a line of the palette, and answer its question with a path."""
    app.run_command(command(title))
    await settle(pilot)
    app.screen.query_one("#path", Input).value = str(path)
    await pilot.press("enter")
    await settle(pilot)


async def test_the_report_is_written_as_a_page_that_is_not_written_over(
    sample_home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await ask(app, pilot, "runs: report page", path)
        assert notice(app) == f"✓ Wrote {path}: open it in a browser, or print it."
        page = path.read_text()
        assert page.lower().startswith("<!doctype html>")
        assert EVALUATION in page
        await ask(app, pilot, "runs: report page", path)
        assert notice(app) == f"! There is {path} already. Name another file."
        await ask(app, pilot, "runs: report page", tmp_path / "no" / "report.html")
        assert "cannot be written (No such file or directory)" in notice(app)
        card = tmp_path / "MODEL.md"
        await ask(app, pilot, "runs: model card", card)
        assert notice(app) == f"✓ Wrote {card}."
    assert path.read_text() == page
    assert "model-index:" in card.read_text()
    assert f"{EVALUATION}: `Q8_0.gguf`" in card.read_text()


async def test_only_the_very_files_of_a_report_are_evaluated_again(
    sample_home: Home, tmp_path: Path
) -> None:
    """The sample's models are no weights, so nothing here gets as far as to answers."""
    path = tmp_path / "report.json"
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        path.write_text("{}")
        await ask(app, pilot, "runs: reproduce", path)
        assert notice(app).startswith(f"! {path} is no report with a capsule.")
        evaluation = ended(report(sample_home, EVALUATION)).evaluation
        evaluation["capsule"]["files"]["tuned"]["sha256"] = "0" * 64
        path.write_text(json.dumps({"evaluation": evaluation}))
        await ask(app, pilot, "runs: reproduce", path)
        assert notice(app).startswith(
            f"! The tuned file {BUNDLE}:Q8_0 is not the one that was evaluated."
        )


def reproduction(home: Home) -> Reproduction:
    """The sample's evaluation against itself with two numbers changed."""
    was = ended(report(home, EVALUATION)).evaluation
    now = json.loads(json.dumps(was))
    now["test_patients"] += 1
    now["tasks"]["regimen"]["metrics"]["accuracy"]["tuned"] = 0.5
    found = compared(was, now)
    return Reproduction(EVALUATION, "eval-20261121-000001", found.values, found.differences, 2)


def test_pictures(
    still_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    found = reproduction(still_home)
    assert len(found.differences) == 2
    app = radonc(still_home, "runs")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert isinstance(app.screen, RunsArea)
        text = reproduced_text(found)
        assert f"{found.values - 2:,} of {found.values:,} values are the same" in text.plain
        assert "test_patients\n    was" in text.plain
        app.screen._reported(text)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
