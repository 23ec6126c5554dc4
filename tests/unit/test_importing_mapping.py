"""Which column is which field, and a row read by that."""

from pathlib import Path

import pytest

from store.errors import BadUsage, RadoncError
from store.importing.mapping import (
    SYNONYMS,
    complete_mapping,
    guess_mapping,
    parse_map_options,
)
from store.importing.row import apply

BASE = {"patient": "MRN", "diagnosis": "Dx", "regimen": "Rx", "icd10": "Code"}
ROW = {"MRN": "1", "Dx": "Glioblastoma", "Rx": "60 Gy in 30", "Code": "C71.9"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ["MRN", "Diagnosis", "Plan", "ICD10"],
            {"patient": "MRN", "diagnosis": "Diagnosis", "regimen": "Plan", "icd10": "ICD10"},
        ),
        (
            ["Patient ID", "Dx", "Prescription", "Plan", "ICD-10 code", "Modality"],
            {
                "patient": "Patient ID",
                "diagnosis": "Dx",
                "regimen": "Prescription",
                "icd10": "ICD-10 code",
                "modality": "Modality",
            },
        ),
        (
            ["mrn", "dx", "Plan", "Total dose (cGy)", "Fractions", "ICD"],
            {
                "patient": "mrn",
                "diagnosis": "dx",
                "dose": "Total dose (cGy)",
                "fractions": "Fractions",
                "icd10": "ICD",
            },
        ),
        (["Ward", "Remarks"], {}),
        (
            ["MRN", "Patient ID", "Name", "Phone", "Mobile", "Dx (1)", "Total Dose [cGy]", "Fx"],
            {
                "patient": "MRN",
                "dose": "Total Dose [cGy]",
                "fractions": "Fx",
                "identifier:Patient ID": "Patient ID",
                "identifier:Name": "Name",
                "identifier:Phone": "Phone",
                "identifier:Mobile": "Mobile",
            },
        ),
    ],
)
def test_guess(columns: list[str], expected: dict[str, str]) -> None:
    assert guess_mapping(columns) == expected


def test_no_column_name_means_two_fields() -> None:
    names = [name for names in SYNONYMS.values() for name in names.split()]
    assert len(names) == len(set(names))


def test_options() -> None:
    assert parse_map_options(["diagnosis=Dx text", "Modality=@photon"]) == {
        "diagnosis": "Dx text",
        "modality": "@photon",
    }


@pytest.mark.parametrize("option", ["diagnosis", "diagnosis=", "tumour=Dx", "site=A,site=B"])
def test_bad_options(option: str) -> None:
    with pytest.raises(BadUsage):
        parse_map_options(option.split(","))


def test_choice_goes_before_the_guess() -> None:
    columns = ["MRN", "Diagnosis", "Summary", "Rx", "ICD10"]
    mapping = complete_mapping(Path("a.csv"), columns, {"diagnosis": "Summary"})
    assert mapping["diagnosis"] == "Summary"
    assert mapping["icd10"] == "ICD10"


def test_chosen_dose_columns_go_before_a_guessed_text() -> None:
    columns = ["MRN", "Dx", "Rx", "ICD10", "Gray", "N"]
    mapping = complete_mapping(Path("a.csv"), columns, {"dose": "Gray", "fractions": "N"})
    assert "regimen" not in mapping


def test_an_at_sign_alone_says_that_no_column_is_the_field() -> None:
    columns = ["MRN", "Dx", "Rx", "Dose", "Fractions", "ICD10", "Site"]
    mapping = complete_mapping(Path("a.csv"), columns, {"regimen": "@", "site": "@"})
    assert mapping == {
        "patient": "MRN",
        "diagnosis": "Dx",
        "dose": "Dose",
        "fractions": "Fractions",
        "icd10": "ICD10",
    }
    with pytest.raises(RadoncError, match="no column that is plainly the diagnosis"):
        complete_mapping(Path("a.csv"), columns, {"diagnosis": "@"})


def test_a_column_chosen_for_one_field_leaves_the_other_to_the_next_best() -> None:
    columns = ["MRN", "Diagnosis", "Dx", "Rx", "ICD10"]
    mapping = complete_mapping(Path("a.csv"), columns, {"site": "Diagnosis"})
    assert (mapping["site"], mapping["diagnosis"]) == ("Diagnosis", "Dx")


def test_a_chosen_column_has_to_be_there() -> None:
    with pytest.raises(RadoncError, match=r"a\.csv has no column 'Foo' \(for diagnosis\)"):
        complete_mapping(Path("a.csv"), ["MRN", "Dx", "Rx", "ICD10"], {"diagnosis": "Foo"})


def test_a_needed_field_has_to_have_a_column() -> None:
    with pytest.raises(RadoncError, match="no column that is plainly the patient or the regimen"):
        complete_mapping(Path("a.csv"), ["Dx", "Dose", "ICD10"], {})


