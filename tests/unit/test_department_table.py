"""The table itself: each row can be read, means what it says, and decides by the case alone."""

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from store.clinical.regimen import IMPLANTS, Regimen
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import parse_regimen
from store.department.conditions import read_condition
from store.department.coverage import coverage
from store.department.fields import read_fields
from store.department.findings import FINDINGS
from store.department.histology import HISTOLOGIES
from store.department.lookup import accepted, accepts, inside_any_row, row_for, rows_for
from store.department.operations import OPERATIONS
from store.department.prostate import RISK_WORDS
from store.department.ranges import course_eqd2_gy
from store.department.table import (
    embedded_table,
    embedded_text,
    problems,
)
from store.home import Home
from store.importing.tcga import find_cohorts, read_cohort
from store.synthetic.cases import synthesize

TABLE = embedded_table()


@dataclass(frozen=True)
class Facts:
    """A case as far as the table may look at it: there is no regimen and no target in it."""

    diagnosis: str
    icd10: str
    intent: str = "curative"
    prior_rt: str = "no"
    age: int | None = 65
    sex: str = "male"


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(embedded_text().splitlines()))


def test_every_row_can_be_read_and_every_regimen_is_in_the_canonical_text() -> None:
    assert problems(embedded_text()) == []
    assert len(TABLE.rows) == len(lines()) == len({row.name for row in TABLE.rows})
    for line in lines():
        for column in ("usual", "accepted"):
            for text in filter(None, line[column].split(" | ")):
                assert print_regimen(parse_regimen(text)) == text
    for row in TABLE.rows:
        assert row.basis, row.name
        assert len(set(row.regimens)) == len(row.regimens), row.name
        assert all(accepts(row, regimen) for regimen in row.regimens)


LEFT_OUT = {
    # of the reference, what docs/department-table.md gives a reason for leaving out
    ("head-neck-palliative-quad", "44.4Gy/12fx"),
    ("head-neck-palliative-quad", "24Gy/3fx"),
    ("hcc-sbrt", "45Gy/3fx"),
    ("cervix-ebrt-hdr", "45Gy/25fx 21Gy/3fx"),
    ("cervix-hdr-boost", "21Gy/3fx"),
    ("vagina-definitive", "45Gy/25fx 21Gy/3fx"),
    ("endometrium-cuff-hdr", "22Gy/2fx"),
    ("endometrium-cuff-hdr", "24Gy/4fx"),
    ("prostate-salvage-hdr", "110Gy/1fx"),
    ("dupuytren", "30Gy/10fx"),
    ("anal-advanced", "58.8Gy/30fx"),
    ("tbi-myeloablative", "13.5Gy/9fx"),
}


def test_all_of_the_reference_is_in_the_table_but_what_the_document_names(
    shared_data: Path,
) -> None:
    """Each regimen of each setting is in some row of the setting's codes, in dose and fractions."""
    lost: set[tuple[str, str]] = set()
    for name in ("regimen_reference", "regimen_reference_extra"):
        with (shared_data / f"{name}.csv").open(encoding="utf-8") as file:
            for setting in csv.DictReader(file):
                codes = setting["icd10cm"].split()
                rows = [row for row in TABLE.rows if any(c.startswith(row.codes) for c in codes)]
                assert rows, setting["setting_id"]
                known = {_numbers(regimen) for row in rows for regimen in row.regimens}
                told = [setting["phases"], *setting["acceptable_alternatives"].split(";")]
                for text in told:
                    numbers = re.findall(r"([\d.]+)Gy/(\d+)fx", text)
                    if tuple(sorted((float(d), int(n)) for d, n in numbers)) not in known:
                        said = " ".join(f"{dose}Gy/{many}fx" for dose, many in numbers)
                        lost.add((setting["setting_id"], said))
    assert lost == LEFT_OUT


def _numbers(regimen: Regimen) -> tuple[tuple[float, int], ...]:
    return tuple(sorted((phase.dose_gy, phase.fractions or 1) for phase in regimen.phases))


