"""The screen of models: what it says of each, and what is done with them."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, SelectionList, Static

from exports.bundle import NOTICE
from exports.card import extraction_line
from radonc_tui.actions.models import list_models
from radonc_tui.app import RadoncApp
from radonc_tui.screens.models.adding import AskFolder
from radonc_tui.screens.models.area import ModelsArea
from radonc_tui.screens.models.quants import AskQuants
from radonc_tui.screens.models.state import BROKEN, SURE, Shelf
from radonc_tui.screens.predict.area import PredictArea
from radonc_tui.widgets.dialogs import Confirm
from radonc_tui.widgets.going import Going
from radonc_tui.widgets.window import WindowTable
from store.home import Home
from store.lines import read_json, write_json
from store.work import everything
from tests.ui.conftest import held, open_when_pictured, radonc, settle, until
from tests.ui.sample import BUNDLE, RUN
from tests.ui.sample_models import BASE

Compare = Callable[..., bool]


def area(app: RadoncApp) -> ModelsArea:
    assert isinstance(app.screen, ModelsArea)
    return app.screen


def notice(app: RadoncApp) -> str:
    return str(app.screen.query_one("#notice", Static).content)


def said(app: RadoncApp, part: str) -> str:
    """What a part of the detail says, as it stands on the screen."""
    widget = app.screen.query_one(f"#{part}", Static)
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    return "\n".join(line.rstrip() for line in lines)


def rows(app: RadoncApp) -> list[dict[str, Any]]:
    return area(app).shelf.rows()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def harm(home: Home) -> Path:
    """Change one byte of the bundle's recommended file."""
    path = home.folder("exports") / BUNDLE / "gguf" / "Q8_0.gguf"
    path.write_bytes(b"X" + path.read_bytes()[1:])
    return path


