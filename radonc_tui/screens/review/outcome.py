"""An unblinded summary in words and rows; pure, no widget."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from exports.report.review import HOW, agreement, difference, people
from store.judgements import Judgement, Reason, Severity

SIGNS = {
    Judgement.ACCEPTABLE: "✓",
    Judgement.WITH_CHANGES: "~",
    Judgement.NOT_ACCEPTABLE: "✗",
    Judgement.CANNOT_JUDGE: "?",
}
STANDS = {"open": "≠ differ", "unjudged": "· not judged"}
"""What a case shows where no verdict stands."""
SHORT = {
    Judgement.ACCEPTABLE: "acceptable",
    Judgement.WITH_CHANGES: "with changes",
    Judgement.NOT_ACCEPTABLE: "not acceptable",
    Judgement.CANNOT_JUDGE: "cannot judge",
}

Found = Mapping[str, Any]


def heading(found: Found) -> str:
    """Which review, of what, who judged it, and that it is synthetic where it is."""
    models = " against ".join(f"{m['name']}:{m['quant']}" for m in found["models"].values())
    synthetic = "SYNTHETIC cases" if found["synthetic"] else "cases"
    return (
        f"{found['review']}: {models}\n"
        f"{found['cases']} {synthetic} of {found['patients']} patients; {people(found)}; "
        f"log {found['audit']}"
    )


def counts(found: Found) -> Table:
    """Each origin's judgements: count, share weighted back to all cases, and 95 % interval."""
    origins = found["origins"]
    table = Table(box=None, pad_edge=False)
    table.add_column("share [95 %]")
    for origin in origins:
        table.add_column(origin)
    table.add_row("✓~ accepted", *(_share(entry["accepted"]) for entry in origins.values()))
    for judgement in Judgement:
        cells = [_share(entry["judgements"][judgement]) for entry in origins.values()]
        table.add_row(f"{SIGNS[judgement]} {SHORT[judgement]}", *cells)
    return table


def _share(entry: Mapping[str, Any]) -> str:
    if entry["share"] is None:
        return f"{entry['count']:>3}    –"
    low, high = entry["ci95"]
    return f"{entry['count']:>3} {entry['share']:>4.0%} [{100 * low:.0f}, {100 * high:.0f}]"


def sentences(found: Found) -> str:
    """Everything beside the table: differences, agreement, refused references, reasons, notes."""
    lines = [difference(name, one) for name, one in found["differences"].items()]
    lines += [agreement(found), refused(found), whys(found), *found["notes"]]
    return "\n".join(lines)


def refused(found: Found) -> str:
    """How many references were judged not acceptable, and of which cases."""
    cases = found["refused_references"]
    if not cases:
        return "No reference was judged not acceptable."
    return f"Reference not acceptable in {len(cases)}: {', '.join(cases)}"


def whys(found: Found) -> str:
    """A line for each origin with anything against it: the reasons, and how much they matter."""
    lines: list[str] = []
    for origin, entry in found["origins"].items():
        reasons = _counted(entry["reasons"], Reason)
        if reasons:
            lines.append(f"{origin}: {reasons}; {_counted(entry['severities'], Severity)}")
    return "\n".join(lines) or "Nothing was found wrong with any regimen."


def _counted(counted: Mapping[str, int], words: type[Reason] | type[Severity]) -> str:
    return ", ".join(f"{word.words} {counted[word]}" for word in words if counted[word])


def rows(found: Found) -> list[dict[str, Any]]:
    """A row for each case: what was said of each origin's regimen."""
    return [
        {"case_id": case["case_id"], "case": case, **_said(case)} for case in found["judged_cases"]
    ]


def _said(case: Mapping[str, Any]) -> dict[str, str]:
    return {origin: verdict(card) for card in case["cards"] for origin in card["origins"]}


def verdict(card: Mapping[str, Any]) -> str:
    """What stands of a card, with its sign."""
    if not card["judgement"]:
        return STANDS[card["how"]]
    return judged(card["judgement"])


def judged(word: str) -> str:
    """A judgement with its sign."""
    judgement = Judgement(word)
    return f"{SIGNS[judgement]} {SHORT[judgement]}"


def detail(case: Mapping[str, Any]) -> Text:
    """One case: the diagnosis, each card with who wrote it, what stands and who said what."""
    text = Text(case["diagnosis"], end="")
    for card in case["cards"]:
        text.append(f"\n\n{_listed(card['origins'])}\n", "bold")
        text.append(card["text"])
        text.append(f"\n{verdict(card)} ({HOW[card['how']]})")
        for answer in card["answers"]:
            text.append(f"\n  {answer['by']}: {judged(answer['judgement'])}")
            if answer["reason"]:
                why = (Reason(answer["reason"]).words, Severity(answer["severity"]).words)
                text.append(f": {', '.join(why)}")
    return text


def _listed(origins: Sequence[str]) -> str:
    return " = ".join(origins)
