"""The rules by which a data set takes included cases: set, counted, kept with the version."""

from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.curating import RuleNow
from radonc_tui.cards import card_words
from radonc_tui.screens.cases.rules import rule_line
from store.database import open_store
from store.datasets import dataset_members, freeze, preview
from store.errors import BadUsage
from store.home import Home
from store.selection import RULES, current, left_out, set_rule
from store.splits import SplitRules
from tests.unit.case_examples import synthetic_cases, take
from tests.unit.importing_examples import codes

SECRET = b"k" * 32


@pytest.fixture
def connection(home: Home, tmp_path: Path) -> Any:
    made = open_store(home)
    take(made, synthetic_cases(60, codes()), tmp_path / "import")
    yield made
    made.close()


def ids(connection: Any, where: str) -> set[str]:
    found = connection.execute(f"SELECT case_id FROM cases WHERE {where}").fetchall()
    return {str(case_id) for (case_id,) in found}


def test_as_they_come_the_rules_leave_nothing_out(connection: Any) -> None:
    assert left_out(connection) == {}
    assert preview(connection, SplitRules(), SECRET)["cases"] == 60
    assert current(connection) == {key: rule.default for key, rule in RULES.items()}


@pytest.mark.parametrize(
    ("key", "value", "taken"),
    [
        ("ambiguous", "off", "NOT ambiguous"),
        ("prior_rt", "off", "prior_rt <> 'yes'"),
        ("first_year", "2019", "year >= 2019"),
        ("last_year", "2018", "year <= 2018"),
        ("youngest", "60", "age >= 60"),
        ("shortest_text", "90", "length(diagnosis) >= 90"),
        ("longest_text", "120", "length(diagnosis) <= 120"),
        (
            "least_of_code",
            "2",
            "icd10 IN (SELECT icd10 FROM cases GROUP BY 1 HAVING count(*) > 1)",
        ),
    ],
)
def test_each_rule_takes_what_it_says(connection: Any, key: str, value: str, taken: str) -> None:
    connection.execute("UPDATE cases SET ambiguous = true, prior_rt = 'yes' WHERE seq % 9 = 0")
    set_rule(connection, key, value)
    expected = ids(connection, taken)
    assert 0 < len(expected) < 60
    made = freeze(connection, SplitRules(), SECRET)
    assert {case_id for case_id, _ in dataset_members(connection, made["dataset_id"])} == expected
    assert made["card"]["left_out"] == {key: 60 - len(expected)} == left_out(connection)
    assert made["card"]["rules"][key] == current(connection)[key]
    assert made["card"]["funnel"]["steps"][-1]["count"] == len(expected)
    assert f"left out by the rules of selection: {60 - len(expected)} {key}" in card_words(
        made["card"]
    )


def test_nobody_annotated_them(connection: Any) -> None:
    set_rule(connection, "not_annotated", "off")
    assert left_out(connection) == {"not_annotated": 60}


def test_a_case_counts_for_the_first_rule_that_it_breaks(connection: Any) -> None:
    set_rule(connection, "youngest", "60")
    set_rule(connection, "first_year", "2019")
    counted = left_out(connection)
    assert counted["first_year"] == len(ids(connection, "year < 2019"))
    assert counted["youngest"] == len(ids(connection, "year >= 2019 AND age < 60"))
    for key in counted:
        set_rule(connection, key, "default")
    assert left_out(connection) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [("site", "on"), ("ambiguous", "1"), ("youngest", "off"), ("youngest", "-1"), ("youngest", "")],
)
def test_a_value_that_a_rule_cannot_have_is_a_sentence(
    connection: Any, key: str, value: str
) -> None:
    with pytest.raises(BadUsage):
        set_rule(connection, key, value)
    assert current(connection)["youngest"] == 0


def test_a_rule_in_a_line() -> None:
    line = rule_line(RuleNow("youngest", "The lowest age.", "18", False, 1200))
    assert line == "data set     18  The lowest age. (1,200 left out)"
    line = rule_line(RuleNow("most_gy", "The highest dose.", "100", True, 3, "import"))
    assert line == "  import    100  The highest dose. (3 rejected)"
