"""What a person does to the case under the cursor: each is an action, said in the notice.

Functions over the area, so that the area itself stays about finding and showing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from radonc_tui.actions import case_edits
from radonc_tui.actions.cases import show_case
from radonc_tui.actions.progress import Action
from radonc_tui.performing import perform
from radonc_tui.screens.cases.choosing import OWN, reason_options
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.widgets.dialogs import AskText, Choose
from store.errors import RadoncError
from store.quarantine import PATIENT

if TYPE_CHECKING:
    from radonc_tui.screens.cases.area import CasesArea


def open_form(area: "CasesArea", annotating: bool) -> None:
    """Fetch the case as it is now and show its form."""
    home = area.radonc.home
    search = partial(case_edits.search_codes, home)

    def show(case: Mapping[str, Any]) -> None:
        # whose case it is stays: the form has a field for it only where a reject names nobody
        known = {name: value for name, value in case.items() if name != PATIENT}
        area.open_form(CaseForm(known, annotating, search))

    perform(area, partial(show_case, home, area.case_id), show, group="form")


def keep(area: "CasesArea", event: CaseForm.Kept) -> None:
    """Keep what the form holds; a refusal is said in the form, which stays."""
    form = event.form
    do = case_edits.annotate_case if form.annotating else case_edits.edit_case
    case_id = str(form.case["case_id"])
    make = partial(do, area.radonc.home, case_id, event.changes, event.reason)

    def kept(case: Mapping[str, Any]) -> None:
        area.close_form()
        area.changed(case)

    _change(area, make, kept, form.refuse)


def exclude(area: "CasesArea") -> None:
    """Ask why, by a coded reason or in words, then exclude."""
    case_id = area.case_id

    def chosen(reason: str | None) -> None:
        if reason == OWN:
            area.app.push_screen(AskText(f"Why is {case_id} left out?"), told)
        else:
            told(reason)

    def told(reason: str | None) -> None:
        if reason:
            make = partial(case_edits.exclude_case, area.radonc.home, case_id, reason)
            _change(area, make, area.changed, area.fail)

    question = f"Why is {case_id} left out of data sets?"
    area.app.push_screen(Choose(question, reason_options()), chosen)


def include(area: "CasesArea") -> None:
    """Take the case back in."""
    make = partial(case_edits.include_case, area.radonc.home, area.case_id)
    _change(area, make, area.changed, area.fail)


def undo(area: "CasesArea") -> None:
    """Take back the last change of this case, or else the last one made on this screen.

    A change may move its case out of the filter, so that another one is under the cursor.
    """
    changed, here = area.changed_ids, area.case_id
    case_id = here if here in changed or not changed else changed[-1]

    def undone(case: Mapping[str, Any]) -> None:
        if case_id in changed:
            changed.reverse()
            changed.remove(case_id)
            changed.reverse()
        area.changed(case)

    make = partial(case_edits.undo_case, area.radonc.home, case_id)
    _change(area, make, undone, area.fail)


def _change(
    area: "CasesArea",
    make: Callable[[], Action[dict[str, Any]]],
    done: Callable[[Mapping[str, Any]], None],
    failed: Callable[[RadoncError], None],
) -> None:
    """Make one change; a key that asks for another before it is made does nothing."""
    if area.changing:
        return
    area.changing = True

    def made(case: Mapping[str, Any]) -> None:
        area.changing = False
        done(case)

    def refused(error: RadoncError) -> None:
        area.changing = False
        failed(error)

    perform(area, make, made, failed=refused)
