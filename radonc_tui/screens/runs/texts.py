"""What the panels of the screen of runs say: a run, a test case, a confusion matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exports.evaluation.details import Answer, Confusion, JudgedCase
from exports.report.words import NONE, baseline_name, counted, number, task_name
from radonc_tui.actions.reproduce import Reproduction
from radonc_tui.screens.runs.rows import CHANGES, Ink, answer_cell

MOST_DIFFERENCES = 20


def run_text(shown: Mapping[str, Any], bundles: Sequence[str]) -> Text:
    """One run: what it was asked, what it measured, what was made of it."""
    text = Text()
    if "failure" in shown:
        text.append(f"✗ {shown['failure']}\n\n", "bold")
    metrics = shown["metrics"]
    facts = {
        "run": shown["id"],
        "state": shown["state"],
        "cases": "synthetic" if shown["synthetic"] else "real",
        "base model": shown["base"],
        "data set": shown["dataset"],
        "tasks": ", ".join(shown["tasks"]),
        "step": f"{shown['step']} of {shown['steps']}",
        "loss": number(shown["loss"]),
        "validation loss": number(shown["validation_loss"]),
        "tokens a second": _shown(shown["tokens_per_second"]),
        "seconds": _shown(metrics.get("seconds")) + _estimated(shown),
        "memory": "" if not metrics.get("memory_mb") else f"{metrics['memory_mb']} MiB",
        "device": _shown(metrics.get("device")),
        "bundles": ", ".join(bundles) or NONE,
        "folder": f"runs/{shown['id']}",
    }
    _add(text, facts)
    text.append("\nsettings\n", "bold")
    _add(text, {name: _shown(value) for name, value in shown["settings"].items()})
    return text


def reproduced_text(found: Reproduction) -> Text:
    """How many values came out the same, and the first that did not."""
    same = found.values - len(found.differences)
    text = Text(f"{found.now} against {found.was}\n\n", "bold")
    text.append(f"{same:,} of {found.values:,} values are the same; ", "not bold")
    read = counted(found.test_reads, "time")
    text.append(f"these test patients have been read {read}.\n", "not bold")
    shown = found.differences[:MOST_DIFFERENCES]
    if shown:
        text.append(f"\nThe first {len(shown)} that are not:\n", "bold")
    for one in shown:
        text.append(f"{one.path}\n    was {one.was}\n    is  {one.now}\n", "not bold")
    return text


def _estimated(shown: Mapping[str, Any]) -> str:
    """What was estimated before it began, so that a person sees how far off that was."""
    asked = shown.get("estimate")
    return f" ({asked['seconds']} were estimated)" if asked else ""


def evaluation_text(line: Mapping[str, Any]) -> Text:
    """One evaluation as it stands in the list, with its whole verdict."""
    text = Text().append(f"{line['verdict']}\n\n", "bold")
    names = ("id", "state", "made", "tuned", "base", "dataset", "patients")
    _add(text, {name: _shown(line.get(name)) for name in names})
    if line.get("synthetic"):
        text.append("\nSYNTHETIC cases: the numbers say nothing about patients.\n")
    return text


def _add(text: Text, facts: Mapping[str, str]) -> None:
    for name, value in facts.items():
        if value:
            text.append(f"{name}: ").append(f"{value}\n", "bold")


def _shown(value: Any) -> str:
    return NONE if value is None or value == "" else str(value)


def case_text(cases: Sequence[JudgedCase], diagnosis: str, ink: Ink) -> Text:
    """One test case, whole: its diagnosis, and for each task the reference and every answer."""
    text = Text().append(f"{cases[0].case_id}\n", "bold")
    text.append(f"{diagnosis}\n" if diagnosis else "…\n")
    for case in cases:
        change = CHANGES.get(case.change, "= same" if case.change else "")
        text.append(f"\n{task_name(case.task)}  {change}\n", "bold")
        text.append(f"reference: {case.reference}\n")
        for who, answer in (("base", case.base), ("tuned", case.tuned)):
            if answer:
                text.append(f"{who}: ").append_text(answer_cell(answer, ink))
                text.append(f"{_sure(answer)}\n{_besides(answer)}")
        for by, answer in case.baselines.items():
            text.append(f"{baseline_name(by)}: ").append_text(answer_cell(answer, ink))
            text.append(f"{_sure(answer)}\n")
    return text


def _sure(answer: Answer) -> str:
    return "" if answer.score is None else f"  ({answer.score:.2f})"


def _besides(answer: Answer) -> str:
    """The labels next to it, and what was written freely where that is different."""
    found = ""
    others = [f"{label} {p:.2f}" for label, p in answer.likely if label != answer.text][:3]
    if others:
        found += f"    next: {', '.join(others)}\n"
    if answer.free_text and answer.free_text != answer.text:
        found += f"    written freely: {answer.free_text}\n"
    return found


def confusion_table(confusion: Confusion) -> RenderableType:
    """Reference down, answer across; what is right stands in brackets."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for label in confusion.answered:
        table.add_column(Text(label), justify="right", no_wrap=True)
    for label, counts in zip(confusion.reference, confusion.counts, strict=True):
        cells = [
            Text(f"[{count}]", "bold")
            if answered == label
            else Text(f"{count} " if count else "· ")
            for answered, count in zip(confusion.answered, counts, strict=True)
        ]
        table.add_row(Text(label), *cells)
    right = sum(
        count
        for label, counts in zip(confusion.reference, confusion.counts, strict=True)
        for answered, count in zip(confusion.answered, counts, strict=True)
        if answered == label
    )
    total = sum(map(sum, confusion.counts))
    title = Text(f"{confusion.by}: {right} of {total} right", "bold")
    return Group(title, table, Text(""))
