"""The screen of the home: where it is, its key, its audit log, its backups, and withdrawal.

What is under the keys is in ``keys``, ``copies`` and ``persons``; this composes and shows.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.widgets import Static

from radonc_tui.actions.audit import verdict, verify_audit
from radonc_tui.actions.progress import Action
from radonc_tui.actions.store_keys import KeyState, home_sizes, key_state
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.home import copies, keys, persons
from radonc_tui.screens.home.log import AuditLog
from radonc_tui.screens.home.state import Keeping, entry_text, facts
from radonc_tui.widgets.going import Going
from radonc_tui.widgets.window import WindowTable
from store.audit_check import Checked
from store.errors import RadoncError
from store.home import Home

T = TypeVar("T")
KEYS = ("encrypt", "rekey", "decrypt")
"""The actions that change the key."""
ALONE = (*KEYS, "restore", "forget")
"""Work during which nobody else may open the store."""


class HomeArea(Area):
    """Everything that keeps the home safe."""

    CSS_PATH = "home.tcss"
    HELP: ClassVar[str | None] = (
        "**Home.** Where all of this is kept, and how it is kept safe. `e` encrypts the home, best "
        "before the first import; `c` changes its key. `v` checks that no entry of the audit log "
        "was changed, taken out or cut off, and shows the head to write down where the home's "
        "owner cannot write. `b` backs up into a folder, `r` brings a backup into an empty home. "
        "`f` leads from a case to its chart and back, `w` takes a person out, after showing every "
        "run and bundle that was trained on them. Long work goes on while you look elsewhere."
    )
    BINDINGS = [
        Binding("e", "encrypt", "Encrypt", id="home.encrypt", tooltip="Store and case text."),
        Binding("c", "rekey", "Change key", id="home.rekey", tooltip="Encrypt all anew."),
        Binding("d", "decrypt", "Decrypt", id="home.decrypt", tooltip="Asks for a word."),
        Binding("v", "verify", "Verify", id="home.verify", tooltip="Is the audit log whole?"),
        Binding("b", "backup", "Back up", id="home.backup", tooltip="Into a new folder."),
        Binding("r", "restore", "Restore", id="home.restore", tooltip="Into an empty home."),
        Binding("f", "find", "Chart", id="home.find", tooltip="Of a case, or back; audited."),
        Binding("w", "forget", "Forget", id="home.forget", tooltip="A person; asks first."),
        Binding("slash", "search", "Filter", key_display="/", show=False, id="home.search"),
        Binding("x", "stop", "Stop", show=False, id="home.stop"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.kept = Keeping()
        self._waiting: list[Callable[[], None]] = []

    def compose_body(self) -> ComposeResult:
        with Container(id="panes"):
            with Vertical(id="side"):
                yield Static(id="facts")
                with VerticalScroll(id="entry-box"):
                    yield Static(id="entry")
            yield AuditLog()
        yield Going("x stops it")

    @property
    def audit(self) -> AuditLog:
        return self.query_one(AuditLog)

    @property
    def going(self) -> Going:
        return self.query_one(Going)

    def on_mount(self) -> None:
        self.show(replace(self.kept, path=str(self.radonc.home.path)))
        self.audit.table.focus()

    # what there is

    def reload(self) -> None:
        # it is asked again when that is over
        if not any(job.title in ALONE for job in self.radonc.jobs):
            self.look()

    def look(self) -> None:
        """Ask again how the home is kept and what is in its log."""
        self.audit.find()
        self._look_at_home()

    def _look_at_home(self) -> None:
        make = partial(_kept, self.radonc.home)
        perform(self, make, self._known, failed=self._not_known, group="kept")

    def _known(self, found: tuple[KeyState, dict[str, int]]) -> None:
        self.show(replace(self.kept, key=found[0], sizes=found[1], known=True))
        waiting, self._waiting = self._waiting, []
        for ask in waiting:
            ask()

    def _not_known(self, error: RadoncError) -> None:
        self._waiting = []
        self.fail(error)

    def _once_known(self, ask: Callable[[], None]) -> None:
        """Ask now, or when it is known how the home is kept: the palette may be that early."""
        if self.kept.known:
            ask()
        else:
            self._waiting.append(ask)

    def show(self, kept: Keeping) -> None:
        """Show what is known of the home."""
        self.kept = kept
        self.query_one("#facts", Static).update(facts(kept))
        self.refresh_bindings()

    @on(AuditLog.Found)
    def counted(self, event: AuditLog.Found) -> None:
        self.show(self.kept.with_newest(event.newest))
        # the first look at a new home makes its store
        self._look_at_home()

    @on(AuditLog.Failed)
    def not_read(self, event: AuditLog.Failed) -> None:
        self.fail(event.error)

    @on(WindowTable.RowHighlighted)
    def glance(self) -> None:
        entry = self.audit.entry
        self.query_one("#entry", Static).update(entry_text(entry) if entry else "")

    @on(WindowTable.RowChosen)
    def open_entry(self) -> None:
        self.add_class("-detail")
        self.call_after_refresh(self.query_one("#entry-box").focus)

    def action_back(self) -> None:
        """From an entry or the field to the table; then the notice goes."""
        if self.has_class("-detail") or not self.audit.table.has_focus:
            self.remove_class("-detail")
            self.call_after_refresh(self.audit.table.focus)
        else:
            super().action_back()

    def action_search(self) -> None:
        """Type words; each key narrows."""
        self.remove_class("-detail")
        self.call_after_refresh(self.query_one("#search").focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action in KEYS:
            return not self.kept.known or self.kept.may(action)
        return self.going.busy if action == "stop" else True

    # what is done

    def begin(
        self,
        title: str,
        make: Callable[[], Action[T]],
        done: Callable[[T], None],
        failed: Callable[[RadoncError], None] | None = None,
    ) -> None:
        """One thing at a time, which goes on while screens change."""
        if self.going.busy:
            self.say(f"{self.going.title} is not done yet: x stops it.")
        else:
            self.say("")
            self.going.begin(title, make, done, failed or self.fail)

    @on(Going.Turned)
    def renew_keys(self) -> None:
        self.refresh_bindings()

    def action_stop(self) -> None:
        """End what goes on; a change of the key goes on by its own key."""
        if self.going.stop():
            again = " The same key goes on with it." if self.going.title in KEYS else ""
            self.say(f"Stopped: {self.going.title}.{again}")

    def action_verify(self) -> None:
        """Whether the log is whole."""
        self.begin("verify", partial(verify_audit, self.radonc.home), self._verified)

    def _verified(self, checked: Checked) -> None:
        self.show(replace(self.kept, checked=checked))
        if checked.whole:
            self.say(f"✓ {verdict(checked)} Write its head down where this home is not.")
        else:
            self.say(f"! {verdict(checked)} Compare with a backup.", bad=True)

    def action_encrypt(self) -> None:
        """Seal the store and every file with case text."""
        self._once_known(partial(keys.encrypt, self))

    def action_rekey(self) -> None:
        """Encrypt everything anew, under another key."""
        self._once_known(partial(keys.rekey, self))

    def action_decrypt(self) -> None:
        """Everything in the clear again."""
        self._once_known(partial(keys.decrypt, self))

    def action_backup(self) -> None:
        """Everything made here, into a new folder."""
        self._once_known(partial(copies.back_up, self))

    def action_restore(self) -> None:
        """A backup, into a home that has nothing yet."""
        copies.restore(self)

    def action_find(self, case_id: str = "") -> None:
        """From a case to its record number, or back."""
        self._once_known(partial(persons.find, self, case_id))

    def action_forget(self, case_id: str = "") -> None:
        """Take a person out of the home."""
        persons.forget(self, case_id)


def _kept(home: Home) -> Action[tuple[KeyState, dict[str, int]]]:
    """The state of the key, and the sizes; the store is not opened for them."""
    key = yield from key_state(home)
    sizes = yield from home_sizes(home)
    return key, sizes
