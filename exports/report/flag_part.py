"""How often flags fire on the clinicians' own regimens, as a section and as lines.

Words for ``exports.flags.rates``; computes nothing.
"""

from collections.abc import Mapping
from typing import Any

from exports.report.document import Section


def flag_report(evaluation: Mapping[str, Any]) -> Section:
    """Every rule with how often it fired on the reference answers, and whether it is on.

    Without a part where they were not counted.
    """
    section = Section("Flags on the clinicians' own regimens")
    flags = evaluation.get("flags")
    if not flags:
        return section
    rows = [
        (
            row["says"],
            f"{row['count']} / {flags['cases']}",
            _share(row),
            str(row["stops"]),
            _on(row),
        )
        for row in flags["rules"]
    ]
    section.table(("", "fired / n", "share", "as stop", "in use"), rows)
    section.say(
        f"A rule that fires on more than {flags['off_above']:.0%} of the test cases with their "
        "reference answers is off by default, but for those that always stop."
    )
    if flags["similarity"] is not None:
        section.say(
            f"A case is unlike every training case below a similarity of "
            f"{flags['similarity']:.2f}, which all but one in fifty validation cases have."
        )
    return section


def flag_lines(evaluation: Mapping[str, Any]) -> list[str]:
    """One sentence on the flags that fired, one on those that are off; [] where not counted."""
    flags = evaluation.get("flags")
    if not flags:
        return []
    fired = [f"{row['rule']} {_share(row)}" for row in flags["rules"] if row["count"]]
    off = [row["rule"] for row in flags["rules"] if row["off"]]
    found = [
        f"Flags on the {flags['cases']} test cases with the clinicians' own answers: "
        f"{', '.join(fired) or 'none fired'}."
    ]
    return found + ([f"Off, because they fire too often: {', '.join(off)}."] if off else [])


def _share(row: Mapping[str, Any]) -> str:
    return "–" if row["share"] is None else f"{row['share']:.1%}"


def _on(row: Mapping[str, Any]) -> str:
    return "always" if row["always"] else "off" if row["off"] else "on"
