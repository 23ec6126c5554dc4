"""From a case to its chart and back, and a person forgotten: functions over the screen.

A record number is typed into a hidden field and shown in a box that is gone when it is closed.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from radonc_tui.actions import withdrawing as actions
from radonc_tui.performing import perform
from radonc_tui.screens.home.asking import AskForget, AskPerson, Person, Said
from radonc_tui.widgets.dialogs import Choose
from store.forgetting import Forgotten, Traces

if TYPE_CHECKING:
    from radonc_tui.screens.home.area import HomeArea

WHY_NOT = (
    "From a case to its record number there is a way in an encrypted home only: this one keeps no "
    "record number. Encrypt it (e), then import again."
)
OLDER = "Backups made before still have them, and so has the clinic's own export."


def find(area: "HomeArea", case_id: str = "") -> None:
    """Ask for a case or a record number, and show the other."""

    def answered(person: Person | None) -> None:
        if person is None:
            return
        home = area.radonc.home
        if person.case_id:
            make = partial(actions.look_up_chart, home, person.case_id)
            perform(area, make, partial(_show_chart, area, person.case_id), failed=area.fail)
        else:
            cases = partial(actions.look_up_cases, home, person.mrn)
            perform(area, cases, partial(_show_cases, area), failed=area.fail)

    ask = AskPerson(
        "Whose chart?",
        "A case: its patient's record number is shown.",
        "A record number: the cases of that patient are shown. Kept in the audit log.",
        "" if area.kept.key.encrypted else WHY_NOT,
    )
    ask.case_id = case_id
    area.app.push_screen(ask, answered)


def _show_chart(area: "HomeArea", case_id: str, number: str) -> None:
    area.look()
    lines = (f"Record number  {number}", f"of {case_id}. That you asked is in the audit log.")
    area.app.push_screen(Said(lines))


def _show_cases(area: "HomeArea", ids: Sequence[str]) -> None:
    area.look()

    def chosen(case_id: str | None) -> None:
        if case_id:
            area.radonc.show_case(case_id)

    if ids:
        title = "Cases of this record number; enter shows one:"
        area.app.push_screen(Choose(title, [(case_id, case_id) for case_id in ids]), chosen)
    else:
        area.say("No case here has this record number.")


def forget(area: "HomeArea", case_id: str = "") -> None:
    """Ask for a person, show what was trained on them, and only then whether to forget them."""

    def answered(person: Person | None) -> None:
        if person:
            make = partial(actions.trace_person, area.radonc.home, person.case_id, person.mrn)
            perform(area, make, partial(_ask_sure, area, person), failed=area.fail)

    ask = AskPerson(
        "Forget whom?",
        "The patient of a case:",
        "or the patient of a record number. First you see what was trained on them.",
    )
    ask.case_id = case_id
    area.app.push_screen(ask, answered)


def _ask_sure(area: "HomeArea", person: Person, found: Traces) -> None:
    area.look()

    def sure(reason: str | None) -> None:
        if reason:
            home = area.radonc.home
            make = partial(actions.forget_person, home, person.case_id, person.mrn, reason)
            area.begin("forget", make, partial(_forgotten, area))

    area.app.push_screen(AskForget(traced(found)), sure)


def traced(found: Traces) -> list[str]:
    """What the home has of a person, and what was made with it, in sentences."""
    have = (
        f"{_many(len(found.cases), 'case')} and {_many(found.rejects, 'reject')} of this person, "
        f"in {_many(len(found.datasets), 'data set')}."
    )
    return [have, *(actions.made_with(found) or ["No run was trained on this person."]), OLDER]


def _forgotten(area: "HomeArea", gone: Forgotten) -> None:
    said = (
        f"✓ {_many(len(gone.cases), 'case')}, {_many(gone.rejects, 'reject')} and "
        f"{_many(gone.lines, 'line')} of files are gone."
    )
    area.say(said)
    if made := actions.made_with(gone):
        area.app.push_screen(Said([said, *made, OLDER]))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
