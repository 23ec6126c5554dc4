"""The rules of an import that a home may change: what they are, their values, what they reject.

Most rules of an import are fixed, because what is missing or contradictory is never guessed
(``reasons`` lists them all). These few are bounds and choices of a clinic. An import freezes their
values into its spec and keeps them in its funnel; ``curation`` applies them. How a data set chooses
among cases is another matter (``selection``).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import duckdb

from store import audit
from store.errors import BadUsage

Connection = duckdb.DuckDBPyConnection
Value = str | bool | int | float

REJECT, LINKED = "reject", "linked"
SWITCH = ("on", "off")


@dataclass(frozen=True)
class ImportRules:
    """The value of each rule; the defaults are those of the study that this program repeats.

    Doses are in Gy. ``patient_diagnoses`` is ``reject`` or ``linked``.
    """

    patient_diagnoses: str = REJECT
    undated_text: bool = True
    accept_who_codes: bool = True
    accept_unspecific_codes: bool = True
    most_characters: int = 8000
    most_gy: float = 100.0
    most_gy_per_fraction: float = 30.0
    least_gy_per_fraction: float = 0.3

    @property
    def changed(self) -> dict[str, Value]:
        """The rules that have another value than the default, by key."""
        mine, default = asdict(self), asdict(DEFAULT)
        return {key: value for key, value in mine.items() if value != default[key]}


DEFAULT = ImportRules()


@dataclass(frozen=True)
class Rule:
    """One rule: its key, a sentence, the reason for which it rejects, and the values it can have.

    ``choices`` are words; without any it is a number from ``least`` to ``most``.
    """

    key: str
    sentence: str
    reason: str
    choices: tuple[str, ...] = SWITCH
    least: float = 0.0
    most: float = 0.0

    def words(self, value: Value) -> str:
        """A value as a person writes it."""
        if isinstance(value, bool):
            return SWITCH[not value]
        return value if isinstance(value, str) else f"{value:g}"


RULES: Mapping[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "patient_diagnoses",
            "Of a patient with several diseases, in a table that names no courses: reject, or keep"
            " each row with the disease linked to its plan, that of the row itself.",
            "several_diagnoses",
            (REJECT, LINKED),
        ),
        Rule(
            "undated_text",
            "Take records whose text or decision has no date, so that nothing was compared.",
            "text_undated",
        ),
        Rule(
            "accept_who_codes",
            "Take codes of the WHO's ICD-10 that are no full code of ICD-10-CM.",
            "code_who",
        ),
        Rule(
            "accept_unspecific_codes",
            "Take codes that call something unspecified, or that are divided further.",
            "code_unspecific",
        ),
        Rule(
            "most_characters",
            "The most characters of a diagnosis.",
            *("diagnosis_too_long", (), 1, 20_000),
        ),
        Rule(
            "most_gy",
            "The highest dose of a phase of external beam, in Gy.",
            *("dose_implausible", (), 1, 500),
        ),
        Rule(
            "most_gy_per_fraction",
            "The highest dose per fraction of external beam, of several fractions, in Gy.",
            *("fraction_implausible", (), 0.1, 500),
        ),
        Rule(
            "least_gy_per_fraction",
            "The lowest dose per fraction of external beam, of several fractions, in Gy.",
            *("fraction_implausible", (), 0, 500),
        ),
    )
}


def from_record(record: Mapping[str, Any]) -> ImportRules:
    """The rules that a spec holds; what it does not name has its default."""
    known = {field.name for field in fields(ImportRules)}
    return ImportRules(**{key: value for key, value in record.items() if key in known})


def rules_line(values: Mapping[str, Value]) -> str:
    """Rules and their values in a line: ``accept_who_codes off, most_gy 130``."""
    return ", ".join(f"{key} {RULES[key].words(value)}" for key, value in values.items())


def current(connection: Connection) -> ImportRules:
    """The rules for imports from now on."""
    found = connection.execute("SELECT key, value FROM import_rules").fetchall()
    return from_record({key: _read(RULES[key], value) for key, value in found if key in RULES})


def set_rule(connection: Connection, key: str, text: str) -> str:
    """Give a rule another value, or ``default``; returns the value as a person writes it.

    Raises:
        BadUsage: no such rule, or a value that it cannot have.
    """
    if key not in RULES:
        raise BadUsage(f"There is no rule {key!r}.", f"Rules: {', '.join(RULES)}.")
    rule, wanted = RULES[key], text.strip().casefold()
    before = current(connection)
    default: Value = getattr(DEFAULT, key)
    value = default if wanted == "default" else _read(rule, wanted)
    after = from_record({**asdict(before), key: value})
    if after.least_gy_per_fraction > after.most_gy_per_fraction:
        raise BadUsage(
            f"{rule.words(value)} would leave no dose per fraction that is taken.",
            "The least has to be below the most.",
        )
    connection.execute(
        "INSERT INTO import_rules VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2",
        [key, rule.words(value)],
    )
    if after != before:
        was, now = ({"value": getattr(rules, key)} for rules in (before, after))
        audit.record(connection, "import rule set", key, was, now)
    return rule.words(value)


def _read(rule: Rule, text: str) -> Value:
    if text in rule.choices:
        return text == SWITCH[0] if rule.choices == SWITCH else text
    if not rule.choices:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if rule.least <= value <= rule.most:
            whole = isinstance(getattr(DEFAULT, rule.key), int)
            if not whole or value == int(value):
                return int(value) if whole else value
    number = f"a number from {rule.least:g} to {rule.most:g}"
    wanted = ", ".join(rule.choices) if rule.choices else number
    raise BadUsage(f"{text[:20]!r} is no value of {rule.key}.", f"Give {wanted} or default.")


def used(connection: Connection, source: str = "", file: str = "") -> dict[str, dict[str, Any]]:
    """By import, the rules that were not at their default; of a source and file ("" is all).

    Imports by the defaults, and those of before there was a choice, are left out.
    """
    found = connection.execute(
        """SELECT import_id, json_extract_string(funnel, '$.rules') FROM imports
           WHERE import_id IN (
               SELECT import_id FROM cases WHERE $1 IN ('', source) AND $2 IN ('', file)
               UNION SELECT import_id FROM rejects WHERE $1 IN ('', source) AND $2 IN ('', file))
           ORDER BY import_id""",
        [source, file],
    ).fetchall()
    changed = {str(name): from_record(json.loads(text)).changed for name, text in found if text}
    return {name: values for name, values in changed.items() if values}