def test_the_first_row_is_shown_only_where_it_is_a_header() -> None:
    with pytest.raises(RadoncError, match=r"Its columns are MRN, Dx, Rx\."):
        complete_mapping(Path("a.csv"), ["MRN", "Dx", "Rx"], {})
    with pytest.raises(RadoncError, match="Row 1 has 3 cells and does not look like a header"):
        complete_mapping(Path("a.csv"), ["4711", "John Smith", "60 Gy"], {"icd10": "Code"})


def test_none_is_an_answer_only_for_prior_radiotherapy() -> None:
    raw = apply(
        BASE | {"prior_rt": "Prior", "site": "Site"},
        ROW | {"Prior": "None", "Site": "None"},
        2,
        "a",
    )
    assert (raw.prior_rt, raw.site) == ("None", "")


@pytest.mark.parametrize(
    ("plan", "repairs"),
    [
        ("6,000 cGy in 30", ("thousands separator: 6,000 read as 6000",)),
        (
            "59,4 Gy in 33 (1,8 Gy/fx)",
            ("decimal comma: 59,4 read as 59.4", "decimal comma: 1,8 read as 1.8"),
        ),
        ("60 Gy in 30, 10 Gy in 5", ()),
    ],
)
def test_commas_in_a_plan_are_repairs(plan: str, repairs: tuple[str, ...]) -> None:
    assert apply(BASE, ROW | {"Rx": plan}, 2, "a.csv").repairs == repairs


def test_only_clinical_columns_are_kept() -> None:
    mapping = BASE | {"year": "Date", "course": "Course"}
    raw = apply(mapping, ROW | {"Date": "2021-03-04", "Course": "C1"}, 2, "a.csv")
    assert raw.patient == "1"
    assert raw.year == 2021
    assert dict(raw.kept) == {
        "diagnosis": "Glioblastoma",
        "regimen": "60 Gy in 30",
        "icd10": "C71.9",
        "year": "2021",
    }


def test_a_value_for_every_row() -> None:
    assert apply(BASE | {"modality": "@proton"}, ROW, 2, "a.csv").modality == "proton"


def test_every_row_another_patient() -> None:
    mapping = BASE | {"patient": "@row"}
    one, same, other = (
        apply(mapping, row, 2, "a.csv").patient for row in (ROW, ROW, ROW | {"Dx": "Astrocytoma"})
    )
    assert one == same != other


@pytest.mark.parametrize(
    ("columns", "cells", "regimen", "repairs"),
    [
        ({"dose": "Dose (cGy)", "fractions": "Fx"}, ["6000", "30"], "60 Gy in 30 fractions", 0),
        ({"dose": "Dose (cGy)", "fractions": "Fx"}, ["60", "30"], "60 Gy in 30 fractions", 1),
        ({"dose": "dose_gy", "fractions": "Fx"}, ["59,4", "33"], "59.4 Gy in 33 fractions", 1),
        ({"dose": "Gy", "dose_per_fraction": "dpf"}, ["60", "2"], "60 Gy in 30 fractions", 0),
        ({"fractions": "Fx", "dose_per_fraction": "dpf"}, ["30", "2"], "60 Gy in 30 fractions", 0),
        (
            {"fractions": "Fx", "dose_per_fraction": "dpf"},
            ["30", "200"],
            "60 Gy in 30 fractions",
            1,
        ),
        ({"dose": "Gy", "fractions": "Fx"}, ["8", "1"], "8 Gy in 1 fraction", 0),
    ],
)
def test_dose_columns(
    columns: dict[str, str], cells: list[str], regimen: str, repairs: int
) -> None:
    mapping = {field: column for field, column in BASE.items() if field != "regimen"} | columns
    row = ROW | dict(zip(columns.values(), cells, strict=True))
    raw = apply(mapping, row, 2, "a.csv")
    assert (raw.reject, raw.regimen, len(raw.repairs)) == ("", regimen, repairs)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["ten", "30", "2"], "dose_unreadable"),
        (["60", "many", "2"], "fractions_unreadable"),
        (["60", "30", "1.8"], "dose_ambiguous"),
        (["", "", "2"], "no_dose"),
        (["60", "", ""], "no_fractions"),
        (["61", "", "2"], "dose_ambiguous"),
    ],
)
def test_dose_columns_that_are_lost(cells: list[str], reason: str) -> None:
    columns = {"dose": "Dose", "fractions": "Fx", "dose_per_fraction": "dpf"}
    mapping = {field: column for field, column in BASE.items() if field != "regimen"} | columns
    raw = apply(mapping, ROW | dict(zip(columns.values(), cells, strict=True)), 2, "a.csv")
    assert raw.reject == reason
