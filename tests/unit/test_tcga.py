"""The TCGA tables: every course is a case or says why it is none.

The excerpt beside these tests holds the odd rows verbatim; the whole tables are read where they
are there.
"""

import re
from pathlib import Path

import pytest

from store.cases import RawCase
from store.errors import RadoncError
from store.importing.stage import stage
from store.importing.tcga import PHOTON_NOTE, find_cohorts, read_biotab, read_cohort
from store.importing.tcga_words import diagnosis_sentence, said
from store.lines import read_lines
from store.reasons import Lost
from tests.unit.importing_examples import EXCERPT, SECRET, codes, quiet


def courses(folder: Path) -> list[RawCase]:
    pairs = find_cohorts(sorted(folder.iterdir()))
    return [raw for patients, radiation in pairs for raw in read_cohort(patients, radiation)]


def of(cohort: str, dose: str, fractions: str) -> RawCase:
    """The one course of the excerpt with these cells."""
    found = [
        raw
        for raw in courses(EXCERPT)
        if raw.file.endswith(f"_{cohort}.txt")
        and raw.kept.get("dose", "") == dose
        and raw.kept.get("fractions", "") == fractions
    ]
    assert found, (cohort, dose, fractions)
    return found[0]


@pytest.mark.parametrize(
    ("cohort", "dose", "fractions", "regimen", "repair"),
    [
        ("brca", "5000", "25", None, "type_unknown"),
        ("brca", "200", "25", "50 Gy in 25 fractions, photon", "per fraction in the column of the"),
        ("brca", "44", "2", "44 Gy in 22 fractions, photon", "in the column of the fractions"),
        ("brca", "45", "20", "45 Gy in 20 fractions, photon", "cGy and Gy confused: read as Gy"),
        ("brca", "6,100", "42", "61 Gy in 42 fractions, photon", "6,100 read as 6100"),
        ("brca", "38.5", "10", "38.5 Gy in 10 fractions, photon", "unit missing: read as Gy"),
        ("gbm", "60", "30", "60 Gy in 30 fractions, photon", "cGy and Gy confused"),
        ("gbm", "45", "15", "45 Gy in 15 fractions, photon", "type OTHER: photon by its note"),
        ("lgg", "59,4", "33", "59.4 Gy in 33 fractions, photon", "decimal comma: 59,4"),
        ("lgg", "6000", "30", "60 Gy in 30 fractions, photon", "Gy and cGy confused"),
        ("prad", "66", "2", "66 Gy in 33 fractions, photon", "in the column of the fractions"),
        ("luad", "6000", "5", "60 Gy in 5 fractions, photon", PHOTON_NOTE),
        ("ucec", "500", "5", "25 Gy in 5 fractions, brachytherapy", "column of the total"),
        ("ucec", "1800", "3", "18 Gy in 3 fractions, brachytherapy", "type OTHER"),
        ("brca", "42.5+10", "21", None, "dose_unreadable"),
        ("brca", "40/48", "15", None, "dose_unreadable"),
        ("brca", "6500", "25+1 boost 1500cGy", None, "fractions_unreadable"),
        ("brca", "11,000", "", None, "no_fractions"),
        ("brca", "11840", "30", None, "dose_implausible"),
        ("brca", "3060", "17", None, "unfinished"),
        ("gbm", "0951", "05", None, "unfinished"),
        ("gbm", "3200", "04", None, "target_other"),
        ("gbm", "5940", "33", None, "dose_unreadable"),
        ("lgg", "5940", "33", None, "several_diagnoses"),
        ("lgg", "60", "30 fr", None, "target_unknown"),
        ("luad", "1620", "34", None, "dose_implausible"),
        ("luad", ".508", "50", None, "dose_unreadable"),
        ("pcpg", "", "Gamma Knife radiosurgery", None, "no_dose"),
        ("read", "5000", "25", None, "diagnosis_unspecific"),
        ("skcm", "33", "6", None, "code_contradicts"),
        ("skcm", "4800", "20", None, "code_contradicts"),
        ("thca", "98.1", "one", None, "not_radiotherapy"),
        ("ucec", "45", "1.8", None, "several_plans"),
        ("ucec", "4.5", "25", None, "dose_implausible"),
    ],
)
def test_odd_rows(cohort: str, dose: str, fractions: str, regimen: str | None, repair: str) -> None:
    raw = of(cohort, dose, fractions)
    if regimen is None:
        assert raw.reject == repair
    else:
        assert (raw.reject, raw.regimen) == ("", regimen)
        assert repair in " | ".join(raw.repairs)


