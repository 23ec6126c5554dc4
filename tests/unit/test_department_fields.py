"""What is read from a question, and what is not read because it is not stated."""

from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from store.department.fields import CaseFields, read_fields, stage_band


@dataclass(frozen=True)
class Facts:
    """A case as far as the table may look at it."""

    diagnosis: str
    icd10: str = "C80.1"
    intent: str = "curative"
    prior_rt: str = "unknown"
    age: int | None = None
    sex: str = ""


def read(diagnosis: str, icd10: str = "C80.1", prior_rt: str = "unknown") -> CaseFields:
    return read_fields(Facts(diagnosis, icd10, prior_rt=prior_rt))


@pytest.mark.parametrize(
    ("text", "t", "n", "m", "group", "grade"),
    [
        # TCGA, as the importer words it
        ("52-year-old woman with infiltrating lobular carcinoma of the left breast (upper outer "
         "quadrant), pathologic stage IIB (T2 N1a M0), after simple mastectomy, margins negative.",
         "T2", "N1a", "M0", "IIB", None),
        ("60-year-old woman with infiltrating ductal carcinoma of the right breast, pathologic "
         "stage IA (T1c N0(i-) M0), after lumpectomy, margins negative.",
         "T1c", "N0", "M0", "IA", None),
        ("79-year-old woman with infiltrating lobular carcinoma of the right breast, pathologic "
         "stage IIB (T2 N1mi), after lumpectomy.", "T2", "N1mi", "", "IIB", None),
        ("52-year-old woman with adenocarcinoma of the right lung (middle lobe), pathologic stage "
         "IV (T4 N1 M1), microscopic residual tumor (R1).", "T4", "N1", "M1", "IV", None),
        ("75-year-old man with intestinal adenocarcinoma, mucinous type, of the stomach "
         "(antrum/distal), grade 3, pathologic stage IIIC (T4a N3a M0), microscopic residual tumor "
         "(R1).", "T4a", "N3a", "M0", "IIIC", 3),
        ("46-year-old woman with melanoma of the skin, metastatic to regional lymph nodes, "
         "pathologic stage III (T0 N1b M0).", "T0", "N1b", "M0", "III", None),
        ("51-year-old man with melanoma, with distant metastasis.", "", "", "M1", "", None),
        # notes
        ("rectal adenoca, cT3, cN2, CRM 1 mm, CT no mets", "T3", "N2", "M0", "", None),
        ("R breast IDC, sentinel 0/3, Nottingham grade 2, 12 mm", "", "N0", "", "", 2),
        ("L breast IDC. ALND 3/14. gr 3", "", "N+", "", "", 3),
        ("NSCLC RUL, PET no nodes, 3.6 cm", "", "N0", "", "", None),
        ("metastatic NSCLC l lung, coughing blood", "", "", "M1", "", None),
        ("anal scc, T2, groins clear", "T2", "N0", "", "", None),
        ("was cT3 N1, now ypT1 ypN0", "T1", "N0", "", "", None),
        ("clinical stage 3A, figo IB2", "", "", "", "", None),
        ("FIGO IB2 cervix scc", "", "", "", "IB2", None),
        ("glioma, WHO grade II", "", "", "", "", 2),
    ],
)  # fmt: skip
def test_stage_and_grade_as_they_are_written(
    text: str, t: str, n: str, m: str, group: str, grade: int | None
) -> None:
    stage = read(text).stage
    assert (stage.t, stage.n, stage.m, stage.group, stage.grade) == (t, n, m, group, grade)


@pytest.mark.parametrize(
    ("text", "icd10"),
    [
        ("painful T4 met from NSCLC, T2DM, MRI T1 weighted", "C79.51"),
        ("NSCLC apex, arm pain T1", "C34.11"),
        ("meningioma, T2 signal raised, CN3 palsy", "D32.0"),
        ("prostate ca, Bilsky grade 2, dysphagia grade 3, grade group 2", "C61"),
        ("IDC breast, G2P1, CKD stage 3, stage 3 CKD", "C50.911"),
        ("breast ca, cT2 or cT3, grade 1-2, stage I-II, T1-2 N0-1", "C50.911"),
        ("pain 5/10, legs 5/5, VA 6/6, ER 8/8, CAS 4/7", "C79.51"),
        ("T12 compression, C5 lesion, M61", "C80.1"),
    ],
)
def test_what_is_no_stage_and_no_grade_is_not_read(text: str, icd10: str) -> None:
    stage = read(text, icd10).stage
    assert (stage.t, stage.n, stage.group, stage.grade) == ("", "", "", None), stage


