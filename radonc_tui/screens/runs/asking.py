"""What can be started from the screen of runs, and the questions before it.

A chain of small dialogs, each left by ``esc``. What is started belongs to the app and goes on
while screens change.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from radonc_tui.actions.evaluate import EvaluateRequest, EvaluateResult, evaluate
from radonc_tui.actions.evaluations import stop_evaluation
from radonc_tui.actions.export import KNOWN_QUANTS, QUANTS, ExportRequest, ExportResult, export
from radonc_tui.actions.reproduce import Reproduction, reproduce
from radonc_tui.app import RadoncApp
from radonc_tui.performing import perform
from radonc_tui.screens.home.asking import AskPath
from radonc_tui.screens.runs.reading import write_card, write_page
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from store.errors import BadUsage

ITS_BASE = "base"
READS = "Each evaluation is one more reading of the test part, and is counted."


def ask_evaluation(app: RadoncApp, files: Sequence[str], against: str = "") -> None:
    """Ask which of ``files`` (NAME:QUANT, the likeliest first), against what, on how many.

    ``against`` is offered first where it is given.
    """

    def chosen(model: str | None) -> None:
        if model is None:
            return
        others = [file for file in files if file != model]
        others.sort(key=lambda file: file != against)
        options = [(file, file) for file in others]
        base = (ITS_BASE, "its own base model, untuned")
        options = [*options[:1], base, *options[1:]] if against in others else [base, *options]
        app.push_screen(Choose(f"{model} against what?", options), lambda a: limited(model, a))

    def limited(model: str, other: str | None) -> None:
        if other is not None:
            asked = AskText("At most how many test patients? Empty: all of them.", "", READS)
            app.push_screen(asked, lambda text: begin(model, other, text))

    def begin(model: str, other: str, text: str | None) -> None:
        if text is None:
            return
        try:
            limit = read_limit(text)
        except BadUsage as error:
            app.problem(error)
            return
        _evaluate(app, EvaluateRequest(model, "" if other == ITS_BASE else other, limit))

    app.push_screen(Choose("Evaluate which file?", [(file, file) for file in files]), chosen)


def read_limit(text: str) -> int:
    """A number of patients; 0, which is all, for an empty text.

    Raises:
        BadUsage: it is no number from 1 up.
    """
    if not text.strip():
        return 0
    if not text.strip().isdecimal() or int(text) < 1:
        raise BadUsage(f"{text.strip()!r} is no number of patients.", "Give 1 or more, or nothing.")
    return int(text)


def _evaluate(app: RadoncApp, request: EvaluateRequest) -> None:
    def done(result: EvaluateResult) -> None:
        app.say(f"{result.evaluation_id} is done: it is the first among the evaluations.")

    app.launch(f"evaluation of {request.model}", lambda: evaluate(app.home, request), done)
    app.say(f"{request.model} is being evaluated; the status line says how far it is.")


def ask_page(app: RadoncApp, evaluation_id: str) -> None:
    """Ask into which file the report of an evaluation goes, and write it."""

    def begin(path: Path | None) -> None:
        if path:
            app.launch("report page", lambda: write_page(app.home, evaluation_id, path), done)

    def done(path: Path) -> None:
        app.say(f"✓ Wrote {path}: open it in a browser, or print it.")

    which = "the newest evaluation" if evaluation_id == "latest" else evaluation_id
    hint = "One page that needs no network; without the text of any case."
    app.push_screen(AskPath(f"Write the page of {which} where?", hint, "~/report.html"), begin)


def ask_card(app: RadoncApp, evaluation_id: str) -> None:
    """Ask into which file the model card with an evaluation's numbers goes, and write it."""

    def begin(path: Path | None) -> None:
        if path:
            app.launch("model card", lambda: write_card(app.home, evaluation_id, path), done)

    def done(path: Path) -> None:
        app.say(f"✓ Wrote {path}.")

    which = "the newest evaluation" if evaluation_id == "latest" else evaluation_id
    hint = "Of the bundle that was evaluated, with the numbers and the SHA-256 of the file."
    app.push_screen(AskPath(f"Write the card of {which} where?", hint, "~/MODEL.md"), begin)


def ask_reproduction(app: RadoncApp, done: Callable[[Reproduction], None]) -> None:
    """Ask for the report of an evaluation, and make the evaluation again."""

    def begin(path: Path | None) -> None:
        if path:
            app.launch(f"reproduce {path.name}", lambda: reproduce(app.home, path), done)
            app.say("The evaluation is made again; the status line says how far it is.")

    hint = f"What `radonc report --json` wrote. {READS}"
    app.push_screen(AskPath("Reproduce which report?", hint, "~/report.json"), begin)


def ask_export(app: RadoncApp, run_id: str) -> None:
    """Ask which quantizations are to be made of a run."""
    usual = ",".join(QUANTS)
    options = [(usual, f"{' and '.join(QUANTS)}, as usual")]
    options += [(quant, f"{quant} alone") for quant in KNOWN_QUANTS]

    def chosen(quants: str | None) -> None:
        if quants is not None:
            _export(app, ExportRequest(run_id, tuple(quants.split(","))))

    app.push_screen(Choose(f"Export {run_id} as what?", options), chosen)


def _export(app: RadoncApp, request: ExportRequest) -> None:
    def done(result: ExportResult) -> None:
        app.say(f"{result.bundle_id} is made: e evaluates it.")

    app.launch(f"export of {request.run}", lambda: export(app.home, request), done)
    app.say(f"{request.run} is being exported; the status line says how far it is.")


def ask_stop(app: RadoncApp, evaluation_id: str, stopped: Callable[[str], None]) -> None:
    """Ask whether an evaluation is to be stopped; ``stopped`` gets the state it ended in."""

    def answered(sure: bool | None) -> None:
        if sure:
            app.say(f"{evaluation_id} is being stopped …")
            perform(app, lambda: stop_evaluation(app.home, evaluation_id), stopped)

    question = Confirm(f"Stop {evaluation_id}?", "stop it", "No result is left of it.", "go on")
    app.push_screen(question, answered)
