"""The report's first tables: what may be dangerous, and the regimens read as treatments.

Words and rows for an evaluation's clinical tables; computes nothing.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from exports.report import plots
from exports.report.document import Picture, Section
from exports.report.words import NONE, baseline_name, counted, interval, number

MODELS = ("tuned", "base")
UNREVIEWED = "per unreviewed table"


def who(model: str) -> str:
    """A model or a baseline, as it is called in a table."""
    return f"{model} model" if model in MODELS else baseline_name(model)


def unsafe_section(evaluation: Mapping[str, Any]) -> Section:
    """Unsafe answers with count, n and upper bound, then a row for each site and intent."""
    section = Section("Unsafe answers")
    unsafe = evaluation.get("unsafe")
    if not unsafe:
        section.say("Not counted: the evaluation has no regimens, or no facts of its cases.")
        return section
    models = [m for m in MODELS if m in unsafe["rows"][0]["models"]]
    rows = [
        (row["rule"], *(_cell(row["models"][model]) for model in models)) for row in unsafe["rows"]
    ]
    headings = ("", *(f"{who(m)}: count / n, at most (95 %)" for m in models))
    section.table(headings, rows)
    section.say(
        "At most: the one-sided 95 % upper bound of the share (3/n where none was seen). n counts "
        "the cases that could be judged; an answer that is no legible regimen is wrong and is "
        "counted by itself: "
        + ", ".join(f"{who(m)} {unsafe['illegible'].get(m, 0)}" for m in models)
        + "."
    )
    groups = [
        (
            group["site"] or "not recorded",
            group["intent"] or "not recorded",
            str(group["n"]),
            *(_count(group["models"]["tuned"][key]) for key in ("exact", "accepted", "unsafe")),
        )
        for group in evaluation.get("site_intent", [])
        if "tuned" in group["models"]
    ]
    section.table(
        ("site", "intent", "n", "exact", "accepted", "unsafe"), groups, "Tuned model, by group."
    )
    section.say(_ceiling(evaluation.get("ceiling")))
    return section


def _cell(cell: Mapping[str, Any]) -> str:
    upper = NONE if cell["upper95"] is None else f"{cell['upper95']:.1%}"
    return f"{cell['count']} / {cell['n']}, {upper}"


def _count(cell: Mapping[str, Any]) -> str:
    return f"{cell['count']} / {cell['n']}"


def _ceiling(found: Mapping[str, Any] | None) -> str:
    if not found or found["same"] is None:
        return f"Ceiling: {found['reason']}." if found and found["reason"] else ""
    return (
        f"Ceiling: training patients with the same {', '.join(found['key_fields'])} received "
        f"exactly the regimen of a test patient in {found['same']:.1%} of cases "
        f"{interval(found['same_ci95'])}; always naming their commonest regimen would be right in "
        f"{number(found['modal'])} (n = {found['n']}; {found['uncovered']} without such patients)."
    )


def regimen_section(
    evaluation: Mapping[str, Any], doses: Sequence[tuple[float, float]] = ()
) -> Section:
    """The three nested columns, what differs, and how far ROUGE-1 misleads.

    ``doses`` are (reference, predicted) in Gy, for a picture.
    """
    section = Section("Regimens read as regimens")
    columns: Mapping[str, Any] = evaluation.get("regimens", {})
    if not columns:
        return section
    reviewed = evaluation.get("department_table", {}).get("reviewed", False)
    names = ("exact", "equivalent", "accepted", "unparsed")
    rows = [
        (who(model), *(_share(found[name]) for name in names), str(found["not_judged"]))
        for model, found in columns.items()
    ]
    accepted = "accepted" if reviewed else f"accepted, {UNREVIEWED}"
    section.table(
        ("", "exact", "dose-equivalent", accepted, "unparsed", "not judged"),
        rows,
        "Share of answers with 95 % interval; each column holds the one before.",
    )
    covered = columns.get("tuned", {}).get("covered")
    if covered and covered["share"] is not None:
        section.say(
            f"The department's table has a row for {covered['share']:.1%} of the test cases; the "
            "others are not judged by it."
        )
    verdicts = columns.get("tuned", {}).get("verdicts", {})
    rows = [
        (name, *(str(counts.get(key, 0)) for key in ("right", "wrong", "not stated")))
        for name, counts in verdicts.items()
    ]
    section.table(("tuned model", "right", "wrong", "not stated"), rows)
    section.say(_rouge(evaluation.get("rouge_disagreement", {}).get("tuned")))
    if doses:
        drawn = partial(plots.doses, doses)
        section.parts.append(Picture(drawn, "Predicted against reference dose."))
    return section


def _share(cell: Mapping[str, Any]) -> str:
    if cell["share"] is None:
        return NONE
    return f"{number(cell['share'])} {interval(cell['ci95'])}"


def _rouge(found: Mapping[str, Any] | None) -> str:
    if not found or not found["n"]:
        return ""
    high, low = found["high_not_equivalent"], found["low_equivalent"]
    return (
        f"ROUGE-1 and treatment disagree: {counted(high['count'], 'answer')} of {high['n']} with "
        f"ROUGE-1 of {found['high']} or more are another treatment, and {low['count']} of "
        f"{low['n']} below {found['low']} are the same one."
    )
