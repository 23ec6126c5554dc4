"""FHIR courses: each is a case with its prescription, or says why it is none."""

from collections import Counter
from pathlib import Path

import pytest

from store.cases import Case, RawCase, Reject
from store.curation import curate
from store.errors import RadoncError
from store.importing.fhir import read
from store.importing.fhir_json import is_snomed
from store.lines import sha256_file
from store.privacy.scrubber import make_scrubber, scrub_raw
from tests.unit.fhir_made import (
    BREAST,
    ELECTRON,
    PHOTON,
    SCT,
    VMAT,
    Resource,
    concept,
    delivered,
    dose,
    patient,
    phase,
    radiation,
    request,
    summary,
    volume,
    write_bundle,
    write_lines,
)
from tests.unit.importing_examples import SECRET, codes

EXCERPT = Path(__file__).parents[1] / "data" / "fhir"
WHOLE = request("rx", radiation(PHOTON, VMAT), dose("v1", 5000, 25))


def outcomes(*files: Path) -> list[Case | Reject]:
    return [curate(raw, origin.source, codes(), SECRET) for raw, origin in read(files)]


def only(tmp_path: Path, *resources: Resource) -> Case | Reject:
    found = outcomes(write_bundle(tmp_path / "bundle.json", *resources))
    assert len(found) == 1
    return found[0]


def case(tmp_path: Path, *resources: Resource) -> Case:
    found = only(tmp_path, *resources)
    assert isinstance(found, Case), found
    return found


def reason(tmp_path: Path, *resources: Resource) -> str:
    found = only(tmp_path, *resources)
    assert isinstance(found, Reject), found
    return found.reason


def test_a_completed_course_has_the_prescribed_dose(tmp_path: Path) -> None:
    found = case(
        tmp_path, patient(), *BREAST, WHOLE, summary(extension=[delivered("v1", 4800, 24)])
    )
    assert found.regimen == "50 Gy in 25 fractions, photon VMAT, left breast"
    assert (found.icd10, found.age, found.year, found.sex) == ("C50.412", 60, 2021, "female")
    assert found.kept["delivered_gy"] == "48"
    assert "ended_early" not in found.kept


def test_a_stopped_course_keeps_its_label_and_says_that_it_ended(tmp_path: Path) -> None:
    stopped = summary(
        status="stopped",
        statusReason={"text": "Progressive disease"},
        extension=[delivered("v1", 2000, 10)],
    )
    found = case(tmp_path, patient(), *BREAST, WHOLE, stopped)
    assert found.regimen.startswith("50 Gy in 25 fractions")
    assert found.kept["delivered_gy"] == "20"
    assert found.kept["ended_early"] == "Progressive disease"


@pytest.mark.parametrize("status", ["in-progress", "on-hold", "preparation", "not-done", "unknown"])
def test_an_unfinished_course_is_refused(tmp_path: Path, status: str) -> None:
    unfinished = summary(status=status, extension=[delivered("v1", 2000, 10)])
    assert reason(tmp_path, patient(), *BREAST, WHOLE, unfinished) == "unfinished"


def test_a_delivered_dose_is_never_the_label(tmp_path: Path) -> None:
    given = summary(of="", extension=[radiation(PHOTON), delivered("v1", 5000, 25)])
    assert reason(tmp_path, patient(), *BREAST, given) == "only_delivered"


def test_phases_follow_each_other_with_their_own_radiation(tmp_path: Path) -> None:
    boost = phase(
        "b", 4, radiation(ELECTRON), dose("v2", 800, each=200), of="rx",
        occurrencePeriod={"start": "2021-04-12"},
    )  # fmt: skip
    first = phase(
        "a", 15, radiation(PHOTON, VMAT), dose("v1", 4005, each=267), of="rx",
        occurrencePeriod={"start": "2021-03-08"},
    )  # fmt: skip
    found = case(tmp_path, patient(), *BREAST, boost, first, request("rx"))
    assert found.regimen == (
        "40.05 Gy in 15 fractions, photon VMAT, left breast; "
        "then 8 Gy in 4 fractions, electron, left breast"
    )


def test_volumes_of_one_phase_are_levels_of_it(tmp_path: Path) -> None:
    both = phase("a", 28, radiation(PHOTON), dose("v1", 5040), dose("v2", 6020), of="rx")
    found = case(tmp_path, patient(), *BREAST, both, request("rx"))
    assert found.regimen.startswith("60.2 / 50.4 Gy in 28 fractions, photon")
    assert "left breast boost" in found.regimen


def test_doses_by_volume_of_a_course_become_phases_with_targets(tmp_path: Path) -> None:
    nodes = volume("v3", "Axillary lymph node group")
    course = request("rx", radiation(PHOTON), dose("v1", 6000, 30), dose("v3", 5000, 25))
    found = case(tmp_path, patient(), *BREAST, nodes, course)
    assert found.regimen == (
        "60 Gy in 30 fractions, photon, left breast; "
        "then 50 Gy in 25 fractions, photon, axillary lymph node group"
    )


