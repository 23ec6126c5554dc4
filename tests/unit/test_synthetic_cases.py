"""Synthetic records: counts, shares, repeatability, and what may never stand in a note."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from store.cases import Case, RawCase
from store.clinical.icd10 import CodeTable, find_codes_in_text, load_codes
from store.clinical.regimen_reader import parse_regimen
from store.curation import Funnel, Source, curate
from store.errors import RadoncError
from store.home import Home
from store.synthetic.cases import make, synthesize
from store.synthetic.tables import settings

COUNT = 1200
MODALITIES = r"\bproton|electron|photon(?! plan| v20)|brachy(?!ury)"
LABELS = r"\b(?:low|intermediate|high)[- ]risk|favou?rable[- ]inter|\bstage (?:I|II|III|IV|[1-4])\b"


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> CodeTable:
    path = tmp_path_factory.mktemp("home")
    (path / "tmp").mkdir()
    return load_codes(Home(path))


@pytest.fixture(scope="module", params=["demo", "full"])
def mix(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def records(mix: str) -> list[RawCase]:
    return list(synthesize(COUNT if mix == "demo" else 6000, 7, mix))


@pytest.fixture(scope="module")
def included(records: list[RawCase], codes: CodeTable) -> list[Case]:
    outcomes = [curate(record, Source("synthetic"), codes, b"secret") for record in records]
    return [outcome for outcome in outcomes if isinstance(outcome, Case)]


def shares(values: list[str]) -> list[tuple[str, float]]:
    return [(value, n / len(values)) for value, n in Counter(values).most_common()]


def test_curation_includes_as_many_as_were_asked_for(codes: CodeTable):
    funnel = Funnel()
    for record in synthesize(COUNT, 1, "demo"):
        funnel.add(curate(record, Source("synthetic"), codes, b"secret"))
    assert funnel.cases == COUNT
    assert 0.19 < funnel.rejects / COUNT < 0.21
    reached = [step["count"] for step in funnel.steps]
    assert reached[0] > reached[1] > reached[2] > reached[3] == reached[4] == COUNT
    wanted = {"several_diagnoses", "several_plans", "no_plan", "no_code", "regimen_unreadable"}
    assert wanted == set(funnel.by_reason)


def test_every_case_has_its_own_patient_and_rejects_may_share_one(
    records: list[RawCase], included: list[Case]
):
    assert len({case.patient for case in included}) == len(included)
    sharing = Counter(record.patient for record in records if "shared" in record.patient)
    assert max(sharing.values()) > 1


def test_a_record_is_the_same_in_any_order(mix: str, records: list[RawCase]):
    table = settings(mix)
    for index in (400, 3, 1, 77):
        assert make(index, 7, mix, table) == records[index]


def test_a_record_is_the_same_in_another_process():
    script = (
        "import json; from store.synthetic.cases import synthesize;"
        "print(json.dumps([(r.diagnosis, r.icd10, r.patient) for r in synthesize(50, 3, 'full')]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    here = [[r.diagnosis, r.icd10, r.patient] for r in synthesize(50, 3, "full")]
    assert json.loads(out) == here


def test_a_smaller_count_gives_the_first_of_them():
    few, many = (list(synthesize(count, 5, "demo")) for count in (40, 90))
    assert few == many[: len(few)]


def test_seeds_differ_in_patients_and_notes():
    one, two = ({r.diagnosis for r in synthesize(200, seed, "demo")} for seed in (1, 2))
    assert len(one & two) <= 1


def test_an_unknown_mix_is_named():
    with pytest.raises(RadoncError, match=r"'tiny'.*demo, full"):
        next(synthesize(1, 1, "tiny"))


def test_no_note_gives_its_answer_away(included: list[Case]):
    for case in included:
        assert not find_codes_in_text(case.diagnosis), case.diagnosis
        assert not re.search(rf"\b{re.escape(case.icd10)}\b", case.diagnosis, re.I), case
        assert not re.search(r"\d ?(?:c?gy|fx|fractions?|#)", case.diagnosis, re.I), case
        assert not re.search(MODALITIES, case.diagnosis, re.I), case
        assert not re.search(LABELS, case.diagnosis), case
        assert not case.repairs


def test_the_modality_is_that_of_the_regimen(included: list[Case]):
    for case in included:
        assert parse_regimen(case.regimen).modality is case.modality


def test_notes_are_short_and_hardly_ever_the_same(included: list[Case]):
    sizes = sorted(len(re.findall(r"\d|[^\W\d]+|[^\w\s]", c.diagnosis)) for c in included)
    assert sizes[len(sizes) // 2] <= 50
    assert sizes[-1] <= 90
    same = 1 - len({case.diagnosis.casefold() for case in included}) / len(included)
    assert same < 0.002


def test_children_are_written_of_as_children(included: list[Case]):
    for case in included:
        assert case.age is not None
        if case.age < 18:
            assert not re.search(r"\b(?:man|woman|male|female)\b", case.diagnosis), case


def test_shares_of_the_demo_mix():
    cases = [make(i, 11, "demo", settings("demo")) for i in range(6000)]
    modalities = dict(shares([case.modality for case in cases]))
    assert 0.55 <= modalities["photon"] <= 0.65
    assert min(modalities.values()) >= 0.08
    assert len(modalities) == 4
    assert shares([case.regimen for case in cases if case.regimen])[0][1] <= 0.12
    assert shares([case.icd10 for case in cases if case.icd10])[0][1] <= 0.10
    assert len({case.setting for case in cases}) == 24
    assert len({case.icd10 for case in cases if case.icd10}) == 37


def test_shares_of_the_full_mix():
    cases = [make(i, 11, "full", settings("full")) for i in range(8000)]
    modalities = dict(shares([case.modality for case in cases]))
    assert 0.6 <= modalities["photon"] <= 0.8
    assert min(modalities.values()) >= 0.06
    assert len({case.setting for case in cases}) >= 80
    assert len({case.icd10 for case in cases if case.icd10}) >= 110
