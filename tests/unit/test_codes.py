"""Codes judged as codes: by category, block, tree and side, WHO codes beside ICD-10-CM's."""

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.codes import SHARES, code_values, describe_codes, judge_codes
from exports.evaluation.statistics import wilson
from store.clinical.icd10 import CodeTable, load_codes
from store.clinical.icd10_tree import lineage
from store.home import Home


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> CodeTable:
    path = tmp_path_factory.mktemp("home")
    (path / "tmp").mkdir()
    return load_codes(Home(path))


CODES = ("C34.11", "C34.12", "C34.10", "C34.1", "C34.2", "C61", "C50.9", "C50.911", "M72.0", "")


def people(n: int) -> list[str]:
    return [f"p{i:04d}" for i in range(n)]


@pytest.mark.parametrize(
    ("reference", "answer", "exact", "category", "block", "counts"),
    [
        ("C34.11", "C34.11", True, True, True, (5, 5, 5)),
        ("C34.11", "c3411", True, True, True, (5, 5, 5)),
        ("C34.11", "C34.12", False, True, True, (4, 5, 5)),
        ("C34.11", "C34.2", False, True, True, (3, 4, 5)),
        ("C34.11", "C34.1", False, True, True, (4, 4, 5)),  # the WHO's code of the same lobe
        ("C34.1", "C34.11", False, True, True, (4, 5, 4)),
        ("C34.11", "C38.4", False, False, True, (2, 4, 5)),
        ("C34.11", "C61", False, False, False, (1, 3, 5)),
        ("C34.11", "M72.0", False, False, False, (0, 4, 5)),
        ("C61", "C61.9", True, True, True, (3, 3, 3)),
        ("C50.9", "C50.9", True, True, True, (4, 4, 4)),
        ("C34.11", "lung", False, False, False, (0, 1, 5)),
        ("C34.11", "", False, False, False, (0, 0, 5)),
    ],
)
def test_how_near_a_code_is(
    table: CodeTable,
    reference: str,
    answer: str,
    exact: bool,
    category: bool,
    block: bool,
    counts: tuple[int, int, int],
) -> None:
    (found,) = judge_codes([reference], [answer], [{}], table)
    assert (found.exact, found.category, found.block) == (exact, category, block)
    assert (found.shared, found.said, found.true) == counts


@pytest.mark.parametrize(
    ("reference", "answer", "side", "contradicts"),
    [
        ("C34.11", "C34.11", "right", False),
        ("C34.11", "C34.12", "other_side", True),
        ("C34.11", "C34.10", "no_side", False),
        ("C34.11", "C34.32", "other_code", True),
        ("C34.11", "C61", "other_code", False),
        ("C50.911", "C50.912", "other_side", True),
        ("C34.11", "", "other_code", False),
        ("C61", "C34.11", "", False),
        ("C50.9", "C50.911", "", False),
    ],
)
def test_the_side_is_judged_where_the_reference_names_one(
    table: CodeTable, reference: str, answer: str, side: str, contradicts: bool
) -> None:
    (found,) = judge_codes([reference], [answer], [{}], table)
    assert (found.side, found.contradicts) == (side, contradicts)


def test_the_place_of_the_true_label_breaks_ties_for_the_answer_then_by_name(
    table: CodeTable,
) -> None:
    labels = {"C20": 0.3, "C61": 0.3, "C18.9": 0.3, "C34.11": 0.1}
    ranks = {
        code: judge_codes([code], ["C61"], [labels], table)[0].rank
        for code in ["C61", "C18.9", "C20", "C34.11", "C50.911"]
    }
    assert ranks == {"C61": 1, "C18.9": 2, "C20": 3, "C34.11": 4, "C50.911": 0}


