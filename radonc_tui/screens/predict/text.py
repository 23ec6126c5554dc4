"""Where a diagnosis is typed or pasted."""

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea

from exports.inference.predictor import MOST_CHARACTERS


class DiagnosisText(TextArea):
    """A few lines of text; a paste that no model would read is kept out."""

    HELP = (
        "**The diagnosis.** Type or paste it: site, histology, stage, what was done before. "
        "`F5` or `ctrl+j` asks the model, in every terminal; `ctrl+enter` where the terminal "
        "knows that key. `esc` leaves the text, so that single keys work."
    )

    BINDINGS = [Binding("escape", "screen.back", "Leave the text", id="predict.leave")]

    class TooLong(Message):
        """A paste that would make the text longer than any diagnosis was not put in."""

        def __init__(self, characters: int) -> None:
            super().__init__()
            self.characters = characters

    def __init__(self, id: str | None = None) -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder="Type or paste a diagnosis; F5 asks.",
        )

    def on_paste(self, event: events.Paste) -> None:
        """Refuse at once what would only be refused later, and slow down every key till then."""
        characters = len(self.text) - len(self.selected_text) + len(event.text)
        if characters > MOST_CHARACTERS:
            event.prevent_default()
            event.stop()
            self.post_message(self.TooLong(characters))
