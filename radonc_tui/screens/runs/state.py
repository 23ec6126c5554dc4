"""What the screen of runs knows, and how it changes: no widget, no file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from exports.evaluation.details import BETTER, WORSE, JudgedCase
from exports.report.words import task_name

PANES = (
    ("unsafe", "u", "unsafe"),
    ("metrics", "m", "metrics"),
    ("doses", "d", "doses"),
    ("modality", "o", "modality"),
    ("codes", "i", "codes"),
    ("scores", "s", "scores"),
    ("groups", "p", "groups"),
    ("cases", "t", "cases"),
)
"""The parts of an evaluation: name, key, title."""


@dataclass(frozen=True)
class Chosen:
    """Which test cases are shown: of one task ("": all), by what changed, with these words."""

    task: str = ""
    change: str = ""
    words: str = ""

    def __str__(self) -> str:
        parts = [
            task_name(self.task) if self.task else "all tasks",
            {BETTER: "only better", WORSE: "only worse"}.get(self.change, "better, worse, same"),
            f"with “{self.words}”" if self.words else "",
        ]
        return " · ".join(part for part in parts if part)


def pick(cases: Iterable[JudgedCase], chosen: Chosen) -> list[JudgedCase]:
    """The cases that match: every word in the id, the reference or one of the two answers."""
    words = chosen.words.casefold().split()
    return [
        case
        for case in cases
        if chosen.task in ("", case.task)
        and chosen.change in ("", case.change)
        and all(word in _text(case) for word in words)
    ]


def _text(case: JudgedCase) -> str:
    base = case.base.text if case.base else ""
    return f"{case.case_id} {case.reference} {case.tuned.text} {base}".casefold()


def next_task(chosen: Chosen, tasks: Sequence[str]) -> Chosen:
    """All tasks, then one after the other, then all again."""
    known = ("", *tasks)
    place = known.index(chosen.task) if chosen.task in known else 0
    return replace(chosen, task=known[(place + 1) % len(known)])


def next_pane(pane: str, by: int) -> str:
    """The pane beside this one, round and round."""
    names = [name for name, _, _ in PANES]
    return names[(names.index(pane) + by) % len(names)]


def toggled(marked: tuple[str, ...], run_id: str) -> tuple[str, ...]:
    """The marks with this run's put on or taken off; they keep the order they were made in."""
    if run_id in marked:
        return tuple(one for one in marked if one != run_id)
    return (*marked, run_id)
