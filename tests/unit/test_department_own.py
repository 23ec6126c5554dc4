"""A table of a department's own: what cannot be read is refused by its row and cell."""

import csv

import pytest

from store.department.own import freeze, make_own
from store.department.rows import COLUMNS, TableError
from store.department.table import (
    embedded_table,
    embedded_text,
    load_table,
    own_path,
    parse_table,
    problems,
    read_table,
)
from store.errors import Refused
from store.home import Home

TABLE = embedded_table()


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(embedded_text().splitlines()))


def edited(column: str, value: str) -> str:
    changed = [{**lines()[0], column: value}]
    out = [",".join(COLUMNS)]
    out += [
        ",".join('"' + line[name].replace('"', '""') + '"' for name in COLUMNS) for line in changed
    ]
    return "\n".join(out)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("row", "", "a row has a name"),
        ("row", "a + b", "a row has a name"),
        ("icd10", "", "at least one code"),
        ("intent", "cure", "intent: 'cure'"),
        ("stage", "T1-2; lowest", "stage: 'lowest'"),
        ("surgery", "robot", "surgery: 'robot'"),
        ("prior_rt", "", "prior_rt: ''"),
        ("age", "old", "age: 'old'"),
        ("sex", "m", "sex: 'm'"),
        ("usual", "", "a usual regimen"),
        ("usual", "60 Gy in 20 fractions", "names no modality"),
        ("usual", "60 Gy/20 fx photon prostate", "is to be written"),
        ("accepted", "lots", "no legible dose|dose"),
        ("modality", "proton", "modality is 'proton'"),
        ("dose_rate", "HDR", "dose_rate is 'HDR'"),
        ("technique", "magic", "technique: 'magic'"),
        ("alpha_beta_gy", "-1", "alpha_beta_gy"),
        ("alpha_beta_gy", "ten", "could not convert"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_name_and_cell(
    column: str, value: str, said: str
) -> None:
    with pytest.raises(TableError, match=said) as error:
        parse_table(edited(column, value), "department")
    name = value if column == "row" else "prostate-low"
    assert (name or "(no name)") in error.value.message
    assert len(problems(edited(column, value))) == 1


def test_a_department_has_a_table_of_its_own(home: Home) -> None:
    assert load_table(home).origin == "embedded"
    path = make_own(home)
    assert path == own_path(home)
    own = load_table(home)
    assert (own.origin, own.sha256) == ("department", TABLE.sha256)
    with pytest.raises(Refused, match="has a table"):
        make_own(home)
    # whatever a spreadsheet does to the layout, the table is the same
    rows = lines()
    semicolons = [";".join(COLUMNS)]
    semicolons += [";".join('"' + row[name] + ' "' for name in COLUMNS) for row in rows[::-1]]
    path.write_text("\ufeff" + "\r\n".join(semicolons), encoding="utf-8")
    assert load_table(home).sha256 == TABLE.sha256
    path.write_text(path.read_text(encoding="utf-8-sig").replace("PACE-B", "PACE"))
    changed = load_table(home)
    assert changed.sha256 != TABLE.sha256
    different = [row.name for row in TABLE.rows if changed.row(row.name) != row]
    assert set(different) == {r.name for r in TABLE.rows if "PACE-B" in r.basis}
    frozen = read_table(freeze(home, home.tmp))
    assert frozen.sha256 == changed.sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column row"),
        (",".join(COLUMNS), "no row"),
        ("row;site", "no column icd10"),
        (embedded_text() + embedded_text().splitlines()[1], "Two rows are called prostate-low"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        parse_table(text, "department")
    assert problems(text)
