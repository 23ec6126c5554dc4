"""What the cases screen knows, and how it is said: no widget, no store.

The screen sets a new ``View`` and draws it; whatever can be said without a terminal is said
here, so that it can be tested without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rich.text import Text

from store.case_filter import CaseFilter
from store.case_pages import CaseIndex

EVERY = CaseFilter()
BRACHY = "brachy"
"""What the field calls brachytherapy where there is no room."""


class Panel(Enum):
    """What lies beside the table, or on a narrow screen over it."""

    NONE = "none"
    DETAIL = "detail"
    FUNNEL = "funnel"
    CHECKS = "checks"
    FORM = "form"


@dataclass(frozen=True)
class View:
    """The choice of cases, and what was found for it.

    ``index`` is None until the first answer; ``failed`` says that the newest question had none.
    """

    chosen: CaseFilter = EVERY
    index: CaseIndex | None = None
    failed: bool = False

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen.words.strip() or self.chosen.equal)


NEEDS_CASE = frozenset({"open", "edit", "annotate", "exclude", "include"})
GUARDED = NEEDS_CASE | frozenset(
    {
        "search",
        "filter",
        "clear",
        "funnel",
        "rejects",
        "import",
        "demo",
        "freeze",
        "undo",
        "show_case",
        "batches",
        "privacy",
    }
)
"""The actions that are hidden while a form is open, or while ``possible`` says so."""


def possible(action: str, view: View, case: Mapping[str, Any] | None) -> bool:
    """Whether an action makes sense with this view and this case under the cursor."""
    if action in ("exclude", "include"):
        return case is not None and (case["status"] == "included") == (action == "exclude")
    if action in NEEDS_CASE:
        return case is not None
    if action == "clear":
        return view.is_filtered
    if action in ("demo", "freeze"):
        nothing = view.index is not None and not view.index.total and not view.is_filtered
        return nothing == (action == "demo")
    return True


def heading(view: View) -> str:
    """How many cases are chosen, and how many of them are made up."""
    if view.index is None or view.failed:
        return "…"
    total, synthetic = view.index.total, view.index.synthetic
    said = f"{total:,} case" + "s" * (total != 1)
    if synthetic:
        said += ", synthetic" if synthetic == total else f", {synthetic:,} synthetic"
    return said


def chips(view: View) -> str:
    """The filters that are on, in words, and how to be rid of them; empty without any."""
    parts = [f"{field}: {value or '(empty)'}" for field, value in view.chosen.equal]
    return "  ·  ".join([*parts, "c clears"]) if parts else ""


def empty_line(view: View) -> str:
    """What the empty table says: the next thing to do."""
    if view.failed:
        return "The cases could not be read."
    if view.index is None:
        return "Looking…"
    if view.is_filtered:
        return "No case is like this. c clears search and filters."
    return "No cases yet. d loads the demo cases, i imports your own."


def shown_row(case: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a case in the table; what is excluded has a sign and is faint."""
    excluded = case["status"] == "excluded"
    modality = BRACHY if case["modality"] == "brachytherapy" else case["modality"]
    cells = {
        **case,
        "whole": case,
        "short": str(case["case_id"]).removeprefix("case-"),
        "modality": modality,
        "mark": "✗" if excluded else "✓" if case["annotated"] else "",
    }
    if not excluded:
        return cells
    return {
        name: Text(value, "dim") if isinstance(value, str) and name != "case_id" else value
        for name, value in cells.items()
    }
