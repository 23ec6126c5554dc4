"""One evaluation: the verdict first, then metrics, confusion, codes and every test case."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from rich.console import Group
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from exports.evaluation.details import BETTER, WORSE
from exports.report.clinical_part import regimen_section, unsafe_section
from exports.report.document import Section
from exports.report.numbers_part import (
    class_section,
    declared_section,
    score_section,
    subgroup_section,
)
from radonc_tui.actions.evaluations import Details
from radonc_tui.screens.runs.judged import Judged
from radonc_tui.screens.runs.rows import (
    CODE_COLUMNS,
    METRIC_COLUMNS,
    Ink,
    code_row,
    metric_rows,
    metric_text,
)
from radonc_tui.screens.runs.sections import drawn_sections
from radonc_tui.screens.runs.state import PANES, Chosen, next_pane
from radonc_tui.screens.runs.texts import case_text, confusion_table
from radonc_tui.widgets.panes import Panes
from radonc_tui.widgets.window import WindowTable
from trainer.tasks import Task

SAID: Mapping[str, Sequence[Callable[[Mapping[str, Any]], Section]]] = {
    "unsafe": (unsafe_section,),
    "doses": (regimen_section,),
    "scores": (declared_section, score_section, class_section),
    "groups": (subgroup_section,),
}
"""The panes that say what the report's page says."""


