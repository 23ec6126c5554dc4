"""A field for an ICD-10 code that finds codes by their beginning or by words, while one types.

What is typed is looked up in a thread; the newest answer wins.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from radonc_tui.actions.progress import Action
from radonc_tui.performing import perform
from store.clinical.icd10 import Code
from store.errors import RadoncError

Search = Callable[[str], Action[list[Code]]]
_MOVES = {"up": "cursor_up", "down": "cursor_down"}


class CodeField(Vertical):
    """An input for a code, with what it may mean below."""

    HELP: ClassVar[str | None] = (
        "**ICD-10.** Type the beginning of a code (`c50.9`) or words of its description "
        "(`left breast upper`). `up` and `down` choose, `enter` takes the chosen one."
    )
    DEFAULT_CSS = """
    CodeField {
        height: auto;
        & > #code-meaning { color: $text-muted; height: 1; }
        & > OptionList {
            height: auto; max-height: 6; border: none; padding: 0; display: none;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > OptionList.-open { display: block; }
    }
    """

    def __init__(self, code: str, meaning: str, search: Search) -> None:
        super().__init__()
        self.code, self.meaning, self.search = code, meaning, search
        self._found: list[Code] = []

    def compose(self) -> ComposeResult:
        yield Input(self.code, id="icd10", compact=True, select_on_focus=True)
        yield OptionList(id="found", markup=False, compact=True)
        yield Static(self.meaning, id="code-meaning", markup=False)

    @property
    def value(self) -> str:
        return self.query_one(Input).value

    @property
    def is_open(self) -> bool:
        """Whether codes are offered; the first ``esc`` closes them."""
        return self.query_one(OptionList).has_class("-open")

    def close(self) -> None:
        self.query_one(OptionList).remove_class("-open")

    @on(Input.Changed)
    def look_up(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value.strip()
        if text in ("", self.code):
            self.close()
            return
        self._say("")
        perform(self, lambda: self.search(text), self._offer, failed=self._not_found, group="code")

    def _offer(self, found: list[Code]) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(f"{code.code:<8} {code.description}{'' if code.billable else ' (heading)'}")
            for code in found
        )
        self._found = found
        options.highlighted = 0 if found else None
        options.set_class(bool(found), "-open")
        self._say("" if found else "No code begins so, and none has these words.")

    def _not_found(self, error: RadoncError) -> None:
        self._say(str(error))

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while the typing goes on."""
        if self.is_open and event.key in _MOVES and self.query_one(Input).has_focus:
            getattr(self.query_one(OptionList), f"action_{_MOVES[event.key]}")()
            event.stop()
            event.prevent_default()

    @on(Input.Submitted)
    def take_highlighted(self, event: Input.Submitted) -> None:
        if self.is_open:
            event.stop()
            self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def take(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        code = self._found[event.option_index]
        self.code = code.code
        with self.prevent(Input.Changed):
            field = self.query_one(Input)
            field.value = code.code
            field.cursor_position = len(code.code)
            field.focus()
        self.close()
        self._say(code.description)

    def _say(self, text: str) -> None:
        self.query_one("#code-meaning", Static).update(text)
