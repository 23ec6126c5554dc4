"""The rules of the funnel, record by record, and what may be kept of one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from store.cases import Case, Intent, Prior, RawCase, Reject
from store.clinical.regimen import Modality
from store.curation import REASONS, STEPS, Funnel, curate, read_intent, read_prior, reject
from store.lines import dumps
from store.records import case_record, reject_record
from tests.unit.importing_examples import SECRET, SOURCE, codes, raw


def one(**values: object) -> Case | Reject:
    return curate(raw(**values), SOURCE, codes(), SECRET)


def case(**values: object) -> Case:
    outcome = one(**values)
    assert isinstance(outcome, Case), outcome
    return outcome


def reason(**values: object) -> str:
    outcome = one(**values)
    assert isinstance(outcome, Reject), outcome
    assert outcome.detail
    return outcome.reason


def test_a_case_is_annotated() -> None:
    made = case(intent="Radical", prior_rt="No", year=2020)
    assert made.regimen == "60 Gy in 20 fractions, photon IMRT"
    assert made.modality is Modality.PHOTON
    assert (made.icd10, made.icd10_system) == ("C61", "cm")
    assert (made.intent, made.prior_rt) == (Intent.CURATIVE, Prior.NO)
    assert (made.source, made.file, made.row) == ("table", "cases.csv", 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"patient": " "}, "no_patient"),
        ({"diagnosis": ""}, "no_diagnosis"),
        ({"diagnosis": "12 - 3"}, "no_diagnosis"),
        ({"diagnosis": "(C61)"}, "no_diagnosis"),
        ({"diagnoses": 2}, "several_diagnoses"),
        ({"regimen": ""}, "no_plan"),
        ({"plans": 0}, "no_plan"),
        ({"plans": 3}, "several_plans"),
        ({"regimen": "as per protocol"}, "regimen_unreadable"),
        ({"regimen": "130 Gy in 65 fractions"}, "dose_implausible"),
        ({"regimen": "70 Gy in 2 fractions"}, "fraction_implausible"),
        ({"regimen": "60 Gy in 20 fractions", "modality": ""}, "no_modality"),
        ({"modality": "carbon ions"}, "modality_unreadable"),
        ({"modality": "proton"}, "modality_contradicts"),
        ({"diagnosis": "chart " * 1334}, "diagnosis_too_long"),
        ({"icd10": ""}, "no_code"),
        ({"icd10": "Q99.Z"}, "code_unknown"),
        ({"primary_icd10": "none"}, "code_unknown"),
        ({"diagnosis": "Cancer of the left breast", "icd10": "C50.911"}, "code_contradicts"),
        ({"reject": "target_other", "detail": "Bone."}, "target_other"),
    ],
)
def test_why_a_record_is_no_case(values: dict[str, object], expected: str) -> None:
    assert reason(**values) == expected


def test_a_missing_modality_comes_from_the_plan() -> None:
    assert case(modality="", regimen="74 Gy(RBE) in 37 fractions, proton").modality == "proton"


def test_a_recorded_modality_completes_the_plan() -> None:
    made = case(modality="electron", regimen="50 Gy in 20 fractions")
    assert made.regimen == "50 Gy in 20 fractions, electron"


def test_a_mixed_course_may_be_recorded_under_either_modality() -> None:
    plan = "45 Gy in 25 fractions, photon, pelvis; then 28 Gy in 4 fractions HDR, brachytherapy"
    for modality in ("photon", "brachytherapy"):
        made = case(modality=modality, regimen=plan, diagnosis="Cervix cancer", icd10="C53.9")
        assert made.modality == modality


@pytest.mark.parametrize(
    ("diagnosis", "kept"),
    [
        ("Glioblastoma (C71.2) of the temporal lobe", "Glioblastoma of the temporal lobe"),
        ("ICD-10: C71.2 Glioblastoma, T2 lesion 3 cm", "Glioblastoma, T2 lesion 3 cm"),
        ("Glioblastoma, C712", "Glioblastoma"),
    ],
)
def test_the_code_is_taken_out_of_the_diagnosis(diagnosis: str, kept: str) -> None:
    made = case(diagnosis=diagnosis, icd10="C71.2", regimen="60 Gy in 30 fractions")
    assert made.diagnosis == kept
    assert made.repairs == ("code taken out of the diagnosis text",)


@pytest.mark.parametrize(
    "diagnosis",
    ["Cancer of the right breast", "R breast IDC, left hip replaced", "rt breast, left handed"],
)
def test_a_side_is_contradicted_only_where_it_is_plain(diagnosis: str) -> None:
    assert case(diagnosis=diagnosis, icd10="C50.911").icd10 == "C50.911"


def test_who_codes_are_marked() -> None:
    assert case(diagnosis="Breast cancer", icd10="C50.9").icd10_system == "who"


def test_ids_are_repeatable_and_keyed() -> None:
    first, again = case(), case()
    assert first.key == again.key
    assert first.case_id != again.case_id
    assert first.case_id.startswith("case-")
    assert len(first.case_id) == 17
    other = curate(raw(), SOURCE, codes(), b"1" * 32)
    assert isinstance(other, Case)
    assert other.key != first.key
    assert other.patient != first.patient


def test_a_course_has_its_name_and_a_nameless_one_its_content() -> None:
    named = case(course="C1")
    assert case(course="C1", diagnosis="Prostate cancer, cT3a").key == named.key
    assert case(course="C2").key != named.key
    assert case(diagnosis="Prostate cancer, cT3a").key != case().key
    assert case(regimen="3 Gy x 20 IMRT").key == case().key


def test_a_patient_is_the_same_in_every_source() -> None:
    elsewhere = curate(raw(), replace(SOURCE, name="tcga"), codes(), SECRET)
    assert isinstance(elsewhere, Case)
    assert elsewhere.patient == case().patient
    assert elsewhere.key != case().key


def test_a_patients_key_is_the_same_however_it_is_typed() -> None:
    typed = case(patient=" mrn  4711", course="c1")
    assert typed.patient == case().patient
    assert typed.key == case(course="C1 ").key


def test_letters_of_a_diagnosis_are_composed() -> None:
    assert (
        case(diagnosis="Sjo\u0308gren, prostate cancer").diagnosis
        == "Sj\u00f6gren, prostate cancer"
    )


def test_reject_ids_name_file_row_and_reason() -> None:
    def made(row: int, why: str) -> str:
        return reject(raw(row=row), SOURCE, SECRET, why).reject_id

    assert len({made(2, "no_code"), made(3, "no_code"), made(2, "no_plan")}) == 3
    assert made(2, "no_code") == made(2, "no_code")


identifiers = st.text(st.characters(categories=("Lu", "Nd")), min_size=8, max_size=12)


@given(identifiers, identifiers, st.sampled_from(["60 Gy in 20 fractions", "as planned"]))
def test_no_identifier_is_kept(patient: str, course: str, regimen: str) -> None:
    outcome = one(patient=f"MRN-{patient}", course=f"CRS-{course}", regimen=regimen)
    record = case_record(outcome) if isinstance(outcome, Case) else reject_record(outcome)
    assert f"MRN-{patient}" not in dumps(record)
    assert f"CRS-{course}" not in dumps(record)


records = st.builds(
    RawCase,
    patient=st.text(max_size=5),
    diagnosis=st.text(max_size=30),
    regimen=st.one_of(st.text(max_size=30), st.just("60 Gy in 30 fractions")),
    modality=st.one_of(st.text(max_size=10), st.sampled_from(["", "photon", "proton"])),
    icd10=st.one_of(st.text(max_size=8), st.just("C61")),
    diagnoses=st.integers(0, 2),
    plans=st.integers(0, 2),
    row=st.integers(0, 9),
)


@given(st.lists(records, max_size=20))
def test_read_is_cases_and_rejects_and_steps_only_lose(raws: list[RawCase]) -> None:
    funnel = Funnel()
    for record in raws:
        funnel.add(curate(record, SOURCE, codes(), SECRET))
        assert funnel.read == funnel.cases + funnel.rejects
    counts = [step["count"] for step in funnel.steps]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(raws)
    assert counts[-1] == funnel.cases
    assert sum(funnel.by_reason.values()) == funnel.rejects


def test_every_reason_belongs_to_a_step_and_reads_as_a_sentence() -> None:
    for key, why in REASONS.items():
        assert key == why.key
        assert why.step in STEPS[1:]
        assert why.text.endswith(".")


def test_cases_and_rejects_are_plain_json() -> None:
    made = case(year=2020, age=70, repairs=("decimal comma: 59,4 read as 59.4",), course="C1")
    assert json.loads(dumps(case_record(made))) == case_record(made)
    lost = one(icd10="")
    assert isinstance(lost, Reject)
    assert json.loads(dumps(reject_record(lost))) == reject_record(lost)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ADJUVANT", Intent.ADJUVANT),
        ("Neo-adjuvant", Intent.NEOADJUVANT),
        ("palliative", Intent.PALLIATIVE),
        ("definitive", Intent.CURATIVE),
        ("", Intent.UNKNOWN),
        ("see notes", Intent.UNKNOWN),
        ("non-curative", Intent.UNKNOWN),
        ("not for curative treatment", Intent.UNKNOWN),
        ("no longer curative, palliative", Intent.PALLIATIVE),
    ],
)
def test_intent(text: str, intent: Intent) -> None:
    assert read_intent(text) is intent


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("Yes", Prior.YES),
        ("1", Prior.YES),
        ("Previous RT 2015, no details", Prior.YES),
        ("re-irradiation", Prior.YES),
        ("no", Prior.NO),
        ("N", Prior.NO),
        ("none", Prior.NO),
        ("None known", Prior.NO),
        ("previously untreated", Prior.NO),
        ("prior RT: none", Prior.NO),
        ("prior radiotherapy - no", Prior.NO),
        ("not previously irradiated", Prior.NO),
        ("denies prior radiation", Prior.NO),
        ("prior RT not documented", Prior.UNKNOWN),
        ("yes, but not here", Prior.UNKNOWN),
        ("prior to surgery", Prior.UNKNOWN),
        ("?", Prior.UNKNOWN),
        ("", Prior.UNKNOWN),
    ],
)
def test_prior_radiotherapy(text: str, prior: Prior) -> None:
    assert read_prior(text) is prior