def test_the_document_names_every_word_that_a_row_may_ask_for() -> None:
    document = Path(__file__).parents[2] / "docs" / "department-table.md"
    text = " ".join(document.read_text(encoding="utf-8").split())
    for words in (OPERATIONS, RISK_WORDS, HISTOLOGIES, FINDINGS):
        assert [word for word in words if f"`{word}`" not in text] == []
    for setting, regimen in LEFT_OUT:
        assert setting in text, regimen
    regimens = sum(len(row.regimens) for row in TABLE.rows)
    assert f"{len(TABLE.rows)} rows, {regimens} regimens" in text


def test_an_implant_has_its_isotope_and_no_fractions() -> None:
    found = [
        (row.name, phase)
        for row in TABLE.rows
        for regimen in row.regimens
        for phase in regimen.phases
        if phase.dose_rate in IMPLANTS
    ]
    assert len(found) >= 10
    assert all(phase.fractions is None and phase.isotope for _, phase in found), found


def test_codes_of_the_rows_exist(home: Home) -> None:
    from store.clinical.icd10 import load_codes

    known = load_codes(home)
    for row in TABLE.rows:
        for code in row.codes:
            assert code in known.cm or code in known.who, (row.name, code)


CASES = [
    # question, code, intent, and the rows that are for it
    ("prostate ca, PSA 6, GG1, cT1c", "C61", "curative", "prostate-low"),
    ("prostate ca, PSA 6, GG2, cT1c", "C61", "curative",
     "prostate-intermediate + prostate-intermediate-favourable"),
    ("prostate ca, PSA 30, GG2, cT2c, N0", "C61", "curative", "prostate-high"),
    ("prostate ca, PSA 30, cN1", "C61", "curative", "prostate-node-positive"),
    ("prostate ca, RARP 2019, PSA 0.3", "C61", "curative", "prostate-after-prostatectomy"),
    ("adenocarcinoma of the prostate, Gleason score 9 (4+5), pathologic T3b N1", "C61", "unknown",
     "prostate-after-prostatectomy-node-positive"),
    ("prostate ca, 2 bone mets", "C61", "palliative", "prostate-metastatic-primary"),
    ("prostate ca, 2 bone mets", "C61", "curative", ""),
    ("prostate ca", "C61", "curative", ""),
    ("IDC, lumpectomy, SLNB 0/2, grade 1, ER+", "C50.412", "adjuvant",
     "breast-conserved + breast-conserved-low-risk"),
    ("IDC, lumpectomy, SLNB 0/2, grade 3", "C50.412", "adjuvant", "breast-conserved"),
    ("IDC, SLNB 0/2, grade 3", "C50.412", "adjuvant", ""),
    ("IDC, mastectomy, 2/14 nodes", "C50.412", "adjuvant", "breast-mastectomy"),
    ("IDC, mastectomy, SLNB 0/3, pT2", "C50.412", "adjuvant", ""),
    ("adenoca RUL, N0, 53 mm from bronchial tree", "C34.11", "curative", "lung-peripheral"),
    ("adenoca RUL, N0, 9 mm from bronchial tree", "C34.11", "curative", "lung-central"),
    ("adenoca RUL, N0", "C34.11", "curative", ""),
    ("adenoca RUL, cN2, ECOG 0", "C34.11", "curative", "lung-stage-3"),
    ("adenoca RUL, EBUS stn 7 pos, ECOG 2", "C34.11", "curative",
     "lung-stage-3 + lung-stage-3-frail"),
    ("SCLC hilum", "C34.01", "curative", "small-cell-limited"),
    ("glioblastoma of the brain", "C71.9", "adjuvant", "glioblastoma + glioblastoma-older"),
    ("oligodendroglioma, grade 3", "C71.0", "unknown", "glioma-grade-3"),
    ("L3 met from NSCLC, no cord compression", "C79.51", "palliative", "bone-metastasis"),
    ("L3 met from NSCLC, cord compression", "C79.51", "palliative", "cord-compression"),
    ("femur met from NSCLC, nailed", "C79.51", "palliative", "bone-metastasis-fixed"),
    ("carcinoma of the appendix", "C18.1", "curative", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "icd10", "intent", "rows"), CASES)
def test_a_row_is_chosen_by_what_the_question_states(
    text: str, icd10: str, intent: str, rows: str
) -> None:
    row = row_for(TABLE, Facts(text, icd10, intent))
    assert (row.name if row else "") == rows