@pytest.mark.parametrize(
    ("text", "icd10", "said"),
    [
        ("SCC true cord L, one cord only, cords mobile", "C32.0", "T1a"),
        ("SCC R vocal cord, both cords but anterior commissure clear", "C32.0", "T1b"),
        ("squamous ca vocal cord, extends to ventricle, cord mobile", "C32.0", "T2"),
        ("SCC subglottis, cord fixed", "C32.2", "T3"),
        ("SCC anal canal, 3 cm, groins clear", "C21.1", "T2"),
        ("SCC anal canal, 3 cm, ulcer 1 cm", "C21.1", ""),
    ],
)
def test_t_in_other_words(text: str, icd10: str, said: str) -> None:
    assert read(text, icd10).stage.t == said


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("endometrioid ca endometrium, hysterectomy, invasion 55%, 0/12 nodes", "IB"),
        ("endometrioid ca endometrium, TLH BSO, inner half only, sentinel neg", "IA"),
        ("endometrium carcinoma, TLH BSO, 2/14 nodes, invasion 70%", "IIIC"),
        ("endometrioid ca endometrium, TLH BSO", ""),
        ("endometrioid ca, clinical stage IA, invasion 70%", "IA"),
    ],
)
def test_stage_of_an_endometrial_cancer_by_its_depth(text: str, group: str) -> None:
    assert read(text, "C54.1").stage.group == group


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("PSA 6.1, Gleason 3+3, cT1c", {"low"}),
        ("PSA 6.1, GG1, T2a on DRE", {"low"}),
        ("PSA 6.1, GG1, cT2", set()),
        ("PSA 6.1, cT1c", set()),
        ("Gleason 6, cT1c", set()),
        ("PSA 12, all cores 3+3, cT1c", {"intermediate", "favourable"}),
        ("PSA 7.2, GS 3+4=7, clinically T2a", {"intermediate", "favourable"}),
        ("PSA 7.2, Gleason 7, clinically T2a", {"intermediate"}),
        ("PSA 7.2, worst core 4+3, cT1c", {"intermediate", "unfavourable"}),
        ("PSA 12, GG2, cT1c", {"intermediate", "unfavourable"}),
        ("PSA 22, GG1", {"high"}),
        ("ISUP 4, PSA 8", {"high"}),
        ("cT3a", {"high"}),
        ("cT3b, PSA 4", {"high", "very high"}),
        ("Gleason score 9 (5+4)", {"high", "very high"}),
        ("favourable intermediate risk", {"intermediate", "favourable"}),
        ("low-risk", {"low"}),
        ("PSA 4.1 then PSA 6.0, GG1, cT1c", set()),
    ],
)
def test_the_risk_band_needs_what_it_stands_on(text: str, risk: set[str]) -> None:
    found = read(f"67M prostate cancer, {text}", "C61").prostate
    assert found.risk == risk, found


