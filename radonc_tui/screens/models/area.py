"""The screen ``models``: base models and bundles, what they weigh and what was measured of them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from exports.report.words import task_name
from radonc_tui.actions import models as actions
from radonc_tui.actions.export import ExportRequest, ExportResult, export
from radonc_tui.actions.monitor import MonitorRequest, monitor
from radonc_tui.actions.progress import Action
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.models.adding import AskFolder
from radonc_tui.screens.models.quants import AskQuants
from radonc_tui.screens.models.state import (
    MEANING,
    Shelf,
    at_work,
    facts,
    findings,
    labels,
    measured,
    size,
)
from radonc_tui.widgets.dialogs import AskText, Confirm
from radonc_tui.widgets.finding import FindLine
from radonc_tui.widgets.going import Going
from radonc_tui.widgets.window import Column, WindowTable
from store.errors import RadoncError

T = TypeVar("T")
COLUMNS = (
    Column("name", "model", least=22),
    Column("kind", "kind", width=16),
    Column("size", "size", width=8, justify="right"),
    Column("files", "files", width=13),
    Column("check", "verified", width=10),
    Column("of", "family or data set", width=20),
    Column("run", "licence or run", width=20),
)
EMPTY = "No model yet: a adds a folder of weights, 2 trains on the embedded one."


class ModelsArea(Area):
    """All models of the home, and one of them in detail."""

    HELP = """\
