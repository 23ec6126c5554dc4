"""A review's numbers in words, the same on a terminal and on the screen; no number is made here."""

from collections.abc import Mapping
from typing import Any

from store.review_people import ADJUDICATOR

Found = Mapping[str, Any]
HOW = {
    "majority": "by majority",
    "adjudicated": "adjudicated",
    "single": "a single reviewer",
    "open": "the reviewers differ, not adjudicated",
    "unjudged": "judged by nobody",
}


def people(found: Found) -> str:
    """Who judged how much, in one phrase."""
    return ", ".join(
        f"{who['reviewer']}{' (adjudicates)' if who['role'] == ADJUDICATOR else ''} "
        f"{who['judged']}/{who['cards']}"
        for who in found["reviewers"]
    )


def share(entry: Found) -> str:
    """Count, share and interval; or a dash where there is no share."""
    if entry["share"] is None:
        return f"{entry['count']}  -"
    low, high = entry["ci95"]
    return f"{entry['count']}  {entry['share']:.0%} [{low:.0%}, {high:.0%}]"


def difference(name: str, one: Found) -> str:
    """The tuned model against another source, in one sentence."""
    other = name.removeprefix("tuned-")
    parts = [f"{key} {_signed(one[key])}" for key in ("acceptable", "accepted")]
    return (
        f"Tuned against {other}: better in {one['better']}, same in {one['same']}, worse in "
        f"{one['worse']}, {one['left_out']} left out (cannot judge); {', '.join(parts)}"
    )


def _signed(entry: Found) -> str:
    if entry["difference"] is None:
        return f"not known ({entry['reason']})"
    if entry["ci95"] is None:
        return f"{_plus(entry['difference'])} (no interval: {entry['reason']})"
    low, high = map(_plus, entry["ci95"])
    return f"{_plus(entry['difference'])} [{low}, {high}]"


def _plus(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def agreement(found: Found) -> str:
    """Between reviewers and of each with themselves, in two sentences."""
    said: list[str] = []
    for words, key in (("Between reviewers", "agreement"), ("Cards that came back", "intra_rater")):
        one = found[key]["judgement"]
        if not one["n"]:
            said.append(f"{words}: nothing to compare.")
            continue
        names = {"kappa": "Cohen's kappa", "fleiss": "Fleiss's kappa", "alpha": "alpha"}
        numbers = [f"{names[k]} {one[k]:.2f}" for k in names if one[k] is not None]
        said.append(
            f"{words}: {one['equal']} of {one['n']} cards alike, "
            f"{', '.join(numbers) or 'kappa and alpha undefined'}."
        )
    return "\n".join(said)
