"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("train: new", "Plan a new training.", "train", "new"),
    Command("train: start", "Start what is planned.", "train", "start"),
    Command("train: advanced", "Every setting of a new training.", "train", "advanced"),
    Command("train: stop", "Stop the open run; it keeps a checkpoint.", "train", "stop"),
    Command("train: resume", "Go on from the last checkpoint.", "train", "resume"),
    Command("train: watch another run", "Choose which run is shown.", "train", "watch"),
    Command("train: curves", "Losses and learning rate.", "train", "pane('curves')"),
    Command("train: answers", "Sample answers on the way.", "train", "pane('answers')"),
    Command("train: log", "What the run said.", "train", "pane('log')"),
    Command("train: about", "Settings, estimate, measurements.", "train", "pane('about')"),
)
