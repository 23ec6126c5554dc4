"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("review: new", "Freeze a blinded review of an evaluation.", "review", "new"),
    Command("review: go on", "Judge where the reviewer left.", "review", "go_on"),
    Command("review: another reviewer", "Judge a review by somebody else.", "review", "another"),
    Command("review: adjudicate", "A third person decides.", "review", "adjudicate"),
    Command("review: send", "As one encrypted page for another machine.", "review", "send"),
    Command("review: take in", "Answers that a page gave back.", "review", "take"),
    Command("review: undo", "Take the last answer back.", "review", "undo"),
    Command("review: summary", "Unblinded, when all cards are judged.", "review", "summary"),
)
