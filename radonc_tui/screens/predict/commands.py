"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("predict: ask", "Ask the model about the diagnosis.", "predict", "ask"),
    Command("predict: diagnosis", "Into the text.", "predict", "edit"),
    Command("predict: new diagnosis", "Begin with an empty text.", "predict", "new"),
    Command("predict: copy the answer", "With its model, date and note.", "predict", "copy"),
    Command("predict: choose the model", "Any file of a bundle.", "predict", "choose_model"),
    Command("predict: all codes", "The best of all ICD-10-CM codes.", "predict", "all_codes"),
    Command("predict: a file of diagnoses", "A table in, answers out.", "predict", "file"),
    Command("predict: stop", "The answer or the file under way.", "predict", "stop"),
)
