"""The screens of predictions and models on a model that was really trained, quickly."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from radonc_tui.app import RadoncApp
from radonc_tui.screens.models.area import ModelsArea
from radonc_tui.screens.predict.area import PredictArea
from radonc_tui.screens.predict.files import FileLine
from store.home import Home, open_home
from store.work import everything
from tests.integration.conftest import Radonc
from tests.integration.test_engine import gone
from tests.ui.conftest import settle, until

Demo = tuple[Radonc, dict[str, Any]]
PROSTATE = "70 yo man, adenocarcinoma of the prostate, PSA 6.1, Gleason 3+3, cT1c, gland 40 cc"
ANSWER_SECONDS = 120.0


@pytest.fixture
def home(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The demo's home; what opening it changes of this process is put back."""
    monkeypatch.setenv("TMPDIR", os.environ.get("TMPDIR", "/tmp"))
    return open_home(demo[0].home.path)


def area(app: RadoncApp) -> PredictArea:
    assert isinstance(app.screen, PredictArea)
    return app.screen


def notice(app: RadoncApp) -> str:
    return str(app.screen.query_one("#notice", Static).content)


def engine(app: RadoncApp) -> int:
    """The process that holds the model."""
    session = area(app)._session
    assert session is not None
    assert session[1]._engine is not None
    return session[1]._engine.pid


async def ask(app: RadoncApp, pilot: Pilot[None], text: str) -> None:
    area(app).text.text = text
    area(app).text.focus()
    await pilot.press("f5")
    assert area(app).question.busy


async def answered(app: RadoncApp, pilot: Pilot[None]) -> dict[str, Any]:
    await until(pilot, lambda: not area(app).question.busy, ANSWER_SECONDS)
    assert notice(app) == ""
    result = area(app).question.result
    assert result is not None
    return dict(result)


async def writing(app: RadoncApp, pilot: Pilot[None]) -> None:
    """Until some of the regimen is there, and more is to come."""
    await until(pilot, lambda: bool(area(app).question.regimen), ANSWER_SECONDS)


def keeping(app: RadoncApp) -> Callable[[], list[str]]:
    """What stands of the regimen on the screen, each time that it is drawn."""
    seen: list[str] = []
    draw = area(app)._draw

    def drawn() -> None:
        draw()
        seen.append(str(app.screen.query_one("#regimen", Static).content))

    area(app)._draw = drawn  # type: ignore[method-assign]
    return lambda: seen


async def test_a_diagnosis_is_answered_word_by_word_and_the_next_one_warm(
    demo: Demo, home: Home
) -> None:
    app = RadoncApp(home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        seen = keeping(app)
        await ask(app, pilot, PROSTATE)
        first = await answered(app, pilot)
        assert len({line for line in seen() if "writing" in line}) > 3
        # the command line says the same
        said = demo[0].json("predict", PROSTATE)
        assert said["predictions"] == first["predictions"]
        assert said["model"] == first["model"]
        pid = engine(app)
        await ask(app, pilot, "brain metastases from NSCLC, 3 lesions")
        second = await answered(app, pilot)
        assert engine(app) == pid
        assert second["predictions"] != first["predictions"]
        await pilot.press("c")
        assert app.clipboard == second["copy_text"]
    assert gone(pid)


async def test_a_model_killed_in_the_middle_costs_a_sentence(home: Home) -> None:
    app = RadoncApp(home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await ask(app, pilot, PROSTATE)
        await writing(app, pilot)
        pid = engine(app)
        os.kill(pid, signal.SIGKILL)
        await until(pilot, lambda: not area(app).question.busy, 30)
        assert "llama.cpp ended while it worked" in notice(app)
        await ask(app, pilot, PROSTATE)
        assert (await answered(app, pilot))["predictions"]
        assert engine(app) != pid


async def test_an_answer_is_stopped_and_keys_work_meanwhile(home: Home) -> None:
    app = RadoncApp(home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await ask(app, pilot, PROSTATE)
        await writing(app, pilot)
        await pilot.press("6")
        assert isinstance(app.screen, ModelsArea)
        await pilot.press("5", "x")
        assert not area(app).question.busy
        assert area(app).question.result is None
        assert "stopped, not whole" in str(app.screen.query_one("#regimen", Static).content)
        await ask(app, pilot, PROSTATE)
        assert (await answered(app, pilot))["predictions"]
        # leaving in the middle of an answer leaves no process behind
        await ask(app, pilot, PROSTATE + " again")
        await pilot.pause(0.3)
        pid = engine(app)
    assert gone(pid)


async def test_a_file_is_answered_and_another_is_stopped(home: Home, tmp_path: Path) -> None:
    table, many = tmp_path / "in.csv", tmp_path / "many.csv"
    table.write_text(f'MRN,Dx\n1,"{PROSTATE}"\n2,\n3,"brain metastases from NSCLC"\n')
    many.write_text("MRN,Dx\n" + "".join(f'{n},"{PROSTATE} {n}"\n' for n in range(300)))
    app = RadoncApp(home, "predict")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)

        async def ask_file(source: Path) -> FileLine:
            await pilot.press("escape", "f")
            app.screen.query_one("#source", Input).value = str(source)
            app.screen.query_one("#out", Input).value = ""
            await pilot.press("enter", "enter")
            await pilot.pause()
            return app.screen.query_one(FileLine)

        line = await ask_file(table)
        await until(pilot, lambda: notice(app) != "", ANSWER_SECONDS)
        assert not line.busy
        out = tmp_path / "in-predictions.jsonl"
        assert notice(app) == f"2 of 3 rows answered, 1 could not be asked and say why: {out}"
        rows = [json.loads(row) for row in out.read_text().splitlines()]
        assert [sorted({"error", "regimen"} & row.keys()) for row in rows] == [
            ["regimen"],
            ["error"],
            ["regimen"],
        ]
        line = await ask_file(many)
        await until(pilot, lambda: "of 300 rows" in str(line.content), ANSWER_SECONDS)
        await pilot.press("x")
        assert notice(app).startswith("Stopped; no file was written.")
        await until(pilot, lambda: not app.jobs, 60)
        assert not everything(home, "predict")[-1].alive()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "in-predictions.jsonl",
        "in.csv",
        "many.csv",
    ]