IMPORTED = """
C50.9 unknown breast-mastectomy
C50.9 unknown -
C50.9 unknown breast-mastectomy
C50.9 adjuvant -
C50.9 adjuvant breast-conserved-node-positive
C50.9 unknown breast-conserved + breast-conserved-low-risk
C71.9 adjuvant glioblastoma
C71.9 adjuvant glioblastoma + glioblastoma-older
C71.9 palliative glioblastoma-older
C71.9 adjuvant glioblastoma
C71.9 adjuvant glioblastoma
C71.0 unknown glioma-grade-3
C71.0 unknown glioma-grade-3
C34.2 unknown -
C61 unknown prostate-after-prostatectomy-node-positive
C61 unknown prostate-after-prostatectomy-node-positive
C77.3 unknown melanoma-nodes-after-resection
C16.1 unknown -
C62.9 unknown seminoma-stage-1
C62.9 unknown seminoma-stage-1
C62.9 unknown seminoma-stage-1
C54.1 unknown endometrium-pelvis
C54.1 adjuvant endometrium-pelvis + endometrium-serous
C54.1 adjuvant -
C54.1 unknown endometrium-pelvis
C69.30 unknown uveal-melanoma
C69.30 unknown uveal-melanoma
"""


def test_rows_of_imported_cases() -> None:
    """The excerpt of the TCGA in ``tests/data``, as the importer words its diagnoses."""
    files = sorted((Path(__file__).parents[1] / "data" / "tcga").glob("*.txt"))
    raws = [raw for pair in find_cohorts(files) for raw in read_cohort(*pair) if not raw.reject]
    found: list[str] = []
    for raw in raws:
        intent = raw.intent.casefold() or "unknown"
        facts = Facts(raw.diagnosis, raw.icd10, intent, "unknown", raw.age, raw.sex)
        row = row_for(TABLE, facts)
        found.append(f"{raw.icd10} {intent} {row.name if row else '-'}")
    assert found == IMPORTED.strip().splitlines()


def test_what_is_not_stated_leaves_a_row_out_and_the_case_is_not_judged() -> None:
    regimen = parse_regimen("54 Gy in 3 fractions, photon, lung tumour")
    far = Facts("adenoca RUL, N0, 53 mm from bronchial tree", "C34.11")
    near = replace(far, diagnosis="adenoca RUL, N0, 9 mm from bronchial tree")
    unknown = replace(far, diagnosis="adenoca RUL, N0")
    assert accepted(TABLE, far, regimen) is True
    assert accepted(TABLE, near, regimen) is False
    assert accepted(TABLE, unknown, regimen) is None
    assert inside_any_row(TABLE, regimen)
    assert inside_any_row(TABLE, regimen, "lung")
    assert not inside_any_row(TABLE, regimen, "breast")
    assert not inside_any_row(TABLE, parse_regimen("77 Gy in 3 fractions, photon, lung tumour"))


def test_earlier_radiotherapy_age_and_sex_decide() -> None:
    fresh = Facts("prostate ca, PSA 6, GG1, cT1c", "C61")
    assert row_for(TABLE, fresh)
    again = replace(fresh, prior_rt="yes")
    assert [row.name for row in rows_for(TABLE, again)] == ["prostate-recurrence-in-prostate"]
    assert row_for(TABLE, replace(fresh, prior_rt="unknown")) == row_for(TABLE, fresh)
    tumour = Facts("glioblastoma", "C71.1", "adjuvant", age=50)
    assert row_for(TABLE, tumour)
    assert row_for(TABLE, replace(tumour, age=12)) is None
    assert row_for(TABLE, replace(tumour, age=None)) is None
    assert row_for(TABLE, replace(fresh, sex="")) is None


def test_rows_joined_accept_what_either_does_and_keep_an_alpha_beta_they_share() -> None:
    text = "prostate ca with PSMA avid L3 met"
    one = row_for(TABLE, Facts(text, "C79.51", "palliative"))
    assert one is not None
    assert one.name == "prostate-bone-oligometastasis + bone-metastasis"
    assert one.alpha_beta_gy is None, "1.5 Gy and 10 Gy"
    assert accepts(one, parse_regimen("30 Gy in 3 fractions, photon, bone"))
    assert accepts(one, parse_regimen("8 Gy in 1 fraction, photon, bone metastasis"))
    elderly = row_for(TABLE, Facts("glioblastoma", "C71.1", "adjuvant", age=67))
    assert elderly is not None
    assert elderly.alpha_beta_gy == 10


