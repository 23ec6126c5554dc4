"""What the import wizard knows: drafts, fields, the time to go. No terminal is needed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from radonc_tui.actions.cases import ImportResult
from radonc_tui.actions.importing import ImportPreview
from radonc_tui.actions.progress import Progress
from radonc_tui.screens.cases.wizard_state import (
    EVERY_ROW,
    MEANINGS,
    NOTHING,
    Draft,
    Pace,
    column_rows,
    field_options,
    short,
    size_in_words,
    summary,
)
from radonc_tui.screens.cases.wizard_trial import examples_text
from store.importing.mapping import SYNONYMS, guess_mapping
from store.importing.preview import FilePreview
from store.importing.profiles import built_in


def file(name: str, columns: str, *cells: str) -> FilePreview:
    names = tuple(columns.split(","))
    rows = tuple(
        (number, dict(zip(names, row.split(","), strict=True)))
        for number, row in enumerate(cells, 2)
    )
    return FilePreview(Path(name), "text", 10, names, guess_mapping(names), rows)


def draft(*files: FilePreview, profile: str = "table") -> Draft:
    paths = tuple(one.path for one in files)
    return Draft(paths).seen(ImportPreview(built_in(profile), files))


ONE = file(
    "a.csv", "MRN,Text,Plan,Code,Ward", "1,Glioma,60 Gy in 30,C71.9,3b", "2,Glioma,,C71.9,3b"
)


def fields(one: Draft) -> Mapping[str, str]:
    return {row.column: row.field for row in column_rows(one)}


def test_every_field_of_an_import_can_be_chosen() -> None:
    assert set(MEANINGS) == set(SYNONYMS)
    assert {value for value, _ in field_options(draft(ONE), "Text")} == {NOTHING, *SYNONYMS}


def test_files_are_chosen_and_taken_back() -> None:
    one = Draft().toggle(Path("a.csv")).toggle(Path("b.csv")).toggle(Path("a.csv"))
    assert one.paths == (Path("b.csv"),)


def test_a_column_is_one_field_and_a_field_one_column() -> None:
    one = draft(ONE)
    assert one.problems() == ["no column is the diagnosis"]
    one = one.assign("Text", "diagnosis")
    assert one.problems() == []
    assert one.request(dry_run=True).mapping == {"diagnosis": "Text"}
    moved = one.assign("Text", "site")
    assert fields(moved)["Text"] == "site"
    assert moved.problems() == ["no column is the diagnosis"]
    taken = one.assign("Ward", "diagnosis")
    assert (fields(taken)["Ward"], fields(taken)["Text"]) == ("diagnosis", "")
    none = one.assign("Text", NOTHING).assign("Plan", NOTHING)
    assert none.problems() == ["no column is the diagnosis or the regimen (or dose and fractions)"]
    assert none.assign("Plan", "regimen").assign("Text", "diagnosis").problems() == []
    assert none.by_guess() == draft(ONE)


def test_what_is_the_same_in_every_row_is_a_row_of_its_own() -> None:
    one = draft(ONE).same("modality", "photon").same("patient", "row")
    assert [(r.field, r.values) for r in column_rows(one) if r.column == EVERY_ROW] == [
        ("patient", "another patient in every row"),
        ("modality", "photon"),
    ]
    assert fields(one)["MRN"] == ""
    assert fields(one.same("patient", ""))["MRN"] == "patient"


def test_rows_show_values_that_differ() -> None:
    rows = {row.column: row for row in column_rows(draft(ONE).assign("Text", "diagnosis"))}
    assert (rows["MRN"].values, rows["Text"].values) == ("1 | 2", "Glioma")
    assert (rows["Text"].by_hand, rows["MRN"].by_hand) == (True, False)


def test_several_files_have_to_hold_a_chosen_column() -> None:
    other = file("b.csv", "MRN,Diagnosis,Plan,Code", "1,Glioma,60 Gy in 30,C71.9")
    both = draft(ONE, other).assign("Text", "diagnosis")
    assert both.problems() == ["b.csv: there is no column 'Text'"]
    assert both.turn(1).file is other
    assert both.turn(2).file is ONE
    assert draft(ONE, other).problems() == ["a.csv: no column is the diagnosis"]


def test_the_columns_of_the_tcga_are_fixed() -> None:
    one = draft(ONE, profile="tcga").same("site", "brain")
    assert one.problems() == []
    assert (one.request(False).profile, one.request(False).mapping) == ("tcga", {})


@pytest.mark.parametrize(
    ("progress", "seconds", "line"),
    [
        (Progress("start"), 0.0, "Starting ..."),
        (Progress("curate", 500, 1500, "records"), 0.5, "Reading: 500 of 1,500 records"),
        (
            Progress("curate", 500, 1500, "records"),
            10.0,
            "Reading: 500 of 1,500 records, 20 s to go",
        ),
        (
            Progress("look", 1_500_000, 6_000_000, "bytes"),
            100.0,
            "Looking at all rows: 1.5 of 6.0 MB, 5 min to go",
        ),
    ],
)
def test_the_time_to_go_is_that_of_the_stage(progress: Progress, seconds: float, line: str) -> None:
    began = Pace("before", 0.0, 90).follow(Progress(progress.stage, 0, progress.total), 100.0)
    assert began.follow(progress, 100.0 + seconds) is began
    assert began.line(progress, 100.0 + seconds) == line


def test_words() -> None:
    funnel = {"cases": 12, "duplicates": 11, "rejects": 1234}
    assert summary(ImportResult("import-1", funnel)) == (
        "1 case taken in; 1,234 rejects. 11 of the cases were in the store already."
    )
    assert [size_in_words(n) for n in (12, 45_678, 12_345_678)] == ["12 bytes", "46 kB", "12.3 MB"]
    assert short(Path.home() / "exports" / "a.csv") == "~/exports/a.csv"
    assert short(Path("/mnt/a/very/long/way/down/to/the/clinic/exports/a.csv")) == "…/exports/a.csv"


def test_examples_say_what_the_reason_does_not() -> None:
    detail = "a.csv, row 2, column Code: 'Z99.99' is no ICD-10-CM code."
    one = {"file": "a.csv", "row": 2, "detail": detail}
    plain = {"file": "a.csv", "row": 7, "detail": "a.csv, row 7: The record has no ICD-10 code."}
    assert examples_text("code_unknown", [one]).plain == (
        "For example\nrow 2, column Code: 'Z99.99' is no ICD-10-CM code."
    )
    assert examples_text("no_code", [plain]).plain == "For example\nrow 7"
    other = {**plain, "file": "b.csv", "detail": "b.csv, row 7: The record has no ICD-10 code."}
    assert examples_text("no_code", [plain, other]).plain == (
        "For example\na.csv, row 7\nb.csv, row 7"
    )
