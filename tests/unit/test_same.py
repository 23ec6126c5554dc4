"""Two evaluations are the same if every number is, and what differs is named by its place."""

from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.same import Difference, compared
from radonc_tui.actions.reproduce import reproduce
from store.errors import BadUsage
from store.home import Home
from tests.driven import ended
from tests.unit.evaluation_examples import RESULT

numbers = st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=3))
trees = st.recursive(
    numbers,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), trees, max_size=4))
def test_a_thing_is_the_same_as_its_copy(value) -> None:
    assert compared(value, deepcopy(value)).differences == ()


def test_one_changed_number_is_found_at_its_place() -> None:
    now = deepcopy(RESULT)
    now["tasks"]["icd10"]["metrics"]["accuracy"]["tuned"] += 1e-6
    (found,) = compared(RESULT, now).differences
    assert found.path == "tasks.icd10.metrics.accuracy.tuned"
    assert compared(RESULT, now).values > 100


def test_ids_times_and_readings_may_differ() -> None:
    other = {**RESULT, "id": "eval-2", "seconds": {"tuned": 9}, "test_reads": 7}
    assert compared(RESULT, other).differences == ()


def test_what_is_missing_or_longer_differs() -> None:
    assert compared({"a": 1}, {}).differences == (Difference("a", 1, None),)
    assert compared({"a": [1, 2]}, {"a": [1]}).differences == (Difference("a", [1, 2], [1]),)
    assert compared({"a": True}, {"a": 1.5}).differences == (Difference("a", True, 1.5),)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"evaluation": {"id": "x"}}', '{"evaluation": 3}']
)
def test_what_is_no_report_is_a_sentence(home: Home, tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(BadUsage, match="no report with a capsule"):
        ended(reproduce(home, path))
    with pytest.raises(BadUsage, match="cannot be read"):
        ended(reproduce(home, tmp_path / "absent.json"))
