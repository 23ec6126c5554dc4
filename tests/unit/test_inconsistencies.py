"""Contradictions within a case: found where there are some, hardly ever where there are none."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from store.cases import Case
from store.clinical.icd10 import CodeTable
from store.curation import Source, curate
from store.database import open_store
from store.errors import BadUsage
from store.importing.tcga import find_cohorts, read_cohort
from store.inconsistencies import RULES, Finding, findings_of_case, in_ranges
from store.inconsistency_list import (
    KEYS,
    Checked,
    accept,
    accepted_findings,
    cases_to_check,
    check_cases,
)
from tests.unit.case_examples import synthetic_cases, take
from tests.unit.importing_examples import codes

CASE: dict[str, Any] = {
    "case_id": "case-1",
    "diagnosis": "62-year-old woman with ductal carcinoma of the left breast, T2 N0",
    "regimen": "40.05 Gy in 15 fractions, photon, whole breast",
    "modality": "photon",
    "icd10": "C50.412",
    "site": "breast",
    "target": "whole breast",
    "intent": "adjuvant",
    "year": 2020,
    "age": 62,
    "sex": "female",
}


def describe(table: CodeTable, code: str) -> str:
    return table.cm.get(code) or table.who.get(code, "")


def keys(**values: Any) -> list[str]:
    case = {**CASE, **values}
    return [f.key for f in findings_of_case(case, lambda code: describe(codes(), code))]


def test_a_case_that_fits_is_not_asked_about() -> None:
    assert keys() == []


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("site_code", {"site": "liver"}),
        ("site_code", {"icd10": "C34.12", "diagnosis": "ca"}),
        ("site_code", {"regimen": "54 Gy in 3 fractions, photon SBRT, liver tumour"}),
        ("side_code", {"icd10": "C50.411"}),
        ("side_code", {"target": "right breast"}),
        ("side_code", {"diagnosis": "62F R breast ca"}),
        ("sex_site", {"sex": "male", "icd10": "C53.9", "site": "cervix"}),
        ("sex_site", {"icd10": "C61", "site": "prostate"}),
        ("age_setting", {"age": 9}),
        ("age_setting", {"icd10": "C69.21", "site": "eye", "age": 60, "diagnosis": "tumour"}),
        ("age_setting", {"age": 120}),
        ("modality_technique", {"regimen": "40 Gy in 15 fractions, electron VMAT"}),
        ("modality_technique", {"regimen": "50 Gy in 25 fractions, photon PBS"}),
        ("modality_technique", {"regimen": "50 Gy(RBE) in 25 fractions, photon"}),
        ("fraction_size", {"regimen": "10 Gy in 5 fractions, photon SBRT"}),
        ("fraction_size", {"regimen": "70 Gy in 10 fractions, photon"}),
        ("fraction_size", {"regimen": "30 Gy in 30 fractions, photon"}),
        ("fraction_size", {"regimen": "40 Gy in 1 fraction, photon"}),
        ("fraction_size", {"regimen": "70 Gy in 35 fractions, photon", "intent": "palliative"}),
        ("fraction_size", {"regimen": "100 Gy in 2 fractions HDR, brachytherapy"}),
        ("schedule_fractions", {"regimen": "45 Gy in 29 fractions BID, photon"}),
        ("schedule_fractions", {"regimen": "60 Gy in 30 fractions weekly, photon"}),
        ("schedule_fractions", {"regimen": "80 Gy in 20 fractions, photon SBRT"}),
    ],
)
def test_a_contradiction_is_found(key: str, values: dict[str, Any]) -> None:
    assert key in keys(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"site": "", "target": "", "age": None, "sex": "", "intent": "unknown"},
        {"diagnosis": "left breast ca; R hip OA; right mastectomy 2009"},
        {"regimen": "25 Gy in 10 fractions, photon, whole brain", "intent": "prophylactic"},
        {"icd10": "C83.31", "diagnosis": "lymphoma of the breast"},
        {"icd10": "C79.31", "site": "brain", "regimen": "20 Gy in 1 fraction, photon SRS, brain"},
        {"icd10": "C62.12", "site": "testis", "sex": "male", "age": 30, "diagnosis": "seminoma"}
        | {"regimen": "20 Gy in 10 fractions, photon, dog-leg", "target": "nodes"},
        {"regimen": "45 Gy in 30 fractions BID, photon"},
        {"regimen": "26 Gy in 5 fractions, photon, whole breast"},
    ],
)
def test_what_is_merely_unusual_or_unknown_is_left_alone(values: dict[str, Any]) -> None:
    assert keys(**values) == []


def test_ranges_of_codes() -> None:
    assert in_ranges("C71.9", ("C70-C72",))
    assert in_ranges("D07.2", ("D07.0-D07.3",))
    assert in_ranges("M61.551", ("M60-M79",))
    assert not in_ranges("C73", ("C70-C72", "D07.0-D07.3"))


def test_every_rule_has_a_sentence_and_a_reason() -> None:
    assert all(rule.sentence.endswith(".") and len(rule.reason) > 20 for rule in RULES.values())
    assert set(RULES) < set(KEYS)


def rate(cases: list[Case]) -> Counter[str]:
    return Counter(
        finding.key
        for case in cases
        for finding in findings_of_case(vars(case), lambda code: describe(codes(), code))
    )


def test_the_projects_own_cases_hardly_ever_contradict_themselves() -> None:
    cases = synthetic_cases(400, codes(), seed=0)
    assert rate(cases).total() <= 1


@pytest.mark.slow
def test_two_thousand_cases_of_the_full_mix_hardly_ever_contradict_themselves() -> None:
    assert rate(synthetic_cases(2000, codes(), seed=0)).total() <= 6


def test_the_tcga_cases_hardly_ever_contradict_themselves(shared_data: Path) -> None:
    outcomes = (
        curate(raw, Source("tcga", "f", "x"), codes(), b"s")
        for patients, radiation in find_cohorts(sorted((shared_data / "tcga").iterdir()))
        for raw in read_cohort(patients, radiation)
    )
    cases = [outcome for outcome in outcomes if isinstance(outcome, Case)]
    assert len(cases) > 1000
    assert rate(cases) == Counter(schedule_fractions=2, fraction_size=1)


def checked(connection: Any) -> Checked:
    work = check_cases(
        cases_to_check(connection),
        accepted_findings(connection),
        lambda code: describe(codes(), code),
    )
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_a_list_gets_shorter_as_it_is_worked_through(home: Any, tmp_path: Path) -> None:
    connection = open_store(home)
    cases = synthetic_cases(12, codes())
    take(connection, cases, tmp_path / "import")
    one, two = cases[0].case_id, cases[1].case_id
    connection.execute("UPDATE cases SET age = 119 WHERE case_id = ?", [one])
    text = f"{cases[1].diagnosis}; planned {cases[1].regimen}"
    connection.execute("UPDATE cases SET diagnosis = ? WHERE case_id = ?", [text, two])
    found = checked(connection)
    assert [finding.case_id for finding in found.findings if finding.key in RULES] == [one]
    assert found.findings[0].case_id == two, "what leaks comes first"
    assert found.cases == 12

    contradiction = next(f for f in found.findings if f.key == "age_setting")
    with pytest.raises(BadUsage, match="for a reason"):
        accept(connection, contradiction, " ", "mp")
    with pytest.raises(BadUsage, match="cannot be accepted"):
        accept(connection, found.findings[0], "it is fine", "mp")
    with pytest.raises(BadUsage, match="no case"):
        accept(connection, Finding("site_code", "case-9", "x"), "it is fine", "mp")
    for _ in range(2):
        accept(connection, contradiction, "looked up in the chart", "mp")
    again = checked(connection)
    assert not [finding for finding in again.findings if finding.case_id == one]
    assert again.accepted == 1

    connection.execute("UPDATE cases SET age = 118 WHERE case_id = ?", [one])
    assert checked(connection).counts["age_setting"] == 1, "a changed value is asked about again"
    connection.execute("UPDATE cases SET status = 'excluded'")
    assert checked(connection).findings == ()
    connection.close()
