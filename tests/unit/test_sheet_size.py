"""A sheet whose cells span more than can be held is refused before its reader makes room."""

import zipfile
from pathlib import Path

import pytest

from store.errors import RadoncError
from store.importing.sheet_size import MOST_CELLS, reaches_too_far
from store.importing.tables import open_table


def workbook(path: Path, cells: str, name: str = "xl/worksheets/sheet1.xml") -> zipfile.ZipFile:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f"<worksheet><sheetData>{cells}</sheetData></worksheet>")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize(
    ("cells", "far"),
    [
        ('<row r="1"><c r="A1"/></row>', False),
        ('<row r="1"><c r="XFD1"/></row>', False),
        ('<row r="1048576"><c r="A1048576"/></row>', False),
        ('<row r="1048576"><c r="AF1048576"/></row>', False),
        ('<row r="1048576"><c r="XFD1048576"/></row>', True),
        ('<row r="1"><c r="A1"/><c r="XFD1"/></row><row r="999999"><c r="A999999"/></row>', True),
        ("<row><c s='1' r='ZZ900000'/></row>", True),
        ('<x:row r = "900000"><x:c r = "ABC1"/></x:row>', True),
    ],
)
def test_the_rectangle_between_first_and_last_cell(tmp_path: Path, cells: str, far: bool) -> None:
    with workbook(tmp_path / "book.xlsx", cells) as archive:
        assert reaches_too_far(archive) is far


def test_a_cell_that_lies_across_two_chunks_is_seen(tmp_path: Path) -> None:
    for shift in range(0, 40, 3):
        blank = " " * ((1 << 20) - 40 - shift)
        cells = f'{blank}<row r="1048576"><c r="XFD1048576"/></row>'
        with workbook(tmp_path / "book.xlsx", cells) as archive:
            assert reaches_too_far(archive)


def test_a_million_rows_of_a_hundred_columns_are_held() -> None:
    assert MOST_CELLS > 1_000_000 * 100


def test_it_is_a_sentence(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", '<row r="1"><c r="A1"/><c r="XFD1048576"/></row>').close()
    with pytest.raises(RadoncError, match="so far from the others"):
        open_table(tmp_path / "book.xlsx")
