"""One case, whole: what is answered, what it was read from, what was repaired and changed.

It shows a case and a funnel that others fetched; it asks for nothing itself.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from store.legible import legible

MUTED, HEAD, BAD, GOOD = "dim", "bold $text-primary", "$text-error", "$text-success"
LABEL = 11

Part = str | tuple[str, str]


class DetailPanel(VerticalScroll):
    """The case under the cursor."""

    HELP: ClassVar[str | None] = (
        "**A case.** What a model would be asked and should answer, the columns kept of the source "
        "row (patient identifiers are never kept), what the import repaired, and everything that "
        "a person changed since. `left` and `right` go to the case before and after."
    )
    BINDINGS = [
        Binding("left", "step(-1)", "Before", show=False, id="case.before"),
        Binding("right", "step(1)", "After", show=False, id="case.after"),
        Binding("j", "scroll_down", "Down", show=False, id="case.down"),
        Binding("k", "scroll_up", "Up", show=False, id="case.up"),
    ]

    class Step(Message):
        """The case before (-1) or after (1) is wanted."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def compose(self) -> ComposeResult:
        yield Static(id="case")

    _case: Mapping[str, Any] | None = None

    def show(self, case: Mapping[str, Any] | None) -> None:
        """Show a case from its beginning; the same case again stays where it is."""
        if not (case and self._case and case["case_id"] == self._case["case_id"]):
            self.scroll_home(animate=False)
        self._case = case
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        del event
        self._draw()

    def _draw(self) -> None:
        text = Content.styled("No case is chosen.", MUTED)
        if self._case:
            text = detail(self._case, self.scrollable_content_region.width - 1)
        self.query_one("#case", Static).update(text)

    def action_step(self, by: int) -> None:
        self.post_message(self.Step(by))


def detail(case: Mapping[str, Any], width: int = 60) -> Content:
    """The case as text: its state, the three answers, the history, the source, the repairs.

    Values are wrapped to ``width`` cells beside their names.
    """
    parts: list[Part] = [*_state(case), "\n\n", (str(case["diagnosis"]), ""), "\n\n"]
    code = str(case["icd10"]) + (f"  {case['meaning']}" if case.get("meaning") else "")
    for name, value in (
        ("regimen", case["regimen"]),
        ("modality", case["modality"]),
        ("ICD-10", f"{code} (WHO)" if case["icd10_system"] == "who" else code),
    ):
        parts += field(name, value, width, "bold")
    parts += ["\n"]
    for name, value in _about(case):
        parts += field(name, value, width)
    parts += _history(case.get("history", ()))
    parts += _source(case, width)
    return Content.assemble(*map(_shown, parts))


def _shown(part: Part) -> Part:
    return legible(part) if isinstance(part, str) else (legible(part[0]), part[1])


def _state(case: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = [(str(case["case_id"]), HEAD)]
    if case["synthetic"]:
        parts += [("  SYNTHETIC", "bold $text-warning")]
    if case["status"] == "excluded":
        parts += [("  ✗ excluded", BAD)]
    parts += [("  ✓ annotated", GOOD)] if case["annotated"] else []
    if case["split"] != "none":
        parts += [(f"  in {case['split']}", MUTED)]
    return parts


def _about(case: Mapping[str, Any]) -> list[tuple[str, Any]]:
    person = [str(case["sex"] or ""), f"{case['age']} years" if case["age"] is not None else ""]
    prior = {"yes": "prior radiotherapy to the region", "no": "no prior radiotherapy"}
    facts = (
        ("site", case["site"]),
        ("target", case["target"]),
        ("intent", case["intent"] if case["intent"] != "unknown" else ""),
        ("prior", prior.get(str(case["prior_rt"]), "")),
        ("patient", ", ".join(filter(None, person))),
        ("year", case["year"]),
        ("setting", case["setting"]),
        ("note", "leaves out a fact that decides" if case["ambiguous"] else ""),
    )
    return [(name, value) for name, value in facts if value not in ("", None)]


def _source(case: Mapping[str, Any], width: int) -> list[Part]:
    parts: list[Part] = ["\n", ("Source row", HEAD), ("  without identifiers\n", MUTED)]
    parts += [(f"{case['source']}: {case['file']}, row {case['row_number']}\n", MUTED)]
    room = max((len(name) for name in case["kept"]), default=0) + 2
    for name, value in case["kept"].items():
        parts += field(name, value, width, label=max(room, LABEL))
    parts += ["\n", ("Repairs", HEAD), "\n"]
    parts += [f"· {repair}\n" for repair in case["repairs"]] or [("none\n", MUTED)]
    return parts


def _history(events: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not events:
        return []
    parts: list[Part] = ["\n", ("History", HEAD), ("  newest first\n", MUTED)]
    for event in events:
        parts += [(f"{event['made']:%Y-%m-%d %H:%M} {event['who']}  ", MUTED), event_words(event)]
        parts += [("  (undone)", MUTED)] if event["undone"] else []
        parts += ["\n"]
        if event["kind"] != "undo":
            parts += _changes(event)
    return parts


def event_words(event: Mapping[str, Any]) -> str:
    """What was done and why, without the values."""
    words = {
        "edit": "edited",
        "annotate": "annotated",
        "exclude": "excluded",
        "include": "included again",
        "undo": f"undid change {event['reverses']}",
    }[event["kind"]]
    return f"{words}: {event['reason']}" if event["reason"] else words


def _changes(event: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = []
    for name, value in event["after"].items():
        if name not in ("status", "annotated", "icd10_system"):
            parts += [(f"  {name}: ", MUTED), f"{event['before'][name] or '(empty)'} → {value}\n"]
    return parts


def field(name: str, value: object, width: int, style: str = "", label: int = LABEL) -> list[Part]:
    lines = wrap(str(value), max(width - label, 16)) or [""]
    return [(name.ljust(label), MUTED), (f"\n{' ' * label}".join(lines), style), "\n"]
