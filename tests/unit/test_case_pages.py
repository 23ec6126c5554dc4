"""Filters, pages and filter menus over a real store."""

from collections import Counter
from collections.abc import Generator

import pytest
from hypothesis import given, settings, strategies as st

from store.case_events import exclude
from store.case_filter import FILTERS, CaseFilter
from store.case_pages import PAGE, case_index, case_page, filter_values
from store.case_table import Connection, count_cases, list_cases
from store.clinical.icd10 import load_codes
from store.database import open_store
from store.datasets import dataset_part, freeze
from store.errors import BadUsage
from store.home import open_home
from store.splits import PARTS, SplitRules
from tests.unit.case_examples import synthetic_cases, take

COUNT = 3 * PAGE + 5


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Generator[Connection]:
    home = open_home(tmp_path_factory.mktemp("pages") / "home")
    made = open_store(home)
    take(made, synthetic_cases(COUNT, load_codes(home)), home.tmp / "staged")
    for case in list_cases(made, CaseFilter(), 9):
        exclude(made, case["case_id"], "consent", "mp")
    freeze(made, SplitRules(seed=1), b"k")
    yield made
    made.close()


def everything(connection: Connection, chosen: CaseFilter) -> list[str]:
    return [case["case_id"] for case in list_cases(connection, chosen, COUNT)]


WORDS = st.sampled_from(["", "photon", "breast 26", "PALLIATIVE", "no such thing"])
EQUAL = st.lists(
    st.sampled_from(
        [
            ("modality", "Photon"),
            ("site", "breast"),
            ("status", "included"),
            ("status", "excluded"),
            ("split", "train"),
            ("split", "none"),
            ("annotated", "no"),
        ]
    ),
    max_size=2,
)


@settings(max_examples=40, deadline=None)
@given(WORDS, EQUAL)
def test_the_pages_together_are_all_chosen_cases_in_order(
    connection: Connection, words: str, equal: list[tuple[str, str]]
) -> None:
    chosen = CaseFilter(words, tuple(equal))
    index = case_index(connection, chosen)
    pages = [case_page(connection, chosen, key) for key in index.page_keys]
    found = [case["case_id"] for page in pages for case in page]
    assert found == everything(connection, chosen)
    assert index.total == count_cases(connection, chosen) == len(found)
    assert [page[0]["seq"] for page in pages] == list(index.page_keys)
    assert all(len(page) == PAGE for page in pages[:-1])


def test_the_split_is_that_of_the_newest_data_set(connection: Connection) -> None:
    newest = freeze(connection, SplitRules(seed=2), b"k")["dataset_id"]
    frozen = {part: dataset_part(connection, newest, part) for part in PARTS}
    for part, cases in frozen.items():
        chosen = CaseFilter("", (("split", part),))
        assert set(everything(connection, chosen)) == {case["case_id"] for case in cases}
        assert {c["split"] for c in case_page(connection, chosen, 0)} == {part}
    counted = dict(filter_values(connection, "split", CaseFilter()))
    assert counted == {part: len(cases) for part, cases in frozen.items()} | {"none": 9}


@pytest.mark.parametrize("field", FILTERS)
def test_the_counts_of_a_menu_are_what_choosing_them_gives(
    connection: Connection, field: str
) -> None:
    chosen = CaseFilter("photon", (("status", "included"), (field, "whatever")))
    menu = filter_values(connection, field, chosen)
    assert [count for _, count in menu] == sorted((c for _, c in menu), reverse=True)
    for value, count in menu[:4]:
        narrowed = CaseFilter("photon", (*chosen.without(field).equal, (field, value)))
        assert count_cases(connection, narrowed) == count
    free = count_cases(connection, chosen.without(field))
    assert sum(count for _, count in menu) == free > 0


def test_a_menu_holds_what_is_there(connection: Connection) -> None:
    cases = list_cases(connection, CaseFilter(), COUNT)
    modalities = Counter(case["modality"] for case in cases)
    assert dict(filter_values(connection, "modality", CaseFilter())) == modalities


def test_words_are_found_in_any_case_and_letters_beyond_ascii(connection: Connection) -> None:
    connection.execute("BEGIN")
    first = everything(connection, CaseFilter())[0]
    connection.execute("UPDATE cases SET search = 'tumorgröße 3 cm' WHERE case_id = ?", [first])
    for words in ("größe", "GRÖẞE cm"):
        assert everything(connection, CaseFilter(words)) == [first]
    connection.execute("ROLLBACK")


def test_a_field_that_is_no_filter_is_named(connection: Connection) -> None:
    chosen = CaseFilter("", (("patient", "x"),))
    for attempt in (
        lambda: case_index(connection, chosen),
        lambda: filter_values(connection, "patient", CaseFilter()),
    ):
        with pytest.raises(BadUsage, match="cannot be filtered by 'patient'"):
            attempt()


def test_a_page_of_text_is_no_search(connection: Connection) -> None:
    with pytest.raises(BadUsage, match="at most 40 words"):
        count_cases(connection, CaseFilter(" ".join(f"word{n}" for n in range(100_000))))
    everywhere = count_cases(connection, CaseFilter("photon " * 1000))
    assert everywhere == count_cases(connection, CaseFilter("photon"))
