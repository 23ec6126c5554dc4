"""Training: a new one planned and started, and runs watched while they train and after.

A run is a process of its own. This screen reads its files a few times a second while it is in
sight, and does nothing that the run would miss.
"""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from radonc_tui.actions.live import Snapshot, look
from radonc_tui.actions.plans import plan
from radonc_tui.actions.runs import (
    DAMAGED,
    Glance,
    Opened,
    glance_runs,
    open_run,
    resume_run,
    stop_run,
)
from radonc_tui.actions.train import TrainResult, train
from radonc_tui.actions.train_choices import Choices, train_choices
from radonc_tui.performing import Job, perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.train.form import FormPanel
from radonc_tui.screens.train.texts import SIGNS
from radonc_tui.screens.train.watch import WatchPanel
from radonc_tui.widgets.dialogs import Choose, Confirm
from radonc_tui.widgets.going import Going
from store.errors import RadoncError

SECONDS_BETWEEN = 0.25
POLLS_IF_ENDED = 4
LIVING = ("running", "stopping", "queued")
NOTHING = """\
There is no data set to train on yet.

  1   opens Cases: d loads the demo cases there, i imports your own,
      and z freezes the cases into a data set.

A data set is frozen so that training, evaluation and report speak of the same cases.
"""


def to_watch(runs: Sequence[Glance]) -> str:
    """The run to show first: one that trains, else one that waits, else the newest whole one."""
    for state in LIVING:
        for run in reversed(runs):
            if run.state == state:
                return run.id
    whole = [run.id for run in runs if run.state != DAMAGED]
    return whole[-1] if whole else ""


