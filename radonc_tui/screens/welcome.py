"""The first screen on an empty home: what this is, and the ways to begin."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from radonc_tui.screens.area import Area

if TYPE_CHECKING:
    from radonc_tui.actions.cases import ImportResult
    from radonc_tui.actions.progress import Progress

CASES = 1200
"""As many as the demo of the command line makes."""
WHAT = """\
[b $text-primary]Radonc[/]

Fine-tune an open language model on your clinic's own cases, on this
workstation, and know how good the result is. From a diagnosis it learns
three things: the [b]treatment regimen[/], the [b]modality[/] and the [b]ICD-10 code[/].
Nothing leaves this machine.

  [b $text-accent]d[/]  load the demo cases: 1,200 synthetic ones, to try everything with
  [b $text-accent]i[/]  import your own: CSV, Excel, Parquet, JSONL, TCGA
  [b $text-accent]r[/]  read how it works
  [b $text-accent]h[/]  the home: encrypt it before the first import, or restore a backup
"""
HOW = """\
[b $text-primary]How it works[/]

[b]1 Cases[/]    Records become cases: one patient, diagnosis and primary plan.
           Others are rejects with a reason; read = cases + rejects.
[b]  Freeze[/]   A data set: train, validation and test, divided by patient,
           never changed again. Test is for the last number only.
[b]2 Train[/]    A small adapter is learned on top of a base model. Leave, lose
           the connection, come back; it goes on.
[b]3 Runs[/]     Export makes one model file, checked before it counts. Evaluate
           asks that very file about the test patients, against its base
           and simple baselines, with intervals and tests.
[b]4 Review[/]   Oncologists judge regimens without knowing who wrote them.
[b]5 Predict[/]  One diagnosis, or a file of them.
[b]6 Models[/]   Listed, verified, added, removed. [b]h[/]: the home's key and backups.

[b]ctrl+p[/] finds every action by name, [b]?[/] explains what has the focus, [b]esc[/]
goes back. Every action is a command as well: [b]radonc --help[/].
"""


class WelcomeArea(Area):
    """What a person sees who has just installed the program."""

    HELP = (
        "**Welcome.** `d` loads the demo cases, `i` imports your own, `r` explains how it works, "
        "`h` encrypts the home, or restores a backup."
    )
    BINDINGS = [
        Binding("d", "demo", "Load the demo cases", id="welcome.demo"),
        Binding("i", "import", "Import your own", id="welcome.import"),
        Binding("r", "read", "How it works", id="welcome.read"),
        Binding("h", "app.go('home')", "Home", id="welcome.home"),
    ]
    DEFAULT_CSS = """
    WelcomeArea {
        & #words { padding: 1 2; }
        & #going { display: none; height: auto; padding: 0 2; }
        & #going.-on { display: block; }
    }
    """

    _reading = False

    @property
    def mode(self) -> str:
        return "welcome"

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="words"):
            yield Static(Content.from_markup(WHAT), id="text")
        yield Static(id="going", markup=False)

    def action_read(self) -> None:
        """Show how it works, or go back to what this is."""
        self._show(WHAT if self._reading else HOW)

    def action_back(self) -> None:
        self._show(WHAT)
        super().action_back()

    def _show(self, text: str) -> None:
        self._reading = text is HOW
        self.query_one("#text", Static).update(Content.from_markup(text))
        self.query_one("#words").scroll_home(animate=False)

    def action_demo(self) -> None:
        """Make the demo's cases; then they are shown."""
        from radonc_tui.actions.cases import SynthRequest, synth_cases

        if self.query_one("#going").has_class("-on"):
            return
        self.query_one("#going").add_class("-on")
        self.radonc.launch(
            "demo cases",
            lambda: synth_cases(self.radonc.home, SynthRequest(CASES)),
            self._made,
            failed=self._not_made,
            progress=self._heard,
        )

    def _heard(self, progress: "Progress") -> None:
        share = f"{progress.done} of {progress.total}" if progress.total else "..."
        self.query_one("#going", Static).update(f"Making the demo cases: {share}")

    def _made(self, result: "ImportResult") -> None:
        self.query_one("#going").remove_class("-on")
        made = f"{result.funnel['cases']} synthetic cases are in the store."
        self.radonc.go("cases")
        self.radonc.say(f"{made} Next: z freezes a data set, 2 trains on it.")

    def _not_made(self, error: Exception) -> None:
        self.query_one("#going").remove_class("-on")
        self.radonc.problem(error)

    def action_import(self) -> None:
        """Open the import wizard."""
        self.radonc.go("cases")
        self.radonc.when_shown("cases", "import")