def test_a_course_elsewhere_is_no_rival_of_the_primary_course() -> None:
    by_patient: dict[str, list[RawCase]] = {}
    for raw in courses(EXCERPT):
        by_patient.setdefault(raw.patient, []).append(raw)
    pairs = [
        raws
        for raws in by_patient.values()
        if {raw.kept.get("site treated") for raw in raws}
        == {"Primary Tumor Field", "Local Recurrence"}
    ]
    outcomes = [sorted(raw.reject for raw in raws) for raws in pairs]
    assert ["", "target_other"] in outcomes
    assert not any("several_plans" in reasons for reasons in outcomes)


def test_every_external_beam_says_that_photons_were_assumed() -> None:
    cases = [raw for raw in courses(EXCERPT) if not raw.reject]
    for raw in cases:
        external = raw.kept["radiation type"] in ("External", "EXTERNAL BEAM")
        assert external == (PHOTON_NOTE in raw.repairs)


def test_sentences() -> None:
    assert of("brca", "45", "20").diagnosis == (
        "56-year-old woman with infiltrating ductal carcinoma of the right breast (lower outer "
        "quadrant), pathologic stage IA (T1c N0 M0), after modified radical mastectomy, margins "
        "negative."
    )
    assert of("lgg", "59,4", "33").diagnosis == (
        "28-year-old man with astrocytoma of the left temporal lobe, grade 3."
    )


def patient(**cells: str) -> dict[str, str]:
    return {
        "age_at_initial_pathologic_diagnosis": "61",
        "gender": "FEMALE",
        "tumor_tissue_site": "Breast",
        "histological_type": "Infiltrating Ductal Carcinoma",
        **cells,
    }


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({}, "61-year-old woman with infiltrating ductal carcinoma of the breast."),
        (
            {"age_at_initial_pathologic_diagnosis": "[Not Available]", "gender": "[Unknown]"},
            "Patient with infiltrating ductal carcinoma of the breast.",
        ),
        (
            {
                "anatomic_neoplasm_subdivision": "Left Upper Inner Quadrant|"
                "Left Upper Outer Quadrant|Left"
            },
            "61-year-old woman with infiltrating ductal carcinoma of the left breast "
            "(upper inner and upper outer quadrants).",
        ),
        (
            {
                "tumor_tissue_site": "Lung",
                "histological_type": "Lung Adenocarcinoma- Not Otherwise Specified (NOS)",
                "anatomic_neoplasm_subdivision": "R-Upper",
                "pathologic_stage": "Stage IIIA",
                "pathologic_T": "T2",
                "pathologic_N": "N2",
                "pathologic_M": "MX",
            },
            "61-year-old woman with adenocarcinoma of the right lung (upper lobe), "
            "pathologic stage IIIA (T2 N2).",
        ),
        (
            {
                "tumor_tissue_site": "Central nervous system",
                "histological_type": "Oligodendroglioma",
                "tumor_location": "Supratentorial, Frontal Lobe",
                "laterality": "Left",
                "neoplasm_histologic_grade": "G3",
            },
            "61-year-old woman with oligodendroglioma of the left frontal lobe, grade 3.",
        ),
        (
            {
                "tumor_tissue_site": "Stomach",
                "histological_type": "Stomach, Intestinal Adenocarcinoma, Tubular Type",
                "anatomic_neoplasm_subdivision": "Antrum/Distal",
                "residual_tumor": "R1",
            },
            "61-year-old woman with intestinal adenocarcinoma, tubular type, of the stomach "
            "(antrum/distal), microscopic residual tumor (R1).",
        ),
        (
            {
                "histological_type": "Other, specify",
                "histological_type_other": "Ductal & Mucinous",
                "breast_carcinoma_surgical_procedure_name": "Lumpectomy",
                "margin_status": "Negative",
            },
            "61-year-old woman with ductal & mucinous carcinoma of the breast, after lumpectomy, "
            "margins negative.",
        ),
        (
            {
                "tumor_tissue_site": "Trunk",
                "histological_type": "",
                "icd_o_3_histology": "8721/3",
                "submitted_tumor_location": "Regional Lymph Node",
            },
            "61-year-old woman with nodular melanoma of the skin of the trunk, metastatic to "
            "regional lymph nodes.",
        ),
    ],
)
def test_a_sentence_says_what_is_recorded_and_no_more(cells: dict[str, str], sentence: str) -> None:
    assert diagnosis_sentence(patient(**cells)) == sentence


