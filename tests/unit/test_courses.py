"""Extracts of ARIA and MOSAIQ: what is the label, what is the question, and what is no case."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from store.clinical.regimen import Modality
from store.errors import RadoncError
from store.importing.assurance import is_assurance
from store.importing.energy import read_energy
from store.importing.phases import base_name
from tests.unit.courses_examples import ARIA, MOSAIQ, take, wide, write

Row = Mapping[str, str]
BREAST = "40.05 Gy in 15 fractions, photon, whole breast"
BOOST: Row = {
    "PrescriptionSer": "9002",
    "PrescriptionName": "Boost",
    "PrescribedDose": "10 Gy",
    "DosePerFraction": "2 Gy",
    "NumberOfFractions": "5",
    "PrescriptionSite": "tumour bed boost",
    "PrescriptionSequence": "2",
    "PlanId": "Boost",
}


def test_a_wide_extract_of_aria(tmp_path: Path) -> None:
    (case,), rejects = wide(tmp_path)
    assert rejects == []
    assert case["source"] == "aria"
    assert case["regimen"] == BREAST
    assert (case["modality"], case["icd10"]) == ("photon", "C50.412")
    assert (case["age"], case["year"], case["sex"]) == (60, 2021, "female")
    assert case["diagnosis"].endswith("upper outer quadrant, T1c N0 M0")
    assert case["kept"]["attending"].startswith("attending-")
    text = str(case)
    assert not any(word in text for word in ("Okafor", "Ada", "MRN-77", "Lindqvist", "1960-05-01"))


def test_the_same_extract_as_several_tables_by_serial_numbers(tmp_path: Path) -> None:
    ids = {"PatientSer": "11", "CourseSer": "21", "DiagnosisSer": "31", "PlanSetupSer": "41"}
    row = {**ARIA, **ids}

    def table(name: str, *columns: str, more: Row | None = None) -> None:
        write(tmp_path / f"{name}.csv", [{c: {**row, **(more or {})}[c] for c in columns}])

    table("patient", "PatientSer", "PatientId", "LastName", "FirstName", "DateOfBirth", "Sex")
    table("diagnosis", "DiagnosisSer", "PatientSer", "DiagnosisDescription", "DiagnosisCode")
    table("coursediagnosis", "CourseSer", "DiagnosisSer")
    table("course", "CourseSer", "PatientSer", "CourseId", "CourseIntent", "CourseStatus")
    table(
        *("prescription", "PrescriptionSer", "CourseSer", "PrescriptionName", "PrescribedDose"),
        *("DosePerFraction", "NumberOfFractions", "PrescriptionSite", "PrescriptionStatus"),
        "PrescriptionApprovalDate",
    )
    table("plan", "PlanSetupSer", "CourseSer", "PrescriptionSer", "PlanId", "PlanStatus")
    table("radiation", "PlanSetupSer", "EnergyMode", "MachineId")
    cases, rejects = take(tmp_path)
    assert rejects == []
    assert [case["regimen"] for case in cases] == [BREAST]
    assert (cases[0]["age"], cases[0]["intent"]) == (60, "curative")
    # the link is what says which diagnosis was treated
    (tmp_path / "coursediagnosis.csv").unlink()
    cases, rejects = take(tmp_path)
    assert (cases, [r["reason"] for r in rejects]) == ([], ["diagnosis_unlinked"])


@pytest.mark.parametrize(
    ("later", "regimen"),
    [
        # a revision of the same name, with more fractions
        (
            {
                "PrescriptionSer": "9002",
                "PrescriptionName": "Breast L_R1",
                "PrescribedDose": "48.06 Gy",
                "NumberOfFractions": "18",
                "PlanId": "Breast_L:1",
            },
            BREAST,
        ),
        # a replan by the plan's name alone, with another dose per fraction
        (
            {
                "PrescriptionSer": "9002",
                "PrescriptionName": "New",
                "PrescribedDose": "26 Gy",
                "DosePerFraction": "5.2 Gy",
                "NumberOfFractions": "5",
                "PlanId": "Breast_L:1",
            },
            BREAST,
        ),
        # the same target and dose per fraction under another name
        (
            {
                "PrescriptionSer": "9002",
                "PrescriptionName": "Other",
                "PrescribedDose": "26.7 Gy",
                "NumberOfFractions": "10",
                "PlanId": "Other",
            },
            BREAST,
        ),
        # a second phase
        (BOOST, f"{BREAST}; then 10 Gy in 5 fractions, photon, tumour bed boost"),
        (
            {**BOOST, "EnergyMode": "12E"},
            f"{BREAST}; then 10 Gy in 5 fractions, electron, tumour bed boost",
        ),
        # a boost that was prescribed, and planned, and whose plan nobody approved
        ({**BOOST, "PlanStatus": "UnApproved"}, BREAST),
    ],
)
def test_versions_are_one_phase_as_first_approved(tmp_path: Path, later: Row, regimen: str) -> None:
    for order in (1, -1):
        rows = [{}, {"PrescriptionApprovalDate": "2021-02-20", **later}][::order]
        (case,), rejects = wide(tmp_path, *rows)
        assert (case["regimen"], rejects) == (regimen, [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"DiagnosisId": "", "DiagnosisDescription": "", "DiagnosisCode": ""},
            "diagnosis_unlinked",
        ),
        ({"DiagnosisDate": "2021-02-02"}, "text_after_decision"),
        ({"DiagnosisDate": "01/02/2021"}, "date_unreadable"),
        ({"PlanStatus": "UnApproved"}, "not_approved"),
        ({"PlanStatus": "Rejected"}, "not_approved"),
        ({"PrescriptionStatus": "Draft", "PrescriptionApprovalDate": ""}, "not_approved"),
        ({"PlanId": ""}, "no_plan"),
        ({"CourseId": ""}, "no_plan"),
        ({"PatientId": ""}, "no_patient"),
        ({"LastName": "ZZ_Phantom", "PlanIntent": "Verification"}, "quality_assurance"),
        ({"PlanId": "QA_Breast", "PlanIntent": "VERIFICATION"}, "quality_assurance"),
        ({"EnergyMode": "", "MachineId": ""}, "no_modality"),
        ({"PrescribedDose": "", "DosePerFraction": ""}, "no_dose"),
        ({"PrescribedDose": "40 to 50"}, "dose_unreadable"),
        ({"NumberOfFractions": "12"}, "dose_ambiguous"),
        ({"PrescriptionApprovalDate": "02/03/2021"}, "date_unreadable"),
        ({"DiagnosisCode": "C99.999"}, "code_unknown"),
    ],
)
def test_what_is_no_case_says_why(tmp_path: Path, change: Row, reason: str) -> None:
    cases, rejects = wide(tmp_path, change)
    assert cases == []
    assert [reject["reason"] for reject in rejects] == [reason]


def test_an_intent_of_verification_alone_is_no_quality_assurance(tmp_path: Path) -> None:
    assert len(wide(tmp_path, {"PlanIntent": "VERIFICATION"})[0]) == 1
    assert len(wide(tmp_path, {"LastName": "Phantom"})[0]) == 1
    # a verification plan beside the treatment leaves the treatment
    qa = {"PlanId": "QA_Breast", "PlanIntent": "VERIFICATION", "EnergyMode": "15E"}
    assert [case["regimen"] for case in wide(tmp_path, {}, qa)[0]] == [BREAST]


@pytest.mark.parametrize(
    ("patient", "label", "intent", "diagnosis", "found"),
    [
        ("Okafor", "Breast", "Curative", True, False),
        ("Okafor", "Breast", "Verification", True, False),
        ("Okafor", "Breast", "Verification", False, False),
        ("Okafor", "QA_Breast", "Curative", True, False),
        ("Okafor", "QA_Breast", "Verification", True, True),
        ("ZZ_QA", "Plan1", "Curative", False, True),
        ("Brando", "Testis", "Curative", False, False),
    ],
)
def test_signs_of_quality_assurance_count_together(
    patient: str, label: str, intent: str, diagnosis: bool, found: bool
) -> None:
    assert is_assurance([patient], [label], [intent], diagnosis) is found


def test_a_prescription_that_names_its_predecessor(tmp_path: Path) -> None:
    other = {
        "PrescriptionSer": "9002",
        "PrescriptionName": "Short",
        "PrescribedDose": "26 Gy",
        "DosePerFraction": "5.2 Gy",
        "NumberOfFractions": "5",
        "PlanId": "Short",
        "RevisedFrom": "9001",
        "PrescriptionApprovalDate": "2021-02-03",
    }
    (case,), _ = wide(tmp_path, {}, other)
    assert case["regimen"] == BREAST


@pytest.mark.timeout(300)
def test_thousands_of_prescriptions_in_a_course_take_no_hours(tmp_path: Path) -> None:
    rows = [{"PrescriptionSer": str(n), "PlanId": f"Breast_L:{n}"} for n in range(3000)]
    (case,), _ = wide(tmp_path, *rows)
    assert case["regimen"] == BREAST


def test_two_prescriptions_to_one_target_that_are_no_revision(tmp_path: Path) -> None:
    other = {
        "PrescriptionSer": "9002",
        "PrescriptionName": "Short",
        "PrescribedDose": "26 Gy",
        "DosePerFraction": "5.2 Gy",
        "NumberOfFractions": "5",
        "PlanId": "Short",
    }
    assert [r["reason"] for r in wide(tmp_path, {}, other)[1]] == ["several_plans"]


def test_dose_levels_of_one_prescription_are_a_simultaneous_boost(tmp_path: Path) -> None:
    high = {"PrescriptionSite": "boost", "PrescribedDose": "48 Gy", "DosePerFraction": "3.2 Gy"}
    (case,), _ = wide(tmp_path, {}, high)
    assert case["regimen"] == "48 / 40.05 Gy in 15 fractions, photon, boost / whole breast"


def test_a_course_that_ended_early_keeps_its_label(tmp_path: Path) -> None:
    given = {"CourseStatus": "Discontinued", "DoseDelivered": "2.67"}
    rows = [{**given, "FractionNumber": str(n)} for n in (1, 2, 3, 3)]
    (case,), _ = wide(tmp_path, *rows)
    assert case["regimen"] == BREAST
    kept = case["kept"]
    assert (kept["delivered_gy"], kept["delivered_fractions"]) == ("8.01", "3")
    assert kept["ended_early"] == "Discontinued"
    (case,), _ = wide(tmp_path, *({**row, "CourseEndReason": "skin reaction"} for row in rows))
    assert case["kept"]["ended_early"] == "skin reaction"


def test_two_diagnoses_of_a_course(tmp_path: Path) -> None:
    second = {"DiagnosisId": "D2", "DiagnosisDescription": "Lung cancer", "DiagnosisCode": "C34.1"}
    assert [r["reason"] for r in wide(tmp_path, {}, second)[1]] == ["several_diagnoses"]
    # a later record of the same disease does not get into the question
    later = {"DiagnosisId": "D2", "DiagnosisDate": "2021-03-01", "Stage": "T1c N1 M0"}
    (case,), _ = wide(tmp_path, {}, later)
    assert case["diagnosis"].endswith("T1c N0 M0")


@pytest.mark.parametrize("gone", ["DiagnosisDate", "PrescriptionApprovalDate"])
def test_where_a_date_is_missing_nothing_was_compared_and_that_is_said(
    tmp_path: Path, gone: str
) -> None:
    (case,), _ = wide(tmp_path, {gone: ""})
    assert case["repairs"] == ["a date is missing: text not compared with the decision"]
    whole = {name: value for name, value in ARIA.items() if name != gone}
    write(tmp_path / "wide.csv", [whole])
    (case,), _ = take(tmp_path)
    assert case["repairs"] == ["a date is missing: text not compared with the decision"]


def test_an_extract_of_mosaiq_without_dates_of_approval_says_so_too(tmp_path: Path) -> None:
    write(tmp_path / "wide.csv", [{n: v for n, v in MOSAIQ.items() if n != "Sanct_DtTm"}])
    (case,), _ = take(tmp_path, "mosaiq")
    assert "a date is missing: text not compared with the decision" in case["repairs"]


def test_an_extract_that_is_called_after_a_patient_is_kept_under_another_name(
    tmp_path: Path,
) -> None:
    write(tmp_path / "Okafor_MRN-77_courses.csv", [ARIA])
    (case,), _ = take(tmp_path)
    assert case["file"] == "[name] [mrn] courses.csv"


def test_only_notes_up_to_the_decision_are_part_of_the_question(tmp_path: Path) -> None:
    write(tmp_path / "wide.csv", [ARIA])
    notes = [
        ("2021-01-20", "Lumpectomy with clear margins"),
        ("2021-02-02", "To have 15 fractions"),
    ]
    rows = [{"PatientId": "MRN-77", "NoteDate": day, "NoteText": text} for day, text in notes]
    write(tmp_path / "notes.csv", rows)
    (case,), _ = take(tmp_path)
    assert "Lumpectomy" in case["diagnosis"]
    assert "fractions" not in case["diagnosis"]
    assert case["repairs"] == ["left out, undated or after the decision: 1 of 2 notes"]


def test_who_approved_has_to_be_a_physician(tmp_path: Path) -> None:
    first = {"PrescriptionApprovalDate": "2021-01-20", "PrescriptionVersion": "1"}
    second = {"PrescriptionVersion": "2", "PrescribedDose": "42.72 Gy", "NumberOfFractions": "16"}
    rows = [
        {**first, "PrescriptionApproverRole": "Dosimetrist"},
        {**second, "PrescriptionApproverRole": "Physician, MD"},
    ]
    (case,), _ = wide(tmp_path, *rows)
    assert case["regimen"].startswith("42.72 Gy in 16 fractions")


def test_mosaiq_is_in_centigray_and_knows_versions(tmp_path: Path) -> None:
    (case,), _ = wide(tmp_path, base=MOSAIQ)
    assert case["regimen"] == "60 Gy in 20 fractions, photon VMAT, Prostate"
    assert (case["source"], case["age"]) == ("mosaiq", 70)
    # older versions that nobody approved do not count
    old = {"Version": "1", "Dose_Ttl": "7800", "Fractions": "26", "Sanct_DtTm": ""}
    (case,), _ = wide(tmp_path, {}, old, base=MOSAIQ)
    assert case["regimen"].startswith("60 Gy in 20 fractions")
    # a version approved earlier is the prescription as first approved
    first = {"Version": "1", "Dose_Ttl": "6600", "Fractions": "22", "Sanct_DtTm": "2020-05-20"}
    (case,), _ = wide(tmp_path, {}, first, base=MOSAIQ)
    assert case["regimen"].startswith("66 Gy in 22 fractions")
    assert "revised after the first approval" in case["repairs"][0]
    # a site without a current version was taken back
    assert wide(tmp_path, first, base=MOSAIQ)[1][0]["reason"] == "not_approved"


def test_mosaiq_sites_are_phases(tmp_path: Path) -> None:
    pelvis = {"Site_Name": "Pelvis", "Dose_Tx": "180", "Dose_Ttl": "4500", "Fractions": "25"}
    boost = {"Site_Name": "Prostate boost", "Dose_Tx": "200", "Dose_Ttl": "3400", "Phase": "2"}
    (case,), _ = wide(tmp_path, {**boost, "Fractions": "17"}, pelvis, base=MOSAIQ)
    assert case["regimen"] == (
        "45 Gy in 25 fractions, photon VMAT, Pelvis; "
        "then 34 Gy in 17 fractions, photon VMAT, Prostate boost"
    )


@pytest.mark.parametrize(
    ("code", "machine", "modality"),
    [
        ("6X", "", Modality.PHOTON),
        ("10X-FFF", "TrueBeam1", Modality.PHOTON),
        ("6XFFF", "", Modality.PHOTON),
        ("18 MV", "", Modality.PHOTON),
        ("12E", "", Modality.ELECTRON),
        ("9 MeV", "TrueBeam1", Modality.ELECTRON),
        ("P", "Gantry 2", Modality.PROTON),
        ("150 MeV", "ProBeam", Modality.PROTON),
        ("HDR source", "", Modality.BRACHYTHERAPY),
        ("Ir-192", "GammaMedplus", Modality.BRACHYTHERAPY),
        ("", "Flexitron", Modality.BRACHYTHERAPY),
        ("Co-60", "Flexitron", Modality.BRACHYTHERAPY),
        ("Co-60", "Theratron", Modality.PHOTON),
        ("Co-60", "", None),
        ("6X", "ProBeam", None),
        ("6X/12E", "", None),
        ("150 MeV", "", None),
        ("C-12", "HIT", None),
        ("", "", None),
    ],
)
def test_energy_codes(code: str, machine: str, modality: Modality | None) -> None:
    assert read_energy(code, machine) is modality


def test_fields_of_two_radiations_in_one_phase(tmp_path: Path) -> None:
    assert [r["reason"] for r in wide(tmp_path, {}, {"EnergyMode": "12E"})[1]] == [
        "modality_contradicts"
    ]
    # a setup field says nothing
    assert len(wide(tmp_path, {}, {"EnergyMode": "12E", "SetupFieldFlag": "1"})[0]) == 1


@pytest.mark.parametrize(
    ("name", "base", "revised"),
    [
        ("Breast:1", "breast", True),
        ("Breast_R1", "breast", True),
        ("Lung R2", "lung", True),
        ("Lung replan", "lung", True),
        ("Phase 1", "phase1", False),
        ("PTV2", "ptv2", False),
        ("LR1", "lr1", False),
    ],
)
def test_names_of_revisions(name: str, base: str, revised: bool) -> None:
    assert base_name(name) == (base, revised)


def test_a_file_that_is_no_part_of_the_extract(tmp_path: Path) -> None:
    write(tmp_path / "other.csv", [{"A": "1", "B": "2"}])
    with pytest.raises(RadoncError, match=r"other\.csv has the columns of no table of the profile"):
        wide(tmp_path)
    (tmp_path / "other.csv").unlink()
    write(tmp_path / "wide.csv", [{"PatientId": "1", "CourseId": "C1"}])
    with pytest.raises(RadoncError, match="No file has a prescription as the profile aria knows"):
        take(tmp_path)