@pytest.mark.parametrize(
    ("text", "icd10", "names", "margin"),
    [
        ("IDC R breast, s/p lumpectomy, closest margin 4 mm", "C50.4", {"lumpectomy", "yes"},
         "close"),
        ("WLE, margins clear", "C50.4", {"lumpectomy", "yes"}, "clear"),
        ("after modified radical mastectomy, margins positive", "C50.4", {"mastectomy", "yes"},
         "positive"),
        ("partial mastectomy", "C50.4", {"lumpectomy"}, ""),
        ("pathologic T3b N0, microscopic residual tumor (R1)", "C61", {"prostatectomy", "yes"},
         "positive"),
        ("pT2c R0", "C61", {"prostatectomy", "yes"}, "clear"),
        ("RARP 2019, PSA now 0.31", "C61", {"prostatectomy"}, ""),
        ("femur nailed", "C79.51", {"fixation"}, ""),
        ("no hysterectomy possible", "C54.1", set(), ""),
        ("for oesophagectomy, resectable", "C15.5", set(), ""),
        ("declines surgery, not for lobectomy", "C34.1", set(), ""),
        ("sarcoma, resection planned after", "C49.2", set(), ""),
        ("not for resection", "C34.1", set(), ""),
        ("exenteration refused, not resectable", "C51.0", set(), ""),
        ("biopsy only", "C71.1", set(), ""),
        ("complete TURBT", "C67.0", set(), ""),
        ("CRM 1 mm, margin 2 mm to MRF", "C20", set(), ""),
        ("appendectomy age 12, left hip replacement 2010, vasectomy 2001", "C34.1", set(), ""),
    ],
)  # fmt: skip
def test_operations_that_were_done_and_what_they_left(
    text: str, icd10: str, names: set[str], margin: str
) -> None:
    found = read(text, icd10).operation
    assert (set(found.names), found.margin) == (names, margin)
    assert ("no" in found.words) is not bool(names)


@pytest.mark.parametrize(
    ("text", "icd10", "findings"),
    [
        ("NSCLC RUL 2 cm, 53 mm from bronchial tree", "C34.1", {"peripheral"}),
        ("NSCLC RUL, 0.6 cm to nearest bronchus", "C34.1", {"central"}),
        ("NSCLC hilum, PTV overlaps trachea", "C34.0", {"ultracentral"}),
        ("NSCLC, 3 mm from ribs", "C34.1", {"at the chest wall"}),
        ("NSCLC, 2.4 cm from chest wall", "C34.1", set()),
        ("NSCLC, N2, ECOG 2", "C34.1", {"frail"}),
        ("NSCLC, N2, KPS is 80", "C34.1", {"fit"}),
        ("GBM, KPS 60", "C71.1", {"frail", "poor performance"}),
        ("brain mets from melanoma, three lesions, largest 14 mm", "C79.31", {"few lesions"}),
        ("woman of 75 brain mets, 2 lesions, max 3 cm", "C79.31", {"few lesions", "large lesion"}),
        ("innumerable mets", "C79.31", {"many lesions"}),
        ("resection cavity 4.2 cm", "C79.31", {"cavity"}),
        ("L3 met, MRI: no cord compression", "C79.51", set()),
        ("L3 met, cord compression excluded on MRI", "C79.51", set()),
        ("L3 met, cord not compressed", "C79.51", set()),
        ("L3 met, cord compression confirmed on MRI", "C79.51", {"cord compression"}),
        ("T10 met, Bilsky 2", "C79.51", {"cord compression"}),
        ("T10 met, Bilsky 1a", "C79.51", set()),
        ("oral SCC, ENE 4 mm", "C02.1", {"extranodal"}),
        ("oral SCC, no ENE", "C02.1", set()),
        ("oral SCC, ENE absent", "C02.1", set()),
        ("tonsil SCC, 14 mm from midline", "C09.9", {"lateralised"}),
        ("BCC nose, 12 mm, depth 2 mm", "C44.311", {"shallow"}),
        ("BCC nose, 12 mm, depth 6 mm", "C44.311", set()),
        ("BCC nose, 12 mm", "C44.311", set()),
        ("MF, 45% of skin", "C84.09", {"widespread"}),
        ("MF, under 8% of skin", "C84.09", set()),
        ("Hodgkin mediastinum, mass 11.5 cm", "C81.12", {"bulky"}),
        ("medulloblastoma, CSF neg, residual 2.1 cm2", "C71.6", {"residual tumour"}),
        ("medulloblastoma, drop mets T8", "C71.6", {"spread"}),
        ("cervix SCC, pelvic chemoRT finished", "C53.9", {"external beam done"}),
        ("CRPC, visible haematuria", "C61", {"castration resistant", "local symptoms"}),
    ],
)  # fmt: skip
def test_findings_that_decide(text: str, icd10: str, findings: set[str]) -> None:
    assert read(text, icd10).findings == findings


