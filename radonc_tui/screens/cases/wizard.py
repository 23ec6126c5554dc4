"""The import wizard: files, columns, dry run, import, result.

It asks and shows. What is read, judged and taken in is the business of the actions; what the
person has decided is a ``Draft``. Rows of the person's files are on the screen and nowhere else.
"""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Input, Static

from radonc_tui.actions.cases import ImportResult, import_cases
from radonc_tui.actions.importing import ImportPreview, preview_import
from radonc_tui.actions.progress import Progress
from radonc_tui.performing import Job, perform
from radonc_tui.screens.cases.wizard_asking import ask_field, ask_same, ask_value
from radonc_tui.screens.cases.wizard_columns import ColumnsStep, ColumnsTable
from radonc_tui.screens.cases.wizard_files import FileInput, FilesStep, FileTree
from radonc_tui.screens.cases.wizard_going import Going, Steps
from radonc_tui.screens.cases.wizard_import import Import
from radonc_tui.screens.cases.wizard_profiles import ask_profile, ask_save
from radonc_tui.screens.cases.wizard_state import EVERY_ROW, Draft, Step, summary
from radonc_tui.screens.cases.wizard_trial import ReasonsTable, TrialStep
from radonc_tui.screens.page import Page
from radonc_tui.widgets.dialogs import Confirm
from radonc_tui.widgets.window import WindowTable
from store.errors import RadoncError
from store.importing.profiles import Profile

STOP_SECONDS = 0.1
"""How often to look whether an import that was stopped has ended."""

IDS = {
    Step.FILES: "files",
    Step.COLUMNS: "columns",
    Step.TRIAL: "trial",
    Step.IMPORT: "going",
    Step.DONE: "done",
}
ACTIONS_OF = {
    Step.FILES: {"look", "clear", "profile"},
    Step.COLUMNS: {"try", "same", "guess", "profile", "save", "turn"},
    Step.TRIAL: {"take"},
    Step.IMPORT: {"leave_it"},
    Step.DONE: {"close", "more"},
}
"""What can be done at a step, besides going back."""


TRYING = ("Dry run: nothing is taken in", "esc goes back")


def taking_words(draft: Draft) -> tuple[str, str]:
    """What the screen says of an import that runs."""
    names = ", ".join(path.name for path in draft.paths)
    hint = "esc stops it: nothing of it is kept. l leaves it running and goes to the cases."
    return f"Import of {names}", hint