@pytest.mark.parametrize("mix", ["full", "demo"])
def test_the_usual_regimen_of_synthetic_cases_is_accepted_where_a_row_covers_them(mix: str) -> None:
    """The generator's settings and the table were made apart; 2,000 cases each are in the docs."""
    raws = [r for r in synthesize(450, 11, mix) if r.plans == r.diagnoses == 1]
    raws = [r for r in raws if r.icd10 and "Gy" in r.regimen]
    known = {
        id(raw): Facts(raw.diagnosis, raw.icd10, raw.intent, raw.prior_rt, raw.age, raw.sex)
        for raw in raws
    }
    found = [accepted(TABLE, known[id(raw)], parse_regimen(raw.regimen)) for raw in raws]
    judged = [one for one in found if one is not None]
    assert len(judged) / len(raws) > 0.94
    assert sum(judged) / len(judged) > 0.985
    whole = coverage(TABLE, known.values())
    assert (whole.cases, whole.covered) == (len(raws), len(judged))


def test_coverage_of_nothing_is_no_share() -> None:
    assert coverage(TABLE, []).share is None
    one = coverage(TABLE, [Facts("SCLC hilum", "C34.01"), Facts("appendix", "C18.1")])
    assert (one.share, one.by_row) == (0.5, {"small-cell-limited": 1})


@given(
    st.text(max_size=80),
    st.sampled_from([row.codes[0] for row in TABLE.rows]),
    st.sampled_from(["curative", "adjuvant", "palliative", "unknown", ""]),
    st.one_of(st.none(), st.integers(0, 110)),
)
def test_a_row_that_is_for_a_case_never_needs_what_is_not_said(
    text: str, code: str, intent: str, age: int | None
) -> None:
    """Each row found names the code and the intent, and no word that the fields do not have."""
    facts = Facts(text, code, intent, age=age)
    fields = read_fields(facts)
    said = fields.stage_words | fields.operation.words | fields.histologies | fields.findings
    for row in rows_for(TABLE, facts):
        assert code.startswith(row.codes)
        assert intent in row.intents
        for condition in row.conditions.values():
            alternatives = condition.alternatives or ((),)
            assert any(
                all(term.negated or term.words & said for term in terms) for terms in alternatives
            )


def test_conditions_know_ranges_alternatives_and_denial() -> None:
    known = {"T1", "T2", "T3", "N0", "N+", "G3", "I", "II", "III"}.__contains__
    condition = read_condition("T1-2; N0; not G3 | T3", known)
    assert condition.holds({"T2", "T2a", "N0"})
    assert not condition.holds({"T2", "N0", "G3"})
    assert not condition.holds({"T2"})
    assert condition.holds({"T3", "G3"})
    assert read_condition("I-III", known).holds({"II"})
    assert read_condition("", known).holds(set())
    assert condition.words == {"T1", "T2", "N0", "G3", "T3"}
    for wrong in ("T2-1", "T9", "; N0", "T1 |", "T1; lowish"):
        with pytest.raises(ValueError, match=r"."):
            read_condition(wrong, known)


@pytest.mark.parametrize(
    ("text", "alpha_beta", "eqd2"),
    [
        ("60 Gy in 30 fractions, photon, brain", 10.0, 60.0),
        ("60 Gy in 20 fractions, photon, prostate", 1.5, 77.14),
        ("8 Gy in 1 fraction, photon, bone", 10.0, 12.0),
        ("45 Gy in 25 fractions, photon, pelvis; then 5.4 Gy in 3 fractions, photon, boost", 10.0,
         49.56),
        ("145 Gy LDR permanent implant I-125, brachytherapy, prostate", 1.5, None),
        ("45 Gy in 25 fractions, photon, pelvis; then 28 Gy in 4 fractions HDR, brachytherapy, "
         "cervix", 10.0, None),
        ("20 Gy in 10 fractions, photon, orbits", None, None),
    ],
)  # fmt: skip
def test_eqd2_of_a_course(text: str, alpha_beta: float | None, eqd2: float | None) -> None:
    assert course_eqd2_gy(parse_regimen(text), alpha_beta) == eqd2
