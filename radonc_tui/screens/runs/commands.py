"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("runs: search", "Runs and evaluations, by words.", "runs", "search"),
    Command("runs: mark", "The run under the cursor, to compare it.", "runs", "mark"),
    Command("runs: compare", "The marked runs beside each other (space marks).", "runs", "compare"),
    Command("runs: cases it saw", "Ids of the cases the run learned from.", "runs", "seen"),
    Command("runs: export", "Make model files of the run under the cursor.", "runs", "export"),
    Command("runs: report page", "An evaluation's report as an HTML file.", "runs", "report_page"),
    Command("runs: model card", "With an evaluation's numbers, a file.", "runs", "report_card"),
    Command("runs: reproduce", "An evaluation again, from its report.", "runs", "reproduce"),
    Command("evaluation: start", "Hold a model file against another.", "runs", "evaluate"),
    Command("evaluation: stop", "The one under the cursor; asks first.", "runs", "stop"),
    Command("evaluation: report", "The whole report as text.", "runs", "report"),
    Command(
        "evaluation: metrics",
        "Intervals, p-values and baselines of the newest.",
        "runs",
        "pane('metrics')",
    ),
    Command("evaluation: unsafe answers", "What may be dangerous.", "runs", "pane('unsafe')"),
    Command("evaluation: doses", "Regimens read as treatments.", "runs", "pane('doses')"),
    Command("evaluation: scores", "Calibration, tests, power.", "runs", "pane('scores')"),
    Command("evaluation: groups", "By site, intent, age, sex, year.", "runs", "pane('groups')"),
    Command("evaluation: confusion", "Modality: said and meant.", "runs", "pane('modality')"),
    Command("evaluation: codes", "Right and wrong by ICD-10 code.", "runs", "pane('codes')"),
    Command("evaluation: test cases", "Both answers to each.", "runs", "pane('cases')"),
    Command("evaluation: search", "The test cases, by words.", "runs", "find"),
    Command("evaluation: next task", "The test cases of another task.", "runs", "turn_task"),
    Command("evaluation: all cases", "Better, worse and the same.", "runs", "only('')"),
    Command("evaluation: to the case", "This test case among the cases.", "runs", "to_case"),
    Command("evaluation: better", "Test cases that got better.", "runs", "only('better')"),
    Command("evaluation: worse", "Test cases that got worse.", "runs", "only('worse')"),
)
