"""What every benchmark prints: one JSON object that can be read without knowing the benchmark."""

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Result:
    """``ours`` and ``theirs`` in ``unit``, medians of ``repeats``; less is better.

    ``ratio`` is theirs / ours: above 1, we are ahead. ``theirs_is`` says what theirs is, which may
    be a limit where nobody else does the same. ``limits`` are those that were set beforehand, by
    what they limit; ``more`` holds what else was seen.
    """

    name: str
    ours: float
    theirs: float
    unit: str
    repeats: int
    more: dict[str, Any]
    theirs_is: str = ""
    limits: Mapping[str, float] = field(default_factory=dict[str, float])

    def record(self) -> dict[str, Any]:
        rounded = {"ours": round(self.ours, 3), "theirs": round(self.theirs, 3)}
        return {
            **asdict(self),
            **rounded,
            "ratio": round(self.theirs / self.ours, 3),
            "machine": machine(),
        }


def machine() -> dict[str, Any]:
    """The processor, its cores, and the versions that matter."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - no path of ours
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "textual": version("textual"),
        "duckdb": version("duckdb"),
    }
