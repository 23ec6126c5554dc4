"""The Textual app: modes, the keys that work everywhere, and what all screens share.

It composes; what a screen shows is the screen's business and what is done is an action's. It
imports nothing heavy, and a mode's screen only when it is first shown.
"""

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from weakref import WeakSet

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES

from radonc_tui.actions.preferences import keep_theme, read_theme
from radonc_tui.busy import BusyStore
from radonc_tui.commands import BESIDE, MODES as AREAS, Command
from radonc_tui.mistakes import keep_mistake
from radonc_tui.performing import Job, cancel_all, perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.page import Page
from radonc_tui.widgets.legible_lines import LegibleLines
from radonc_tui.widgets.status import Told
from store.errors import RadoncError, in_words
from store.home import Home

if TYPE_CHECKING:
    from textual.command import Provider

    from radonc_tui.actions.overview import Facts, Look, Watcher
    from radonc_tui.actions.progress import Action, Progress
    from radonc_tui.screens.cases.form import CaseForm

T = TypeVar("T")
DARK, LIGHT = "textual-dark", "textual-light"
LOOK_SECONDS = 1.0
PAINT_SECONDS = 0.05
LEAVE_FIRST = "Leave this first: esc."
THREADS = 32


def _area(mode: str) -> Area:
    """The screen of a mode; its modules are imported here and not before."""
    if mode == "welcome":
        return import_module("radonc_tui.screens.welcome").WelcomeArea()
    return getattr(import_module(f"radonc_tui.screens.{mode}.area"), f"{mode.capitalize()}Area")()


def _palette() -> "type[Provider]":
    """The palette's provider, imported when the palette is first opened."""
    from radonc_tui.palette import Palette

    return Palette


