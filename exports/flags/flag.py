"""A flag: which rule found something, how bad that is, and a sentence that says what.

Two levels and no third: *check* is shown beside the answer, *stop* takes the answer away. The names
of the rules are stable, because evaluations count by them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trainer.tasks import Task


class Level(StrEnum):
    CHECK = "check"
    STOP = "stop"


RULES: Mapping[str, str] = {
    "prior_rt": "Prior radiotherapy to the region is mentioned",
    "minor": "Under 18 years, with fewer than 20 training cases like it",
    "pregnant": "Pregnancy is mentioned",
    "no_indication": "Neither a cancer nor a benign indication is stated",
    "illegible": "The regimen is none that can be read",
    "instructs": "The text tries to instruct the model",
    "outside": "Most words were in no training case",
    "unlike": "Unlike every training case",
    "fraction_dose": "Dose per fraction beyond what is usual at the site",
    "eqd2": "EQD2 beyond what is usual at the site",
    "implant_dose": "Dose of an implant beyond what is usual at the site",
    "no_range": "No range of dose is known for the site",
    "technique": "The technique is none of the modality",
    "modality_differs": "The modality is not that of the regimen",
    "modality_at_site": "A modality that no training case and no row has at the site",
    "region": "The regimen treats another region than that of the code",
    "side": "Code, regimen and text name different sides",
    "unsure": "The score is below what an evaluation has proven to be right often enough",
}
"""Every rule by its name, in the order in which flags are shown."""

ALWAYS = ("prior_rt", "minor", "pregnant", "no_indication", "illegible", "instructs", "outside")
"""Rules that stop whatever an evaluation counted; the first five are those of the issue of safety,
the others say that the text is none that the model could know."""

BESIDE = ("flags", "abstained", "evidence")
"""What stands in a prediction beside its answers by task."""

ALL = tuple(Task)
TREATMENT = (Task.REGIMEN, Task.MODALITY)


@dataclass(frozen=True)
class Flag:
    """One finding; ``tasks`` are those whose answers a stop takes away."""

    rule: str
    level: Level
    said: str
    tasks: tuple[Task, ...] = (Task.REGIMEN,)

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "level": self.level.value,
            "said": self.said,
            "tasks": [task.value for task in self.tasks],
        }


def check(rule: str, said: str) -> Flag:
    """A flag that is shown beside the answer."""
    return Flag(rule, Level.CHECK, said)


def stop(rule: str, said: str, tasks: tuple[Task, ...] = (Task.REGIMEN,)) -> Flag:
    """A flag for which the answers to ``tasks`` are not given."""
    return Flag(rule, Level.STOP, said, tasks)


def flag_line(flag: Mapping[str, Any] | Flag) -> str:
    """A flag as a line: its level, then its sentence."""
    record = flag.as_json() if isinstance(flag, Flag) else flag
    return f"{record['level'].upper()}: {record['said']}"


def worst(flags: Iterable[Mapping[str, Any]]) -> str:
    """The worst level of some flags, "" where there is none."""
    levels = {flag["level"] for flag in flags}
    return next((level.value for level in (Level.STOP, Level.CHECK) if level in levels), "")
