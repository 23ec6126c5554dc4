"""The question before an export: which quantizations."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Label, SelectionList

from radonc_tui.actions.export import KNOWN_QUANTS, QUANTS
from radonc_tui.widgets.dialogs import Dialog

ABOUT = {
    "F16": "16 bits, as trained; the largest",
    "Q8_0": "8 bits, the recommended one where it passes",
    "Q6_K": "about 6.5 bits",
    "Q5_K_M": "about 5.5 bits",
    "Q4_K_M": "about 4.8 bits, the smallest",
}


class AskQuants(Dialog[tuple[str, ...] | None]):
    """Any of the quantizations; ``space`` marks, ``x`` exports what is marked."""

    HELP = (
        "**Quantizations.** A smaller file is quicker and further from the trained model; how far "
        "is measured at the export, and a file that is too far is deleted. `space` marks, `x` "
        "exports what is marked."
    )
    AUTO_FOCUS = "SelectionList"
    DEFAULT_CSS = """
    AskQuants SelectionList { height: auto; max-height: 8; border: none; }
    """
    BINDINGS = [Binding("x", "export", "Export", id="quants.export")]

    def __init__(self, run: str, there: Sequence[str]) -> None:
        super().__init__()
        self.run, self.there = run, frozenset(there)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(f"Export {self.run} again, as another bundle", markup=False)
            yield SelectionList[str](
                *((self._label(quant), quant, quant in QUANTS) for quant in KNOWN_QUANTS)
            )
            yield Label("space marks; x exports what is marked.", classes="hint", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("(x) export", id="export", compact=True)

    def _label(self, quant: str) -> str:
        here = ", in this bundle" if quant in self.there else ""
        return f"{quant:<7} {ABOUT[quant]}{here}"

    @on(Button.Pressed, "#export")
    def action_export(self) -> None:
        marked = set(self.query_one(SelectionList).selected)
        if marked:
            self.dismiss(tuple(quant for quant in KNOWN_QUANTS if quant in marked))
