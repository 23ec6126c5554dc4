"""A review's unblinded summary as it is printed on a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from exports.report.review import agreement, difference, people, share
from radonc_tui.cli.output import table
from store.judgements import Judgement, Reason, Severity

Found = Mapping[str, Any]


def print_summary(console: Console, found: Found) -> None:
    """Who judged, the shares by source, differences, agreement, and what must be known."""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    say(f"{found['review']}, {found['evaluation']}: {found['cases']} cases, {people(found)}")
    if found["synthetic"]:
        say("The cases are synthetic.")
    for origin, model in found["models"].items():
        say(f"{origin}: {model['name']}:{model['quant']}")
    origins = found["origins"]
    rows = [
        ("accepted, with changes or without", *(share(o["accepted"]) for o in origins.values()))
    ]
    rows += [
        (judgement.words, *(share(o["judgements"][judgement]) for o in origins.values()))
        for judgement in Judgement
    ]
    console.print(table((f"share [95 %] of {found['cases']} cases", *origins), rows))
    for name, kind in (("reason", Reason), ("severity", Severity)):
        key = {"reason": "reasons", "severity": "severities"}[name]
        counts = [(word.words, *(o[key][word] for o in origins.values())) for word in kind]
        console.print(table((name, *origins), counts))
    for name, one in found["differences"].items():
        say(difference(name, one))
    say(agreement(found))
    if found["refused_references"]:
        say(f"Reference not acceptable: {', '.join(found['refused_references'])}")
    for note in found["notes"]:
        say(note)
    say(f"Audit log: {found['audit']}.")
