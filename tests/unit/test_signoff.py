"""A model is signed off by two people who prove who they are, for what the policy lets pass."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exports.signoff import Candidate, ReviewFacts, missing, never
from store import audit
from store.database import open_store
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.policy import Policy, path_of, policy_text, read_policy
from store.signatories import (
    PHYSICIAN,
    PHYSICIST,
    add_signatory,
    check_signatory,
    remove_signatory,
    signatories,
)
from store.signoffs import Signoff, keep_signoff, list_signoffs, revoke, signed_tasks

SHA = "a" * 64
DRIFT = {"n": 40, "changed_share": 0.0, "lost": 0.0}


def unsafe(upper: float) -> dict[str, Any]:
    return {"rows": [{"key": "any", "models": {"tuned": {"upper95": upper}}}]}


def evaluation(**changed: Any) -> dict[str, Any]:
    """An evaluation that meets the default policy for regimens."""
    metric = {"accuracy": {"tuned_ci95": [0.7, 0.9]}}
    return {
        "id": "eval-1",
        "quick": False,
        "device": "cpu",
        "tuned": {"sha256": SHA},
        "leaked_patients": 0,
        "test_patients": 200,
        "tasks": {"regimen": {"metrics": metric}},
        "baselines": {"majority": {"regimen": {"metrics": {"accuracy": {"value": 0.4}}}}},
        "scores": {"regimen": {"calibrated": True}},
        "unsafe": unsafe(0.02),
        **changed,
    }


def candidate(**changed: Any) -> Candidate:
    bundle = {
        "synthetic": False,
        "tasks": ["regimen"],
        "quants": {"Q8_0": {"drift": {"cpu": {"regimen": DRIFT}}}},
        **changed.pop("bundle", {}),
    }
    reviews = ReviewFacts(("Dr Ash", "Dr Birch"), 0.75)
    values = {"evaluation": evaluation(), "reviews": reviews, **changed}
    return Candidate("regimen", SHA, "Q8_0", bundle, **values)


def test_what_meets_the_policy_misses_nothing() -> None:
    assert never(candidate(), ("Ann Physicist", "Bob Physician")) == []
    assert missing(candidate(), Policy()) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"bundle": {"synthetic": True}}, "synthetic cases"),
        ({"bundle": {"tasks": ["icd10"]}}, "not trained on regimen"),
        ({"evaluation": None}, "No evaluation of this very file"),
        ({"evaluation": evaluation(tuned={"sha256": "b" * 64})}, "another file"),
        ({"evaluation": evaluation(leaked_patients=1)}, "were trained on"),
        ({"reviews": ReviewFacts(("ann physicist",), 0.9)}, "Ann Physicist reviewed"),
        ({"reviews": ReviewFacts(("Dr Ash",), 0.9, ("bob physician",))}, "Bob Physician reviewed"),
    ],
)
def test_what_nobody_can_override(changed: dict[str, Any], sentence: str) -> None:
    (said,) = never(candidate(**changed), ("Ann Physicist", "Bob Physician"))
    assert sentence in said


def test_one_person_cannot_be_two() -> None:
    (said,) = never(candidate(), ("Ann", "ann"))
    assert "both roles" in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"evaluation": evaluation(quick=True)}, "quick evaluation"),
        ({"evaluation": evaluation(test_patients=59)}, "59 test patients"),
        ({"bundle": {"quants": {"Q8_0": {"drift": None}}}}, "was not measured"),
        ({"evaluation": evaluation(device="gpu")}, "not measured on gpu, where it was evaluated"),
        ({"evaluation": evaluation(baselines={})}, "No baseline"),
        ({"evaluation": evaluation(scores={})}, "not calibrated"),
        ({"evaluation": evaluation(unsafe=None)}, "not counted"),
        (
            {"evaluation": evaluation(unsafe=unsafe(0.09))},
            "Up to 9.0% of its answers",
        ),
        ({"reviews": ReviewFacts(("Dr Ash",), 0.75)}, "1 physicians have finished"),
        ({"reviews": ReviewFacts(("Dr Ash", "Dr Birch"), 0.5)}, "acceptable is 50.0%"),
    ],
)
def test_what_the_policy_misses_is_said(changed: dict[str, Any], sentence: str) -> None:
    (said,) = missing(candidate(**changed), Policy())
    assert sentence in said


def test_a_baseline_inside_the_interval_is_not_beaten() -> None:
    beside = {"majority": {"regimen": {"metrics": {"accuracy": {"value": 0.71}}}}}
    (said,) = missing(candidate(evaluation=evaluation(baselines=beside)), Policy())
    assert "[0.700, 0.900], is not above the best baseline (majority answer, 0.710)" in said


def test_the_baseline_that_validation_chose_decides_and_the_margin_is_said() -> None:
    chosen = {"regimen": {"baseline": "nearest", "baseline_score": 0.66}}
    judged = evaluation(standing=chosen)
    assert missing(candidate(evaluation=judged), Policy(above_baseline=0.03)) == []
    (said,) = missing(candidate(evaluation=judged), Policy(above_baseline=0.05))
    assert "is not 0.050 above the best baseline (nearest case, 0.660)" in said
    # validation patients who choose none leave the best of all
    judged = evaluation(standing={"regimen": {"baseline": "", "baseline_score": None}})
    (said,) = missing(candidate(evaluation=judged), Policy(above_baseline=0.4))
    assert "(majority answer, 0.400)" in said


def test_a_policy_is_read_from_the_home_and_round_trips(home: Home) -> None:
    assert read_policy(home) == Policy()
    path = path_of(home)
    path.parent.mkdir(exist_ok=True)
    path.write_text(policy_text(Policy(months=6, calibrated=False, unsafe_upper=0.1)))
    assert read_policy(home) == Policy(months=6, calibrated=False, unsafe_upper=0.1)


@pytest.mark.parametrize(
    "text",
    ["months = 'six'", "unsafe = 0.1", "calibrated = 1", "unsafe_upper = true", "months = -1", "="],
)
def test_a_policy_that_says_something_else_is_refused(home: Home, text: str) -> None:
    path_of(home).parent.mkdir(exist_ok=True)
    path_of(home).write_text(text)
    with pytest.raises(RadoncError, match="policy"):
        read_policy(home)


def test_a_person_signs_with_their_own_passphrase(home: Home) -> None:
    connection = open_store(home)
    add_signatory(connection, " Ann  Physicist ", PHYSICIST, "correct horse")
    check_signatory(connection, "Ann Physicist", PHYSICIST, "correct horse")
    for name, role, passphrase in (
        ("Ann Physicist", PHYSICIST, "correct hors"),
        ("Ann Physicist", PHYSICIAN, "correct horse"),
        ("Somebody Else", PHYSICIST, "correct horse"),
    ):
        with pytest.raises(Refused, match="do not belong together"):
            check_signatory(connection, name, role, passphrase)
    for name, role, passphrase in (
        ("ann physicist", PHYSICIST, "another long one"),
        ("Bob", "nurse", "another long one"),
        ("Bob", PHYSICIAN, "short"),
    ):
        with pytest.raises(BadUsage):
            add_signatory(connection, name, role, passphrase)
    remove_signatory(connection, "Ann Physicist")
    assert signatories(connection) == []
    with pytest.raises(Refused):
        check_signatory(connection, "Ann Physicist", PHYSICIST, "correct horse")
    connection.close()
    assert b"correct horse" not in Path(home.database).read_bytes()


def signed(name: str, made: datetime, months: int = 12, sha256: str = SHA) -> Signoff:
    return Signoff(
        *(name, made, made + timedelta(days=30 * months), sha256, "bundle-1:Q8_0", "regimen"),
        *("second reading", "adults", "Ann", "Bob", "eval-1", {"months": months}, "", "1 abc"),
    )


def test_a_sign_off_belongs_to_a_file_ends_and_can_be_revoked(home: Home) -> None:
    connection = open_store(home)
    now = datetime.now()
    keep_signoff(connection, signed("signoff-1", now - timedelta(days=800)))
    keep_signoff(connection, signed("signoff-2", now))
    keep_signoff(connection, signed("signoff-3", now, sha256="b" * 64))
    assert [s.state for s in list_signoffs(connection, SHA)] == ["ended", "signed off"]
    assert {t: s.signoff_id for t, s in signed_tasks(connection, SHA).items()} == {
        "regimen": "signoff-2"
    }
    assert signed_tasks(connection, "c" * 64) == {}
    with pytest.raises(BadUsage, match="with a reason"):
        revoke(connection, "signoff-2", "mp", " ")
    revoke(connection, "signoff-2", "mp", "new linac")
    assert signed_tasks(connection, SHA) == {}
    assert [s.revoked for s in list_signoffs(connection, SHA)] == ["", "new linac"]
    with pytest.raises(BadUsage, match="revoked already"):
        revoke(connection, "signoff-2", "mp", "again")
    with pytest.raises(BadUsage, match="no sign-off"):
        revoke(connection, "signoff-9", "mp", "again")
    connection.close()


def test_what_is_signed_is_in_the_audit_log(home: Home) -> None:
    from radonc_tui.actions.stored import opened

    with opened(home) as connection:
        add_signatory(connection, "Ann", PHYSICIST, "correct horse")
        keep_signoff(connection, signed("signoff-1", datetime.now()))
    with opened(home) as connection:
        kinds = [entry["kind"] for entry in audit.entries(connection)]
        assert kinds == ["signatory added", "model signed off"]
        assert "correct horse" not in str(audit.entries(connection))