def test_hierarchical_scores_are_sums_of_nodes(table: CodeTable) -> None:
    """By hand: of 5 + 4 + 3 nodes said 4 + 3 + 3 are shared; the references have 5 + 5 + 3."""
    reference, answers = ["C34.11", "C34.11", "C61"], ["C34.12", "C34.2", "C61"]
    judged = judge_codes(reference, answers, [{}] * 3, table)
    found = describe_codes(judged, people(3), table, labels=0, resamples=200)
    values = {name: entry["value"] for name, entry in found["metrics"].items()}
    assert values["hierarchical_precision"] == pytest.approx(10 / 12)
    assert values["hierarchical_recall"] == pytest.approx(10 / 13)
    assert values["hierarchical_f1"] == pytest.approx(20 / 25)
    assert values["exact"] == pytest.approx(1 / 3)
    assert (values["category"], values["top3"]) == (1, None)
    assert found["laterality"]["cases"] == 2
    assert found["laterality"]["errors"]["value"] == pytest.approx(0.5)
    assert found["systems"] == {"cm": 3}


@given(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), min_size=1, max_size=25))
@settings(max_examples=25, deadline=None)
def test_levels_are_nested_and_counts_are_those_of_sets(
    table: CodeTable, pairs: list[tuple[str, str]]
) -> None:
    reference, answers = [true or "C61" for true, _ in pairs], [said for _, said in pairs]
    judged = judge_codes(reference, answers, [{}] * len(pairs), table)
    for one in judged:
        true, said = set(lineage(table, one.reference)), set(lineage(table, one.answer))
        assert (one.shared, one.said, one.true) == (len(true & said), len(said), len(true))
        assert one.exact <= one.category <= one.block
        assert one.exact == (one.shared == one.said == one.true)
    found = describe_codes(judged, people(len(pairs)), table, labels=0, resamples=50)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    shares = code_values(judged)
    assert tuple(shares) == SHARES
    assert shares["exact"].mean() == found["metrics"]["exact"]["value"]
    sides = found["laterality"]
    assert (
        sum(sides[side] for side in ("right", "other_side", "no_side", "other_code"))
        == (sides["cases"])
    )


def test_top_three_and_five_need_a_longer_list(table: CodeTable) -> None:
    labels = {"C61": 0.4, "C20": 0.3, "C18.9": 0.2, "C34.11": 0.1}
    judged = judge_codes(["C18.9", "C34.11"], ["C61", "C61"], [labels] * 2, table)
    metrics = describe_codes(judged, people(2), table, labels=4, resamples=50)["metrics"]
    assert metrics["top3"]["value"] == 0.5
    assert metrics["top3"]["ci95"] == pytest.approx(wilson(1, 2).ci95)
    assert metrics["top5"]["value"] is None
    assert metrics["top5"]["reason"] == "there are only 4 labels to choose from"


def test_no_case_and_no_side_are_said(table: CodeTable) -> None:
    found = describe_codes([], [], table, labels=5)
    assert found["cases"] == 0
    assert all(e["value"] is None and e["reason"] for e in found["metrics"].values())
    judged = judge_codes(["C61"], ["C61"], [{"C61": 1.0}], table)
    one = describe_codes(judged, ["p"], table, labels=9, resamples=50)
    assert one["metrics"]["exact"]["value"] == 1
    assert one["metrics"]["hierarchical_f1"]["ci95"] is None
    assert one["laterality"]["errors"]["reason"] == "no reference code names a side"


def test_a_side_counts_by_patient(table: CodeTable) -> None:
    """Two cases each of twenty patients, the second of which repeats the first."""
    answers = ["C34.12"] * 4 + ["C34.11"] * 36
    judged = judge_codes(["C34.11"] * 40, answers, [{}] * 40, table)
    patients = [f"p{i // 2}" for i in range(40)]
    errors = describe_codes(judged, patients, table, labels=0, resamples=50)["laterality"]["errors"]
    assert errors["value"] == pytest.approx(0.1)
    apart = wilson(2, 20).ci95
    assert apart is not None
    assert np.allclose(errors["ci95"], apart, atol=0.01)