def test_a_course_of_two_modalities_without_phases_cannot_be_told_apart(tmp_path: Path) -> None:
    mixed = request("rx", radiation(PHOTON), radiation(ELECTRON), dose("v1", 5000, 25))
    assert reason(tmp_path, patient(), *BREAST, mixed) == "phases_missing"


def test_the_first_approved_version_is_the_label(tmp_path: Path) -> None:
    first = request("v0", radiation(PHOTON), dose("v1", 5000, 25), status="revoked")
    second = request(
        "rx", radiation(PHOTON), dose("v1", 6000, 30), authoredOn="2021-03-20",
        replaces=[{"reference": "ServiceRequest/v0"}],
    )  # fmt: skip
    found = case(tmp_path, patient(), *BREAST, first, second, summary())
    assert found.regimen == "50 Gy in 25 fractions, photon, left breast"


def test_a_revised_phase_is_one_phase(tmp_path: Path) -> None:
    old = phase("a", 25, radiation(PHOTON), dose("v1", 5000), of="rx", status="revoked")
    new = phase(
        "b", 25, radiation(PHOTON), dose("v1", 5000), of="rx",
        replaces=[{"reference": "ServiceRequest/a"}],
    )  # fmt: skip
    found = case(tmp_path, patient(), *BREAST, old, new, request("rx"))
    assert found.regimen == "50 Gy in 25 fractions, photon, left breast"


@pytest.mark.parametrize("status", ["draft", "revoked", "unknown"])
def test_a_prescription_that_was_not_approved_is_none(tmp_path: Path, status: str) -> None:
    course = request("rx", radiation(PHOTON), dose("v1", 5000, 25), status=status)
    assert reason(tmp_path, patient(), *BREAST, course) == "not_approved"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [({"code": "cGy"}, "50 Gy"), ({"unit": "cGy"}, "50 Gy"), ({"code": "Gy"}, "regimen_unreadable"),
     ({"code": "cGy", "unit": "Gy"}, "dose_unreadable"), ({"unit": "MU"}, "dose_unreadable")],
)  # fmt: skip
def test_the_unit_may_stand_in_the_code_alone(
    tmp_path: Path, unit: Resource, expected: str
) -> None:
    course = request("rx", radiation(PHOTON), dose("v1", 5000, 25, **unit))
    found = only(tmp_path, patient(), *BREAST, course)
    said = found.regimen if isinstance(found, Case) else found.reason
    assert said.startswith(expected)


def test_a_dose_that_its_fractions_do_not_make_is_refused(tmp_path: Path) -> None:
    off = phase("a", 25, radiation(PHOTON), dose("v1", 5000, each=180), of="rx")
    assert reason(tmp_path, patient(), *BREAST, off, request("rx")) == "dose_ambiguous"


def test_a_diagnosis_may_be_a_reference(tmp_path: Path) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2020-11",
        "code": {
            "coding": [
                {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.412"},
                {"system": SCT, "code": "353431000119107"},
            ],
            "text": "Carcinoma of the left breast",
        },
        "note": [
            {"time": "2021-02-01", "text": "Triple negative"},
            {"time": "2021-05-01", "text": "Good response to 50 Gy"},
            {"text": "Undated remark"},
        ],
    }
    course = request(
        "rx", radiation(PHOTON), dose("v1", 5000, 25), reasonCode=[],
        reasonReference=[{"reference": "Condition/c1"}],
    )  # fmt: skip
    del course["reasonCode"]
    found = case(tmp_path, patient(), *BREAST, condition, course)
    assert found.diagnosis == "Carcinoma of the left breast; Triple negative"
    course["reasonReference"] = [{"reference": "Condition/gone"}]
    assert reason(tmp_path, patient(), *BREAST, condition, course) == "reference_dangling"
    del course["reasonReference"]
    assert reason(tmp_path, patient(), *BREAST, condition, course) == "diagnosis_unlinked"


def test_a_file_that_is_called_after_its_patient_is_kept_under_another_name(
    tmp_path: Path,
) -> None:
    file = write_bundle(tmp_path / "Okonkwo_Adaeze.json", patient(), *BREAST, WHOLE)
    broken = write_lines(tmp_path / "Okonkwo.ndjson", patient())
    broken.write_text("{")
    found = outcomes(file, broken)
    names = [f"{sha256_file(one)[:12]}{one.suffix}" for one in (broken, file)]
    assert [one.file for one in found] == names
    assert [one.file_sha256 for one in found] == [sha256_file(one) for one in (broken, file)]
    assert "Okonkwo" not in str(found)


def test_snomed_alone_is_kept_as_a_candidate_and_not_mapped(tmp_path: Path) -> None:
    course = request(
        "rx", radiation(PHOTON), dose("v1", 5000, 25),
        reasonCode=[concept("254837009", "Malignant neoplasm of breast (disorder)")],
    )  # fmt: skip
    found = only(tmp_path, patient(), *BREAST, course)
    assert isinstance(found, Reject)
    assert found.reason == "code_candidates"
    assert found.kept["candidates"] == "Malignant neoplasm of breast"
    assert found.kept["snomed"] == "254837009"
    kept = scrub_raw(RawCase("1", "", "", kept=found.kept), make_scrubber(SECRET)).kept
    assert kept["snomed"] == "254837009"


