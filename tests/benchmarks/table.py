"""Benchmarks as lines of the table in ``docs/performance.md``."""

from typing import Any

HEAD = "| benchmark | ours | theirs | unit | ratio | theirs is | limits, and what was seen |\n" + (
    "|---|---|---|---|---|---|---|"
)


def line(record: dict[str, Any]) -> str:
    """One benchmark's object as a line; a limit that was not measured is said so.

    A ratio of theirs to ours above 1 means that we are ahead.
    """
    seen = {**record["more"], "ours_over_theirs": round(record["ours"] / record["theirs"], 2)}
    limits = [
        f"{name.replace('_', ' ')} {seen.get(name, 'not measured')} (limit {limit:g})"
        for name, limit in record["limits"].items()
    ]
    cells = (
        *(record["name"], f"{record['ours']:g}", f"{record['theirs']:g}", record["unit"]),
        *(f"{record['ratio']:g}", record["theirs_is"], "; ".join(limits)),
    )
    return f"| {' | '.join(cells)} |"


def machine(record: dict[str, Any]) -> str:
    """The machine and the versions, as the line under the table."""
    return ", ".join(f"{name} {value}" for name, value in record["machine"].items())
