"""What is taken out of a text, and what stays."""

import time

import pytest

from store.cases import RawCase
from store.privacy.kinds import Kind, counted
from store.privacy.scrubber import DOUBT, NOTE, SHIFT_LABEL, make_scrubber, scrub_raw

SCRUBBER = make_scrubber(b"k" * 32)

CLINICAL = (
    "Hodgkin lymphoma, Ewing sarcoma, Merkel cell carcinoma, Paget's disease, Graves orbitopathy",
    "Gleason 4+3, Karnofsky 80, Wilms tumour, Kaposi sarcoma, Breslow 2.1 mm",
    "T1 N0 M0, pT2a, cT3b pN1, FIGO IIB, ypT0 ypN0, ISUP 2, PSA 8.3 ng/ml, T4-L2, level II-IV",
    "66 Gy in 33 fractions, 8 Gy x 1, 60 Gy/30 fx, boost 16 Gy in 8, 9 MeV, 50 % isodose, 0.5 cm",
    "EGFR exon 19, ALK negative, HER2+, BRCA1, KRAS G12C, PD-L1 60 %, p16 positive, Ki-67 15 %",
    "Trastuzumab, Pertuzumab, Osimertinib, Carboplatin AUC 5, R-CHOP x 6, FOLFIRINOX, Temodar",
    "per RTOG 0617, NCT01234567, CHHiP, C50.911, VMAT with SIB, TrueBeam, 177Lu-PSMA-617",
    "nodes 3/12 positive, pain 7/10, ECOG 1, CA 19-9 45, platelets 250000, WBC 12000, age 67",
    "Seen in the Radiation Oncology Clinic; surgery in 2019; pacemaker since 2015; from Germany",
)


@pytest.mark.parametrize("text", CLINICAL)
def test_clinical_text_stays(text: str) -> None:
    assert SCRUBBER.scrub(text).text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("seen 03/12/2019, born in 1931, in March", "seen 2019, born in [date], in [date]"),
        ("93-year-old man, aged 101", "90+-year-old man, aged 90+"),
        ("Dr. Okonkwo and Mrs van der Berg-Ruiz", "Dr. [name] and Mrs [name]"),
        ("Wife Grace, son Yusuf.", "Wife [name], son [name]."),
        ("at Mercy General Hospital", "at [place]"),
        ("lives at 12 Maple Street, Springfield, MA 02139", "lives at [place]"),
        ("MRN: 00123456, SSN 123-45-6789", "MRN: [mrn], SSN [ssn]"),
        ("see www.foo.org/x or jo@foo.org", "see [url] or [e-mail]"),
        ("John Hodgkin has Hodgkin lymphoma", "[name] has Hodgkin lymphoma"),
    ],
)
def test_identifiers_go(text: str, left: str) -> None:
    made = SCRUBBER.scrub(text)
    assert made.text == left
    assert SCRUBBER.scrub(left).text == left


@pytest.mark.parametrize(
    "text",
    [
        "Page, Rose here",
        "ROSE PAGE here",
        "R. Page here",
        "Page R. here",
        "about r. page today",
        "initials R.P. noted",
        "no. 12-34-56 there",
        "no 123456 there",
        "0123456 there",
    ],
)
def test_the_rows_own_identifiers_go_however_they_are_written(text: str) -> None:
    left = SCRUBBER.scrub(text, ("Rose Page", "00123456")).text
    for word in ("rose", "page", "123456", "12-34-56", "r.p."):
        assert word not in left.casefold()


def test_a_patient_who_is_called_like_a_disease_keeps_the_disease() -> None:
    left = SCRUBBER.scrub("Mr Hodgkin has Hodgkin lymphoma", ("Hodgkin, Paul",)).text
    assert left == "Mr [name] has Hodgkin lymphoma"


def test_short_record_numbers_do_not_eat_doses() -> None:
    text = "60 Gy in 30 fractions; patient 60 seen"
    assert SCRUBBER.scrub(text, ("60",)).text == "60 Gy in 30 fractions; patient [mrn] seen"


def test_shifted_dates_keep_the_time_between_them_and_say_what_they_are() -> None:
    shifting = make_scrubber(b"k" * 32, shift_dates=True)
    first = shifting.scrub("2019-03-01 and 2019-03-31", (), "p1").text.split(" and ")
    again = shifting.scrub("March 1, 2019", (), "p1").text
    other = shifting.scrub("March 1, 2019", (), "p2").text
    assert first[0] == again != "2019-03-01"
    assert other != again
    days = [time.mktime(time.strptime(day, "%Y-%m-%d")) / 86400 for day in first]
    assert round(days[1] - days[0]) == 30
    raw = scrub_raw(RawCase("p1", "Carcinoma, seen 2019-03-01", "60 Gy in 30"), shifting)
    assert SHIFT_LABEL in raw.repairs


def test_a_record_is_scrubbed_in_every_text_and_says_how_much_never_what() -> None:
    raw = RawCase(
        "4711999",
        "Mr Okonkwo, 95-year-old, carcinoma of the lung; with Grace",
        "60 Gy in 30 fractions",
        site="lung of Okonkwo",
        age=95,
        detail="row of 4711999",
        kept={"age": "95", "dose": "6000", "note": "call 617-555-0134"},
        identifiers=("Chidi Okonkwo",),
    )
    made = scrub_raw(raw, SCRUBBER)
    assert "Okonkwo" not in repr(made).replace("Chidi Okonkwo", "")
    assert made.diagnosis == "Mr [name], 90+-year-old, carcinoma of the lung; with Grace"
    assert (made.patient, made.regimen, made.age) == ("4711999", raw.regimen, 90)
    assert made.detail == "row of [mrn]"
    assert made.kept == {"age": "90+", "dose": "6000", "note": "call [phone]"}
    assert any(text.startswith(NOTE) for text in made.repairs)
    assert any(text.startswith(DOUBT) and "Grace" in text for text in made.repairs)


def test_made_up_records_are_left_alone() -> None:
    raw = RawCase("p", "Mr Okonkwo, seen 3/12/2019", "60 Gy in 30", synthetic=True)
    assert scrub_raw(raw, SCRUBBER) is raw


def test_kinds_are_counted_and_not_told() -> None:
    spans = SCRUBBER.scrub("Dr Okonkwo, Dr Yilmaz, MRN 1234567").spans
    assert counted(spans) == {"name": 2, "mrn": 1}
    assert Kind.PLAN.marker == "[plan id]"


@pytest.mark.parametrize(
    "piece", ["a.", "a_", "o'", "1-", "1.", "A", "a@", "mrn: ", "12 Abc ", "("]
)
def test_a_text_that_never_ends_takes_no_more_than_its_length(piece: str) -> None:
    short, long = piece * 2000, piece * 8000
    began = time.process_time()
    SCRUBBER.scrub(short)
    middle = time.process_time()
    SCRUBBER.scrub(long)
    taken = time.process_time() - middle
    assert taken < max(0.5, 16 * (middle - began))
