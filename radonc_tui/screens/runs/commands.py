"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("runs: compare", "The marked runs beside each other (space marks).", "runs", "compare"),
    Command("runs: cases it saw", "Ids of the cases the run learned from.", "runs", "seen"),
    Command("runs: export", "Make model files of the run under the cursor.", "runs", "export"),
    Command("evaluation: start", "Hold a model file against another.", "runs", "evaluate"),
    Command("evaluation: report", "The whole report as text.", "runs", "report"),
    Command(
        "evaluation: metrics",
        "Intervals, p-values and baselines of the newest.",
        "runs",
        "pane('metrics')",
    ),
    Command("evaluation: confusion", "Modality: said and meant.", "runs", "pane('modality')"),
    Command("evaluation: codes", "Right and wrong by ICD-10 code.", "runs", "pane('codes')"),
    Command("evaluation: test cases", "Both answers to each.", "runs", "pane('cases')"),
    Command("evaluation: better", "Test cases that got better.", "runs", "only('better')"),
    Command("evaluation: worse", "Test cases that got worse.", "runs", "only('worse')"),
)
