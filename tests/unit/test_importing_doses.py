"""Dose, unit and fractions: taken as they stand, repaired by a stated rule, or lost."""

import pytest
from hypothesis import given, strategies as st

from store.importing.doses import (
    BRACHYTHERAPY,
    EXTERNAL,
    GENERAL,
    Rules,
    Window,
    read_prescription,
)
from store.reasons import Lost

CONFUSED = "cGy and Gy confused: read as Gy"
IN_TOTAL = "dose per fraction in the column of the total"
IN_FRACTIONS = "dose per fraction in the column of the fractions"


@pytest.mark.parametrize(
    ("cells", "dose", "fractions", "repairs"),
    [
        (("6000", "cGy", "30"), 60, 30, ()),
        (("60", "Gy", "30 fr"), 60, 30, ()),
        (("60", "cGy", "30"), 60, 30, (CONFUSED,)),
        (("5000", "Gy", "25"), 50, 25, ("Gy and cGy confused: read as cGy",)),
        (("6000", "", "30"), 60, 30, ("unit missing: read as cGy",)),
        (("46", "", "23"), 46, 23, ("unit missing: read as Gy",)),
        (("4,500 cGy", "", "25"), 45, 25, ("thousands separator: 4,500 read as 4500",)),
        (("6,100", "cGy", "42"), 61, 42, ("thousands separator: 6,100 read as 6100",)),
        (("59,4", "Gy", "33"), 59.4, 33, ("decimal comma: 59,4 read as 59.4",)),
        (("200", "cGy", "25"), 50, 25, (IN_TOTAL,)),
        (("60", "Gy", "2"), 60, 30, (IN_FRACTIONS,)),
        (("60", "Gy", "2 Gy"), 60, 30, (IN_FRACTIONS,)),
        (("45", "", "1.8"), 45, 25, ("unit missing: read as Gy", IN_FRACTIONS)),
        (("3000", "cGy", "5"), 30, 5, ()),
    ],
)
def test_external_beam(
    cells: tuple[str, str, str], dose: float, fractions: int, repairs: tuple[str, ...]
) -> None:
    read = read_prescription(*cells, EXTERNAL)
    assert (read.dose_gy, read.fractions, read.repairs) == (dose, fractions, repairs)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("42.5+10", "cGy", "21"), "dose_unreadable"),
        (("40/48", "Gy", "15"), "dose_unreadable"),
        (("102.8", "mCi", "1"), "dose_unreadable"),
        (("6500", "cGy", "25+1 boost 1500cGy"), "fractions_unreadable"),
        (("600", "cGy", "30"), "dose_implausible"),
        (("6000", "cGy", "3.5"), "dose_implausible"),
        (("6000", "cGy", "0"), "dose_implausible"),
        (("11840", "cGy", "30"), "dose_implausible"),
        (("800", "cGy", "4"), "dose_implausible"),
        (("70", "Gy", "7"), "dose_implausible"),
    ],
)
def test_lost(cells: tuple[str, str, str], reason: str) -> None:
    with pytest.raises(Lost) as lost:
        read_prescription(*cells, EXTERNAL)
    assert lost.value.reason == reason
    assert lost.value.detail


def test_two_possible_readings_are_none() -> None:
    anything = Window((1.0, 100.0), (0.5, 40.0), (1, 100))
    with pytest.raises(Lost) as lost:
        read_prescription("30", "Gy", "2", Rules((), anything, anything))
    assert lost.value.reason == "dose_ambiguous"
    assert lost.value.detail.endswith("may be 30 Gy in 2 or 30 Gy in 15 or 60 Gy in 2.")


def test_large_fractions_to_a_high_dose_need_a_stereotactic_technique() -> None:
    with pytest.raises(Lost):
        read_prescription("6000", "cGy", "5", EXTERNAL)
    assert read_prescription("6000", "cGy", "5", EXTERNAL, stereotactic=True).dose_gy == 60


def test_brachytherapy() -> None:
    assert read_prescription("2100", "cGy", "3", BRACHYTHERAPY).repairs == ()
    assert read_prescription("500", "cGy", "5", BRACHYTHERAPY).repairs == (IN_TOTAL,)


courses = st.tuples(st.sampled_from([1.5, 1.8, 2.0, 2.25, 2.5, 2.67, 3.0]), st.integers(8, 45)).map(
    lambda pair: (round(pair[0] * pair[1], 2), pair[1], pair[0])
)


@given(courses, st.sampled_from([EXTERNAL, GENERAL]))
def test_the_unit_does_not_matter(course: tuple[float, int, float], rules: Rules) -> None:
    total, fractions, _ = course
    if not 20 <= total <= 82:
        return
    gray = read_prescription(str(total), "Gy", str(fractions), rules)
    centigray = read_prescription(str(round(total * 100)), "cGy", str(fractions), rules)
    assert (gray.dose_gy, gray.fractions) == (total, fractions)
    assert gray == centigray


@given(courses, st.sampled_from([EXTERNAL, GENERAL]))
def test_a_slip_is_repaired_to_what_was_meant_or_lost(
    course: tuple[float, int, float], rules: Rules
) -> None:
    total, fractions, each = course
    slips = [
        (str(total), "cGy", str(fractions)),
        (str(round(total * 100)), "Gy", str(fractions)),
        (str(round(total * 100)), "", str(fractions)),
        (str(each), "Gy", str(fractions)),
        (str(round(each * 100)), "cGy", str(fractions)),
        (str(total), "Gy", f"{each} Gy"),
    ]
    for dose, unit, count in slips:
        try:
            read = read_prescription(dose, unit, count, rules)
        except Lost:
            continue
        if read.repairs:
            assert (read.dose_gy, read.fractions) == (total, fractions)


@given(st.text(max_size=12), st.text(max_size=5), st.text(max_size=8))
def test_any_three_cells_are_a_prescription_or_lost(dose: str, unit: str, fractions: str) -> None:
    try:
        read = read_prescription(dose, unit, fractions, GENERAL)
    except Lost:
        return
    assert 1 <= read.dose_gy <= 100
    assert read.fractions >= 1
