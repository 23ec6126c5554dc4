"""What a plan said beside what the run measured, kept with every run."""

from collections.abc import Mapping
from typing import Any


def against_estimate(
    asked: Mapping[str, Any] | None, metrics: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """{seconds, memory_mb, tokens}: estimated, measured and (estimated - measured) / measured.

    ``metrics`` are those of a run; a run that stopped before its end has no times to compare.
    """
    if not asked:
        return {}
    measured: dict[str, float | None] = {
        "memory_mb": metrics.get("card_memory_mb") or metrics.get("memory_mb")
    }
    if metrics.get("steps") == metrics.get("asked_steps"):
        measured |= {"seconds": metrics.get("seconds"), "tokens": metrics.get("tokens")}
    return {
        name: {
            "estimated": asked[name],
            "measured": value,
            "error": round((asked[name] - value) / value, 4),
        }
        for name, value in measured.items()
        if value and name in asked
    }
