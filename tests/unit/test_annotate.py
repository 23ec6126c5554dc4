"""Annotation by two people: blind, compared, adjudicated; all of it kept."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from radonc_tui.actions import annotate as actions
from radonc_tui.actions.cases import SynthRequest, show_case, synth_cases
from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store.agreement import agreement
from store.case_events import history
from store.errors import BadUsage, Refused
from store.home import Home
from tests.driven import ended

RIGHT = {"modality": "photon", "icd10": "C61", "regimen": "60 Gy in 20 fractions"}


@pytest.fixture
def batch(home: Home) -> dict[str, Any]:
    ended(synth_cases(home, SynthRequest(12)))
    return ended(actions.assign(home, actions.AssignRequest(("ada", "grace"), 4, seed=1)))


def own(home: Home, case_id: str) -> dict[str, str]:
    case = ended(show_case(home, case_id))
    return {name: str(case[name]) for name in ("regimen", "modality", "icd10")}


def test_an_annotator_sees_the_record_and_nobody_s_answer(home: Home, batch: Any) -> None:
    shown = ended(actions.next_case(home, batch["batch"], "ada"))
    assert set(shown["case"]) == {
        *("case_id", "diagnosis", "year", "age", "sex", "kept", "synthetic")
    }
    ended(actions.answer(home, batch["batch"], shown["case"]["case_id"], RIGHT, "ada"))
    other = ended(actions.next_case(home, batch["batch"], "grace"))
    assert other["case"]["case_id"] == shown["case"]["case_id"]
    assert "60 Gy in 20 fractions, photon" not in json.dumps(other)
    with pytest.raises(BadUsage, match="was not given to mallory"):
        ended(actions.next_case(home, batch["batch"], "mallory"))


def test_what_two_people_agree_on_annotates_the_case(home: Home, batch: Any) -> None:
    first = ended(actions.next_case(home, annotator="ada"))["case"]["case_id"]
    values = own(home, first)
    ended(actions.answer(home, batch["batch"], first, values, "ada"))
    assert not ended(show_case(home, first))["annotated"]
    ended(actions.answer(home, batch["batch"], first, values, "grace"))
    assert ended(show_case(home, first))["annotated"]
    with opened(home) as connection:
        (event,) = history(connection, first)
    assert (event["kind"], event["reason"]) == ("annotate", f"{batch['batch']}, by ada and grace")
    (now,) = ended(actions.list_batches(home))
    assert (now["agreed"], now["differing"], now["answered"]) == (1, 0, {"ada": 1, "grace": 1})


def test_where_they_differ_an_adjudicator_decides_and_nothing_is_overwritten(
    home: Home, batch: Any
) -> None:
    first = ended(actions.next_case(home, annotator="ada"))["case"]["case_id"]
    values = own(home, first)
    with pytest.raises(BadUsage, match="do not differ"):
        ended(actions.adjudicate(home, batch["batch"], first, values))
    ended(actions.answer(home, batch["batch"], first, values, "ada"))
    odd = values | {"regimen": "8 Gy in 1 fraction"}
    ended(actions.answer(home, batch["batch"], first, odd, "grace"))
    assert not ended(show_case(home, first))["annotated"]
    found = ended(actions.agreement(home))
    counted = {"n": 1, "equal": 0, "kappa": 0.0, "fleiss": None, "alpha": 0.0}
    assert found["fields"]["regimen"] == counted
    alike = {"n": 1, "equal": 1, "kappa": None, "fleiss": None, "alpha": None}
    assert found["fields"]["icd10"] == alike
    (differ,) = found["differ"]
    assert (differ["case_id"], differ["fields"], differ["decided"]) == (first, ["regimen"], False)
    ended(actions.adjudicate(home, batch["batch"], first, values, "as the chart says"))
    assert ended(show_case(home, first))["annotated"]
    with pytest.raises(Refused, match="decided by an adjudicator"):
        ended(actions.answer(home, batch["batch"], first, values, "grace"))
    with opened(home) as connection:
        kept = connection.execute("SELECT who, adjudicates FROM annotation_answers ORDER BY seq")
        assert [row[1] for row in kept.fetchall()] == [False, False, True]


def test_what_an_import_would_turn_away_is_no_annotation(home: Home, batch: Any) -> None:
    case_id = ended(actions.next_case(home, annotator="ada"))["case"]["case_id"]
    for values, said in (
        ({**RIGHT, "regimen": ""}, "regimen is missing"),
        ({**RIGHT, "icd10": "Z99.99"}, "ICD-10"),
        ({**RIGHT, "regimen": "as usual"}, "dose"),
        ({"regimen": RIGHT["regimen"], "icd10": "C61"}, "modality is missing"),
    ):
        with pytest.raises(BadUsage, match=said):
            ended(actions.answer(home, batch["batch"], case_id, values, "ada"))
    with pytest.raises(BadUsage, match="no case 'case-1'"):
        ended(actions.answer(home, batch["batch"], "case-1", RIGHT, "ada"))


def test_a_batch_is_drawn_once_and_holds_no_case_of_another(home: Home, batch: Any) -> None:
    second = ended(actions.assign(home, actions.AssignRequest(("ada",), 100)))
    assert second["cases"] == 8
    with pytest.raises(BadUsage, match="annotated or assigned"):
        ended(actions.assign(home, actions.AssignRequest(("ada",))))
    for people in ((), ("ada", " ada")):
        with pytest.raises(BadUsage, match="once"):
            ended(actions.assign(home, actions.AssignRequest(people)))


def test_one_annotator_is_enough(home: Home) -> None:
    ended(synth_cases(home, SynthRequest(3)))
    made = ended(actions.assign(home, actions.AssignRequest(("ada",), 1)))
    case_id = ended(actions.next_case(home))["case"]["case_id"]
    left = ended(actions.answer(home, made["batch"], case_id, own(home, case_id)))
    assert left["case"] is None
    assert ended(show_case(home, case_id))["annotated"]


def test_on_the_command_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    ended(synth_cases(home, SynthRequest(6)))
    assert run(["annotate", "assign", "--to", "ada", "--to", "grace", "--cases", "2"]) == 0
    assert run(["annotate", "next", "--annotator", "ada", "--json"]) == 0
    out = capsys.readouterr().out
    shown = json.loads(out[out.index("{") :])
    case_id, name = shown["case"]["case_id"], shown["batch"]
    sets = [f"--set={field}={value}" for field, value in own(home, case_id).items()]
    for who in ("ada", "grace"):
        assert run(["annotate", "answer", name, case_id, *sets, "--annotator", who]) == 0
    assert run(["annotate", "agreement"]) == 0
    out = capsys.readouterr().out
    assert "Krippendorff" in out
    assert "undefined" in out
    assert run(["annotate", "adjudicate", name, case_id, *sets]) == 2


# agreement beyond chance

ANSWERS = st.sampled_from(["a", "b", "c"])


# the first call imports scikit-learn
@settings(deadline=None)
@given(st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1, max_size=30))
def test_kappa_is_that_of_its_definition(pairs: list[tuple[str, str]]) -> None:
    said = [{"x": {"f": one}, "y": {"f": two}} for one, two in pairs]
    found = agreement(said, ("x", "y"), ("f",))["f"]
    assert (found["n"], found["equal"]) == (len(pairs), sum(a == b for a, b in pairs))
    observed = found["equal"] / len(pairs)
    chance = (
        sum(sum(a == c for a, _ in pairs) * sum(b == c for _, b in pairs) for c in "abc")
        / len(pairs) ** 2
    )
    if chance == 1:
        assert found["kappa"] is None
    else:
        assert found["kappa"] == pytest.approx((observed - chance) / (1 - chance))


@pytest.mark.parametrize(
    ("first", "second", "alpha"),
    [("0100000000", "1110010100", 0.095), ("aabbdcccedda", "babbbccceddd", 0.692)],
)
def test_alpha_is_that_of_the_book(first: str, second: str, alpha: float) -> None:
    # Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, sections A and B
    said = [{"x": {"f": a}, "y": {"f": b}} for a, b in zip(first, second, strict=True)]
    found = agreement(said, ("x", "y"), ("f",))["f"]["alpha"]
    assert found == pytest.approx(alpha, abs=0.001)
