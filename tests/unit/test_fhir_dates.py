"""FHIR courses and time: what was written after the decision is no text to decide by."""

from pathlib import Path
from typing import Any

import pytest

from store.importing.fhir import read
from store.importing.fhir_json import surely_after, surely_by
from store.importing.question import COMPARED_WITH_START, NOT_COMPARED, in_time
from tests.unit.fhir_made import (
    BREAST,
    CM,
    PHOTON,
    Resource,
    concept,
    dose,
    patient,
    radiation,
    request,
    summary,
    write_bundle,
)


def recorded(**dates: str) -> Resource:
    """A condition with these dates."""
    return {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": concept("C50.412", "Malignant neoplasm of left breast", CM),
        **dates,
    }


def by_reference(name: str = "rx", **more: Any) -> Resource:
    """A prescription of the first of March whose reason is the condition."""
    course = request(
        name, radiation(PHOTON), dose("v1", 5000, 25),
        reasonReference=[{"reference": "Condition/c1"}], **more,
    )  # fmt: skip
    del course["reasonCode"]
    return course


def compared(tmp_path: Path, *resources: Resource) -> tuple[str, tuple[str, ...]]:
    """The reason for which a course is refused, and what is said of its text."""
    file = write_bundle(tmp_path / "b.json", patient(), *BREAST, *resources)
    ((raw, _),) = read([file])
    return in_time(raw).reject, raw.repairs


@pytest.mark.parametrize(
    ("dates", "reject", "notes"),
    [
        ({"recordedDate": "2021-03-01"}, "", ()),
        ({"recordedDate": "2021-02-28T23:00:00Z", "onsetDateTime": "2020"}, "", ()),
        # recorded later in the same year, whenever the disease began
        ({"recordedDate": "2021-03-02", "onsetDateTime": "2020-11-01"}, "text_after_decision", ()),
        ({"recordedDate": "2021-12-31"}, "text_after_decision", ()),
        ({"recordedDate": "2021-04"}, "text_after_decision", ()),
        ({"recordedDate": "2022"}, "text_after_decision", ()),
        ({"onsetDateTime": "2021-05-01"}, "text_after_decision", ()),
        # what is known too little is said, and not guessed
        ({"recordedDate": "2021-03"}, "", (NOT_COMPARED,)),
        ({"recordedDate": "2021"}, "", (NOT_COMPARED,)),
        ({"onsetDateTime": "2020-11-01"}, "", (NOT_COMPARED,)),
        ({}, "", (NOT_COMPARED,)),
    ],
)
def test_a_condition_that_was_recorded_after_the_decision_is_refused(
    tmp_path: Path, dates: dict[str, str], reject: str, notes: tuple[str, ...]
) -> None:
    found = compared(tmp_path, recorded(**dates), by_reference())
    assert found[0] == reject
    assert reject or found[1] == notes


def test_the_decision_is_the_day_of_the_version_that_is_the_label(tmp_path: Path) -> None:
    first = by_reference("rx1", status="revoked")
    second = by_reference(
        "rx2", authoredOn="2021-03-20", replaces=[{"reference": "ServiceRequest/rx1"}]
    )
    for day, reject in (("2021-03-01", ""), ("2021-03-10", "text_after_decision")):
        assert compared(tmp_path, recorded(recordedDate=day), first, second)[0] == reject


def test_a_reason_of_a_later_plan_is_later_text(tmp_path: Path) -> None:
    course = request("rx", radiation(PHOTON), dose("v1", 5000, 25))
    del course["reasonCode"]
    plan = request("plan", authoredOn="2021-03-04", basedOn=[{"reference": "ServiceRequest/rx"}])
    given = summary(of="plan")
    assert compared(tmp_path, course, plan, given)[0] == "text_after_decision"
    # a summary does not say when its reason was written
    del plan["reasonCode"]
    assert compared(tmp_path, course, plan, given) == ("", (NOT_COMPARED,))


def test_a_prescription_without_a_date_is_said(tmp_path: Path) -> None:
    course = by_reference()
    del course["authoredOn"]
    before = recorded(recordedDate="2021-03-01")
    assert compared(tmp_path, before, course, summary()) == ("", (COMPARED_WITH_START,))
    assert compared(tmp_path, recorded(recordedDate="2021-03-09"), course, summary())[0]
    assert compared(tmp_path, before, course) == ("", (NOT_COMPARED,))


@pytest.mark.parametrize(
    ("written", "decision", "expected"),
    [("2021-02-28", "2021-03-01", True), ("2021-03-01", "2021-03-01", True),
     ("2021-03-02", "2021-03-01", False), ("2021-02", "2021-03-01", True),
     ("2021-03", "2021-03-01", False), ("2021", "2021-12-30", False),
     ("2020", "2021", True), ("", "2021", False), ("2021", "2021", False)],
)  # fmt: skip
def test_a_vague_date_counts_as_its_last_day(written: str, decision: str, expected: bool) -> None:
    assert surely_by(written, decision) is expected
    assert not (expected and surely_after(written, decision))
