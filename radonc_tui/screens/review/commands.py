"""What the palette offers of this screen."""

from radonc_tui.commands import Command
from radonc_tui.screens.review.judging import JUDGEMENTS, REASONS, SEVERITIES

COMMANDS: tuple[Command, ...] = (
    Command("review: search", "Reviews and reviewers, by words.", "review", "search"),
    Command("review: new", "Freeze a blinded review of an evaluation.", "review", "new"),
    Command("review: go on", "Judge where the reviewer left.", "review", "go_on"),
    Command("review: another reviewer", "Judge a review by somebody else.", "review", "another"),
    Command("review: adjudicate", "A third person decides.", "review", "adjudicate"),
    Command("review: send", "As one encrypted page for another machine.", "review", "send"),
    Command("review: take in", "Answers that a page gave back.", "review", "take"),
    Command("review: undo", "Take the last answer back.", "review", "undo"),
    Command("review: summary", "Unblinded, when all cards are judged.", "review", "summary"),
    Command("review: to the case", "This case among the cases.", "review", "to_case"),
    *(
        Command(f"review: {word.words}", f"{what} of the card.", "review", f"say('{word}')")
        for what, words in (
            ("The judgement", JUDGEMENTS),
            ("The reason for the judgement", REASONS),
            ("How much it matters: the severity", SEVERITIES),
        )
        for word in words.values()
    ),
)