async def test_each_model_has_a_row_and_its_figures(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert [(row["name"], row["kind"]) for row in rows(app)] == [
            (BASE, "base"),
            (BUNDLE, "synthetic bundle"),
        ]
        assert {row["files"] for row in rows(app)} == {"Q8_0* Q4_K_M"}
        await press(pilot, "end")
        figures = said(app, "measured").splitlines()
        assert figures[1].split()[3:7] == ["97.5%", "99.5%", "0.0031", "0.0279"]
        assert figures[2].split()[3:7] == ["92.5%", "98.0%", "0.0559", "0.5031"]
        facts = said(app, "facts")
        assert RUN in facts
        assert "sign-off   none" in facts


async def test_on_a_narrow_terminal_enter_opens_the_detail(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        detail, table = app.screen.query_one("#detail"), app.screen.query_one(WindowTable)
        assert (detail.display, table.display) == (False, True)
        await press(pilot, "enter")
        assert (detail.display, table.display) == (True, False)
        assert app.focused is detail
        await press(pilot, "v")
        assert SURE in said(app, "findings")
        await press(pilot, "escape")
        assert (detail.display, table.display) == (False, True)
        assert app.focused is table


async def test_verifying_names_what_was_harmed(sample_home: Home) -> None:
    path = harm(sample_home)
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "v")
        assert notice(app) == f"✓ Every file of {BASE} is what it was."
        assert [row["check"] for row in rows(app)] == [SURE, ""]
        await press(pilot, "V", "end")
        assert [row["check"] for row in rows(app)] == [SURE, BROKEN]
        assert notice(app).startswith(f"! {BUNDLE}:Q8_0: {path} has changed since it was checked.")
        assert "Q8_0" in said(app, "findings").replace("\n", "")


async def test_verifying_can_be_stopped(sample_home: Home) -> None:
    os.truncate(harm(sample_home), 8_000_000_000)  # a hole: it takes no room and seconds to hash
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        going = app.screen.query_one(Going)
        await pilot.press("V")
        await until(pilot, lambda: "MB" in str(going.content))
        assert going.display
        assert "▶ verify" in str(going.content)
        await pilot.press("V")
        assert notice(app) == "verify is not done yet: x stops it."
        await pilot.press("x")
        assert not going.display
        await settle(pilot)
        assert notice(app) == "Stopped: verify."
        assert app.jobs == []
        assert [row["check"] for row in rows(app)] == ["", ""]


async def test_a_base_that_is_needed_is_not_removed(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "y")
        assert notice(app).startswith(f"! {BASE} cannot be removed: ")
        assert RUN in notice(app)
        assert [row["name"] for row in rows(app)] == [BASE, BUNDLE]


async def test_a_bundle_is_removed_after_a_question(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "end", "d")
        assert isinstance(app.screen, Confirm)
        assert BUNDLE in app.screen.question
        await press(pilot, "enter")  # the safe answer has the focus
        assert [row["name"] for row in rows(app)] == [BASE, BUNDLE]
        await press(pilot, "d", "y")
        assert notice(app).startswith(f"✓ Removed {BUNDLE}")
        assert [row["name"] for row in rows(app)] == [BASE]
        assert not (sample_home.folder("exports") / BUNDLE).exists()
        await press(pilot, "5")
        assert "No model yet" in str(app.screen.query_one("#model", Static).content)


async def test_a_folder_is_added_after_a_mistake(sample_home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "Weights-2"
    folder.mkdir()
    source = sample_home.folder("models") / BASE
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_bytes((source / name).read_bytes())
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert isinstance(app.screen, AskFolder)
        app.screen.query_one("#source", Input).value = str(tmp_path / "Weights")
        await press(pilot, "enter", "enter")
        assert notice(app).startswith(f"! {tmp_path / 'Weights'} has no config.json.")
        await press(pilot, "a")
        # what was typed is there, and the folder is found when the path is completed
        await press(pilot, "end", "minus", "right", "enter")
        name = app.screen.query_one("#name", Input)
        assert name.value == "weights"
        name.value = "weights-2"
        await press(pilot, "enter")
        assert notice(app) == "✓ Added weights-2 (llama). Next: 2 trains on it."
        assert "weights-2" in [row["name"] for row in rows(app)]


async def test_exporting_again_asks_for_quantizations(sample_home: Home) -> None:
    """The run has lost its adapter here, so its export says so, in one sentence."""
    (sample_home.folder("runs") / RUN / "adapter" / "adapter_config.json").unlink()
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).check_action("export", ()) is False  # a base has no run
        await press(pilot, "end", "e")
        assert isinstance(app.screen, AskQuants)
        marked = app.screen.query_one(SelectionList[str])
        assert set(marked.selected) == {"Q8_0", "Q4_K_M"}
        marked.deselect_all()
        await press(pilot, "x")
        assert isinstance(app.screen, AskQuants)  # nothing is marked, so nothing is exported
        await press(pilot, "down", "down", "space", "x")
        asked = everything(sample_home, "bundle")[-1].spec
        assert (asked["quants"], Path(asked["run"]).name) == (["Q6_K"], RUN)
        assert notice(app).startswith(f"! {RUN} has no adapter to export.")


async def test_a_bundle_is_asked_on_the_predict_screen(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "end", "p")
        assert isinstance(app.screen, PredictArea)
        assert app.screen.model is not None
        assert app.screen.model.label == f"{BUNDLE}:Q8_0"


async def test_a_tiny_terminal_shows_the_table_and_survives_a_resize(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        assert app.screen.query_one(WindowTable).size.height >= 3
        await press(pilot, "a")
        await pilot.resize_terminal(140, 40)
        await pilot.resize_terminal(40, 10)
        await press(pilot, "escape", "end", "d", "escape")
        assert [row["name"] for row in rows(app)] == [BASE, BUNDLE]


def test_what_was_verified_is_forgotten_with_the_model() -> None:
    model: dict[str, Any] = {"name": "a", "kind": "base", "bytes": 1, "files": [], "refused": []}
    shelf = Shelf().with_models([model]).with_verified([{"name": "a", "mismatches": ["a: gone."]}])
    assert shelf.check("a") == BROKEN
    assert shelf.with_models([]).with_models([model]).check("a") == ""


def make_real(home: Home) -> dict[str, Any]:
    """Say of the sample bundle that it is of real cases; returns its extraction test's numbers."""
    path = home.folder("exports") / BUNDLE / "manifest.json"
    manifest = read_json(path)
    found = {
        **{"measured": True, "quant": "Q8_0", "passed": False},
        **{"failures": ["1 of 3 canary numbers are exposed"]},
        **{"prefixes": 60, "reproduced": 1, "rate": 1 / 60, "upper95": 0.0886},
        **{"base_reproduced": 1, "beyond_base": 0, "canaries": 3, "candidates": 100, "exposed": 1},
        **{"exposure_bits": [6.64, 1.2, 0.4], "answers_exposed": 2, "answer_candidates": 100},
        **{"answer_exposure_bits": [6.64, 6.64, 3.1]},
    }
    write_json(path, {**manifest, "synthetic": False, "notice": NOTICE, "extraction": found})
    return found


async def test_a_bundle_of_real_cases_says_so_and_what_it_gives_back(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "end")
        assert "not run: synthetic cases" in said(app, "facts")
    found = make_real(sample_home)
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "end")
        assert rows(app)[1]["kind"] == "bundle"
        assert said(app, "findings").startswith(f"! {NOTICE}")
        facts = " ".join(said(app, "facts").split())
        assert f"extraction {extraction_line(found)}" in facts
        assert "1 of 3 canaries exposed" in facts


@pytest.mark.parametrize("state", ["empty", "full", "detail", "error", "real"])
def test_pictures(
    still_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    if state == "empty":
        for name in (f"exports/{BUNDLE}", f"models/{BASE}"):
            (still_home.path / name).rename(still_home.tmp / name.replace("/", "-"))
    if state == "error":
        harm(still_home)
    if state == "real":
        make_real(still_home)
    app = radonc(still_home, "models")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert app.no_color == (look == "no_color")
        match state:
            case "detail":
                await press(pilot, "end", "v", "enter")
                assert SURE in said(app, "findings")
            case "real":
                await press(pilot, "end", "enter")
                lines = str(app.screen.query_one("#facts", Static).content).splitlines()
                said_of = [line for line in lines if line.startswith("extraction")]
                app.screen.query_one("#facts", Static).update("\n".join(said_of))
            case "error":
                await press(pilot, "end", "V")
                assert rows(app)[1]["check"] == BROKEN
                harmed = f"home/exports/{BUNDLE}/gguf/Q8_0.gguf has changed since it was checked."
                assert f"! {BUNDLE}:Q8_0: {harmed}" in notice(app)
            case "full":
                assert len(rows(app)) == 2
            case _:
                assert rows(app) == []
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_pictures_while_the_models_are_listed(
    sample_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = threading.Event()
    monkeypatch.setattr("radonc_tui.actions.models.list_models", held(listed, list_models))
    app = radonc(sample_home, "models")
    open_when_pictured(app, listed, monkeypatch)

    async def before(pilot: Pilot[None]) -> None:
        try:
            await until(pilot, lambda: app.told.cases == "60 cases")
            assert app.screen.query_one(WindowTable).loading
            assert rows(app) == []
        except BaseException:
            listed.set()
            raise

    assert snap_compare(app, terminal_size=size, run_before=before)
