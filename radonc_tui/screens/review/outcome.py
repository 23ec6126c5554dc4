"""An unblinded summary in words and rows; pure, no widget."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from store.judgements import Judgement, Reason, Severity

SIGNS = {
    Judgement.ACCEPTABLE: "✓",
    Judgement.WITH_CHANGES: "~",
    Judgement.NOT_ACCEPTABLE: "✗",
    Judgement.CANNOT_JUDGE: "?",
}
SHORT = {
    Judgement.ACCEPTABLE: "acceptable",
    Judgement.WITH_CHANGES: "with changes",
    Judgement.NOT_ACCEPTABLE: "not acceptable",
    Judgement.CANNOT_JUDGE: "cannot judge",
}

Found = Mapping[str, Any]


def heading(found: Found) -> str:
    """Which review, whose, of what, and that it is synthetic where it is."""
    models = " against ".join(f"{m['name']}:{m['quant']}" for m in found["models"].values())
    synthetic = "SYNTHETIC cases" if found["synthetic"] else "cases"
    return (
        f"{found['review']} by {found['reviewer']}: {models}\n"
        f"{found['cases']} {synthetic} of {found['patients']} patients, {found['cards']} cards; "
        f"log {found['audit']}"
    )


def counts(found: Found) -> Table:
    """Each origin's judgements: count, share and 95 % interval."""
    origins = found["origins"]
    table = Table(box=None, pad_edge=False)
    table.add_column("share [95 %]")
    for origin in origins:
        table.add_column(origin)
    for judgement in Judgement:
        cells = [_share(entry["judgements"][judgement]) for entry in origins.values()]
        table.add_row(f"{SIGNS[judgement]} {SHORT[judgement]}", *cells)
    return table


def _share(entry: Mapping[str, Any]) -> str:
    low, high = entry["ci95"]
    return f"{entry['count']:>3} {entry['share']:>4.0%} [{100 * low:.0f}, {100 * high:.0f}]"


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


def paired(found: Found) -> str:
    """Tuned against base, in one sentence."""
    pairs = found["paired"]
    if pairs is None:
        return "There is no base model to compare with."
    return (
        f"Tuned against base: better {pairs['better']}, same {pairs['same']}, "
        f"worse {pairs['worse']}; left out {pairs['left_out']} (cannot judge)"
    )


def rows(found: Found) -> list[dict[str, Any]]:
    """A row for each case: what was said of each origin's regimen."""
    return [
        {"case_id": case["case_id"], "case": case, **_said(case)} for case in found["judged_cases"]
    ]


def _said(case: Mapping[str, Any]) -> dict[str, str]:
    return {origin: verdict(card) for card in case["cards"] for origin in card["origins"]}


def verdict(card: Mapping[str, Any]) -> str:
    """A judgement with its sign."""
    judgement = Judgement(card["judgement"])
    return f"{SIGNS[judgement]} {SHORT[judgement]}"


def detail(case: Mapping[str, Any]) -> Text:
    """One case: the diagnosis, each card with who wrote it and what was said of it."""
    text = Text(case["diagnosis"], end="")
    for card in case["cards"]:
        text.append(f"\n\n{_listed(card['origins'])}\n", "bold")
        text.append(card["text"])
        text.append(f"\n{verdict(card)}")
        if card["reason"]:
            why = (Reason(card["reason"]).words, Severity(card["severity"]).words)
            text.append(f": {', '.join(why)}")
    return text


def _listed(origins: Sequence[str]) -> str:
    return " = ".join(origins)
