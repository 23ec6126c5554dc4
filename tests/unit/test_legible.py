"""Text that tries to be markup or an escape sequence is taken in, kept and printed as text."""

from dataclasses import replace
from pathlib import Path

import pytest

from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store.cases import Case
from store.clinical.icd10 import load_codes
from store.errors import RadoncError
from store.home import Home
from store.importing.stage import stage
from store.legible import LONGEST, legible, legible_raw
from store.lines import read_lines
from tests.unit.case_examples import synthetic_cases, take
from tests.unit.importing_examples import SECRET, codes, quiet, raw

HOSTILE = (
    "[red]Carcinoma[/red] \x1b[2J\x1b]0;owned\x07 of \x9b31m the \u202eprostate [link=file:///x]"
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Müller [red]\n\tβ", "plain, Müller [red]\n\tβ"),
        ("\x1b[31m", "␛[31m"),
        ("a\x00b\x7f\x9b", "a␀b␡\ufffd"),
        ("\u202etfel", "\ufffdtfel"),
        ("two\r\nlines\r", "two\nlines␍"),
    ],
)
def test_what_a_terminal_would_obey_becomes_a_sign(text: str, shown: str) -> None:
    assert legible(text) == shown


def test_a_record_is_made_legible_but_for_its_keys() -> None:
    found = legible_raw(
        raw(diagnosis="a\x1b", patient="1\x1b", kept={"dose": "\x07"}, file="a\nb.csv")
    )
    assert (found.diagnosis, found.kept, found.file) == ("a␛", {"dose": "␇"}, "a␊b.csv")
    assert found.patient == "1\x1b"


def test_megabytes_are_cut_before_anybody_searches_them() -> None:
    found = legible_raw(raw(diagnosis="a " * 1_000_000, kept={"diagnosis": "b" * 1_000_000}))
    assert (found.reject, found.detail) == (
        "diagnosis_too_long",
        "The diagnosis has 2000000 characters.",
    )
    assert len(found.diagnosis) == len(found.kept["diagnosis"]) == LONGEST


def test_an_error_that_names_a_file_prints_no_escape() -> None:
    assert str(RadoncError("a\x1b[2J\nb.csv is empty.")) == "a␛[2J b.csv is empty."


def test_an_import_keeps_no_escape(tmp_path: Path) -> None:
    file, out = tmp_path / "cases.csv", tmp_path / "out"
    out.mkdir()
    file.write_text(
        "MRN,Diagnosis,Prescription,ICD10,Modality\n"
        f'1,"{HOSTILE}",60 Gy in 20,C61,photon\n'
        '2,Carcinoma of the prostate,60 Gy in 20,C61,"\x1b[31m"\n'
    )
    stage([file], "table", {}, codes(), SECRET, out, quiet)
    kept = [*read_lines(out / "cases.jsonl"), *read_lines(out / "rejects.jsonl")]
    assert len(kept) == 2
    assert "\x1b" not in str(kept).replace("\\x1b", "\x1b")
    assert "[red]Carcinoma[/red] ␛[2J" in kept[0]["diagnosis"]


def hostile_case(home: Home, folder: Path) -> Case:
    """A case that got into the store with its escapes, as an older program may have let it."""
    case = synthetic_cases(3, load_codes(home))[0]
    case = replace(
        case, diagnosis=HOSTILE, kept={"dose": HOSTILE}, repairs=(HOSTILE,), file=HOSTILE
    )
    with opened(home) as connection:
        take(connection, [case], folder)
    return case


def test_list_and_show_print_it_as_text(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = hostile_case(home, tmp_path / "staged")
    for command in (["list"], ["show", case.case_id]):
        assert run(["--home", str(home.path), "cases", *command]) == 0
        out = capsys.readouterr().out
        assert "[red]" in out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*out}
