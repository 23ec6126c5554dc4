"""Text that tries to be markup or an escape sequence, wherever text of cases is shown."""

import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.segment import ControlType, Segment
from textual.color import Color
from textual.pilot import Pilot

from radonc_tui.actions import annotate
from radonc_tui.actions.asking import copy_text
from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.cli.main import run
from radonc_tui.cli.output import emit
from radonc_tui.cli.results import print_predictions
from radonc_tui.screens.cases.annotating import AnnotateScreen
from radonc_tui.screens.cases.privacy import PrivacyScreen
from radonc_tui.screens.cases.rejects import RejectsScreen
from radonc_tui.screens.predict.area import PredictArea
from radonc_tui.screens.predict.state import Question
from radonc_tui.widgets.legible_lines import LegibleLines
from store import case_events
from store.home import Home
from store.legible import OBEYED
from store.lines import read_lines, write_lines
from tests.driven import ended
from tests.ui.cases_sample import begin, press, table, text
from tests.ui.conftest import settle, until
from tests.ui.review_sample import make_review
from tests.ui.sample import EVALUATION, RUN
from tests.ui.test_predict import RESULT
from tests.ui.wizard_sample import reach
from tests.unit.test_legible import HOSTILE, hostile_case

Lead = Callable[[RadoncApp, Pilot[None], Path], Awaitable[None]]


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_it_is_shown_as_text(home: Home, tmp_path: Path, size: tuple[int, int]) -> None:
    case = hostile_case(home, tmp_path / "staged")
    app = RadoncApp(home, "cases")
    async with app.run_test(size=size) as pilot:
        await begin(pilot)
        drawn = "".join(s.text for y in range(3) for s in table(app).render_line(y))
        assert "[red]" in drawn
        assert not OBEYED.search(drawn)
        await press(pilot, "enter")
        shown = text(app, "case")
        assert case.case_id in shown
        assert "[red]Carcinoma[/red] ␛[2J" in shown
        assert not OBEYED.search(shown)
        assert not OBEYED.search(app.export_screenshot())