class ImportWizard(Page[bool]):
    """Five steps from files to cases; answers whether anything was taken in.

    ``start`` is the folder that is shown first.
    """

    HELP: ClassVar[str | None] = (
        "**Import.** Choose files, say what their columns are, see in a dry run what would become "
        "a case and what not, then import. `n` goes on, `esc` goes back one step; until the last "
        "step nothing is taken in."
    )
    CSS_PATH = "wizard.tcss"
    AUTO_FOCUS = "FileTree"
    BINDINGS = [
        Binding("n,ctrl+n", "look", "Next: columns", id="import.look"),
        Binding("n", "try", "Next: dry run", id="import.try"),
        Binding("n", "take", "Import", id="import.take"),
        Binding("n,enter", "close", "To the cases", id="import.close"),
        Binding("m", "more", "Import more", id="import.more"),
        Binding("l", "leave_it", "Leave it running", id="import.leave"),
        Binding("x", "clear", "Clear", id="import.clear", tooltip="Choose no file"),
        Binding("v", "same", "Same in all rows", id="import.same"),
        Binding("r", "guess", "Back to the guess", id="import.guess", show=False),
        Binding("p", "profile", "Profile", id="import.profile"),
        Binding("s", "save", "Save", id="import.save", tooltip="Save the columns as a profile"),
        Binding("left_square_bracket", "turn(-1)", "File before", id="import.before", show=False),
        Binding("right_square_bracket", "turn(1)", "Next file", id="import.after", show=False),
        Binding("escape", "back", "Back", id="import.back"),
    ]

    def __init__(self, start: Path | None = None) -> None:
        super().__init__()
        self.start = start or Path.cwd()
        self.step = Step.FILES
        self.draft = Draft()
        self.job: Job[Any] | None = None
        self.taking: Import | None = None
        self.took = False

    def compose(self) -> ComposeResult:
        yield Steps(id="steps")
        with ContentSwitcher(initial="files"):
            yield FilesStep(self.start, id="files")
            yield ColumnsStep(id="columns")
            yield TrialStep(id="trial")
            yield Going(id="going")
            with VerticalScroll(id="done"):
                yield Static(id="result", markup=False)
        yield from self.compose_foot()

    def on_unmount(self) -> None:
        """An import goes on; a look or a dry run has nobody left to show it to."""
        if self.job and self.step is not Step.IMPORT:
            self.job.cancel()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action can be done at this step."""
        if not any(action in actions for actions in ACTIONS_OF.values()):
            return True
        if self.job:
            return action == "leave_it" and self.step is Step.IMPORT
        possible = {
            "look": bool(self.draft.paths),
            "clear": bool(self.draft.paths),
            "try": not self.draft.problems(),
            "take": bool(self.draft.trial and self.draft.trial.funnel["cases"]),
            "same": not self.draft.fixed,
            "save": not (self.draft.fixed or self.draft.problems()),
            "guess": bool(self.draft.chosen),
            "turn": bool(self.draft.preview and len(self.draft.preview.files) > 1),
            "leave_it": False,
        }
        return action in ACTIONS_OF[self.step] and possible.get(action, True)

    # what is shown

    def _show(self, step: Step) -> None:
        """Show a step as the draft has it."""
        self.step, self.job = step, None
        self.query_one(Steps).here = step
        self.query_one(ContentSwitcher).current = IDS[step]
        self.say("")
        if step is Step.FILES:
            self.query_one(FilesStep).show(self.draft)
            self.query_one(FileTree).focus()
        elif step is Step.COLUMNS:
            self.query_one(ColumnsStep).show(self.draft)
            self.query_one(ColumnsTable).focus()
        elif step is Step.TRIAL and self.draft.trial:
            self.query_one(TrialStep).show(self.draft.trial)
            self.query_one(ReasonsTable).focus()
        else:
            self.query_one("#done").focus()
        self.refresh_bindings()

    def _change(self, draft: Draft) -> None:
        """Show the step again with another draft."""
        self.draft = draft
        self._show(self.step)

    def _wait(self, step: Step, title: str, hint: str) -> None:
        """Show that something runs which leads to ``step``."""
        self.say("")
        self.step = step
        self.query_one(Steps).here = step
        self.query_one(ContentSwitcher).current = "going"
        self.query_one(Going).begin(title, hint)
        self.set_focus(None)

    def _failed(self, back: Step, error: RadoncError) -> None:
        self._show(back)
        self.say(f"! {error}", bad=True)

    # files

    @on(FileTree.Picked)
    def pick(self, event: FileTree.Picked) -> None:
        self.draft = self.draft.toggle(event.path)
        self.query_one(FilesStep).show(self.draft)
        self.say("")
        self.refresh_bindings()

    @on(Input.Submitted, "#path")
    async def typed(self, event: Input.Submitted) -> None:
        """Add the path; the empty field again goes on."""
        if not event.value.strip():
            if self.draft.paths:
                self.action_look()
            return
        path = await asyncio.to_thread(self.query_one(FileInput).path.resolve)
        if not await asyncio.to_thread(path.exists):
            self.say(f"! There is no file or folder {path}.", bad=True)
            return
        event.input.clear()
        if path not in self.draft.paths:
            self.pick(FileTree.Picked(path))

    def action_clear(self) -> None:
        """Choose nothing."""
        self._change(Draft())

    def action_look(self) -> None:
        """Look at the beginning of the files."""
        home, draft = self.radonc.home, self.draft
        self._wait(Step.COLUMNS, "Looking at the files", "esc goes back")
        self.job = perform(
            self,
            lambda: preview_import(home, draft.paths, draft.profile),
            self._seen,
            failed=partial(self._failed, Step.FILES),
            progress=self.query_one(Going).tell,
            group="wizard",
        )
        self.refresh_bindings()

    def _seen(self, preview: ImportPreview) -> None:
        self.draft = self.draft.seen(preview)
        self._show(Step.COLUMNS)

    # columns

    @on(WindowTable.RowChosen, "#columns-table")
    def choose_field(self, event: WindowTable.RowChosen) -> None:
        """Ask what the column is; of a field that is the same everywhere, ask its value."""
        name, file = str(event.row["name"]), self.draft.file
        if name == EVERY_ROW:
            ask_value(self, self.draft, str(event.row["is"]), self._change)
        elif self.draft.fixed:
            self.say("This profile knows its columns; p chooses another.")
        elif file and name in file.closed:
            self.say(f"The column {name!r} holds neither text nor numbers.")
        else:
            ask_field(self, self.draft, name, self._change)

    def action_same(self) -> None:
        """Give a field the same value in every row."""
        ask_same(self, self.draft, self._change)

    def action_guess(self) -> None:
        """Forget what was chosen over the guess."""
        self._change(self.draft.by_guess())

    def action_turn(self, by: int) -> None:
        """Show the next or an earlier file."""
        self._change(self.draft.turn(by))

    def action_profile(self) -> None:
        """Choose the profile; files that were seen are looked at again."""
        ask_profile(self, self.radonc.home, self.draft, self._profile_chosen)

    def _profile_chosen(self, draft: Draft) -> None:
        self.draft = draft
        if self.step is Step.COLUMNS:
            self.action_look()

    def action_save(self) -> None:
        """Save the columns as a profile."""
        ask_save(self, self.radonc.home, self.draft, self._saved)

    def _saved(self, profile: Profile) -> None:
        self.say(f"✓ Saved as the profile {profile.name}; p chooses it for other files.")

    def action_try(self) -> None:
        """A dry run."""
        home, request = self.radonc.home, self.draft.request(dry_run=True)
        self._wait(Step.TRIAL, *TRYING)
        self.job = perform(
            self,
            lambda: import_cases(home, request),
            self._tried,
            failed=partial(self._failed, Step.COLUMNS),
            progress=self.query_one(Going).tell,
            group="wizard",
        )
        self.refresh_bindings()

    def _tried(self, trial: ImportResult) -> None:
        self.draft = replace(self.draft, trial=trial)
        self._show(Step.TRIAL)

    # import

    def action_take(self) -> None:
        """Import; it goes on if the person leaves."""
        self._wait(Step.IMPORT, *taking_words(self.draft))
        request = self.draft.request(dry_run=False)
        self.taking = Import(self.radonc, request, self._taken, self._not_taken, self._heard)
        self.job = self.taking.job
        self.refresh_bindings()

    def _heard(self, progress: Progress) -> None:
        if self.is_running:
            self.query_one(Going).tell(progress)

    def _taken(self, result: ImportResult) -> None:
        if not self.is_running:
            self.radonc.say(summary(result))
            return
        self.took = True
        text = f"✓ {summary(result)}\n\nNext: on the Cases screen, z freezes a data set; 2 trains."
        self.query_one("#result", Static).update(text)
        self._show(Step.DONE)

    def _not_taken(self, error: RadoncError) -> None:
        if self.is_running:
            self._failed(Step.TRIAL, error)
        else:
            self.radonc.problem(error)

    def _stop(self, sure: bool | None) -> None:
        if sure and self.job and self.taking:
            self.taking.stop()
            self.query_one(Going).tell_stopping()
            self.set_timer(STOP_SECONDS, self._see_stopped)

    def _see_stopped(self) -> None:
        """Once the import has ended, say what became of it."""
        if self.taking is None or not self.taking.ended:
            self.set_timer(STOP_SECONDS, self._see_stopped)
        elif self.taking.outcome:
            self._taken(self.taking.outcome)
            self.say("It was already done when it was asked to stop.")
        elif self.taking.error:
            self._failed(Step.TRIAL, self.taking.error)
        else:
            self._show(Step.TRIAL)
            self.say("The import was stopped; nothing was taken in.")

    # leaving

    def action_leave_it(self) -> None:
        """To the cases, while the import goes on; the status line shows how far it is."""
        self.dismiss(False)

    def action_close(self) -> None:
        """To the cases."""
        self.dismiss(True)

    def action_more(self) -> None:
        """Begin again with other files."""
        self.draft = Draft()
        self._show(Step.FILES)

    def action_back(self) -> None:
        """One step back; what runs is stopped, an import only after asking."""
        if self.taking and self.taking.stopping and self.job:
            return
        if self.job and self.step is Step.IMPORT:
            question = "Stop the import? Nothing of it is kept."
            self.app.push_screen(Confirm(question, "stop it", no="go on"), self._stop)
        elif self.job:
            self.job.cancel()
            self._show(Step(self.step - 1))
        elif isinstance(self.focused, FileInput):
            self.query_one(FileTree).focus()
        elif self.step in (Step.FILES, Step.DONE):
            self.dismiss(self.took)
        else:
            self._show(Step(self.step - 1))