@pytest.mark.parametrize(
    ("text", "icd10", "histologies"),
    [
        ("SCLC L hilum", "C34.0", {"small cell"}),
        ("NSCLC, non-small cell", "C34.0", set()),
        ("glioblastoma of the brain", "C71.9", {"glioblastoma"}),
        ("oligodendroglioma of the frontal lobe, grade 2", "C71.0", {"glioma"}),
        ("melanoma of the skin, metastatic to regional lymph nodes", "C77.3", {"melanoma"}),
        ("mixed germ cell tumor (teratoma, seminoma)", "C62.9", {"seminoma", "non-seminoma"}),
        ("non-seminoma, embryonal carcinoma", "C62.9", {"non-seminoma"}),
        ("lesion of the nose", "C44.311", {"basal cell"}),
        ("ca L breast, mother had prostate ca, brother had SCLC", "C50.9", set()),
        ("lung nodule, no small cell", "C34.1", set()),
    ],
)
def test_histologies_that_decide(text: str, icd10: str, histologies: set[str]) -> None:
    assert read(text, icd10).histologies == histologies


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("previous limb RT 2011", "yes"),
        ("had full dose chest RT 2019", "yes"),
        ("never irradiated", ""),
        ("no previous RT", ""),
        ("RT naive", ""),
    ],
)
def test_earlier_radiotherapy_is_read_where_the_case_does_not_say(text: str, prior: str) -> None:
    assert read(text).prior_rt == prior
    assert read(text, prior_rt="no").prior_rt == "no"


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("62-year-old woman with carcinoma", 62, "female"),
        ("62F IDC", 62, "female"),
        ("man of 71, NSCLC", 71, "male"),
        ("female 93: IDC", 93, "female"),
        ("6 yo boy", 6, "male"),
        ("IDC, wt 62 kg", None, ""),
        ("72M, wife is a 70-year-old woman", None, ""),
    ],
)
def test_age_and_sex_are_read_where_the_case_does_not_say(
    text: str, age: int | None, sex: str
) -> None:
    found = read(text)
    assert (found.age, found.sex) == (age, sex)
    known = read_fields(Facts(text, age=50, sex="male"))
    assert (known.age, known.sex) == (50, "male")


@pytest.mark.parametrize(
    ("text", "icd10", "band"),
    [
        ("prostate ca, cT3b, stage IIIB", "C61", "very high"),
        ("lung ca, pathologic stage IIIA (T2 N2 M0)", "C34.1", "III"),
        ("oral SCC, pT2, 3/20 nodes", "C02.1", "T2 N+"),
        ("glioblastoma", "C71.9", ""),
    ],
)
def test_a_band_calls_cases_alike(text: str, icd10: str, band: str) -> None:
    assert stage_band(Facts(text, icd10)) == band


@given(
    st.text(max_size=300), st.sampled_from(["C61", "C50.4", "C34.1", "C79.51", "C71.9", "", "?"])
)
def test_any_text_is_read_without_an_error_and_always_the_same(text: str, icd10: str) -> None:
    assert read(text, icd10) == read(text, icd10)


@given(
    t=st.sampled_from(["T1c", "T2a", "T2b", "T3a", "T3b"]),
    psa=st.integers(1, 99),
    first=st.integers(3, 5),
    second=st.integers(3, 5),
    order=st.permutations(range(3)),
)
def test_the_risk_band_does_not_depend_on_the_order_of_facts(
    t: str, psa: int, first: int, second: int, order: list[int]
) -> None:
    said = [f"c{t}", f"PSA {psa}", f"Gleason {first}+{second}"]
    found = read(", ".join(said[i] for i in order), "C61").prostate.risk
    assert found == read(", ".join(said), "C61").prostate.risk
    high = psa > 20 or t.startswith("T3") or first + second >= 8
    assert ("high" in found) is high
    assert len(found & {"low", "intermediate", "high"}) == 1


@given(st.integers(0, 12), st.integers(0, 25))
def test_positive_nodes_are_counted(positive: int, more: int) -> None:
    stage = read(f"IDC breast, ALND {positive}/{positive + more}, 5/10 pain", "C50.9").stage
    assert stage.positive_nodes == positive
    assert stage.n == ("N+" if positive else "N0")