async def cases(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await press(pilot, "enter")


async def editing(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await press(pilot, "e")


async def inconsistencies(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await press(pilot, "v")


async def rejects(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await pilot.press("r")
    await until(pilot, lambda: isinstance(app.screen, RejectsScreen))
    await settle(pilot)


async def putting_right(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await rejects(app, pilot, folder)
    await press(pilot, "e")


async def privacy(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    with opened(app.home) as connection:
        connection.execute("UPDATE cases SET synthetic = false")
    await pilot.press("p")
    await until(pilot, lambda: isinstance(app.screen, PrivacyScreen))
    await settle(pilot)


async def annotating(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    ended(annotate.assign(app.home, annotate.AssignRequest(("ada",), 3, 1)))
    await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, AnnotateScreen))
    await settle(pilot)
    await press(pilot, "enter")


async def wizard(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    file = folder / f"a{HOSTILE[:14]}.csv".replace("/", "")
    with file.open("w", newline="", encoding="utf-8") as opened_file:
        writer = csv.writer(opened_file)
        writer.writerow(("MRN", "Diagnosis", "Prescription", "ICD10", "Modality", f"x{HOSTILE}"))
        for number in range(5):
            writer.writerow((number, HOSTILE, "60 Gy in 20", "C61", "photon", HOSTILE))
    await reach(pilot, folder, file)


async def reviewing(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    make_review(app.home)
    with opened(app.home) as connection:
        connection.execute("UPDATE review_cases SET diagnosis = ?", [HOSTILE])
        connection.execute("UPDATE review_cards SET text = ?", [HOSTILE])
    await press(pilot, "4")
    await press(pilot, "enter")


async def predicting(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    answers = {"regimen": {"text": HOSTILE, "score": 0.5, "scores": {HOSTILE: 0.5}}}
    result = {**RESULT, "predictions": [{**RESULT["predictions"][0], **answers}]}
    result["copy_text"] = copy_text(result)
    await press(pilot, "5")
    screen = app.screen
    assert isinstance(screen, PredictArea)
    screen.text.text = HOSTILE
    screen.question = Question(HOSTILE)
    screen._answered(result)
    screen.panel.focus()
    await settle(pilot)


async def watching(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await press(pilot, "2")
    await press(pilot, "w")
    await press(pilot, *"000001", "enter")
    await press(pilot, "a")


async def evaluations(app: RadoncApp, pilot: Pilot[None], folder: Path) -> None:
    await press(pilot, "3")
    await press(pilot, "tab", "enter", "t")
    await press(pilot, "enter")


LEADS: tuple[Lead, ...] = (
    *(cases, editing, inconsistencies, rejects, putting_right, privacy, annotating, wizard),
    *(reviewing, predicting, watching, evaluations),
)


def spoil(home: Home) -> None:
    """Make every text of a sample home hostile, as an older program may have let it in."""
    with opened(home) as connection:
        connection.execute(
            """UPDATE cases SET diagnosis = $1, site = $1, target = $1, kept = $2, repairs = $3,
                   file = $1""",
            [HOSTILE, json.dumps({"dose": HOSTILE}), json.dumps([HOSTILE])],
        )
        connection.execute(
            "UPDATE rejects SET detail = $1, file = $1, kept = $2",
            [HOSTILE, json.dumps({"diagnosis": HOSTILE, HOSTILE: HOSTILE})],
        )
        # what is frozen, and what contradicts itself, says the text too
        connection.execute("UPDATE cases SET age = 119")
        for position, record in connection.execute(
            "SELECT position, record FROM dataset_cases"
        ).fetchall():
            spoiled = json.dumps({**json.loads(record), "diagnosis": HOSTILE, "site": HOSTILE})
            connection.execute(
                "UPDATE dataset_cases SET record = ? WHERE position = ?", [spoiled, position]
            )
    work = home.folder("evaluations") / EVALUATION
    for path, names in (
        (work / "test.jsonl", ("diagnosis",)),
        (work / "predictions.jsonl", ("text", "free_text")),
        (home.folder("runs") / RUN / "samples.jsonl", ("answer", "reference")),
    ):
        lines = [{**line, **dict.fromkeys(names, HOSTILE)} for line in read_lines(path)]
        write_lines(path, lines)


@pytest.mark.parametrize("lead", LEADS, ids=lambda lead: lead.__name__)
async def test_no_screen_obeys_it(sample_home: Home, tmp_path: Path, lead: Lead) -> None:
    spoil(sample_home)
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        await lead(app, pilot, tmp_path)
        drawn = app.export_screenshot()
        assert "[red]" in drawn, "the text is not in sight"
        # the wizard cuts cells to a line, and has a space for each
        assert lead is wizard or "␛" in drawn
        assert not OBEYED.search(drawn.replace("\n", " "))


COMMANDS = (
    *("cases list", "cases show CASE", "cases search carcinoma", "cases check"),
    *("cases values site", "cases undo CASE", "cases rejects list", "cases rejects show REJECT"),
    *("privacy review synthetic", "annotate next", "annotate agreement BATCH"),
    *("review next", "evaluations show latest --case TEST", "evaluations show latest --cases all"),
)
CLIPPED = ("cases list", "cases search carcinoma")
"""Commands that show the beginning of a text."""


@pytest.mark.parametrize("json_too", [False, True], ids=["human", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_obeys_it(
    sample_home: Home, command: str, json_too: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = _prepared(sample_home)
    words = [ids.get(word, word) for word in command.split()]
    assert run(["--home", str(sample_home.path), *words, *["--json"] * json_too]) == 0
    out, err = capsys.readouterr()
    assert not OBEYED.search(out.replace("\n", " ") + err.replace("\n", " "))
    if json_too:
        # it is escaped there, and says what it was
        assert "\x1b" in str(json.loads(out)).encode().decode("unicode_escape")
    else:
        assert "[red]" in out
        assert command in CLIPPED or "␛" in out


def _prepared(home: Home) -> dict[str, str]:
    """The hostile home with everything that the commands show; the ids that they name."""
    ended(annotate.assign(home, annotate.AssignRequest(("ada", "ben"), 1, 1)))
    batch = ended(annotate.next_case(home, "latest", "ada"))
    given = {"regimen": "8 Gy in 1 fraction, photon", "modality": "photon", "icd10": "C79.51"}
    for who, code in (("ada", "C79.51"), ("ben", "C79.31")):
        given["icd10"] = code
        ended(annotate.answer(home, batch["batch"], batch["case"]["case_id"], given, who))
    ended(annotate.assign(home, annotate.AssignRequest(("ada",), 1, 1)))
    make_review(home)
    spoil(home)
    with opened(home) as connection:
        connection.execute("UPDATE cases SET synthetic = false")
        connection.execute("UPDATE review_cases SET diagnosis = ?", [HOSTILE])
        connection.execute("UPDATE review_cards SET text = ?", [HOSTILE])
        connection.execute("UPDATE annotation_answers SET regimen = ? || who", [HOSTILE])
        chosen = "SELECT case_id FROM cases ORDER BY seq LIMIT 1"
        case_id = str(connection.execute(chosen).fetchall()[0][0])
        case_events.change(
            connection, case_id, case_events.Kind.EDIT, {"target": f"{HOSTILE}."}, HOSTILE, "me"
        )
        reject = str(connection.execute("SELECT reject_id FROM rejects LIMIT 1").fetchall()[0][0])
    test = next(iter(read_lines(home.folder("evaluations") / EVALUATION / "test.jsonl")))
    return {
        "BATCH": batch["batch"],
        "CASE": case_id,
        "REJECT": reject,
        "TEST": str(test["case_id"]),
    }


def test_answers_of_a_model_are_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {"regimen": {"text": HOSTILE, "score": 0.5, "scores": {HOSTILE: 0.5, HOSTILE * 2: 1}}}
    result = {**RESULT, "predictions": [{"diagnosis": HOSTILE, **answers}]}
    emit(result, False, lambda console: print_predictions(console, result))
    out = capsys.readouterr().out
    assert not OBEYED.search(out.replace("\n", " "))
    assert out.count("[red]") >= 2


def test_a_line_is_no_longer_by_its_signs() -> None:
    line = [Segment("ab\x1b[2J "), Segment("", None, [(ControlType.BELL,)]), Segment("\u202ecd  ")]
    shown = LegibleLines().apply(line, Color(0, 0, 0))
    assert "".join(segment.text for segment in shown) == "ab␛[2J \ufffdcd"
    assert sum(s.cell_length for s in shown) == sum(s.cell_length for s in line)
    plain = [Segment("abc")]
    assert LegibleLines().apply(plain, Color(0, 0, 0)) is plain
