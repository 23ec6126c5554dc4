"""The list of what is to be looked at: cases that leak, then cases that contradict themselves.

A person works through it: a case is edited or excluded, or what was found is accepted as right
with a reason, and then it is asked about no more unless it changes. A leak cannot be accepted:
it is in the text or it is not.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import audit
from store.case_table import Connection, rows, show_case
from store.errors import BadUsage
from store.inconsistencies import RULES, Finding, findings_of_case
from store.leakage import RULES as LEAKS, Leakage
from store.leakage_cases import leaks_of_case
from store.privacy.typed import remark

EVERY = 500
"""Cases between two reports of progress."""

KEYS: Mapping[str, str] = {**LEAKS, **{key: rule.sentence for key, rule in RULES.items()}}
"""What can be found by key, each with its sentence; those of a leak come first."""


@dataclass(frozen=True)
class Checked:
    """What was found in so many included cases; ``accepted`` findings are only counted."""

    cases: int
    findings: tuple[Finding, ...]
    accepted: int

    @property
    def counts(self) -> dict[str, int]:
        """Findings by key, in the order of ``KEYS``."""
        found = Counter(finding.key for finding in self.findings)
        return {key: found[key] for key in KEYS if found[key]}


def leaking(found: Leakage) -> Checked:
    """What leaks in a split, as a list of the same kind."""
    leaks = (Finding(leak.key, leak.case_id, leak.detail) for leak in found.leaks)
    return Checked(found.cases, tuple(leaks), 0)


Accepted = frozenset[tuple[str, str, str]]


def cases_to_check(connection: Connection) -> list[dict[str, Any]]:
    """The included cases with the columns that rules ask about, in the order they came in."""
    return rows(
        connection,
        """SELECT case_id, diagnosis, regimen, modality, icd10, site, target, intent, year, age, sex
           FROM cases WHERE status = 'included' ORDER BY seq""",
        [],
    )


def accepted_findings(connection: Connection) -> Accepted:
    """(case, key, detail) of everything that a person has found to be right."""
    found = connection.execute("SELECT case_id, key, detail FROM accepted_findings").fetchall()
    return frozenset((str(case_id), str(key), str(detail)) for case_id, key, detail in found)


def check_cases(
    cases: Sequence[Mapping[str, Any]], accepted: Accepted, describe: Callable[[str], str]
) -> Generator[tuple[int, int], None, Checked]:
    """Ask every rule about every case; yields (cases read, cases in all) now and then."""
    leaks: list[Finding] = []
    others: list[Finding] = []
    known = 0
    for number, case in enumerate(cases):
        if number % EVERY == 0:
            yield number, len(cases)
        leaks += [Finding(leak.key, leak.case_id, leak.detail) for leak in leaks_of_case(case)]
        for finding in findings_of_case(case, describe):
            if (finding.case_id, finding.key, finding.detail) in accepted:
                known += 1
            else:
                others.append(finding)
    order = list(KEYS)
    others.sort(key=lambda finding: order.index(finding.key))
    return Checked(len(cases), (*leaks, *others), known)


def accept(connection: Connection, finding: Finding, reason: str, who: str) -> None:
    """Write down that what was found is right as it is; doing so again changes nothing.

    Raises:
        BadUsage: a leak, an unknown rule, no such case, or no reason.
    """
    if finding.key not in RULES:
        leak = finding.key in LEAKS
        raise BadUsage(
            f"{finding.key!r} cannot be accepted.",
            "Edit or exclude the case." if leak else f"Rules: {', '.join(RULES)}.",
        )
    reason = remark(reason)
    if not reason:
        raise BadUsage("What was found is accepted for a reason.", "Say why in a few words.")
    show_case(connection, finding.case_id)
    values = [finding.case_id, finding.key, finding.detail]
    if tuple(values) in accepted_findings(connection):
        return
    connection.execute(
        "INSERT INTO accepted_findings VALUES (?, ?, ?, now()::TIMESTAMP, ?, ?)",
        [*values, who, reason],
    )
    after = {"rule": finding.key, "found": finding.detail, "reason": reason}
    audit.record(connection, "finding accepted", finding.case_id, after=after, who=who)