class EvaluationPanel(Vertical):
    """What an evaluation found; narrow, the panel about one row takes the tables' place."""

    HELP: ClassVar[str | None] = """\
**One evaluation**: the deployed file (*tuned*) against another (*base*) on the same test patients.
The first line says whether a simple baseline is as good. `p` is exact, one-sided and by patient, of
the declared tests alone, *Holm* corrected over them; *baseline* is the best of the baselines, `!`
where it beats the tuned model, `=` where it is equal; `+/−/=` are patients on whom the tuned model
is better, worse, the same.

`u` unsafe answers, `m` metrics, `d` regimens as treatments, `o` confusion of modality, `i` codes,
`s` scores and the declared tests, `p` groups of patients, `t` test cases, `[` and `]` turn. Among
the test cases: `b` those that got better, `w` worse, `a` all, `y` the next task, `/` words, `enter`
the case with every answer, `g` the case among the cases. `r` is the whole report.
"""
    BINDINGS = [
        Binding("m", "screen.pane('metrics')", "Metrics", show=False, id="runs.metrics"),
        Binding("u", "screen.pane('unsafe')", "Unsafe", show=False, id="runs.unsafe"),
        Binding("d", "screen.pane('doses')", "Doses", show=False, id="runs.doses"),
        Binding("s", "screen.pane('scores')", "Scores", show=False, id="runs.scores"),
        Binding("p", "screen.pane('groups')", "Groups", show=False, id="runs.groups"),
        Binding("o", "screen.pane('modality')", "Confusion", show=False, id="runs.modality"),
        Binding("i", "screen.pane('codes')", "Codes", show=False, id="runs.codes"),
        Binding("t", "screen.pane('cases')", "Test cases", show=False, id="runs.cases"),
        Binding("left_square_bracket", "turn(-1)", "Turn back", show=False, id="runs.before"),
        Binding("right_square_bracket", "turn(1)", "Turn on", show=False, id="runs.after"),
        Binding("b", f"screen.only('{BETTER}')", "Better", id="runs.better"),
        Binding("w", f"screen.only('{WORSE}')", "Worse", id="runs.worse"),
        Binding("a", "screen.only('')", "All", id="runs.all"),
        Binding("y", "screen.turn_task", "Task", id="runs.task"),
        Binding("slash", "screen.find", "Search", key_display="/", id="runs.find"),
        Binding("g", "screen.to_case", "To the case", id="runs.to_case"),
        Binding("r", "screen.report", "Report", id="runs.report_open"),
    ]

    class DiagnosesWanted(Message):
        """A test case is looked at, and its text is not here yet."""

        def __init__(self, evaluation_id: str) -> None:
            super().__init__()
            self.evaluation_id = evaluation_id

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.details: Details | None = None
        self.ink = Ink()
        self.diagnoses: dict[str, str] | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="verdict", markup=False)
        yield Static(id="cautions", markup=False)
        yield Panes(PANES)
        with Horizontal():
            with ContentSwitcher(initial="metrics", id="panes"):
                yield WindowTable(METRIC_COLUMNS, id="metrics")
                for name in SAID:
                    with VerticalScroll(id=name, classes="said"):
                        yield Static()
                with VerticalScroll(id="modality"):
                    yield Static()
                yield WindowTable(
                    CODE_COLUMNS, empty="ICD-10 codes were not among the tasks.", id="codes"
                )
                yield Judged("cases")
            with VerticalScroll(id="aside"):
                yield Static()

    @property
    def pane(self) -> str:
        return self.query_one("#panes", ContentSwitcher).current or "metrics"

    @property
    def judged(self) -> Judged:
        return self.query_one(Judged)

    def show(self, details: Details, ink: Ink) -> None:
        """Another evaluation, from its metrics on."""
        self.diagnoses = None
        self.judged.chosen = Chosen()
        self.fill(details, ink)
        self.open_pane("metrics")

    def fill(self, details: Details, ink: Ink) -> None:
        """All that is shown, in these colours."""
        self.details, self.ink = details, ink
        self.query_one("#verdict", Static).update(details.verdict)
        cautions = self.query_one("#cautions", Static)
        cautions.update("\n".join(details.cautions))
        cautions.display = bool(details.cautions)
        self.query_one("#metrics", WindowTable).show_rows(metric_rows(details.metrics, ink))
        tables = [confusion_table(confusion) for confusion in details.confusions]
        text = Text("Reference down, answer across; right answers in brackets.\n")
        none = Text("Modality was not among the tasks.")
        self.query_one("#modality > Static", Static).update(
            Group(text, *tables) if tables else none
        )
        self.query_one("#codes", WindowTable).show_rows([code_row(row) for row in details.codes])
        for name, sections in SAID.items():
            said = drawn_sections(section(details.evaluation) for section in sections)
            self.query_one(f"#{name} > Static", Static).update(said)
        self.judged.fill(details.cases, ink)

    def open_pane(self, pane: str) -> None:
        """Show one part, and put the focus into it."""
        self.remove_class("-aside")
        self.query_one("#panes", ContentSwitcher).current = pane
        self.query_one(Panes).here = pane
        self.set_class(pane == "cases", "-beside")
        inside = self.judged.table if pane == "cases" else self.query_one(f"#{pane}")
        inside.focus()
        self._look()
        self.refresh_bindings()

    @on(Panes.Picked)
    def picked(self, event: Panes.Picked) -> None:
        event.stop()
        self.open_pane(event.pane)

    def action_turn(self, by: int) -> None:
        self.open_pane(next_pane(self.pane, by))

    @on(WindowTable.RowHighlighted)
    @on(Judged.Shown)
    def look(self, event: Message) -> None:
        event.stop()
        self._look()

    def _look(self) -> None:
        """The panel says what is under the cursor."""
        row = self.query_one("#metrics", WindowTable).row
        case = self.judged.case
        text: Text | str = ""
        if self.pane == "metrics" and row and "of" in row:
            text = metric_text(row["of"])
        elif self.pane == "cases" and case and self.details:
            if self.diagnoses is None:
                self.post_message(self.DiagnosesWanted(self.details.id))
            same = [one for one in self.details.cases if one.case_id == case.case_id]
            diagnosis = (self.diagnoses or {}).get(case.case_id, "")
            text = case_text(same, diagnosis, self.ink)
        self.query_one("#aside > Static", Static).update(text)

    def know(self, diagnoses: dict[str, str]) -> None:
        """The texts that the models were asked."""
        self.diagnoses = diagnoses
        self._look()

    @on(WindowTable.RowChosen)
    def chosen(self, event: WindowTable.RowChosen) -> None:
        """A metric or a case is opened; a code shows its cases."""
        event.stop()
        if event.table.id == "codes":
            self.judged.choose(Chosen(Task.ICD10, "", event.row["code"]))
            self.open_pane("cases")
        elif event.table.id == "judged" or "of" in event.row:
            self.add_class("-aside")
            self.query_one("#aside").scroll_home(animate=False)
            self.query_one("#aside").focus()

    def back(self) -> bool:
        """One step back inside the panel; False where there is none."""
        if self.has_class("-aside"):
            self.open_pane(self.pane)
            return True
        if self.pane == "cases" and self.judged.back():
            return True
        if self.pane != "metrics":
            self.open_pane("metrics")
            return True
        return False
