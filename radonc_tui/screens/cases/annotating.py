"""Annotation in batches: assigned, answered blind, compared, decided where two people differ.

What an annotator sees is the question and the record as the source had it; the answers of the
import and of others are not even asked for. The form is that of a case, empty.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content

from radonc_tui.actions import annotate as actions
from radonc_tui.actions.case_edits import search_codes
from radonc_tui.performing import perform
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import AskText, Choose
from radonc_tui.widgets.window import Column, WindowTable
from store.annotations import ANSWERS

EMPTY = "Nothing is assigned yet: n gives cases to one or two annotators."


class AnnotateScreen(TablePage[bool]):
    """All batches, and one case of one at a time; answers whether a case was changed."""

    HELP: ClassVar[str | None] = (
        "**Annotation.** `n` gives cases to one or two people; `enter` goes on with the batch "
        "under the cursor. You see the diagnosis and the record as the source had it, not what "
        "the import made of it and not what the other said. A case is annotated when all agree. "
        "`g` says how far they agree beyond chance (Cohen's kappa, Krippendorff's alpha), and "
        "`d` decides the cases on which they differ."
    )
    DEFAULT_CSS = """
    AnnotateScreen {
        & WindowTable { min-height: 5; }
        & CaseForm { width: 1fr; height: 1fr; padding: 0 1; }
    }
    AnnotateScreen.-narrow, AnnotateScreen.-tiny {
        & #panel-box { max-height: 12; }
    }
    """
    HEADING = "Annotation: enter goes on with what is under the cursor"
    COLUMNS = (
        Column("batch", "annotation", 24),
        Column("said", "answered", least=14),
        Column("cases", "cases", 5, "right"),
        Column("agreed", "agreed", 6, "right"),
        Column("differing", "differ", 6, "right"),
    )
    BINDINGS = [
        Binding("enter", "go_on", "Annotate", id="annotating.go_on", priority=False),
        Binding("n", "assign", "New", id="annotating.assign", tooltip="Give cases to people."),
        Binding("g", "agreement", "Agreement", id="annotating.agreement"),
        Binding("d", "decide", "Decide", id="annotating.decide", tooltip="Where two differ."),
        Binding("escape", "back", "Back", id="annotating.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.who = ""
        self.batch_id = ""
        self.took = False

    def reload(self) -> None:
        """Ask again what is assigned, and how far it is."""
        perform(self, lambda: actions.list_batches(self.radonc.home), self._listed, group="list")

    def _listed(self, found: list[dict[str, Any]]) -> None:
        self.table.empty = EMPTY
        self.table.show_rows([{**one, "said": _answered(one)} for one in reversed(found)])
        self.refresh_bindings()

    # assigning

    def action_assign(self) -> None:
        """Names, then the cases are drawn."""
        asked = "Who annotates? One name, or two with a comma between them."
        self.app.push_screen(AskText(asked), self._named)

    def _named(self, names: str | None) -> None:
        if names:
            people = tuple(name.strip() for name in names.split(","))
            request = actions.AssignRequest(people)
            perform(self, partial(actions.assign, self.radonc.home, request), self._assigned)

    def _assigned(self, made: Mapping[str, Any]) -> None:
        people = " and ".join(made["annotators"])
        self.say(f"{made['cases']} cases were given to {people}. enter begins.")
        self.table.cursor = 0
        self.reload()

    # answering

    def action_go_on(self) -> None:
        """The next case of the batch under the cursor, for one of its annotators."""
        row = self.table.row
        if row is None:
            return
        people: list[str] = row["annotators"]
        if len(people) == 1:
            self._go_on(people[0])
        else:
            options = [(who, f"{who}  {row['answered'][who]} answered") for who in people]
            self.app.push_screen(Choose("Who are you?", options), self._go_on)

    @on(WindowTable.RowChosen)
    def _chosen(self) -> None:
        self.action_go_on()

    def _go_on(self, who: str | None) -> None:
        if who and self.table.row:
            self.who, self.batch_id = who, str(self.table.row["batch"])
            make = partial(actions.next_case, self.radonc.home, self.batch_id, who)
            perform(self, make, self._next, group="next")

    def _next(self, shown: Mapping[str, Any]) -> None:
        case = shown["case"]
        if case is None:
            self._close_form()
            self.say(f"{self.who} has answered every case of {self.batch_id}.")
            self.reload()
            return
        number = shown["answered"][self.who] + 1
        heading = f"{self.batch_id}, {self.who}: case {number} of {shown['cases']}"
        self.head(heading)
        self.show_beside(record_text(case))
        self._open_form(case["case_id"], str(case["diagnosis"]), dict.fromkeys(ANSWERS, ""))

    def _open_form(self, case_id: str, diagnosis: str, values: Mapping[str, str]) -> None:
        case = {"case_id": case_id, "diagnosis": diagnosis, **values}
        verb = "Annotate" if self.who else "Decide"
        form = CaseForm(case, True, partial(search_codes, self.radonc.home), verb)

        async def show() -> None:
            # the form before has to be gone: both have one id
            await self.query(CaseForm).remove()
            await self.query_one("#parts").mount(form, before="#panel-box")
            self.table.display = False
            self.refresh_bindings()

        self.call_later(show)

    @on(CaseForm.Kept)
    def _keep(self, event: CaseForm.Kept) -> None:
        form = event.form
        values = {name: value for name, value in form.values().items() if name in ANSWERS}
        case_id, home = str(form.case["case_id"]), self.radonc.home
        if self.who:
            make = partial(actions.answer, home, self.batch_id, case_id, values, self.who)
            perform(self, make, self._answered, failed=form.refuse)
        else:
            decide = partial(actions.adjudicate, home, self.batch_id, case_id, values, event.reason)
            perform(self, decide, self._decided, failed=form.refuse)

    def _answered(self, shown: Mapping[str, Any]) -> None:
        self.took = True
        self.say("")
        self._next(shown)

    @on(CaseForm.Left)
    def _close_form(self) -> None:
        self.query(CaseForm).remove()
        self.head(self.HEADING)
        self.show_beside("")
        self.table.display = True
        self.table.focus()
        self.reload()

    # comparing

    def action_agreement(self) -> None:
        """How far the annotators of the batch under the cursor agree."""
        self._ask_agreement(self._compared)

    def action_decide(self) -> None:
        """The first case on which annotators differ."""
        self._ask_agreement(self._differing)

    def _ask_agreement(self, done: Any) -> None:
        if self.table.row:
            self.batch_id = str(self.table.row["batch"])
            make = partial(actions.agreement, self.radonc.home, self.batch_id)
            perform(self, make, done, group="agreement")

    def _compared(self, found: Mapping[str, Any]) -> None:
        self.show_beside(agreement_text(found))

    def _differing(self, found: Mapping[str, Any]) -> None:
        left = [one for one in found["differ"] if not one["decided"]]
        if not left:
            self.say(f"Nobody differs on a case of {self.batch_id} that is not decided.")
            return
        self.who = ""
        self.head(f"{self.batch_id}: {len(left)} to decide")
        self.show_beside(differing_text(left[0]))
        first = next(iter(left[0]["answers"].values()))
        self._open_form(left[0]["case_id"], left[0]["diagnosis"], first)

    def _decided(self, found: Mapping[str, Any]) -> None:
        del found
        self.took = True
        self._close_form()
        self._ask_agreement(self._compared)

    def action_back(self) -> None:
        """Back to the cases."""
        self.dismiss(self.took)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing of the table while a case is answered."""
        if action in ("go_on", "assign", "agreement", "decide") and self.is_mounted:
            if self.query(CaseForm):
                return False
            return action == "assign" or self.table.row is not None
        return True


