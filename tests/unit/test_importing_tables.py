"""Reading tables: the same rows from every kind of file, one clear sentence from a bad one."""

import json
import os
import tempfile
import time
from pathlib import Path

import polars as pl
import pytest

from store.errors import BadUsage, RadoncError
from store.importing.tables import open_table
from tests.unit.importing_examples import write_xlsx

HEADER = ["MRN", "Dx", "Fractions"]
ROWS = [["1", "Krebs der Speiseröhre", "30"], ["2", 'said "T2, N0"', ""], ["3", "two\nlines", "5"]]


def rows_of(path: Path, wanted: list[str] | None = None) -> list[tuple[int, dict[str, str]]]:
    table = open_table(path)
    return [(number, dict(row)) for number, row in table.read(wanted or list(table.columns))]


def as_csv(separator: str) -> str:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    return "\n".join(separator.join(map(quoted, row)) for row in [HEADER, *ROWS]) + "\n"


def write(path: Path, kind: str) -> Path:
    records = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    file = path / f"table.{kind}"
    if kind in ("csv", "tsv"):
        file.write_text(as_csv("," if kind == "csv" else "\t"), encoding="utf-8")
    elif kind == "xlsx":
        write_xlsx(file, [list(HEADER), *[list(row) for row in ROWS]])
    elif kind == "parquet":
        pl.DataFrame(records).write_parquet(file)
    else:
        file.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "parquet", "jsonl"])
