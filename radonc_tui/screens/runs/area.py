"""Runs and evaluations: beside each other, one evaluation whole, and what to start with them."""

from collections.abc import Callable
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import ScrollableContainer
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from exports.report.side_by_side import SideBySide
from radonc_tui.actions.evaluations import (
    Details,
    compare_runs,
    diagnoses_of,
    show_evaluation,
)
from radonc_tui.actions.run_cases import run_cases
from radonc_tui.actions.runs import show_run
from radonc_tui.cards import seen_text
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.runs.asking import (
    ask_card,
    ask_evaluation,
    ask_export,
    ask_page,
    ask_reproduction,
    ask_stop,
)
from radonc_tui.screens.runs.comparing import Comparing
from radonc_tui.screens.runs.evaluation import EvaluationPanel
from radonc_tui.screens.runs.lists import Lists
from radonc_tui.screens.runs.reading import read_report
from radonc_tui.screens.runs.rows import Ink
from radonc_tui.screens.runs.shelf import OVER, Shelf, look_at_shelf
from radonc_tui.screens.runs.texts import reproduced_text, run_text
from store.errors import RadoncError

LOOK_SECONDS = 2.0
NEWEST = "latest"


class RunsArea(Area):
    """What was trained and how good it is; the lists first, everything else is opened from them."""

    HELP = """\
**Runs and evaluation.** A run trains, its export is a bundle of model files, and an evaluation
holds such a file against its base and against simple baselines on test patients.
"""
    CSS_PATH = "runs.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._timer: Timer | None = None
        self._before = "lists"

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial="lists", id="view"):
            yield Lists("lists")
            yield Comparing("compare")
            yield EvaluationPanel("evaluation")
            with ScrollableContainer(id="report"):
                yield Static()

    def on_mount(self) -> None:
        self.lists.runs.focus()
        self._timer = self.set_interval(LOOK_SECONDS, self.reload, pause=True)
        self.app.theme_changed_signal.subscribe(self, self._recolour)

    def on_screen_resume(self) -> None:
        if self.lists.shelf:
            self.reload()

    def on_screen_suspend(self) -> None:
        if self._timer:
            self._timer.pause()

    # what there is

    @property
    def lists(self) -> Lists:
        return self.query_one(Lists)

    @property
    def panel(self) -> EvaluationPanel:
        return self.query_one(EvaluationPanel)

    @property
    def view(self) -> str:
        """``lists``, ``compare``, ``evaluation`` or ``report``."""
        return self.query_one("#view", ContentSwitcher).current or "lists"

    @property
    def ink(self) -> Ink:
        colours = {} if self.app.no_color else self.app.theme_variables
        return Ink(colours.get("text-success", ""), colours.get("text-error", ""))

    def reload(self) -> None:
        perform(
            self,
            lambda: look_at_shelf(self.radonc.home),
            self._shelved,
            failed=self._not_shelved,
            group="shelf",
        )

    def _shelved(self, shelf: Shelf) -> None:
        self.lists.show(shelf, self.ink)
        if self._timer and shelf.going and self.is_current:
            self._timer.resume()
        elif self._timer:
            self._timer.pause()

    def _not_shelved(self, error: RadoncError) -> None:
        self.lists.settle()
        self.fail(error)

    def _recolour(self, theme: object) -> None:
        """Colours of another theme; the texts are the same."""
        del theme
        if self.lists.shelf:
            self.lists.show(self.lists.shelf, self.ink)
        if self.panel.details:
            self.panel.fill(self.panel.details, self.ink)

    @on(Lists.RunHighlighted)
    def glance(self, event: Lists.RunHighlighted) -> None:
        home = self.radonc.home
        perform(self, lambda: show_run(home, event.run_id), self._glanced, group="glance")

    def _glanced(self, shown: dict[str, Any]) -> None:
        shelf = self.lists.shelf
        if shelf and not self.lists.on_evaluations:
            self.lists.glance(shown["id"], run_text(shown, shelf.bundles.get(shown["id"], ())))

    # what is shown

    def _show(self, view: str) -> None:
        self.say("")
        self.query_one("#view", ContentSwitcher).current = view
        self.refresh_bindings()

    def action_back(self) -> None:
        """One step back: out of a panel, out of a search, to the lists."""
        steps = {"lists": self.lists.back, "evaluation": self.panel.back}
        if self.view in steps and steps[self.view]():
            return
        if self.view == "report" and self._before == "evaluation":
            self._show("evaluation")
            self.panel.open_pane(self.panel.pane)
        elif self.view != "lists":
            self._show("lists")
            (self.lists.evaluations if self.lists.on_evaluations else self.lists.runs).focus()
        else:
            super().action_back()

    @on(Lists.EvaluationChosen)
    def open_chosen(self, event: Lists.EvaluationChosen) -> None:
        self._open(event.evaluation_id, "metrics")

    def _open(self, evaluation_id: str, pane: str, then: Callable[[], None] | None = None) -> None:
        self.say(f"Reading {evaluation_id} …")
        home = self.radonc.home

        def opened(details: Details) -> None:
            self._show("evaluation")
            self.panel.show(details, self.ink)
            self.panel.open_pane(pane)
            if then:
                then()

        perform(self, lambda: show_evaluation(home, evaluation_id), opened, group="open")

    @on(EvaluationPanel.DiagnosesWanted)
    def fetch_diagnoses(self, event: EvaluationPanel.DiagnosesWanted) -> None:
        home, wanted = self.radonc.home, event.evaluation_id
        perform(self, lambda: diagnoses_of(home, wanted), self.panel.know, group="diagnoses")

    def action_pane(self, pane: str) -> None:
        """Show a part of the open evaluation, or of the newest."""
        self._in_pane(pane, None)

    def _in_pane(self, pane: str, then: Callable[[], None] | None) -> None:
        if self.panel.details is None:
            self._open(NEWEST, pane, then)
            return
        self._show("evaluation")
        self.panel.open_pane(pane)
        if then:
            then()

    def action_only(self, change: str) -> None:
        """Of the test cases those that got better, or worse, or all ("")."""
        self._in_pane("cases", lambda: self.panel.judged.only(change))

    def action_turn_task(self) -> None:
        """The test cases of the next task."""
        self._in_pane("cases", self.panel.judged.turn_task)

    def action_search(self) -> None:
        """Find runs and evaluations by words."""
        self._show("lists")
        self.lists.find()

    def action_mark(self) -> None:
        """Put a mark on the run under the cursor, or take it off."""
        self.lists.mark()

    def action_find(self) -> None:
        """Search the test cases."""
        self._in_pane("cases", self.panel.judged.find)

    def action_to_case(self) -> None:
        """Show the test case under the cursor on the screen of cases."""
        case = self.panel.judged.case
        if self.view == "evaluation" and self.panel.pane == "cases" and case:
            self.radonc.show_case(case.case_id)
        else:
            self.say("No test case is under the cursor: t shows those of an evaluation.", bad=True)

    def action_compare(self) -> None:
        """Put the marked runs beside each other."""
        home, marked = self.radonc.home, self.lists.marked
        perform(self, lambda: compare_runs(home, marked), self._compared, group="open")

    def _compared(self, found: SideBySide) -> None:
        self._show("compare")
        self.query_one(Comparing).show(found)

    def action_report(self) -> None:
        """The report of the evaluation that is open or under the cursor, else of the newest."""
        chosen = self._evaluation_here()
        home, width = self.radonc.home, max(self.size.width - 4, 30)
        perform(self, lambda: read_report(home, chosen, width), self._reported, group="open")

    def _evaluation_here(self) -> str:
        if self.view == "evaluation" and self.panel.details:
            return self.panel.details.id
        if self.lists.on_evaluations and self.lists.evaluation:
            return str(self.lists.evaluation["id"])
        return NEWEST

    def action_report_page(self) -> None:
        """Write that report as an HTML page."""
        ask_page(self.radonc, self._evaluation_here())

    def action_report_card(self) -> None:
        """Write the model card of its bundle, with that evaluation's numbers."""
        ask_card(self.radonc, self._evaluation_here())

    def action_reproduce(self) -> None:
        """Make an evaluation again from its report, and show what came out otherwise."""
        ask_reproduction(self.radonc, lambda found: self._reported(reproduced_text(found)))

    def _reported(self, text: Text) -> None:
        self._before = self.view
        self._show("report")
        self.query_one("#report > Static", Static).update(text)
        self.query_one("#report").scroll_home(animate=False)
        self.query_one("#report").focus()

    def action_seen(self) -> None:
        """The cases that the run under the cursor saw, by id."""
        run = self.lists.run
        if run is None:
            self.say("There is no run under the cursor.", bad=True)
            return
        home, chosen, width = self.radonc.home, run["id"], max(self.size.width - 4, 30)
        perform(
            self,
            lambda: run_cases(home, chosen),
            lambda found: self._reported(seen_text(found, width)),
            group="open",
        )

    # what is started

    def action_evaluate(self) -> None:
        """Ask which file is to be evaluated, and start it."""
        shelf = self.lists.shelf
        if shelf is None or not shelf.files:
            self.say("There is no model file yet: x exports a run that is done.", bad=True)
            return
        if self.view == "compare":
            first, second = self.query_one(Comparing).runs[:2]
            against = next((file for file in shelf.files if shelf.is_of(file, second)), "")
            ask_evaluation(self.radonc, shelf.files_for(first), against)
        else:
            run = self.lists.run["id"] if self.lists.run else ""
            ask_evaluation(self.radonc, shelf.files_for(run))

    def action_stop(self) -> None:
        """Ask whether the evaluation under the cursor is to be stopped."""
        line = self.lists.evaluation
        if line is None or line["state"] in OVER:
            self.say("No evaluation under the cursor is under way.", bad=True)
            return
        ask_stop(self.radonc, line["id"], self._stopped)

    def _stopped(self, state: str) -> None:
        self.say(f"It is {state}.")
        self.reload()

    def action_export(self) -> None:
        """Ask into what the run under the cursor is to be exported, and start it."""
        run = self.lists.run
        if run is None or run["state"] != "done":
            which = f"{run['id']} is {run['state']}" if run else "There is no run"
            self.say(f"{which}: a run that is done can be exported.", bad=True)
            return
        ask_export(self.radonc, run["id"])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done now is not offered."""
        if action == "mark":
            return self.view == "lists" and self.lists.run is not None
        if action == "compare":
            return len(self.lists.marked) > 1
        if action == "stop":
            line = self.lists.evaluation
            return bool(self.lists.on_evaluations and line and line["state"] not in OVER)
        if action in ("only", "turn_task", "find", "to_case"):
            return self.view != "evaluation" or self.panel.pane == "cases"
        return super().check_action(action, parameters)
