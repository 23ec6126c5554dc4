"""The cases screen: find cases among any number, look at one, put it right, freeze a data set.

The table is on the left, one panel on the right; on a narrow screen the panel lies over the
table. Cases, counts and changes come from actions in threads.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.timer import Timer

from radonc_tui.actions import cases
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.cases import editing, inconsistencies, making, rules
from radonc_tui.screens.cases.detail import DetailPanel, event_words
from radonc_tui.screens.cases.finder import Finder
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.cases.state import GUARDED, Panel, possible
from store.case_filter import CaseFilter

REST_SECONDS = 0.08
"""How long the cursor rests before the case under it is fetched for the panel beside."""


class CasesArea(Area):
    """All cases of the home."""

    CSS_PATH = "cases.tcss"
    HELP: ClassVar[str | None] = (
        "**Cases.** One patient, one diagnosis, one primary plan: what a model learns from. `/` "
        "finds cases that hold all the words you type, `f` narrows by one field after another, "
        "`c` clears both. `enter` opens a case. What you change is checked like an import, stays "
        "in the case's history, and `ctrl+z` takes it back. ✗ is excluded, ✓ annotated. `z` "
        "freezes the included cases into a data set; `2` trains on it."
    )
    BINDINGS = [
        Binding("slash", "search", "Search", key_display="/", id="cases.search"),
        Binding("f", "filter", "Filter", id="cases.filter", tooltip="By field and value."),
        Binding("c", "clear", "Clear search", show=False, id="cases.clear", tooltip="And filters."),
        Binding("e", "edit", "Edit", id="cases.edit", tooltip="Correct a value."),
        Binding("a", "annotate", "Annotate", id="cases.annotate", tooltip="Confirm the answers."),
        Binding("x", "exclude", "Exclude", id="cases.exclude", tooltip="Out of data sets."),
        Binding("x", "include", "Include", id="cases.include", tooltip="Back into data sets."),
        Binding("ctrl+z", "undo", "Undo", show=False, id="cases.undo", tooltip="The last change."),
        Binding("u", "funnel", "Funnel", id="cases.funnel", tooltip="Records at each step."),
        Binding("r", "rejects", "Rejects", show=False, id="cases.rejects", tooltip="Put right."),
        Binding("v", "check", "Check", id="cases.check", tooltip="Leaks, contradictions."),
        Binding("p", "privacy", "Privacy", show=False, id="cases.privacy", tooltip="Confirm."),
        Binding("b", "batches", "Annotate in batches", show=False, id="cases.batches"),
        Binding("i", "import", "Import", id="cases.import", tooltip="Your own files."),
        Binding("d", "demo", "Demo cases", id="cases.demo", tooltip="1,200 synthetic ones."),
        Binding("z", "freeze", "Freeze", id="cases.freeze", tooltip="Make a data set."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.panel = Panel.NONE
        self.changed_ids: list[str] = []
        self.changing = False
        self._rest: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="parts"):
            yield Finder(id="finder")
            yield DetailPanel(id="detail")

    @property
    def finder(self) -> Finder:
        return self.query_one(Finder)

    @property
    def case_id(self) -> str:
        """The case that keys act on: the one under the cursor; "" without any."""
        return str(self.case["case_id"]) if self.case else ""

    @property
    def case(self) -> Mapping[str, Any] | None:
        """The case under the cursor of the list that has the keys."""
        if self.panel is Panel.CHECKS:
            return inconsistencies.case_of(self)
        return self.finder.case

    @property
    def is_wide(self) -> bool:
        return self.has_class("-wide")

    def on_mount(self) -> None:
        self.finder.table.focus()
        self._draw()

    def reload(self) -> None:
        self.finder.find()
        if self.panel is Panel.FUNNEL:
            self._count()

    # the panel

    def _draw(self) -> None:
        shown = self.panel
        if shown is Panel.NONE and self.is_wide:
            shown = Panel.DETAIL
        for panel in (Panel.DETAIL, Panel.FUNNEL, Panel.CHECKS, Panel.FORM):
            for widget in self.query(f"#{panel.value}"):
                widget.display = panel is shown
        self.finder.display = self.is_wide or shown is Panel.NONE
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def show_panel(self, panel: Panel) -> None:
        """Show what lies beside the table, or over it, and give it the focus."""
        self.panel = panel
        self._draw()
        if panel is Panel.NONE:
            self.finder.table.focus()
        elif panel is not Panel.FORM:
            self.query_one(f"#{panel.value}").focus()

    @on(Finder.Moved)
    def _rested(self, event: Finder.Moved) -> None:
        self.refresh_bindings()
        if self._rest:
            self._rest.stop()
        if event.case is None:
            self._show_case(None)
        elif self.is_wide or self.panel is Panel.DETAIL:
            self._rest = self.set_timer(REST_SECONDS, self._ask_case)

    def _ask_case(self) -> None:
        if self.case_id:
            make = partial(cases.show_case, self.radonc.home, self.case_id)
            perform(self, make, self._show_case, group="case")

    def _show_case(self, case: Mapping[str, Any] | None) -> None:
        self.query_one(DetailPanel).show(case)

    @on(Finder.Opened)
    def action_open(self) -> None:
        """The case under the cursor, whole."""
        self.show_panel(Panel.DETAIL)
        self._ask_case()

    def action_show_case(self, case_id: str) -> None:
        """Show one case that another screen named."""
        self.finder.choose(CaseFilter(case_id))
        self.show_panel(Panel.DETAIL)

    @on(DetailPanel.Step)
    def _step(self, event: DetailPanel.Step) -> None:
        self.finder.table.cursor += event.by

    def action_back(self) -> None:
        """From the search or a panel to the table; then the notice goes."""
        if self.panel is not Panel.NONE or not self.finder.table.has_focus:
            self.show_panel(Panel.NONE)
        else:
            super().action_back()

    # finding

    def action_search(self) -> None:
        """Type words; each key narrows."""
        self.show_panel(Panel.NONE)
        self.query_one("#search").focus()

    def action_clear(self) -> None:
        """No words and no filters."""
        self.finder.choose(CaseFilter())

    def action_filter(self) -> None:
        """A field, then one of its values, with counts."""
        self.finder.ask_filter()

    def action_funnel(self) -> None:
        """How many records reach each step; the same key again closes it."""
        if self.panel is Panel.FUNNEL:
            self.show_panel(Panel.NONE)
        else:
            self._count()

    def _count(self) -> None:
        perform(self, partial(cases.show_funnel, self.radonc.home), self._counted, group="funnel")

    def _counted(self, funnel: dict[str, Any]) -> None:
        # plotext is imported when something is drawn
        from radonc_tui.screens.cases.funnel import FunnelPanel

        if panels := self.query(FunnelPanel):
            panels.first().show(funnel)
        else:
            self.query_one("#parts").mount(FunnelPanel(funnel))
        self.show_panel(Panel.FUNNEL)

    def action_check(self) -> None:
        """What leaks or contradicts itself, to be worked through; the same key closes it."""
        inconsistencies.toggle(self)

    def action_leakage(self) -> None:
        """What leaks between the parts of a split by patient."""
        inconsistencies.look_at_split(self)

    def action_rules(self) -> None:
        """Which of the included cases a data set takes."""
        rules.ask_rule(self)

    @on(inconsistencies.ChecksPanel.Opened)
    def _open_checked(self, event: inconsistencies.ChecksPanel.Opened) -> None:
        self.action_show_case(event.case_id)

    def action_accept(self) -> None:
        """What was found is right as it is."""
        inconsistencies.accept(self)

    # putting right

    def action_edit(self) -> None:
        """Correct values of the case."""
        editing.open_form(self, annotating=False)

    def action_annotate(self) -> None:
        """Confirm or set the answers of the case."""
        editing.open_form(self, annotating=True)

    def action_keep(self) -> None:
        """Keep what is typed into the form."""
        for form in self.query(CaseForm):
            form.action_keep()

    @on(CaseForm.Kept)
    def _keep(self, event: CaseForm.Kept) -> None:
        editing.keep(self, event)

    def open_form(self, form: CaseForm) -> None:
        """The form of a case, in place of its detail."""
        self.query_one("#parts").mount(form)
        self.show_panel(Panel.FORM)

    def changed(self, case: Mapping[str, Any]) -> None:
        """A case was changed: say so, and show everything as it is now."""
        event = case["history"][0]
        if event["kind"] != "undo":
            self.changed_ids.append(str(case["case_id"]))
        back = "" if event["kind"] == "undo" else " ctrl+z takes it back."
        self.say(f"{case['case_id']} {event_words(event)}.{back}")
        self._show_case(case)
        if self.panel is Panel.CHECKS:
            inconsistencies.look(self)
        self.radonc.changed()

    @on(CaseForm.Left)
    def close_form(self) -> None:
        """Away with the form, back to where it was opened."""
        self.query(CaseForm).remove()
        self.show_panel(Panel.NONE if self.is_wide else Panel.DETAIL)

    def action_exclude(self) -> None:
        """Take the case out of data sets, for a reason."""
        editing.exclude(self)

    def action_include(self) -> None:
        """Take the excluded case back in."""
        editing.include(self)

    def action_undo(self) -> None:
        """Take back the last change of the case."""
        editing.undo(self)

    def action_chart(self) -> None:
        """The record number of the case's patient, on the screen of the home."""
        self.radonc.action_go("home")
        self.radonc.when_shown("home", f"find({self.case_id!r})")

    def action_forget(self) -> None:
        """The case's patient out of the home, on the screen of the home."""
        self.radonc.action_go("home")
        self.radonc.when_shown("home", f"forget({self.case_id!r})")

    # taking in, freezing

    def action_import(self) -> None:
        """The import wizard."""
        from radonc_tui.screens.cases.wizard import ImportWizard

        self.app.push_screen(ImportWizard(), self._imported)

    def _imported(self, took: bool | None) -> None:
        if took:
            self.radonc.changed()

    def action_rejects(self) -> None:
        """The records that are no case."""
        from radonc_tui.screens.cases.rejects import RejectsScreen

        self.app.push_screen(RejectsScreen(), self._imported)

    def action_privacy(self) -> None:
        """What was left of patients' text, to be confirmed."""
        from radonc_tui.screens.cases.privacy import PrivacyScreen

        self.app.push_screen(PrivacyScreen())

    def action_batches(self) -> None:
        """Annotation by one or two people, blind."""
        from radonc_tui.screens.cases.annotating import AnnotateScreen

        self.app.push_screen(AnnotateScreen(), self._imported)

    def action_demo(self) -> None:
        """The demo's synthetic cases."""
        making.load_demo(self)

    def action_freeze(self) -> None:
        """A data set of the included cases."""
        making.ask_freeze(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what cannot be done now."""
        if self.is_mounted and action == "accept":
            return self.panel is Panel.CHECKS and inconsistencies.acceptable(self) is not None
        if self.is_mounted and action == "keep":
            return bool(self.query(CaseForm))
        if not self.is_mounted or action not in GUARDED:
            return True
        return not self.query(CaseForm) and possible(action, self.finder.view, self.case)
