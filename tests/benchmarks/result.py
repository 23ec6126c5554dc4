"""What every benchmark prints: one JSON object that can be read without knowing the benchmark."""

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Result:
    """``ours`` and ``theirs`` in ``unit``, medians of ``repeats``; less is better.

    ``ratio`` is theirs / ours: above 1, we are ahead. ``more`` holds what else was seen.
    """

    name: str
    ours: float
    theirs: float
    unit: str
    repeats: int
    more: dict[str, Any]

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
        "python": platform.python_version(),
        "textual": version("textual"),
        "duckdb": version("duckdb"),
    }