class TrainArea(Area):
    """A form for a new run, and a panel that watches one."""

    HELP = """\
**Train.** An adapter for a base model is trained on the cases of a frozen data set. A run trains
in a process of its own: leaving this screen, or the program, leaves it training.
"""
    CSS_PATH = "train.tcss"
    AUTO_FOCUS = ""  # what could have the focus is hidden until there is something to show

    def __init__(self) -> None:
        super().__init__()
        self.runs: Sequence[Glance] | None = None
        self.choices: Choices | None = None
        self._timer: Timer | None = None
        self._looking: Job[Snapshot | None] | None = None
        self._polls = 0
        self._wanted = ""  # the run that is open, or is being opened

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial="none", id="view"):
            yield Static("Reading …", id="none", markup=False)
            yield FormPanel("form")
            yield WatchPanel("watch")

    def on_mount(self) -> None:
        self._timer = self.set_interval(SECONDS_BETWEEN, self._poll)

    def on_screen_suspend(self) -> None:
        if self._timer:
            self._timer.pause()

    def on_screen_resume(self) -> None:
        if self._timer:
            self._timer.resume()

    @property
    def form(self) -> FormPanel:
        return self.query_one(FormPanel)

    @property
    def watching(self) -> WatchPanel:
        return self.query_one(WatchPanel)

    @property
    def view(self) -> str:
        """``none``, ``form`` or ``watch``."""
        return self.query_one("#view", ContentSwitcher).current or "none"

    # what there is

    def reload(self) -> None:
        home = self.radonc.home
        perform(self, lambda: glance_runs(home), self._have_runs, group="runs")
        perform(self, lambda: train_choices(home), self._have_choices, group="choices")

    def _have_runs(self, runs: list[Glance]) -> None:
        self.runs = runs
        if self._wanted:
            self._open(self._wanted)
        elif self.view == "none" and to_watch(runs):
            self._open(to_watch(runs))
        else:
            self._settle()

    def _have_choices(self, choices: Choices) -> None:
        self.choices = choices
        if choices.datasets:
            self.form.offer(choices)
        self._settle()

    def _settle(self) -> None:
        """Where there is no run to watch: the form, or what is missing for it."""
        if self.view != "none" or self._wanted or self.choices is None or self.runs is None:
            return
        if self.choices.datasets:
            self._show("form")
        else:
            self.query_one("#none", Static).update(NOTHING)

    def _show(self, view: str) -> None:
        self.query_one("#view", ContentSwitcher).current = view
        if view == "form":
            self.query_one("#preset").focus()
        elif view == "watch":
            self.watching.show_pane(self.watching.pane)

    # one run

    def _open(self, run_id: str) -> None:
        self._wanted = run_id
        home = self.radonc.home
        perform(
            self,
            lambda: open_run(home, run_id),
            self._opened,
            failed=self._unreadable,
            group="open",
        )

    def _opened(self, opened: Opened) -> None:
        same = opened.shown["id"] == self.watching.shown.get("id")
        feed = self.watching.opened.feed if same and self.watching.opened else opened.feed
        self.watching.open(Opened(opened.shown, opened.samples, feed))
        if not same:
            self.watching.snapshot = None
        elif self.watching.snapshot:
            self.watching.show(self.watching.snapshot)
        if self.view != "watch" and (self.view == "none" or not same):
            self._show("watch")
        self._look()

    def _unreadable(self, error: RadoncError) -> None:
        self._wanted = self.watching.shown.get("id", "")
        self._settle()
        self.fail(error)

    def _poll(self) -> None:
        """Look again; more rarely where it has ended, and may only be resumed from elsewhere."""
        self._polls += 1
        snapshot = self.watching.snapshot
        if snapshot is None or not snapshot.ended or self._polls % POLLS_IF_ENDED == 0:
            self._look()

    def _look(self) -> None:
        """Ask the open run what is new, unless it is still being asked."""
        opened = self.watching.opened
        if opened is None or self.view != "watch":
            return
        if self._looking is None or self._looking.ended:
            feed = opened.feed
            self._looking = perform(self, lambda: look(feed), self._seen, failed=self.fail)

    def _seen(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.id != self.watching.shown.get("id"):
            return
        before = self.watching.snapshot
        self.watching.show(snapshot)
        if before and (before.state, before.samples) != (snapshot.state, snapshot.samples):
            # what it left behind is other than before: samples, measurements, a failure
            self._open(snapshot.id)

    # the draft

    @on(FormPanel.Changed)
    def _plan(self, event: FormPanel.Changed) -> None:
        draft, home = event.draft, self.radonc.home
        # what is shown stays until the new one is there, but nothing is started by it
        self.form.plan = None
        if draft.wrong:
            name, sentence = next(iter(draft.wrong.items()))
            self.form.show_plan(None, RadoncError(f"{name}: {sentence}"))
            return
        perform(
            self,
            lambda: plan(home, draft.request),
            self.form.show_plan,
            failed=lambda error: self.form.show_plan(None, error),
            group="plan",
        )

    # what can be done

    def action_new(self) -> None:
        """Plan a new training."""
        if self.choices and not self.choices.datasets:
            self.say("There is no data set: 1 opens Cases, z freezes one there.", bad=True)
            return
        self.say("")
        self._show("form")

    def action_start(self) -> None:
        """Start what is planned."""
        if self.view != "form":
            self.action_new()
            return
        if self.form.plan is None:
            self.say("There is no plan to start: it says why, or is being made.", bad=True)
            return
        going = self.query_one("#starting", Going)
        if not going.busy:
            request, home = self.form.draft.request, self.radonc.home
            going.begin("start", lambda: train(home, request), self._started, self.fail)

    def _started(self, result: TrainResult) -> None:
        self.say(f"{result.run_id} trains by itself; closing the program leaves it training.")
        self._show("watch")
        self._open(result.run_id)

    def action_stop(self) -> None:
        """Ask whether the open run is to be stopped."""
        run_id, home = self.watching.shown.get("id", ""), self.radonc.home
        state = self.watching.snapshot.state if self.watching.snapshot else ""
        if state not in ("queued", "running"):
            self.say("No run is open here that trains.", bad=True)
            return

        def answered(sure: bool | None) -> None:
            if sure:
                perform(self, lambda: stop_run(home, run_id, wait=False), lambda _: self._look())

        hint = "It keeps a checkpoint after this step; r goes on from there."
        self.app.push_screen(Confirm(f"Stop {run_id}?", "stop it", hint, "let it train"), answered)

    def action_resume(self) -> None:
        """Go on with the open run from its last checkpoint."""
        run_id, home = self.watching.shown.get("id", ""), self.radonc.home
        if not run_id:
            self.say("No run is open here.", bad=True)
            return

        def resumed(shown: object) -> None:
            del shown
            self.say(f"{run_id} goes on from its last checkpoint.")
            self._look()

        perform(self, lambda: resume_run(home, run_id, detach=True), resumed, failed=self.fail)

    def action_watch(self) -> None:
        """Choose a run to watch."""
        if not self.runs:
            self.say("There is no run yet: n plans one.", bad=True)
            return
        options = [(run.id, _line(run)) for run in reversed(self.runs)]

        def chosen(run_id: str | None) -> None:
            if run_id:
                self.say("")
                self._show("watch")
                self._open(run_id)

        self.app.push_screen(Choose("Watch which run?", options), chosen)

    def action_pane(self, pane: str) -> None:
        """Show one part of the open run."""
        if self.watching.opened is None:
            self.say("No run is open here: w chooses one.", bad=True)
            return
        if self.view != "watch":
            self._show("watch")
        self.watching.show_pane(pane)

    def action_advanced(self) -> None:
        """Show every setting of a new training."""
        self.action_new()
        if self.view == "form":
            self.form.action_advanced()

    def action_back(self) -> None:
        """Out of a setting to the form, out of the form to the run."""
        inside = self.focused.ancestors if self.focused else ()
        if self.view == "form" and any(node.id == "advanced" for node in inside):
            self.query_one("#preset").focus()
        elif self.view == "form" and self.watching.opened:
            self._show("watch")
        else:
            super().action_back()


def _line(run: Glance) -> str:
    state = SIGNS.get(run.state, f"! {run.state}").split(":")[0]
    return f"{run.id}  {state}  {run.base}"
