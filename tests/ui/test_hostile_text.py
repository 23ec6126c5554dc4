"""A case whose text tries to be markup or an escape sequence, on the cases screen."""

from pathlib import Path

import pytest

from radonc_tui.app import RadoncApp
from store.home import Home
from tests.ui.cases_sample import begin, press, table, text
from tests.unit.test_legible import hostile_case

OBEYED = {"\x1b", "\x07", "\x9b", "\u202e"}


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_it_is_shown_as_text(home: Home, tmp_path: Path, size: tuple[int, int]) -> None:
    case = hostile_case(home, tmp_path / "staged")
    app = RadoncApp(home, "cases")
    async with app.run_test(size=size) as pilot:
        await begin(pilot)
        drawn = "".join(s.text for y in range(3) for s in table(app).render_line(y))
        assert "[red]" in drawn
        assert not OBEYED & {*drawn}
        await press(pilot, "enter")
        shown = text(app, "case")
        assert case.case_id in shown
        assert "[red]Carcinoma[/red] ␛[2J" in shown
        assert not OBEYED & {*shown}
        assert not OBEYED & {*app.export_screenshot()}
