"""The screen of predictions: what it says before, while and after a model answers."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from exports.inference.predictor import MOST_CHARACTERS
from exports.report.words import SAFETY
from radonc_tui.actions.asking import Answering
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.app import RadoncApp
from radonc_tui.screens.predict.all_codes import AllCodes
from radonc_tui.screens.predict.area import NO_MODEL, PredictArea
from radonc_tui.screens.predict.files import AskFiles, FileLine
from radonc_tui.screens.predict.panel import Closed
from radonc_tui.screens.predict.state import (
    Question,
)
from radonc_tui.widgets.dialogs import Choose, Confirm
from store.home import Home
from store.lines import sha256_file
from store.work import everything
from tests.ui.conftest import held, radonc, settle, until
from tests.ui.predict_sample import (
    ANSWERS,
    CHECK,
    CODES,
    PROSTATE,
    RESULT,
    STOP,
    STOPPED,
)
from tests.ui.sample import BUNDLE

Compare = Callable[..., bool]


def area(app: RadoncApp) -> PredictArea:
    assert isinstance(app.screen, PredictArea)
    return app.screen


def said(app: RadoncApp, part: str) -> str:
    return str(app.screen.query_one(f"#{part}", Static).content)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def answer(app: RadoncApp, result: dict[str, Any] = RESULT) -> None:
    """Put a whole answer on the screen, as the end of a question does."""
    area(app).text.text = PROSTATE
    area(app).question = Question(PROSTATE)
    area(app)._answered(result)
    area(app).panel.focus()


async def test_it_names_the_file_that_answers_and_says_what_it_is_not_for(
    sample_home: Home, size: tuple[int, int]
) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        path = sample_home.folder("exports") / BUNDLE / "gguf" / "Q8_0.gguf"
        line = said(app, "model")
        for words in (f"{BUNDLE}:Q8_0", sha256_file(path)[:12], "no sign-off", "SYNTHETIC"):
            assert words in line
        assert said(app, "safety") == " ".join(SAFETY)
        assert app.focused is area(app).text


async def test_without_a_model_it_says_how_to_get_one(home: Home) -> None:
    app = radonc(home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert said(app, "regimen") == NO_MODEL
        await press(pilot, "2")
        assert app.current_mode == "train"
        await press(pilot, "5", "e", *"lip", "f5")
        assert said(app, "notice") == NO_MODEL
        await press(pilot, "escape", "m")
        assert said(app, "notice") == NO_MODEL
        assert area(app)._session is None


@pytest.mark.parametrize("key", ["f5", "ctrl+j", "ctrl+enter"])
async def test_nothing_is_not_asked(sample_home: Home, key: str) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "space", key)
        assert said(app, "notice") == "! The diagnosis is empty."
        assert area(app).text.text == " "
        assert area(app)._session is None


async def test_a_paste_of_a_megabyte_is_refused_and_costs_nothing(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *"lip")
        app.post_message(events.Paste("carcinoma of the lip\n" * 50_000))
        await until(pilot, lambda: "1,050,003 characters" in said(app, "notice"))
        assert f"at most {MOST_CHARACTERS:,}" in said(app, "notice")
        assert area(app).text.text == "lip"
        await pilot.press("s")
        assert area(app).text.text == "lips"


async def test_a_paste_that_is_read_goes_in_with_its_lines(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.post_message(events.Paste("x" * 7_000 + "\n" + "y" * 999))
        await settle(pilot)
        assert len(area(app).text.text) == 8_000
        assert area(app).text.border_subtitle == "8,000 of at most 8,000 characters"
        await press(pilot, "z", "f5")
        assert said(app, "notice") == (
            "! The diagnosis has 8001 characters; at most 8000 are read."
        )


async def test_a_file_that_is_no_model_costs_one_sentence(sample_home: Home) -> None:
    """The files of the sample have true hashes and hold no model."""
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(*"lip", "f5")
        await until(pilot, lambda: said(app, "notice").startswith("! llama.cpp "), 60)
        await settle(pilot)
        assert "\n" not in said(app, "notice")
        assert not area(app).question.busy
        assert said(app, "regimen").startswith("Type or paste a diagnosis")
        await press(pilot, "e", "s")
        assert area(app).text.text == "lips"


async def test_another_file_can_be_chosen(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "escape", "m")
        assert isinstance(app.screen, Choose)
        await press(pilot, *"q4", "enter")
        assert f"{BUNDLE}:Q4_K_M" in said(app, "model")
        await press(pilot, "1", "5")
        assert f"{BUNDLE}:Q4_K_M" in said(app, "model")


async def test_an_answer_is_shown_and_copied_with_what_it_is(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).check_action("copy", ()) is False
        answer(app)
        await settle(pilot)
        assert "60 Gy in 20 fractions to the prostate" in said(app, "regimen")
        assert "model score 0.83" in said(app, "regimen")
        codes = app.screen.query_one("#icd10", Closed).render().plain
        assert "C61" in codes
        assert "0.81" in codes
        assert "Malignant neoplasm of prostate" in codes
        assert BUNDLE in str(area(app).panel.border_title)
        await press(pilot, "c")
        for words in ("suggestion, not a prescription", "not signed off", BUNDLE, "2026-11-06"):
            assert words in app.clipboard
        assert all(sentence in app.clipboard for sentence in SAFETY)
        assert "Copied" in said(app, "notice")
        await press(pilot, "n")
        assert area(app).text.text == ""
        assert said(app, "regimen").startswith("Type or paste a diagnosis")
        assert area(app).check_action("copy", ()) is False


async def test_all_codes_are_searched_below_the_answer(
    sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def found(*_: object) -> Action[dict[str, Any]]:
        yield from ()
        return CODES

    monkeypatch.setattr("radonc_tui.screens.predict.area.search_codes", held(gate, found))
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "escape", "a")
        assert said(app, "notice") == "! The diagnosis is empty."
        answer(app)
        await settle(pilot)
        await pilot.press("a")
        await until(pilot, lambda: area(app).question.searching == "look")
        assert area(app).check_action("stop", ())
        assert "60 Gy in 20" in said(app, "regimen")
        await pilot.press("x")
        assert not area(app).question.searching
        gate.set()
        await settle(pilot)
        assert area(app).question.found is None
        await press(pilot, "a")
        lines = app.screen.query_one(AllCodes).render().plain.splitlines()
        assert lines[0] == "All ICD-10-CM codes  1.4 s"
        assert lines[1].split()[:2] == ["C61", "0.87"]
        assert lines[3].split()[:3] == ["C60.9", "0.0021", "+"]
        assert "Exactly the best of 74,719 codes: no other" in lines[6]
        # the answer to the same text stays, another text begins anew
        assert "60 Gy in 20" in said(app, "regimen")
        area(app).text.text = "carcinoma of the lip"
        await press(pilot, "a")
        assert area(app).question.answers == {}
        assert not app.screen.query_one("#regimen").display
        assert app.screen.query_one(AllCodes).display


async def test_flags_stand_first_and_take_answers_away(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        answer(app, STOPPED)
        await settle(pilot)
        assert said(app, "flags").splitlines() == [
            " STOP: Earlier radiotherapy is mentioned. ",
            " CHECK: 140 Gy EQD2: usual for C61 is 50 to 116 Gy. ",
        ]
        panel = area(app).panel
        assert panel.query_one("#flags").region.y < panel.query_one("#regimen").region.y
        assert "not given" in said(app, "regimen")
        assert "60 Gy" not in said(app, "regimen")
        assert "not given" in app.screen.query_one("#modality", Closed).render().plain
        assert "C61" in app.screen.query_one("#icd10", Closed).render().plain
        near = said(app, "evidence").splitlines()
        assert near[0] == "Nearest training cases"
        assert near[1] == "0.61  prostate, curative: 60 Gy in 20 fractions, photon, prostate  C61"
        await press(pilot, "c")
        for words in ("Regimen: not given", STOP["said"], CHECK["said"], "ICD-10: C61"):
            assert words in app.clipboard
        await press(pilot, "n")
        assert not app.screen.query_one("#flags").display
        assert not app.screen.query_one("#evidence").display


async def test_a_file_is_asked_for_and_its_mistake_need_not_be_typed_again(
    sample_home: Home, tmp_path: Path
) -> None:
    source = tmp_path / "cases.csv"
    source.write_text("a,b\n1,2\n")
    taken = tmp_path / "taken.jsonl"
    taken.write_text("of yesterday")
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "escape", "f")
        assert isinstance(app.screen, AskFiles)
        app.screen.query_one("#source", Input).value = str(tmp_path / "case.csv")
        await press(pilot, "enter")
        out = app.screen.query_one("#out", Input)
        assert out.value == str(tmp_path / "case-predictions.jsonl")
        await press(pilot, "enter")
        slip = "Look for a slip in the name."
        assert said(app, "notice") == f"! There is no file {tmp_path / 'case.csv'}. {slip}"
        await press(pilot, "f")
        assert app.screen.query_one("#source", Input).value == str(tmp_path / "case.csv")
        app.screen.query_one("#source", Input).value = str(source)
        app.screen.query_one("#out", Input).value = str(taken)
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "n")
        assert everything(sample_home, "predict") == []
        await press(pilot, "f", "enter", "enter")
        await pilot.press("y")
        # the worker has looked: no column is a diagnosis
        why = "cases.csv has no column that looks like a diagnosis"
        await until(pilot, lambda: why in said(app, "notice"), 60)
        await settle(pilot)
        assert not app.screen.query_one(FileLine).display
        assert taken.read_text() == "of yesterday"


async def test_single_keys_are_text_in_the_text_and_keys_outside(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *"cmfxn5q")
        assert area(app).text.text == "cmfxn5q"
        keys = {active.binding.action for active in app.screen.active_bindings.values()}
        assert "ask" in keys
        assert "screen.copy" not in keys
        assert "screen.back" in keys
        await press(pilot, "escape")
        assert app.focused is area(app).panel
        await press(pilot, "slash")
        assert app.focused is area(app).text


async def test_a_tiny_terminal_and_a_resize_keep_it_usable(sample_home: Home) -> None:
    app = radonc(sample_home, "predict")
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        assert area(app).text.size.height >= 3
        answer(app)
        await settle(pilot)
        assert area(app).panel.size.height >= 3
        assert said(app, "safety-short")
        assert app.screen.query_one("#safety-short").display
        await press(pilot, "f")
        await pilot.resize_terminal(140, 40)
        await pilot.resize_terminal(40, 10)
        await press(pilot, "escape", "m", "escape")
        assert area(app).question.result is RESULT


STATES = ("empty", "loading", "full", "stopped", "writing", "error", "searching", "codes")


@pytest.mark.parametrize("state", STATES)
def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    if state == "empty":
        (sample_home.folder("exports") / BUNDLE).rename(sample_home.tmp / BUNDLE)
    app = radonc(sample_home, "predict")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert app.no_color == (look == "no_color")
        screen = area(app)
        screen.text.text = "" if state == "empty" else PROSTATE
        match state:
            case "full":
                answer(app)
                await settle(pilot)
                assert screen.question.words["C61"] == "Malignant neoplasm of prostate"
            case "stopped":
                answer(app, STOPPED)
                await settle(pilot)
            case "loading":
                screen.question = Question(PROSTATE).heard(Progress("check file", 40, 98, "MB"))
                screen._draw()
                assert screen.check_action("stop", ())
            case "writing":
                made = {"modality": ANSWERS["modality"]}
                told = Answering("predict", 1, 3, "answers", regimen="60 Gy in", answers=made)
                screen.question = Question(PROSTATE).heard(told)
                screen.panel.focus()
                screen._draw()
                assert screen.question.busy
            case "searching" | "codes":
                answer(app)
                await settle(pilot)
                screen.question = screen.question.hunting(Progress("search all codes"))
                if state == "codes":
                    screen._searched(CODES)
                else:
                    screen._draw()
                    assert screen.check_action("stop", ())
            case "error":
                screen.text.text = " "
                await press(pilot, "f5")
                assert said(app, "notice") == "! The diagnosis is empty."
            case _:
                assert screen.model is None
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
