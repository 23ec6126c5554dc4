"""Numbers as people type them: one meaning or none."""

import pytest
from hypothesis import given, strategies as st

from store.importing.numbers import read_count, read_number, read_quantity, read_unit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60", 60),
        ("59.4", 59.4),
        (".508", 0.508),
        ("01", 1),
        ("6,100", 6100),
        ("6 100", 6100),
        ("59,4", 59.4),
        ("0,508", 0.508),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567),
        (" 45.0 ", 45),
    ],
)
def test_reads_the_forms_that_have_one_meaning(text: str, value: float) -> None:
    number = read_number(text)
    assert number is not None
    assert number.value == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "42.5+10", "40/48", "-5", "1e5", "nan", "inf", "12,34,567", "5,0400", "6,1 00", "x"],
)
def test_refuses_what_has_none_or_more_than_one(text: str) -> None:
    assert read_number(text) is None


def test_only_a_reading_by_rule_says_so() -> None:
    plain, thousands, comma = read_number("59.4"), read_number("6,100"), read_number("59,4")
    assert plain is not None
    assert thousands is not None
    assert comma is not None
    assert plain.note == ""
    assert thousands.note == "thousands separator: 6,100 read as 6100"
    assert comma.note == "decimal comma: 59,4 read as 59.4"


@given(st.integers(1, 999), st.integers(0, 999))
def test_three_digits_after_a_comma_are_thousands(high: int, low: int) -> None:
    number = read_number(f"{high},{low:03d}")
    assert number is not None
    assert number.value == high * 1000 + low


@given(st.integers(0, 9999), st.integers(0, 99))
def test_one_or_two_digits_after_a_comma_are_decimals(whole: int, part: int) -> None:
    for digits in {str(part), f"{part:02d}"}:
        comma, dot = read_number(f"{whole},{digits}"), read_number(f"{whole}.{digits}")
        assert comma is not None
        assert dot is not None
        assert comma.value == dot.value


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    for number in (read_number(text), read_quantity(text), read_count(text)):
        assert number is None or 0 <= number.value < 1e13


@given(st.floats(0, 9999).map(lambda value: round(value, 2)), st.sampled_from(["Gy", "cGy", "mCi"]))
def test_a_unit_in_the_cell_is_found(value: float, unit: str) -> None:
    for text in (f"{value}{unit}", f"{value} {unit.upper()}"):
        number = read_quantity(text)
        assert number is not None
        assert (number.value, number.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "value"), [("30", 30), ("30 fr", 30), ("30fx", 30), ("one", 1), ("3.5", 3.5)]
)
def test_counts(text: str, value: float) -> None:
    count = read_count(text)
    assert count is not None
    assert count.value == value
    assert count.unit == ""


def test_a_dose_in_the_column_of_fractions_keeps_its_unit() -> None:
    count = read_count("2 Gy")
    assert count is not None
    assert (count.value, count.unit) == (2, "Gy")


@pytest.mark.parametrize("text", ["25+1 boost 1500cGy", "1 brachy+25", "Gamma Knife radiosurgery"])
def test_text_is_no_count(text: str) -> None:
    assert read_count(text) is None


def test_units() -> None:
    assert [read_unit(text) for text in ("cGy", "GY.", "rad", "")] == ["cGy", "Gy", "cGy", ""]
