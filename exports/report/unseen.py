"""How a model does on test cases whose text it has not seen, beside how it does on all."""

from collections.abc import Mapping
from typing import Any

from exports.report.words import counted, metric_name, number, task_name

Row = tuple[str, ...]
COLUMNS: Row = ("metric", "base", "tuned", "difference")


def unseen_rows(block: Mapping[str, Any]) -> list[Row]:
    """The metrics of one task on its unseen texts; none where every text is new, or none."""
    new = block.get("unseen_text_pairs", block["pairs"])
    if new in (0, block["pairs"]):
        return []
    found = {name: entry["unseen_text"] for name, entry in block["metrics"].items()}
    return [
        (
            metric_name(name),
            number(entry.get("base")),
            number(entry["tuned"]),
            number(entry.get("difference"), sign=True),
        )
        for name, entry in found.items()
    ]


def unseen_title(block: Mapping[str, Any]) -> str:
    """What the rows are of, as a sentence; "" where no text was seen."""
    new = block.get("unseen_text_pairs", block["pairs"])
    if new == block["pairs"]:
        return ""
    if not new:
        return "Every test text occurs in training, so nothing can be said of new texts."
    return f"On the {counted(new, 'case')} whose text does not occur in training:"


def unseen_lines(evaluation: Mapping[str, Any]) -> list[str]:
    """A sentence for each task of which some texts were seen: the tuned model's accuracy."""
    return [
        f"{task_name(task)}: {unseen_title(block)} "
        f"accuracy {number(block['metrics']['accuracy']['unseen_text']['tuned'])} "
        f"(all: {number(block['metrics']['accuracy']['tuned'])})."
        for task, block in evaluation["tasks"].items()
        if unseen_rows(block)
    ]
