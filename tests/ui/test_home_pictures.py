"""Pictures of the screen of the home and of what it asks."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Label

from radonc_tui.actions.progress import Progress
from radonc_tui.actions.store_keys import KeyState
from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.home.area import HomeArea
from radonc_tui.screens.home.asking import AskForget, AskPassphrase
from radonc_tui.screens.home.persons import traced
from radonc_tui.screens.home.state import EMPTY
from radonc_tui.widgets.going import going_line
from store.forgetting import Traces
from store.home import Home
from tests.ui.conftest import radonc, settle
from tests.ui.home_sample import area, begin, kinds, notice, press, said, still, write_log

Compare = Callable[..., bool]
TRACES = Traces(
    ["case-20261101-000004", "case-20261101-000031"],
    1,
    ["data-20261101-000001"],
    ["run-20261102-000001", "run-20261103-000002"],
    ["bundle-20261104-000001"],
    ["eval-20261105-000001"],
)


@pytest.mark.parametrize("state", ["empty", "loading", "full", "entry", "error", "encrypted"])
def test_pictures(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    if state in ("full", "entry", "error", "encrypted"):
        write_log(home, monkeypatch)
    app = radonc(home, "home")

    async def before(pilot: Pilot[None]) -> None:
        await begin(pilot, app)
        assert app.no_color == (look == "no_color")
        match state:
            case "empty":
                assert area(app).audit.table.empty == EMPTY
                still(app, lambda kept: replace(kept, sizes={"store": 1_060_000, "rest": 1_100}))
            case "loading":
                area(app).audit.table.loading = True
                area(app).audit.table.reset(0)
                still(app, lambda kept: replace(kept, known=False))
                assert "…" in said(app, "facts")
            case "error":
                with opened(home) as connection:
                    connection.execute("DELETE FROM audit_log WHERE number = 9")
                await press(pilot, "v")
                assert "the first at 9" in notice(app)
                still(app)
            case "encrypted":
                key = KeyState(True, "passphrase")
                still(app, lambda kept: replace(kept, key=key))
                assert "✓ encrypted, opened by a passphrase" in said(app, "facts")
                progress = Progress("files", 31, 47, "files")
                area(app).going.add_class("-on")
                area(app).going.update(going_line("rekey", progress, "x stops it"))
            case _:
                await press(pilot, "v", "down", "down", "down", "down", "down")
                still(app)
                assert len(kinds(app)) == 13
                assert "head 13 entries, " in said(app, "facts")
                if state == "entry":
                    await press(pilot, "enter")
                    assert "C50.9 → C50.611" in said(app, "entry")
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("state", ["passphrase", "person", "backup", "forget"])
def test_pictures_of_the_questions(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    write_log(home, monkeypatch)
    app = radonc(home, "home")

    async def before(pilot: Pilot[None]) -> None:
        await begin(pilot, app)
        assert app.no_color == (look == "no_color")
        still(app)
        await ask(app, pilot, state)
        assert not isinstance(app.screen, HomeArea)
        hidden = [field.password for field in app.screen.query(Input)]
        assert hidden == {"passphrase": [True, True], "person": [True]}.get(
            state, [False] * len(hidden)
        )

    assert snap_compare(app, terminal_size=size, run_before=before)


async def ask(app: RadoncApp, pilot: Pilot[None], state: str) -> None:
    """Open one of the questions, with something answered."""
    match state:
        case "passphrase":
            await press(pilot, "e", "enter", *"too short", "enter", *"too short", "enter")
            assert isinstance(app.screen, AskPassphrase)
            assert "12 characters" in str(app.screen.query_one("#refusal", Label).content)
            await press(pilot, *"four odd words here")
        case "person":
            await press(pilot, "f", *"MRN 7")
        case "backup":
            await press(pilot, "b", *"/media/stick/radonc", "tab", "space")
        case _:
            app.push_screen(AskForget(traced(TRACES)))
            await press(pilot, *"withdrew consent", "enter")