def test_every_kind_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    first = 1 if kind in ("parquet", "jsonl") else 2
    assert rows_of(write(tmp_path, kind)) == [
        (number, dict(zip(HEADER, row, strict=True))) for number, row in enumerate(ROWS, first)
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "jsonl"])
def test_only_wanted_columns_are_read(tmp_path: Path, kind: str) -> None:
    assert all(set(row) == {"Dx"} for _, row in rows_of(write(tmp_path, kind), ["Dx"]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(as_csv(separator), encoding=encoding)
    assert [row["Dx"] for _, row in rows_of(file)] == [row[1] for row in ROWS]


def test_blank_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("MRN,Dx\n1,a\n\n2,b\n\n")
    assert [number for number, _ in rows_of(file)] == [2, 4]


def test_numbers_of_a_workbook_are_as_they_were_typed(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "n.xlsx", [["MRN", "Dose"], [4711.0, 59.4]])
    assert rows_of(tmp_path / "n.xlsx") == [(2, {"MRN": "4711", "Dose": "59.4"})]


def test_numbers_of_parquet_and_json(tmp_path: Path) -> None:
    pl.DataFrame({"MRN": [4711], "Dose": [60.0]}).write_parquet(tmp_path / "n.parquet")
    (tmp_path / "n.jsonl").write_text('{"MRN": 4711, "Dose": 60.0, "Dx": null}\n')
    assert rows_of(tmp_path / "n.jsonl")[0][1] == {"MRN": "4711", "Dose": "60", "Dx": ""}
    assert rows_of(tmp_path / "n.parquet")[0][1]["MRN"] == "4711"


def test_names_are_read_without_the_spaces_around_them(tmp_path: Path) -> None:
    pl.DataFrame({"Dx ": ["a"], " MRN": ["1"]}).write_parquet(tmp_path / "n.parquet")
    (tmp_path / "n.jsonl").write_text('{"Dx ": "a", " MRN": "1"}\n{" Dx": "b", "MRN": "2"}\n')
    assert rows_of(tmp_path / "n.parquet") == [(1, {"Dx": "a", "MRN": "1"})]
    assert [row["Dx"] for _, row in rows_of(tmp_path / "n.jsonl")] == ["a", "b"]


def test_a_table_in_utf_16_is_read_without_a_copy_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o500)
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    file = tmp_path / "table.csv"
    file.write_text(as_csv(","), encoding="utf-16")
    for number, _ in open_table(file).read(["Dx"]):
        assert number > 1
        assert not list(scratch.iterdir())


def bad(file: Path, content: bytes) -> str:
    """The sentence that comes of a file with this content."""
    file.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(RadoncError) as error:
        rows_of(file)
    assert time.monotonic() - started < 2, "refusing took too long"
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty."),
        ("a.csv", b"MRN,Dx\n1,a\n2,caf\x82\n", "a.csv, row 3, column 2 is not UTF-8 text"),
        ("a.csv", b"MRN,Dx\n1,a\n2,b,c\n", "a.csv, row 3 has 3 cells where the header has 2"),
        ("a.csv", b'MRN,Dx\n1,"open\n2,b\n', "a.csv, row 2 cannot be read: a double quote"),
        ("a.csv", b'MRN,Dx\n1,"' + b"open " * 60_000, "a.csv, row 2 cannot be read: "),
        ("a.csv", b"MRN," + b"x" * 200_000 + b"\n1,a\n", "a.csv, row 1 cannot be read: "),
        ("a.csv", b"\xff\xfe" + b"\x00\xd8" * 999, "a.csv is not UTF-16 text at or after row 1."),
        ("a.csv", b"MRN,Dx," * 10_000 + b"\xff\n", "a.csv, row 1, column 20001 is not UTF-8 text"),
        ("a.csv", b",\n", "a.csv, row 1 names no columns."),
        ("a.jsonl", b'{"MRN": 1}\n{"MRN": \n', "a.jsonl, row 2 is no JSON object"),
        ("a.jsonl", b'{"Dx": "\\ud800"}\n', "a.jsonl, row 1 is no JSON object in UTF-8."),
        ("a.jsonl", b"[" * 200_000 + b"\n", "a.jsonl, row 1 is no JSON object in UTF-8."),
        ("a.jsonl", b'{"Dx": 1, "Dx ": 2}\n', "a.jsonl, row 1 has two keys that differ only in"),
        ("a.jsonl", b"[1, 2]\n", "a.jsonl, row 1 is no JSON object."),
        ("a.xlsx", b"PK\x03\x04cut", "a.xlsx is no XLSX file, or is cut short."),
        ("a.parquet", b"PAR1cut", "a.parquet is no Parquet file, or is cut short."),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    assert bad(tmp_path / name, content).startswith(sentence)


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_truncated_files(tmp_path: Path, kind: str) -> None:
    whole = write(tmp_path, kind).read_bytes()
    for size in (len(whole) // 3, len(whole) - 10):
        assert "cut short" in bad(tmp_path / f"cut.{kind}", whole[:size])


def test_a_bad_byte_deep_in_the_file_is_found(tmp_path: Path) -> None:
    content = b"MRN,Dx\n" + b"1,plain text\n" * 20_000 + b"2,caf\x82\n"
    sentence = bad(tmp_path / "a.csv", content)
    assert sentence.startswith("a.csv, row 20002, column 2 is not UTF-8 text (byte 0x82).")


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "jsonl"])
def test_fifty_megabytes_of_noise_are_refused_at_once(tmp_path: Path, ending: str) -> None:
    block = os.urandom(1_000_000)
    assert f"noise.{ending}" in bad(tmp_path / f"noise.{ending}", block * 50)


def test_one_endless_line_is_no_table(tmp_path: Path) -> None:
    assert "first line has over a million" in bad(tmp_path / "a.csv", b"abc," * 10_000_000)


def test_no_cell_is_quoted_in_a_sentence(tmp_path: Path) -> None:
    assert "Smith" not in bad(tmp_path / "a.csv", b'MRN,Dx\n1,"John Smith\n2,b\n')
    assert "Smith" not in bad(tmp_path / "a.jsonl", b'{"MRN": "John Smith\n')


def test_a_name_without_a_known_ending(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(BadUsage, match=r"a\.pdf has no ending"):
        open_table(tmp_path / "a.pdf")


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(RadoncError, match="cannot be read: No such file"):
        open_table(tmp_path / "a.csv")