class RadoncApp(App[None]):
    """Radonc on one home; ``mode`` names the screen to begin with."""

    TITLE = "radonc"
    CSS_PATH = "app.tcss"
    COMMANDS = {_palette}
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        mode: partial(_area, mode) for mode in ("welcome", *AREAS, *BESIDE)
    }
    BINDINGS = [
        *(
            Binding(str(number), f"go('{mode}')", mode.capitalize(), show=False, id=f"app.{mode}")
            for number, mode in enumerate(AREAS, 1)
        ),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help"),
        Binding("ctrl+t", "change_theme", "Light or dark", show=False, id="app.theme"),
        Binding("q", "quit", "Quit", show=False, id="app.q"),
    ]

    def __init__(self, home: Home, mode: str = "") -> None:
        # begun with, so that no empty screen is made, painted and left before it
        self.DEFAULT_MODE = mode or ("cases" if home.database.exists() else "welcome")  # pyright: ignore[reportAttributeAccessIssue]
        super().__init__()
        self.home = home
        self.told = Told(home=home.path.name)
        self.version = 0
        self.jobs: list[Job[Any]] = []
        self.busy = BusyStore(self)
        self.forms: WeakSet[CaseForm] = WeakSet()
        self._facts: Facts | None = None
        self._stale = False
        self._look: Look | None = None
        self._watcher: Watcher | None = None
        self._begun = False
        self._trouble: RadoncError | None = None
        self._legible = LegibleLines()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._legible]

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._choose_theme()

    def _choose_theme(self) -> None:
        try:
            chosen = read_theme(self.home)
        except RadoncError as error:
            self._trouble = error
            return
        if chosen in BUILTIN_THEMES:
            self.theme = chosen

    def on_ready(self) -> None:
        """After the first paint: what the home holds, and from then on what it does."""
        if self.is_headless:
            self._begin()
            return
        # what was imported stays: looking through it again and again makes keys wait
        gc.freeze()
        # what is imported for it would hold up what is being painted
        self.set_timer(PAINT_SECONDS, self._begin)

    def _begin(self) -> None:
        self._ask_facts()
        self._ask_look()
        self.set_interval(LOOK_SECONDS, self._ask_look)

    # what the home holds and does

    def _ask_facts(self) -> None:
        from radonc_tui.actions.overview import facts

        # who has seen the counts once did not ask for the new ones: a busy store is no question
        known = self._facts is not None
        perform(
            self,
            lambda: facts(self.home),
            self._know,
            failed=self._not_known,
            group="facts",
            quiet=known,
        )

    def _not_known(self, error: RadoncError) -> None:
        self._stale = error.kind == "busy" and self._facts is not None
        if not self._stale:
            self.problem(error)

    def _know(self, found: "Facts") -> None:
        first, self._facts, self._stale = self._facts is None, found, False
        if first and not found.cases and self.current_mode == "cases":
            self.switch_mode("welcome")
        if first and self._trouble:
            # only now is it settled which screen is the first
            self.call_after_refresh(self.problem, self._trouble)
        self._tell()

    def _ask_look(self) -> None:
        from radonc_tui.actions.overview import Watcher

        self._watcher = self._watcher or Watcher(self.home)
        if not self._begun:
            self._begun = True
            perform(self, self._watcher.look, self._see, failed=self._not_seen)

    def _see(self, look: "Look") -> None:
        self._begun = False
        before, self._look = self._look, look
        if before and before.states != look.states:
            self.changed()
        elif self._stale:
            self._ask_facts()
        self._tell()

    def _not_seen(self, error: RadoncError) -> None:
        self._begun = False
        self.say(f"! {error}", bad=True)

    def changed(self) -> None:
        """What is in the home has changed: the screens ask again when they are next seen."""
        self.version += 1
        self._ask_facts()
        for screen in self.screen_stack:
            if isinstance(screen, Area):
                screen.home_changed()

    def _tell(self) -> None:
        """The status line, from what is known."""
        known = self._facts
        seen = [str(running) for running in self._look.running] if self._look else []
        self.told = Told(
            home=self.home.path.name,
            cases=f"{known.cases:,} cases" if known else "",
            synthetic=bool(known and known.synthetic),
            model=known.model if known else "",
            running=tuple(seen or [job.title for job in self.jobs]),
            device=known.device if known else "",
        )
        if isinstance(self.screen, Page):
            self.screen.tell_status()

    # work that goes on while screens change

    def launch(
        self,
        title: str,
        make: "Callable[[], Action[T]]",
        done: Callable[[T], None] | None = None,
        failed: Callable[[RadoncError], None] | None = None,
        progress: "Callable[[Progress], None] | None" = None,
    ) -> Job[T]:
        """Run an action that outlives the screen that asked; see ``perform``."""
        job = perform(self, make, done, failed=failed, progress=progress)
        job.title = title
        job.on_end = self._over
        self.jobs.append(job)
        self._tell()
        return job

    def _over(self, job: Job[Any]) -> None:
        self.jobs.remove(job)
        self.changed()

    # what goes wrong

    def say(self, text: str, bad: bool = False) -> None:
        """A notice on the present screen, or as a box over it."""
        if isinstance(self.screen, Page):
            self.screen.say(text, bad)
        elif bad:
            self._box(RadoncError(text))

    def problem(self, error: Exception) -> None:
        """Say an error on the present screen."""
        if isinstance(self.screen, Page):
            self.screen.fail(in_words(error))
        else:
            self._box(in_words(error))

    def _box(self, error: RadoncError) -> None:
        from radonc_tui.widgets.dialogs import Problem

        self.push_screen(Problem(error))

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of the program ends it; a widget that is gone because it ends is none.

        A program that ends takes the widgets away before it stops the last messages to a screen.
        """
        if self.is_running or not isinstance(error, NoMatches):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """A mistake of the program: a file says where it happened, a sentence tells the person."""
        where = self.keep_mistake()
        self._exit_renderables.append(
            f"radonc: The screens ended by a mistake of the program. {where}"
        )
        self._close_messages_no_wait()

    def keep_mistake(self) -> str:
        """Keep where the exception that is being handled was raised; a sentence names the file."""
        return keep_mistake(self.home.path / "screens.log")

    # keys that work everywhere

    def action_go(self, mode: str) -> None:
        """Show the screen of a mode; what was opened over one has to be left first."""
        if not self.go(mode):
            self.say(LEAVE_FIRST, bad=True)

    def go(self, mode: str) -> bool:
        """Show the screen of a mode, unless something was opened over the present one."""
        free = isinstance(self.screen, Area)
        if free:
            self.switch_mode(mode)
        return free

    def when_shown(self, mode: str, action: str) -> None:
        """Run an action of a mode's screen once it is shown."""

        async def run() -> None:
            if self.current_mode != mode or not isinstance(self.screen, Area):
                return
            if not await self.run_action(action, self.screen):
                self.say("That cannot be done now; ? says what can.", bad=True)

        self.call_after_refresh(run)

    def run_command(self, command: Command) -> None:
        """What the palette does when a command was chosen."""
        if not command.mode:
            self.call_later(self.run_action, command.action)
        elif self.go(command.mode):
            self.when_shown(command.mode, command.action)
        else:
            self.say(LEAVE_FIRST, bad=True)

    def show_case(self, case_id: str) -> None:
        """Show one case on the screen of cases."""
        self.go("cases")
        self.when_shown("cases", f"show_case({case_id!r})")

    def action_help(self) -> None:
        """Help on what has the focus."""
        from radonc_tui.widgets.help import HelpScreen, help_text, keys_now

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(help_text(self.screen), keys_now(self.screen)))

    def action_doctor(self) -> None:
        """What this workstation can do."""
        from radonc_tui.screens.doctor import DoctorScreen

        self.push_screen(DoctorScreen())

    def action_department(self, then: str = "") -> None:
        """The department's table of accepted alternatives; ``then`` is an action of its screen."""
        from radonc_tui.screens.department.screen import DepartmentScreen

        if not isinstance(self.screen, DepartmentScreen):
            self.push_screen(DepartmentScreen())
        if then:
            self.call_after_refresh(self._on_screen, then)

    async def _on_screen(self, action: str) -> None:
        await self.run_action(action, self.screen)

    def action_pack(self) -> None:
        """Everything for an offline machine of the same kind, in one folder."""
        from radonc_tui.screens.packing import ask_pack

        ask_pack(self)

    def action_change_theme(self) -> None:
        """Light, or dark; kept for the next time."""
        self.theme = DARK if self.theme == LIGHT else LIGHT
        perform(self, lambda: keep_theme(self.home, self.theme), group="theme")

    async def action_quit(self) -> None:
        """Leave. A training goes on by itself; whatever else runs is asked about."""
        from radonc_tui.widgets.dialogs import Confirm

        going = [job.title for job in self.jobs if job.title]
        question, hint = "", ""
        if going:
            question = f"This is not done yet: {', '.join(going)}. Leaving ends it."
            hint = "A training is not touched: it goes on by itself."
        elif any(form.is_attached and form.changes() for form in self.forms):
            question = "Leave without keeping what you changed in the case?"
        if question:
            self.push_screen(Confirm(question, "leave", hint, "stay"), self._leave)
        else:
            self._leave(True)

    def _leave(self, sure: bool | None) -> None:
        if sure:
            cancel_all()
            self.exit()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None: the palette's commands are those of ``commands``."""
        del screen
        return ()


def open_app(home: Home) -> int:
    """Run the app until the person leaves; returns the exit code."""
    app = RadoncApp(home)
    app.run()
    return app.return_code or 0
