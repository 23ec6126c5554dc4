"""What a run will do, known before it starts: cases, pairs, steps, tokens.

Arithmetic over counts; needs no store, no torch and no tokenizer, so it can be shown at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainer.settings import TrainSettings


@dataclass(frozen=True)
class Plan:
    """The plan of a run; ``passes`` is how often each training case is seen on average."""

    cases: int
    pairs: int
    validation_cases: int
    steps: int
    batch_cases: int
    passes: float


def steps_of(cases: int, settings: TrainSettings) -> int:
    """Optimizer steps: as set, else as many as the epochs need (the last batch may be short)."""
    if settings.steps:
        return settings.steps
    return max(1, math.ceil(cases * settings.epochs / settings.batch_cases))


def make_plan(cases: int, tasks: Sequence[str], held: int, settings: TrainSettings) -> Plan:
    """The plan for ``cases`` training cases of ``tasks`` each and ``held`` validation cases."""
    steps = steps_of(cases, settings)
    return Plan(
        cases=cases,
        pairs=cases * len(tasks),
        validation_cases=min(held, settings.validation_cases),
        steps=steps,
        batch_cases=settings.batch_cases,
        passes=round(steps * settings.batch_cases / max(cases, 1), 2),
    )
