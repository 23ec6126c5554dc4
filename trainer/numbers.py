"""What a training measured so far: losses, tokens, seconds by what they were spent on, memory.

Written into every checkpoint, so that a run that was stopped or killed goes on with the numbers
of all its steps. Knows no model; torch is asked for the card's memory only where it is there.
"""

import os
import resource
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from store.lines import read_json, write_json
from trainer.machine import CARD_CONTEXT_MB

FILE = "numbers.json"
"""In every checkpoint."""
STAGES = ("load", "train", "validate", "samples")
MB = 2**20


@dataclass
class Numbers:
    """The losses of all steps, and what they cost.

    ``paced`` and ``paced_seconds`` are tokens and time of all steps but the first of each
    process, which compiles and warms up: their ratio is the pace that another run may expect.
    A loss is None where it was no number. ``skipped`` are steps that were not taken, ``norms`` the
    newest gradients' lengths (``guard``). ``padded`` counts tokens with the padding of their batch.
    """

    losses: list[float | None] = field(default_factory=list[float | None])
    validation: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    tokens: int = 0
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    paced: int = 0
    paced_seconds: float = 0.0
    samples: int = 0
    padded: int = 0
    skipped: list[int] = field(default_factory=list[int])
    norms: list[float] = field(default_factory=list[float])

    @property
    def best_step(self) -> int | None:
        """The step of the lowest validation loss, the first of equals; None without validation."""
        looked = min(self.validation, key=lambda look: look["loss"], default=None)
        return int(looked["step"]) if looked else None

    @property
    def worse_looks(self) -> int:
        """How many looks at validation in a row, the newest last, were no better than the best."""
        return sum(look["step"] > (self.best_step or 0) for look in self.validation)

    def save(self, checkpoint: Path) -> None:
        write_json(checkpoint / FILE, {**vars(self), "best_step": self.best_step})

    def restore(self, checkpoint: Path) -> None:
        """Go on from a checkpoint; the seconds that this process already spent are added."""
        spent = self.seconds
        kept = read_json(checkpoint / FILE)
        vars(self).update({field.name: kept[field.name] for field in fields(self)})
        for stage, seconds in spent.items():
            self.spend(stage, seconds)

    def spend(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def record(self) -> dict[str, Any]:
        """The numbers for ``metrics.json``; ``tokens_per_second`` is None after one step."""
        return {
            "steps": len(self.losses),
            "tokens": self.tokens,
            "tokens_per_second": (
                round(self.paced / self.paced_seconds, 1) if self.paced_seconds else None
            ),
            "seconds": round(sum(self.seconds.values()), 1),
            "stages": {name: round(self.seconds.get(name, 0.0), 1) for name in STAGES},
            "loss": self.losses,
            "validation": self.validation,
            "best_step": self.best_step,
            "skipped": self.skipped,
            "padding": round(1 - self.tokens / self.padded, 4) if self.padded else None,
            "samples": self.samples,
            "memory_mb": peak_memory_mb(),
            "card_memory_mb": card_memory_mb(peak=True),
        }


def memory_mb() -> int:
    """What this process holds in memory now, in MiB."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak_memory_mb()
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // MB


def peak_memory_mb() -> int:
    """The most that this process has held in memory, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // MB if sys.platform == "darwin" else peak // 1024


def card_memory_mb(peak: bool = False) -> int | None:
    """What this process holds of the card's memory, in MiB; None where there is no card.

    What torch took, and the driver's own share, which it cannot see.
    """
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    held = torch.cuda.max_memory_reserved() if peak else torch.cuda.memory_reserved()
    return held // MB + CARD_CONTEXT_MB