def _answered(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{who} {count}" for who, count in one["answered"].items())


def record_text(case: Mapping[str, Any]) -> Content:
    """The record as the source had it, a line for each column."""
    parts: list[str | tuple[str, str]] = [("The record as the source had it", "bold")]
    shown = {n: v for n, v in case["kept"].items() if v != case["diagnosis"]}
    parts += [f"\n{name}: {value}" for name, value in shown.items()]
    return Content.assemble(*parts)


def differing_text(case: Mapping[str, Any]) -> Content:
    """What each annotator said of one case; where they differ stands out."""
    parts: list[str | tuple[str, str]] = [(f"{case['case_id']}", "bold")]
    for who, said in case["answers"].items():
        parts.append((f"\n{who}", "bold"))
        parts += [
            (f"\n≠ {name}: {value}", "bold") if name in case["fields"] else f"\n  {name}: {value}"
            for name, value in said.items()
        ]
    return Content.assemble(*parts)


def agreement_text(found: Mapping[str, Any]) -> Content:
    """Kappa and alpha of each field, and the cases on which annotators differ."""
    parts: list[str | tuple[str, str]] = [(f"{found['batch']}", "bold")]
    parts.append("\n            equal      kappa  alpha")
    for name, field in found["fields"].items():
        equal = f"{field['equal']} of {field['n']}"
        parts.append(
            f"\n{name:<10}  {equal:<9}  {_number(field['kappa'])}  {_number(field['alpha'])}"
        )
    for case in found["differ"]:
        mark = "✓ decided" if case["decided"] else "≠ " + ", ".join(case["fields"])
        parts.append(f"\n{case['case_id']}  {mark}")
    return Content.assemble(*parts)


def _number(value: float | None) -> str:
    return "undef" if value is None else f"{value:5.2f}"
