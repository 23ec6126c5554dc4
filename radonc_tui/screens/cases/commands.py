"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS = tuple(
    Command(f"cases: {title}", help, "cases", action)
    for title, help, action in (
        ("import", "Take in your own files: CSV, Excel, Parquet, JSONL, TCGA.", "import"),
        ("load the demo cases", "1,200 synthetic cases to try everything with.", "demo"),
        ("search", "Find cases by words of any of their fields.", "search"),
        ("filter", "By site, modality, code, status, source, split, intent.", "filter"),
        ("clear search and filters", "All cases again.", "clear"),
        ("funnel", "How many records reach each step of the curation.", "funnel"),
        ("rejects", "Records that are no case: by reason, put right, taken in.", "rejects"),
        ("check for leaks and contradictions", "A list to work through, leaks first.", "check"),
        ("accept what was found", "It is right as it is, and not listed again.", "accept"),
        ("leakage of a split", "Persons and near-duplicate texts on both sides.", "leakage"),
        ("rules", "Which records an import takes, and which cases a data set.", "rules"),
        ("privacy", "Look at what was left of patients' text; redact, confirm.", "privacy"),
        ("open", "The whole case, its source row and its history.", "open"),
        ("edit", "Correct a value of the case under the cursor.", "edit"),
        ("annotate", "Confirm or set regimen, modality and code of the case.", "annotate"),
        ("keep what is typed", "The case as the form has it now.", "keep"),
        ("annotate in batches", "By one or two people, blind; agreement, decisions.", "batches"),
        ("exclude", "Leave the case out of data sets, for a reason.", "exclude"),
        ("include again", "Take an excluded case back in.", "include"),
        ("undo", "Take back the last change of the case under the cursor.", "undo"),
        ("find the chart", "The record number of the case under the cursor.", "chart"),
        ("forget the person", "The patient of the case under the cursor, withdrawn.", "forget"),
        ("freeze a data set", "Fix the included cases and their split for training.", "freeze"),
    )
)
