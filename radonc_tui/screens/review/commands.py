"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("review: new", "Freeze a blinded review of an evaluation.", "review", "new"),
    Command("review: go on", "Judge where the reviewer left.", "review", "go_on"),
    Command("review: another reviewer", "Judge a review by somebody else.", "review", "another"),
    Command("review: undo", "Take the last answer back.", "review", "undo"),
    Command("review: summary", "Unblinded, when all cards are judged.", "review", "summary"),
)