**Models.** A base model is what training begins with; a bundle is what an export made of a run:
files in several quantizations, each compared with the trained model before it was kept. Verifying
hashes every file again. A star marks the file that a model's name alone means; `enter` shows what
was measured of each; `/` finds by words. Removing is refused while a run or a bundle needs the
model. `s` signs a bundle off for a task, `o` lists sign-offs, `w` says who may sign, `y` what the
department asks. `m` asks a bundle about the cases that arrived since its sign-off, `l` shows what
such looks found.
"""
    CSS_PATH = "models.tcss"
    BINDINGS = [
        Binding("slash", "search", "Search", key_display="/", id="models.search"),
        Binding("v", "verify", "Verify", id="models.verify", tooltip="Hash its files again"),
        Binding("V", "verify_all", "Verify all", id="models.verify_all", key_display="V"),
        Binding("a", "add", "Add", id="models.add", tooltip="A folder of weights, as a base"),
        Binding("e", "export", "Export again", id="models.export"),
        Binding("d", "remove", "Remove", id="models.remove", tooltip="Asks first"),
        Binding("p", "predict", "Ask it", id="models.predict", tooltip="On the predict screen"),
        Binding("s", "sign_off", "Sign off", show=False, id="models.sign_off"),
        Binding("o", "sign_offs", "Sign-offs", show=False, id="models.sign_offs"),
        Binding("w", "signatories", "Who may sign", show=False, id="models.signatories"),
        Binding("y", "policy", "Policy", show=False, id="models.policy"),
        Binding("m", "monitor", "Monitor", show=False, id="models.monitor"),
        Binding("l", "looks", "Looks", show=False, id="models.looks"),
        Binding("x", "stop", "Stop", id="models.stop"),
        Binding("h", "app.go('home')", "Home", show=False, id="models.home"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self._folder = ("", "")

    def compose_body(self) -> ComposeResult:
        table = WindowTable(COLUMNS, empty=EMPTY)
        yield FindLine(table)
        with Container(id="panes"):
            yield table
            with VerticalScroll(id="detail"):
                yield Static(id="title")
                yield Static(id="findings", markup=False)
                yield Static(id="measured")
                yield Static(id="facts")
                yield Static(MEANING, id="meaning", markup=False)
        yield Going()

    def on_mount(self) -> None:
        self.table.focus()

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    @property
    def name_here(self) -> str:
        """The name of the model under the cursor; "" where there is none."""
        return str(self.table.row["name"]) if self.table.row else ""

    # what there is

    def reload(self) -> None:
        self.table.loading = not self.shelf.models
        perform(
            self,
            lambda: actions.list_models(self.radonc.home),
            self._listed,
            failed=self._not_listed,
            group="list",
            # nobody has asked for what is only looked at again
            quiet=bool(self.shelf.models),
        )

    def _listed(self, models: list[dict[str, Any]]) -> None:
        self.table.loading = False
        self._show(self.shelf.with_models(models))
        if self.focused is None:
            self.table.focus()

    def _not_listed(self, error: RadoncError) -> None:
        self.table.loading = False
        if error.kind != "busy" or not self.shelf.models:
            # the list that is there stays, and is asked for again with the next change
            self.fail(error)

    def _show(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.table.show_rows(shelf.rows())

    @on(WindowTable.RowHighlighted)
    def glance(self) -> None:
        model = self.shelf.model(self.name_here)
        for part in self.query("#detail > Static"):
            part.set_class(model is None, "-absent")
        if model:
            found = findings(self.shelf, model)
            self.query_one("#title", Static).update(Text(model["name"], "bold"))
            self.query_one("#findings", Static).update(found)
            self.query_one("#findings").set_class(not found.plain, "-absent")
            self.query_one("#measured", Static).update(measured(model))
            self.query_one("#facts", Static).update(facts(model))
        self.refresh_bindings()

    @on(WindowTable.RowChosen)
    def open_detail(self) -> None:
        self.add_class("-detail")
        self.call_after_refresh(self.query_one("#detail").focus)

    def action_back(self) -> None:
        if self.has_class("-detail"):
            self.remove_class("-detail")
            self.call_after_refresh(self.table.focus)
        elif not self.query_one(FindLine).close():
            super().action_back()

    def action_search(self) -> None:
        """Find models by words."""
        self.remove_class("-detail")
        self.query_one(FindLine).open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("verify", "verify_all", "remove"):
            return any(table.row for table in self.query(WindowTable))
        if action in ("export", "predict", "sign_off", "monitor"):
            model = self.shelf.model(self.name_here) if self.query(WindowTable) else None
            return model is not None and model["kind"] == "bundle"
        if action == "stop":
            return any(going.busy for going in self.query(Going))
        return True

    # what is done with them

    def _begin(self, title: str, make: Callable[[], Action[T]], done: Callable[[T], None]) -> None:
        """One thing at a time, which goes on while screens change."""
        going = self.query_one(Going)
        if going.busy:
            self.say(f"{going.title} is not done yet: x stops it.")
        else:
            self.say("")
            going.begin(title, make, done, self.fail)

    @on(Going.Turned)
    def renew_keys(self) -> None:
        self.refresh_bindings()

    def action_stop(self) -> None:
        """End what goes on; nothing of it is kept."""
        going = self.query_one(Going)
        if going.stop():
            self.say(f"Stopped: {going.title}.")

    def action_verify(self) -> None:
        """Hash the files of the model under the cursor."""
        self._verify((self.name_here,))

    def action_verify_all(self) -> None:
        """Hash every file of every model."""
        self._verify(())

    def _verify(self, names: tuple[str, ...]) -> None:
        home = self.radonc.home
        self._begin("verify", lambda: actions.verify_models(home, names), self._verified)

    def _verified(self, found: list[dict[str, Any]]) -> None:
        self._show(self.shelf.with_verified(found))
        wrong = [line for each in found for line in each["mismatches"]]
        if wrong:
            more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
            self.say(f"! {wrong[0]} Export or add it again.{more}", bad=True)
        else:
            self.say(f"✓ Every file of {_counted(found)} is what it was.")

    def action_add(self) -> None:
        """Ask for a folder and a name, then take it in as a base."""

        def answered(given: tuple[Path, str] | None) -> None:
            if given:
                # a mistake in one of them need not be typed again
                self._folder = (str(given[0]), given[1])
                home = self.radonc.home
                self._begin("add model", partial(actions.add_model, home, *given), self._added)

        self.app.push_screen(AskFolder(*self._folder), answered)

    def _added(self, made: dict[str, Any]) -> None:
        self._folder = ("", "")
        self.say(f"✓ Added {made['name']} ({made['family']}). Next: 2 trains on it.")

    def action_export(self) -> None:
        """Make another bundle of the run that this one was made of."""
        model = self.shelf.model(self.name_here)

        def start(quants: tuple[str, ...] | None) -> None:
            if quants and model:
                request = ExportRequest(model["run"], quants)
                title = f"export {request.run}"
                self._begin(title, lambda: export(self.radonc.home, request), self._exported)

        if model:
            self.app.push_screen(AskQuants(model["run"], model["quants"]), start)

    def _exported(self, made: ExportResult) -> None:
        refused = ", ".join(made.manifest["refused"])
        why = f" {refused} failed its check and was deleted." if refused else ""
        self.say(f"✓ Made {made.bundle_id}.{why} Next: 3 evaluates it.")

    def action_remove(self) -> None:
        """Remove the model under the cursor, after a question."""
        model = self.shelf.model(self.name_here)

        def sure(yes: bool | None) -> None:
            if yes and model:
                home, name = self.radonc.home, model["name"]
                self._begin("remove", lambda: actions.remove_model(home, name), self._removed)

        if model:
            question = f"Remove {model['name']} and its files, {size(model['bytes'])}?"
            kept = "Evaluations made with it keep their numbers and its SHA-256."
            again = "It is made again when an export or an evaluation needs it."
            hint = again if model.get("embedded") else kept
            self.app.push_screen(Confirm(question, "remove", hint, "keep"), sure)

    def _removed(self, gone: dict[str, Any]) -> None:
        self.say(f"✓ Removed {gone['name']}; {size(gone['bytes'])} are free again.")

    # whether they may be used; each page is imported when it is opened, for a first paint at once

    def action_sign_off(self) -> None:
        """Sign the bundle under the cursor off for a task."""
        from radonc_tui.screens.models.signoff import SignOffScreen

        model = self.shelf.model(self.name_here)
        if model:
            self.app.push_screen(SignOffScreen(labels(model)), self._signed)

    def _signed(self, made: dict[str, Any] | None) -> None:
        if made:
            self.say(
                f"✓ {made['model']} is signed off for {task_name(made['task'])} until "
                f"{made['ends']}: {made['signoff_id']}, audit log {made['audit_head']}."
            )
            self.radonc.changed()

    def action_sign_offs(self) -> None:
        """Show what was signed off."""
        from radonc_tui.screens.models.signoffs import SignoffsScreen

        def left(revoked: bool | None) -> None:
            if revoked:
                self.radonc.changed()

        self.app.push_screen(SignoffsScreen(), left)

    def action_signatories(self) -> None:
        """Show who may sign."""
        from radonc_tui.screens.models.signatories import SignatoriesScreen

        self.app.push_screen(SignatoriesScreen())

    def action_policy(self) -> None:
        """Show what the department asks of a model."""
        from radonc_tui.screens.models.policy import PolicyScreen

        self.app.push_screen(PolicyScreen())

    def action_monitor(self) -> None:
        """Ask the bundle under the cursor about what arrived since its sign-off."""
        model = self.shelf.model(self.name_here)

        def start(since: str | None) -> None:
            if model and since is not None:
                request = MonitorRequest(at_work(model), since.strip())
                title = f"monitor {request.model}"
                self._begin(title, lambda: monitor(self.radonc.home, request), self._looked)

        if model:
            question = f"{at_work(model)}: cases since which day?"
            hint = "Written as 2026-11-26. Empty: since its first sign-off."
            self.app.push_screen(AskText(question, "", hint), start)

    def _looked(self, found: dict[str, Any]) -> None:
        self.say(f"✓ {found['id']} is done; l shows it.")
        if self.is_current:
            self._open_looks(found["id"])

    def action_looks(self) -> None:
        """Show what monitoring found, the newest look first."""
        self._open_looks("")

    def _open_looks(self, look: str) -> None:
        from radonc_tui.screens.models.monitoring import MonitorScreen

        self.app.push_screen(MonitorScreen(look))

    def action_predict(self) -> None:
        """Go to the screen of predictions, with this bundle."""
        self.radonc.go("predict")
        self.radonc.when_shown("predict", f"use_model({self.name_here!r})")


def _counted(found: list[dict[str, Any]]) -> str:
    return found[0]["name"] if len(found) == 1 else f"all {len(found)} models"
