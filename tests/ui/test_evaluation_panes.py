"""What goes beyond the paper has its panes: danger, regimens as treatments, scores, groups."""

from collections.abc import Callable

import pytest
from rich.console import Console
from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.app import RadoncApp
from radonc_tui.screens.runs.evaluation import EvaluationPanel
from store.home import Home
from tests.ui.conftest import radonc, settle, until

Compare = Callable[..., bool]
KEYS = {"unsafe": "u", "doses": "d", "scores": "s", "groups": "p"}
WORDS = {
    "unsafe": ("Unsafe answers", "at most (95 %)", "Ceiling"),
    "doses": ("Regimens read as regimens", "dose-equivalent", "per unreviewed table"),
    "scores": ("The declared tests", "What the scores are worth", "Classes and codes"),
    "groups": ("Subgroups", "too few to speak"),
}


async def open_evaluation(pilot: Pilot[None]) -> EvaluationPanel:
    app = pilot.app
    assert isinstance(app, RadoncApp)
    app.when_shown("runs", "pane('metrics')")
    panel = app.screen.query_one(EvaluationPanel)
    await until(pilot, lambda: panel.details is not None)
    await settle(pilot)
    return panel


def said(panel: EvaluationPanel, name: str) -> str:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(panel.query_one(f"#{name} > Static", Static).content)
    return captured.get()


async def test_each_pane_has_its_key_and_its_words(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_evaluation(pilot)
        for name, key in KEYS.items():
            await pilot.press(key)
            await settle(pilot)
            assert panel.pane == name
            text = said(panel, name)
            for words in WORDS[name]:
                assert words in text, (name, words)


@pytest.mark.parametrize("name", KEYS)
def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, name: str
) -> None:
    app = radonc(sample_home, "runs")

    async def before(pilot: Pilot[None]) -> None:
        panel = await open_evaluation(pilot)
        await pilot.press(KEYS[name])
        await settle(pilot)
        assert panel.pane == name
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)
