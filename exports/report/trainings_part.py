"""The report's part on several trainings: how far seeds scatter, and what more cases bring.

Words, rows and a picture for what ``exports.evaluation.trainings`` found; computes nothing.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from exports.report import plots
from exports.report.document import Picture, Section
from exports.report.words import counted, interval, number, task_name


def trainings_section(evaluation: Mapping[str, Any]) -> Section:
    """Other trainings of this home on the same test cases; empty where there is none."""
    section = Section("Several trainings")
    found = evaluation.get("trainings")
    if not found:
        return section
    tasks = list(found["patients"])
    rows = [
        (
            one["run"],
            str(one["cases"]),
            str(one["seed"]),
            *(number(one["scores"][task]) for task in tasks),
        )
        for one in found["trainings"]
    ]
    patients = ", ".join(f"{task_name(task)} {n}" for task, n in found["patients"].items())
    section.table(
        ("run", "training cases", "seed", *(f"{task_name(task)}, right" for task in tasks)),
        rows,
        f"Trainings of this home, on the test patients that all answered about ({patients}).",
    )
    section.table(
        ("", "mean", "between trainings", "between patients", "rest", "s.e., trainings", "s.e."),
        [_spread(task, one) for task, one in found["spread"].items()],
        "Standard deviations of the share right, of trainings that differ by the seed alone; "
        "s.e.: the standard error of the mean, by other trainings, and by other patients too.",
    )
    reasons = {one["reason"] for one in found["spread"].values() if one.get("reason")}
    for reason in sorted(reasons):
        section.say(f"{reason[:1].upper()}{reason[1:]}.")
    if found["curve"]:
        _curve(section, found["curve"])
    return section


def _spread(task: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("mean", "between_trainings", "between_patients", "rest", "se_trainings", "se")
    return (task_name(task), *(number(one[name]) for name in names))


def _curve(section: Section, curve: Mapping[str, Any]) -> None:
    rows = [
        (task_name(task), str(one["cases"]), f"{number(one['value'])} {interval(one['ci95'])}")
        for task, points in curve.items()
        for one in points
    ]
    section.table(("", "training cases", "right"), rows, "Learning curve: by cases learned from.")
    lines = {
        task_name(task): [(one["cases"], one["value"]) for one in points]
        for task, points in curve.items()
    }
    caption = "Learning curve: share right by training cases."
    section.parts.append(Picture(partial(plots.by_size, lines), caption))


def training_lines(found: Mapping[str, Any]) -> list[str]:
    """The same in sentences, a task each, for where there is no room for tables."""
    said = [
        f"{task_name(task)}: {number(one['mean'])} right over {counted(len(one['scores']), 'seed')}"
        f", standard deviation between trainings {number(one['between_trainings'])}, between "
        f"patients {number(one['between_patients'])}; standard error {number(one['se'])}."
        for task, one in found.get("spread", {}).items()
    ]
    for task, points in found.get("curve", {}).items():
        steps = ", ".join(f"{one['cases']} cases {number(one['value'])}" for one in points)
        said.append(f"{task_name(task)} by training cases: {steps}.")
    return [line[:1].upper() + line[1:] for line in said]
