"""RT plans: each with its revisions is a case joined to a diagnosis, or says why it is none."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from store.cases import Case, RawCase, Reject
from store.curation import curate
from store.errors import RadoncError
from store.importing.dicom import OUTSIDE, read
from store.importing.dicom_dose import POINT_ASIDE, UNCHECKED
from store.lines import sha256_file
from tests.unit.dicom_made import DOSE, ION, RECORD, after, beam, item, plan, table, target, write
from tests.unit.importing_examples import SECRET, codes

EXCERPT = Path(__file__).parents[1] / "data" / "dicom"


def outcomes(files: list[Path]) -> list[Case | Reject]:
    return [curate(raw, origin.source, codes(), SECRET) for raw, origin in read(files)]


def of(tmp_path: Path, *plans: Dataset, rows: tuple[str, ...] = ()) -> list[Case | Reject]:
    files = [write(tmp_path / f"{n}.dcm", one) for n, one in enumerate(plans)]
    return outcomes([*files, table(tmp_path / "diagnoses.csv", *rows)])


def case(tmp_path: Path, *plans: Dataset, rows: tuple[str, ...] = ()) -> Case:
    found = of(tmp_path, *plans, rows=rows)
    assert len(found) == 1
    assert isinstance(found[0], Case), found[0]
    return found[0]


def reasons(tmp_path: Path, *plans: Dataset, rows: tuple[str, ...] = ()) -> list[str]:
    return [getattr(found, "reason", "") for found in of(tmp_path, *plans, rows=rows)]


def test_a_plan_is_joined_to_the_diagnosis_of_its_patient(tmp_path: Path) -> None:
    found = case(tmp_path, plan())
    assert found.regimen == "60 Gy in 30 fractions, photon"
    assert (found.diagnosis, found.icd10) == ("Carcinoma of the left breast", "C50.412")
    assert (found.age, found.sex, found.year, found.intent) == (60, "female", 2021, "curative")


def test_the_name_of_a_file_is_not_kept(tmp_path: Path) -> None:
    file = write(tmp_path / "Okonkwo^Adaeze.RP.dcm", plan())
    bare = write(tmp_path / "RP.4711", plan("1.2.4", PatientID="4712"))
    found = outcomes([file, bare, table(tmp_path / "d.csv", "4711,2021-02-01,Breast,C50.412")])
    assert {one.file for one in found} == {f"{sha256_file(file)[:12]}.dcm", sha256_file(bare)[:12]}
    assert not any(word in str(found) for word in ("Okonkwo", "RP.4711"))


def test_the_days_of_plan_and_row_are_handed_on(tmp_path: Path) -> None:
    files = [write(tmp_path / "p.dcm", plan()), table(tmp_path / "d.csv")]
    raw, _ = next(read(files))
    assert raw.written
    assert raw.decided
    assert raw.written <= raw.decided
    bare, _ = next(read(files[:1]))
    assert (bare.written, bare.decided) == (None, raw.decided)


def test_without_a_table_no_plan_has_a_diagnosis(tmp_path: Path) -> None:
    found = outcomes([write(tmp_path / "plan", plan())])
    assert [getattr(one, "reason", "") for one in found] == ["no_diagnosis"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (("9999,2021-02-01,Lung cancer,C34.1",), "no_diagnosis"),
        (("4711,2021-03-02,Breast cancer,C50.412",), "text_after_decision"),
        (("4711,,Breast cancer,C50.412",), "date_unreadable"),
        (
            ("4711,2021-02-01,Breast cancer,C50.412", "4711,2020-12-01,Lung cancer,C34.1"),
            "several_diagnoses",
        ),
        (("4711,2021-02-01,Breast cancer,C50.412", "4711,2015-12-01,Lung cancer,C34.1"), ""),
        (("4711,2021-03-01,Breast cancer,C50.412",), ""),
    ],
)
def test_the_row_is_of_the_plans_day_or_before(
    tmp_path: Path, rows: tuple[str, ...], reason: str
) -> None:
    assert reasons(tmp_path, plan(), rows=rows) == [reason]


@pytest.mark.parametrize("status", ["UNAPPROVED", "REJECTED"])
def test_only_approved_plans_count(tmp_path: Path, status: str) -> None:
    assert reasons(tmp_path, plan(ApprovalStatus=status)) == ["not_approved"]


def test_a_treated_plan_counts(tmp_path: Path) -> None:
    record = item(SOPClassUID=RECORD, SOPInstanceUID="1.9", ReferencedRTPlanSequence=after("1.2.3"))
    assert case(tmp_path, plan(ApprovalStatus="UNAPPROVED"), record).regimen


def test_revisions_are_one_plan_and_the_first_approved_is_the_label(tmp_path: Path) -> None:
    draft = plan(
        "1.1", ApprovalStatus="UNAPPROVED", fractions=25, DoseReferenceSequence=[target(50)]
    )
    first = plan("1.2", ReferencedRTPlanSequence=after("1.1"))
    later = plan(
        "1.3", fractions=12, DoseReferenceSequence=[target(24)],
        ReferencedRTPlanSequence=after("1.2"),
    )  # fmt: skip
    found = case(tmp_path, later, draft, first)
    assert found.regimen == "60 Gy in 30 fractions, photon"
    assert found.kept["versions"] == "3"


def test_a_predecessor_of_another_dose_per_fraction_is_another_plan(tmp_path: Path) -> None:
    boost = plan(
        "1.2", doses=[2.5], fractions=4, DoseReferenceSequence=[target(10)],
        ReferencedRTPlanSequence=after("1.1"),
    )  # fmt: skip
    assert reasons(tmp_path, plan("1.1"), boost) == ["several_plans", "several_plans"]


def test_a_predecessor_that_is_not_there_is_noted(tmp_path: Path) -> None:
    found = case(tmp_path, plan(ReferencedRTPlanSequence=after("../../etc/passwd")))
    assert OUTSIDE in found.repairs


def test_plans_that_precede_each_other_end(tmp_path: Path) -> None:
    one = plan("1.1", ReferencedRTPlanSequence=after("1.2"))
    other = plan("1.2", ReferencedRTPlanSequence=after("1.1"))
    itself = plan("1.3", PatientID="4712", ReferencedRTPlanSequence=after("1.3"))
    assert len(reasons(tmp_path, one, other, itself)) == 3


@pytest.mark.parametrize(
    ("changed", "quality"),
    [
        ({"PlanIntent": "VERIFICATION"}, False),
        ({"PatientName": "Test^Adaeze"}, False),
        ({"RTPlanLabel": "QA_arc1"}, False),
        ({"PatientID": "9999"}, False),
        ({"PlanIntent": "VERIFICATION", "RTPlanLabel": "QA_arc1"}, True),
        ({"PatientName": "Water phantom", "PatientID": "9999"}, True),
        ({"PlanIntent": "MACHINE_QA", "PatientID": "9999"}, True),
        ({"ReferencedRTPlanSequence": after("1.1", "VERIFIED_PLAN")}, True),
    ],
)
def test_quality_assurance_takes_two_signs(
    tmp_path: Path, changed: dict[str, Any], quality: bool
) -> None:
    assert (reasons(tmp_path, plan(**changed)) == ["quality_assurance"]) is quality


@pytest.mark.parametrize(
    ("changed", "regimen"),
    [
        ({"beams": [beam(1, "ELECTRON")], "doses": [2.0]}, "60 Gy in 30 fractions, electron"),
        (
            {
                "SOPClassUID": ION,
                "BeamSequence": [],
                "IonBeamSequence": [beam(1, "PROTON", ScanMode="MODULATED")],
                "doses": [2.0],
                "beams": [beam(1)],
            },
            "60 Gy in 30 fractions, proton PBS",
        ),
        (
            {
                "beams": [],
                "doses": [],
                "fractions": 4,
                "BrachyTreatmentType": "HDR",
                "BrachyTreatmentTechnique": "INTRACAVITARY",
                "SourceSequence": [item(SourceIsotopeName="Ir-192")],
                "DoseReferenceSequence": [target(28)],
            },
            "28 Gy in 4 fractions HDR Ir-192, brachytherapy intracavitary",
        ),
        ({"beams": [beam(1), beam(2, TreatmentDeliveryType="SETUP")], "doses": [2.0, 9.0]},
         "60 Gy in 30 fractions, photon"),
    ],
)  # fmt: skip
def test_the_modality_is_that_of_the_beams(
    tmp_path: Path, changed: dict[str, Any], regimen: str
) -> None:
    assert case(tmp_path, plan(**changed)).regimen == regimen


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"beams": [beam(1), beam(2, "ELECTRON")]}, "modality_unreadable"),
        ({"beams": [beam(1, "ION")], "doses": [2.0]}, "modality_unreadable"),
        ({"doses": [1.0, 1.5]}, "dose_ambiguous"),
        ({"DoseReferenceSequence": [target(60), target(54)]}, "dose_ambiguous"),
        ({"DoseReferenceSequence": [target(50), target(48, "POINT")]}, "dose_ambiguous"),
        ({"DoseReferenceSequence": []}, "no_dose"),
        ({"fractions": 0}, "no_fractions"),
        ({"FractionGroupSequence": []}, "damaged_file"),
        ({"beams": [beam(1, NumberOfControlPoints=2)], "doses": [2.0]}, "damaged_file"),
        ({"BeamSequence": [beam(1)]}, "damaged_file"),
        ({"PatientID": ""}, "no_patient"),
    ],
)
def test_what_contradicts_itself_is_refused(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    assert reasons(tmp_path, plan(**changed)) == [reason]


def test_a_calculation_point_beside_the_site_is_explained_by_the_beams(tmp_path: Path) -> None:
    found = case(tmp_path, plan(DoseReferenceSequence=[target(60), target(48.5, "COORDINATES")]))
    assert found.regimen == "60 Gy in 30 fractions, photon"
    assert POINT_ASIDE in found.repairs


def test_beams_without_doses_are_noted(tmp_path: Path) -> None:
    assert UNCHECKED in case(tmp_path, plan(doses=[], beams=[beam(1)])).repairs


def test_other_objects_and_copies_are_counted(tmp_path: Path) -> None:
    passed: Counter[str] = Counter()
    (tmp_path / "readme").write_text("no DICOM")
    files = [
        write(tmp_path / "dose.dcm", item(SOPClassUID=DOSE, SOPInstanceUID="1.5")),
        write(tmp_path / "plan.dcm", plan()),
        write(tmp_path / "again.dcm", plan()),
        tmp_path / "readme",
    ]
    assert len(list(read(files, passed))) == 1
    assert passed == {"RT Dose Storage": 1, "copies of a plan": 1, "other files": 1}


def test_what_identifies_the_patient_is_handed_on(tmp_path: Path) -> None:
    rows = table(tmp_path / "d.csv")
    rows.write_text(
        "MRN,Diagnosis date,Dx,ICD10,Patient name\n4711,2021-02-01,Breast,C50.412,Ada O\n"
    )
    raw: RawCase = next(read([write(tmp_path / "p.dcm", plan()), rows]))[0]
    assert {"Okonkwo", "Adaeze", "4711", "1960-06-15", "A-2021-77", "Ada O"} <= {*raw.identifiers}


def test_a_table_without_dates_is_refused(tmp_path: Path) -> None:
    rows = table(tmp_path / "d.csv")
    rows.write_text("MRN,Dx,ICD10\n4711,Breast,C50.412\n")
    with pytest.raises(RadoncError, match="plainly the date"):
        list(read([write(tmp_path / "p.dcm", plan()), rows]))


def test_no_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(RadoncError, match="no RT Plan"):
        list(read([write(tmp_path / "dose.dcm", item(SOPClassUID=DOSE, SOPInstanceUID="1.5"))]))


def test_the_examples_of_pydicom(tmp_path: Path) -> None:
    rows = table(tmp_path / "d.csv", "id00001,2003-08-01,Prostate cancer,C61")
    found = outcomes([EXCERPT / "rtplan_truncated.dcm", EXCERPT / "rtplan.dcm", rows])
    assert [getattr(one, "reason", "") for one in found] == ["damaged_file", "not_approved"]


def test_all_examples(shared_data: Path) -> None:
    passed: Counter[str] = Counter()
    files = sorted(path for path in (shared_data / "dicom").rglob("*") if path.is_file())
    names = {sha256_file(path)[:12]: path.name for path in files}
    found = {f"{names[raw.file[:12]][:8]} {raw.reject}" for raw, _ in read(files, passed)}
    assert found == {
        "rtplan_t damaged_file",
        "rtplan.d no_diagnosis",
        "vmat_exa no_diagnosis",
        "plan01_s no_diagnosis",
    }
    assert passed == {"RT Dose Storage": 1, "other files": 4}


def test_all_examples_with_diagnoses(shared_data: Path, tmp_path: Path) -> None:
    rows = table(
        tmp_path / "d.csv",
        "id00001,2003-08-01,Prostate cancer,C61",
        "123456,1900-12-01,Breast cancer,C50.412",
    )
    files = sorted(path for path in (shared_data / "dicom").rglob("*") if path.is_file())
    found = Counter(raw.reject for raw, _ in read([*files, rows]))
    assert found == {"damaged_file": 1, "not_approved": 2, "quality_assurance": 2}
