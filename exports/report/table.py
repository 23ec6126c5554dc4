"""An evaluation as rows for a terminal of 80 columns.

Rows are data (tuples of text), so that a screen may render them as it likes; ``lines`` is the
plain rendering for a pipe, a log or a screen reader.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, TypeAlias

from exports.report.flag_part import flag_lines
from exports.report.numbers_part import standing_lines
from exports.report.unseen import unseen_lines
from exports.report.verdict import verdict
from exports.report.words import (
    NONE,
    baseline_name,
    better_worse_tied,
    cautions,
    counted,
    declared_p,
    interval,
    metric_name,
    number,
    p_value,
    task_name,
)

Row: TypeAlias = tuple[str, ...]

HEADINGS: Row = ("", "base", "tuned", "difference [95 % CI]", "p exact", "p Holm", "+/-/=")
BASELINE_HEADINGS: Row = ("", "regimen", "(ROUGE-1)", "modality", "ICD-10")
SHOWN: Mapping[str, tuple[str, ...]] = {
    "regimen": ("rouge1", "accuracy", "accuracy_string", "unparsed"),
    "modality": ("accuracy", "f1_macro", "f1_weighted", "rouge1"),
    "icd10": ("accuracy", "f1_macro", "f1_weighted", "rouge1"),
}
"""The metrics of the short table; the report has them all."""
_BASELINE_CELLS = (
    ("regimen", "accuracy"),
    ("regimen", "rouge1"),
    ("modality", "accuracy"),
    ("icd10", "accuracy"),
)


def summary_rows(evaluation: Mapping[str, Any]) -> list[Row]:
    """A row for each task (its name and n, other cells empty), then one for each metric."""
    rows: list[Row] = []
    for task, block in evaluation["tasks"].items():
        title = f"{task_name(task)}, {counted(block['n'], 'patient')}"
        rows.append((title, *[""] * (len(HEADINGS) - 1)))
        rows += [metric_row(name, block["metrics"][name]) for name in SHOWN[task]]
        if "free_running" in block:
            entry = block["free_running"]["accuracy"]
            rows.append(metric_row("accuracy", entry, label="free accuracy"))
    return rows


def metric_row(name: str, entry: Mapping[str, Any], label: str = "") -> Row:
    """One metric as the cells of ``HEADINGS``."""
    difference = number(entry["difference"], 2, sign=True)
    if entry["ci95"]:
        difference += " " + interval(entry["ci95"], 2)
    return (
        f"  {label or metric_name(name)}",
        number(entry["base"]),
        number(entry["tuned"]),
        difference,
        p_value(declared_p(entry)),
        p_value(entry["p_holm"]),
        better_worse_tied(entry),
    )


def baseline_rows(evaluation: Mapping[str, Any]) -> list[Row]:
    """The baselines' accuracy (and regimen ROUGE-1), base and tuned beside them."""
    rows: list[Row] = []
    for who in ("base", "tuned"):
        if evaluation[who]:
            cells = [_metric(evaluation["tasks"], *cell).get(who) for cell in _BASELINE_CELLS]
            rows.append((f"{who} model", *map(number, cells)))
    for name, beside in evaluation["baselines"].items():
        cells = [_metric(beside, *cell).get("value") for cell in _BASELINE_CELLS]
        rows.append((baseline_name(name), *map(number, cells)))
    return rows


def _metric(tasks: Mapping[str, Any], task: str, metric: str) -> Mapping[str, Any]:
    return tasks[task]["metrics"][metric] if task in tasks else {}


def lines(evaluation: Mapping[str, Any], width: int = 80) -> list[str]:
    """The whole summary as plain lines of at most ``width`` columns (80 or more)."""
    found = wrap(verdict(evaluation), width)
    for caution in cautions(evaluation):
        found += wrap(caution, width)
    for said in standing_lines(evaluation):
        found += wrap(said, width)
    found += unsafe_lines(evaluation, width)
    found += ["", *aligned([HEADINGS, *summary_rows(evaluation)])]
    found += ["", *aligned([BASELINE_HEADINGS, *baseline_rows(evaluation)]), ""]
    for said in [*unseen_lines(evaluation), *flag_lines(evaluation)]:
        found += wrap(said, width)
    found += wrap(
        "Regimen accuracy: dose, fractions and modality all equal; what does not parse is wrong. "
        "+/-/=: patients on whom the tuned model is better, worse, the same. p exact: one-sided "
        f"exact McNemar by patient, of the declared tests alone ({', '.join(evaluation['family'])})"
        f", p Holm corrected over them. Device: {evaluation['device']}.",
        width,
    )
    if "audit" in evaluation:
        found += wrap(f"Audit log: {evaluation['audit']}.", width)
    return found


def unsafe_lines(evaluation: Mapping[str, Any], width: int = 80) -> list[str]:
    """What may be dangerous in the tuned model's answers, a line a kind; [] where not counted.

    Kinds of which there is none are left to the report, but never the count of all.
    """
    rows = (evaluation.get("unsafe") or {}).get("rows", [])
    cells = [(row["key"], row["rule"], row["models"]["tuned"]) for row in rows]
    shown = [(rule, cell) for key, rule, cell in cells if cell["count"] or key == "any"]
    found = ["", "Unsafe answers, tuned model: count of n, at most (95 %)"] if shown else []
    for rule, cell in shown:
        upper = NONE if cell["upper95"] is None else f"{cell['upper95']:.1%}"
        number_of = f"{cell['count']} of {cell['n']}, {upper}"
        found += wrap(f"{number_of}  {rule}", width, initial_indent="  ", subsequent_indent="    ")
    return found


def aligned(rows: Sequence[Row]) -> list[str]:
    """Rows as lines: the first column to the left, the others to the right, one space between.

    A row whose other cells are empty is a title and takes no part in the widths.
    """
    full = [row for row in rows if any(row[1:])]
    widths = [max(len(row[column]) for row in full) for column in range(len(rows[0]))]
    found: list[str] = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        found.append(" ".join(cells).rstrip())
    return found