@pytest.mark.parametrize("code", ["254837009", "353431000119107", "1156506007", "41216001"])
def test_a_snomed_code_is_told_by_its_check_digit(code: str) -> None:
    assert is_snomed(code)
    assert not is_snomed(code[:-1] + str((int(code[-1]) + 1) % 10))
    assert not is_snomed(code[:2] + code[3] + code[2] + code[4:])


def test_references_are_looked_up_and_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"resourceType": "BodyStructure", "id": "v1"}')
    for address in (str(secret), f"file://{secret}", "../secret.json", "http://127.0.0.1:9/v1"):
        course = request("rx", radiation(PHOTON), dose("v1", 5000, 25))
        course["extension"][1]["extension"][0]["valueReference"]["reference"] = address
        assert reason(tmp_path, patient(), course) == "reference_dangling"


def test_lines_of_several_files_are_joined(tmp_path: Path) -> None:
    people = write_lines(tmp_path / "Patient.ndjson", patient())
    rest = write_lines(tmp_path / "rest.ndjson", *BREAST, WHOLE)
    passed: Counter[str] = Counter()
    found = [
        curate(raw, origin.source, codes(), SECRET) for raw, origin in read([rest, people], passed)
    ]
    assert [type(outcome) for outcome in found] == [Case]


def test_bundles_that_number_their_resources_alike_are_not_mixed(tmp_path: Path) -> None:
    def bundle(name: str, mrn: str, total: float, fractions: int) -> Path:
        part = phase("a", fractions, radiation(PHOTON), dose("v1", total), of="rx")
        people = patient(mrn=mrn)
        return write_bundle(tmp_path / name, people, *BREAST, request("rx"), part, summary())

    one, other = bundle("1.json", "1", 5000, 25), bundle("2.json", "2", 6000, 30)
    alone = write_bundle(tmp_path / "3.json", patient(mrn="3"), *BREAST, WHOLE)
    found = [one.regimen for one in outcomes(one, other, alone) if isinstance(one, Case)]
    assert found == [
        "50 Gy in 25 fractions, photon, left breast",
        "60 Gy in 30 fractions, photon, left breast",
        "50 Gy in 25 fractions, photon VMAT, left breast",
    ]


def test_a_damaged_line_is_a_reject_and_the_others_are_read(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "all.ndjson", patient(), *BREAST, WHOLE)
    file.write_text(file.read_text() + '{"resourceType": "Proc\n[1]\n')
    found = outcomes(file)
    assert [getattr(outcome, "reason", "") for outcome in found] == [
        "damaged_file", "damaged_file", "",
    ]  # fmt: skip


def test_a_resource_that_breaks_the_rules_says_where_and_quotes_nothing(tmp_path: Path) -> None:
    found = only(tmp_path, patient(), *BREAST, {**WHOLE, "status": 7, "authoredOn": "Okonkwo"})
    assert isinstance(found, Reject)
    assert found.reason == "damaged_file"
    assert "authoredOn" in found.detail
    assert "Okonkwo" not in found.detail


def test_null_is_no_value_of_fhir(tmp_path: Path) -> None:
    people = patient() | {"name": [{"family": "Okonkwo", "given": None}]}
    assert reason(tmp_path, people, *BREAST, WHOLE) == "damaged_file"


def test_what_identifies_the_person_is_handed_on(tmp_path: Path) -> None:
    file = write_bundle(tmp_path / "b.json", patient(), *BREAST, WHOLE)
    raw, _ = next(read([file]))
    assert {"Okonkwo", "Adaeze", "4711", "1960-06-15", "555-0134", "12 Mill Lane"} <= {
        *raw.identifiers
    }


def test_no_course_is_said(tmp_path: Path) -> None:
    with pytest.raises(RadoncError, match="no radiotherapy course"):
        outcomes(write_bundle(tmp_path / "b.json", patient()))


def test_the_examples_of_mcode_and_codex() -> None:
    """No example holds a prescription, so none is a case."""
    found = outcomes(*sorted(p for p in EXCERPT.iterdir() if p.suffix != ".md"))
    lost = [outcome for outcome in found if isinstance(outcome, Reject)]
    assert len(lost) == len(found)
    assert Counter(outcome.reason for outcome in lost) == {
        "unfinished": 2,
        "reference_dangling": 2,
        "only_delivered": 1,
    }
    chest_wall = lost[-1].kept
    assert chest_wall["delivered"] == (
        "60 Gy in 30 (chest wall); 50 Gy in 25 (bilateral mediastinal lymph node)"
    )
    assert lost[-2].kept["snomed"] == "353431000119107"


@pytest.mark.parametrize("prefix", ["codex", "mcode"])
def test_all_examples(shared_data: Path, prefix: str) -> None:
    found = outcomes(*sorted((shared_data / "fhir" / prefix).glob("*.json")))
    expected = {"codex": {"unfinished": 3, "reference_dangling": 3}, "mcode": {"only_delivered": 3}}
    assert Counter(getattr(outcome, "reason", "") for outcome in found) == expected[prefix]