@pytest.mark.parametrize("histology", ["Other, specify", "Mixed Histology (please specify)", ""])
def test_a_placeholder_is_no_diagnosis(histology: str) -> None:
    with pytest.raises(Lost) as lost:
        diagnosis_sentence(patient(histological_type=histology))
    assert lost.value.reason == "diagnosis_unspecific"


def test_markers_say_nothing() -> None:
    row = {"a": "[Not Applicable]|[Not Applicable]", "b": "Left|[Unknown]|Left", "c": "N0 (i-)"}
    assert (said(row, "a"), said(row, "a", "b"), said(row, "c")) == ("", "Left", "N0 (i-)")


def write_biotab(file: Path, columns: str, *rows: str) -> Path:
    file.write_text("\n".join([columns, columns, "CDE_ID:\tCDE_ID:1", *rows]) + "\n")
    return file


def test_biotab_rows(tmp_path: Path) -> None:
    columns = "bcr_patient_barcode\tnote\tnote"
    rows = ['P1\tsaid "x\t[Not Available]', "P2\t[Not Available]\tlate", "P3\tshort"]
    read = dict(read_biotab(write_biotab(tmp_path / "a.txt", columns, *rows)))
    assert read[4] == {"bcr_patient_barcode": "P1", "note": 'said "x'}
    assert read[5] == {"bcr_patient_barcode": "P2", "note": "late"}
    assert read[6] is None


def test_what_is_no_biotab_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\tb\n1\t2\n")
    with pytest.raises(RadoncError, match=r"a\.txt is no Biotab table"):
        list(read_biotab(tmp_path / "a.txt"))
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    with pytest.raises(RadoncError, match=r"b\.txt is not UTF-8 text at byte 3"):
        list(read_biotab(tmp_path / "b.txt"))


def test_a_radiation_table_needs_its_patients() -> None:
    files = sorted(EXCERPT.glob("*radiation_brca.txt"))
    with pytest.raises(RadoncError, match="has no patient table beside it"):
        find_cohorts(files)
    with pytest.raises(RadoncError, match="No radiation table"):
        find_cohorts([])


BARCODE = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}")


def check_staged(folder: Path, out: Path) -> dict[str, int]:
    """Stage a folder; what has to hold of any TCGA import. Returns the counts by reason."""
    funnel = stage([folder], "tcga", {}, codes(), SECRET, out, quiet)
    cases = list(read_lines(out / "cases.jsonl"))
    rejects = list(read_lines(out / "rejects.jsonl"))
    rows = sum(len(list(read_biotab(file))) for file in folder.glob("*radiation*"))
    assert rows == funnel.read == len(cases) + len(rejects)
    assert len({case["patient"] for case in cases}) == len(cases)
    assert len({record["reject_id"] for record in rejects}) == len(rejects)
    for file in ("cases.jsonl", "rejects.jsonl"):
        assert not BARCODE.search((out / file).read_text())
    for case in cases:
        assert not re.search(r"\bGy\b|\[|\|", case["diagnosis"])
        assert case["icd10"] not in case["diagnosis"]
    for record in rejects:
        assert record["detail"].startswith(f"{record['file']}, row {record['row']}")
    return dict(funnel.by_reason) | {"cases": funnel.cases, "read": funnel.read}


def test_the_excerpt_is_accounted_for(tmp_path: Path) -> None:
    counts = check_staged(EXCERPT, tmp_path)
    assert counts["cases"] == 27
    assert counts["read"] == 74


def test_the_whole_tables_are_accounted_for(shared_data: Path, tmp_path: Path) -> None:
    counts = check_staged(shared_data / "tcga", tmp_path)
    assert counts["read"] == 2868
    assert 1050 <= counts["cases"] <= 1300
    assert counts["dose_implausible"] < 100


def test_a_line_ends_only_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(
        "x\tx\r\nbcr_patient_barcode\tnote\r\nCDE_ID:1\tCDE_ID:2\r\n"
        "P1\tone\u2028two\x0bthree\rfour\r\nP2\tfive\r\n".encode()
    )
    rows = list(read_biotab(file))
    assert [number for number, _ in rows] == [4, 5]
    assert [row and row["note"] for _, row in rows] == ["one\u2028two\x0bthree\rfour", "five"]
