"""Which of the included cases a data set takes: rules that a person reads and changes.

Most rules of an import are fixed, because what is missing or contradictory is never guessed
(``reasons`` lists them), and a home may set the others (``import_rules``). These here only
leave out more. They hold for every data set that is frozen from then on; each is kept with the
version, with how many cases it left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import audit
from store.case_table import Connection
from store.errors import BadUsage

ON, OFF = 1, 0
WORDS = {"on": ON, "off": OFF}
MOST = 1_000_000


@dataclass(frozen=True)
class Rule:
    """One rule: its key, a sentence, its value before anyone changes it, and its test in SQL.

    A ``switch`` is on or off and takes cases only while it is on; otherwise the value is a bound.
    The SQL has one ``?``, the value, and is true of a case that is taken.
    """

    key: str
    sentence: str
    default: int
    sql: str
    switch: bool = False

    def words(self, value: int) -> str:
        """A value as a person writes it."""
        return ("on" if value else "off") if self.switch else str(value)


RULES: Mapping[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "ambiguous",
            "Take cases that are marked as leaving out a fact that decides.",
            *(ON, "? = 1 OR NOT ambiguous", True),
        ),
        Rule(
            "repaired",
            "Take cases of which a value was repaired on the way in.",
            *(ON, "? = 1 OR repairs = '[]'", True),
        ),
        Rule(
            "not_annotated",
            "Take cases that nobody has annotated.",
            *(ON, "? = 1 OR annotated", True),
        ),
        Rule(
            "intent_unknown",
            "Take cases whose intent is not recorded.",
            *(ON, "? = 1 OR intent <> 'unknown'", True),
        ),
        Rule(
            "prior_rt",
            "Take cases with prior radiotherapy to the region treated.",
            *(ON, "? = 1 OR prior_rt <> 'yes'", True),
        ),
        Rule(
            "who_codes",
            "Take cases with a WHO code where ICD-10-CM has a finer one.",
            *(ON, "? = 1 OR icd10_system = 'cm'", True),
        ),
        Rule(
            "first_year",
            "The earliest year of treatment; above 0, cases without a year are left out.",
            *(0, "coalesce(year, 0) >= ?"),
        ),
        Rule(
            "last_year",
            "The latest year of treatment.",
            *(9999, "coalesce(year, 0) <= ?"),
        ),
        Rule(
            "youngest",
            "The lowest age in years; above 0, cases without an age are left out.",
            *(0, "coalesce(age, 0) >= ?"),
        ),
        Rule(
            "shortest_text",
            "The fewest characters of a diagnosis.",
            *(0, "length(diagnosis) >= ?"),
        ),
        Rule(
            "longest_text",
            "The most characters of a diagnosis.",
            *(8000, "length(diagnosis) <= ?"),
        ),
        Rule(
            "least_of_code",
            "The fewest included cases of a code; of rarer codes none is taken.",
            *(0, "count(*) OVER (PARTITION BY icd10) >= ?"),
        ),
    )
}
"""The rules by key, in the order in which a case that breaks several is counted."""


def current(connection: Connection) -> dict[str, int]:
    """The value of every rule as it is now."""
    changed = dict(connection.execute("SELECT key, value FROM selection_rules").fetchall())
    return {key: int(changed.get(key, rule.default)) for key, rule in RULES.items()}


def set_rule(connection: Connection, key: str, text: str) -> int:
    """Give a rule another value: on or off, a whole number, or ``default``; returns the value.

    Raises:
        BadUsage: no such rule, or a value that it cannot have.
    """
    if key not in RULES:
        raise BadUsage(f"There is no rule {key!r}.", f"Rules: {', '.join(RULES)}.")
    value = _read(RULES[key], text.strip().casefold())
    before = current(connection)[key]
    connection.execute(
        "INSERT INTO selection_rules VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = ?",
        [key, value, value],
    )
    if value != before:
        audit.record(connection, "rule set", key, before={"value": before}, after={"value": value})
    return value


def _read(rule: Rule, text: str) -> int:
    if text == "default":
        return rule.default
    if rule.switch and text in WORDS:
        return WORDS[text]
    if not rule.switch and text.isdecimal() and int(text) <= MOST:
        return int(text)
    wanted = "on, off or default" if rule.switch else "a whole number or default"
    raise BadUsage(f"{text[:20]!r} is no value of {rule.key}.", f"Give {wanted}.")


def tests(values: Mapping[str, int]) -> tuple[str, list[int]]:
    """The SQL of a column that names the first rule a case breaks ("" for none), its values."""
    whens = " ".join(f"WHEN NOT ({rule.sql}) THEN '{key}'" for key, rule in RULES.items())
    return f"CASE {whens} ELSE '' END", [values[key] for key in RULES]


def left_out(connection: Connection) -> dict[str, int]:
    """How many of all included cases each rule leaves out; each case counts for its first."""
    broken, bounds = tests(current(connection))
    found = connection.execute(
        f"""SELECT broken, count(*) FROM (
                SELECT {broken} AS broken FROM cases WHERE status = 'included')
            WHERE broken <> '' GROUP BY broken""",
        bounds,
    ).fetchall()
    return {str(key): int(many) for key, many in found}


def parted(
    cases: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], dict[str, int]]:
    """The cases that break no rule, and how many the others are by the rule in ``broken``."""
    broken = Counter(str(case["broken"]) for case in cases if case["broken"])
    taken = [case for case in cases if not case["broken"]]
    return taken, {key: broken[key] for key in RULES if broken[key]}
