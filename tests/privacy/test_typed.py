"""What a person types is scrubbed as an import is, and waits for a person to look at it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions import annotate
from radonc_tui.actions.case_edits import (
    annotate_case,
    edit_case,
    exclude_case,
    include_case,
    undo_case,
)
from radonc_tui.actions.data import freeze
from radonc_tui.actions.privacy import confirm_privacy, privacy_sources, review_privacy
from radonc_tui.actions.quarantine import fix_reject, list_rejects
from radonc_tui.actions.stored import lease, opened
from store.case_events import EXCLUSION_REASONS
from store.case_filter import CaseFilter
from store.case_table import list_cases
from store.errors import Refused
from store.home import Home
from store.privacy.gate import TYPED, require_confirmed
from store.privacy.scrubber import make_scrubber
from store.privacy.typed import remark, typed
from store.splits import SplitRules
from tests.driven import ended
from tests.privacy.notes import notes
from tests.privacy.real_home import make_real_home, with_rejects
from tests.privacy.wordings import HELD_OUT
from tests.ui.sample import copy_home

NAMED = "Adenocarcinoma of the prostate, seen by Dr. Ferenc Kőszegi, phone 555-0134\x1b[2J"
CLEAN = "Adenocarcinoma of the prostate, seen by Dr. [name], phone [phone]␛[2J"
PLANTED = ("Kőszegi", "555-0134", "8877665")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_real_home(tmp_path_factory.mktemp("typed"), with_rejects)


@pytest.fixture
def real(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of which every case was shown and confirmed."""
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    copied = copy_home(Home(master), tmp_path / "home")
    look(copied)
    ended(confirm_privacy(copied, "table"))
    yield copied
    lease(copied).close()


def look(home: Home) -> list[dict[str, Any]]:
    """Everything that is shown before the source is confirmed."""
    page = ended(review_privacy(home, "table"))
    assert page["to_show"] == len(page["shown"])
    return page["shown"]


def waiting(home: Home) -> int:
    return int(ended(privacy_sources(home))[0]["waiting"])


def first(home: Home) -> dict[str, Any]:
    with opened(home) as connection:
        return list_cases(connection, CaseFilter(), 1)[0]


def everything(home: Home) -> str:
    """All text of the store: cases, rejects, events, the audit log."""
    with opened(home) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
        return "".join(
            str(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in tables
        )


def test_an_edit_is_scrubbed_legible_and_waits(real: Home) -> None:
    case_id = first(real)["case_id"]
    case = ended(edit_case(real, case_id, {"diagnosis": NAMED}, "Dr. Kőszegi rang 555-0134"))
    assert case["diagnosis"] == CLEAN
    assert case["history"][0]["after"]["diagnosis"] == CLEAN
    assert case["history"][0]["reason"] == "Dr. [name] rang [phone]"
    assert not any(word in everything(real) for word in (*PLANTED, "\\x1b"))
    assert waiting(real) == 1
    with pytest.raises(Refused, match=r"table \(1 cases\)"):
        ended(freeze(real, SplitRules()))
    (shown,) = look(real)
    assert shown["case_id"] == case_id
    assert shown["doubts"][0] == TYPED
    assert ended(confirm_privacy(real, "table"))["cases"] == 1
    assert waiting(real) == 0


def test_the_doubts_of_a_typed_text_are_those_of_the_text_as_it_is(real: Home) -> None:
    case_id = first(real)["case_id"]
    ended(edit_case(real, case_id, {"site": "prostate, with Grace"}))
    assert look(real)[0]["doubts"] == [TYPED, "'Grace' is a word that is also a first name"]


def test_what_cannot_hold_a_name_waits_for_nobody(real: Home) -> None:
    case_id = first(real)["case_id"]
    ended(edit_case(real, case_id, {"intent": "curative"}))
    ended(annotate_case(real, case_id))
    assert waiting(real) == 0
    # a regimen has words, and taking back a change brings back what it replaced
    ended(annotate_case(real, case_id, {"regimen": "62 Gy in 20 fractions, photon"}))
    assert waiting(real) == 1
    look(real)
    ended(confirm_privacy(real, "table"))
    ended(undo_case(real, case_id))
    assert waiting(real) == 1


def test_an_excluded_case_was_not_confirmed_and_waits_when_it_is_back(master: Path) -> None:
    home = Home(master)
    home = copy_home(home, master.parent / "excluded")
    case_id = first(home)["case_id"]
    ended(exclude_case(home, case_id, "Kőszegi Ferenc withdrew, MRN 8877665"))
    assert not any(word in everything(home) for word in PLANTED)
    look(home)
    ended(confirm_privacy(home, "table"))
    assert waiting(home) == 0
    ended(include_case(home, case_id))
    assert waiting(home) == 1
    with pytest.raises(Refused):
        ended(freeze(home, SplitRules()))
    lease(home).close()


def test_a_record_put_right_after_the_confirmation_waits(real: Home) -> None:
    (reject,) = ended(list_rejects(real, "no_code", 5))
    changes = {"icd10": "C61", "diagnosis": f"{NAMED}, MRN 8877665"}
    case = ended(fix_reject(real, reject["reject_id"], changes, "told by Mr Kőszegi"))
    assert case["diagnosis"] == f"{CLEAN}, MRN [mrn]"
    assert not any(word in everything(real) for word in PLANTED)
    assert waiting(real) == 1
    with pytest.raises(Refused):
        ended(freeze(real, SplitRules()))
    assert look(real)[0]["doubts"][0] == TYPED


def test_a_typed_number_is_taken_out_of_the_record_that_it_was_missing_in(real: Home) -> None:
    (reject,) = ended(list_rejects(real, "no_patient", 5))
    # nothing around it says that it is a number of a person
    assert "code kqx7712" in reject["kept"]["diagnosis"]
    case = ended(fix_reject(real, reject["reject_id"], {"patient": "KQX7712"}))
    assert "code [mrn]" in case["diagnosis"]
    assert "kqx7712" not in json.dumps(case, default=str).casefold()


def test_a_data_set_that_was_confirmed_stays_so_when_its_cases_are_edited(real: Home) -> None:
    made = ended(freeze(real, SplitRules()))
    ended(edit_case(real, first(real)["case_id"], {"site": "prostate"}))
    with opened(real) as connection:
        require_confirmed(connection, dataset=made["dataset_id"])
        with pytest.raises(Refused):
            require_confirmed(connection)


def test_remarks_of_annotators_are_scrubbed(real: Home) -> None:
    batch = ended(annotate.assign(real, annotate.AssignRequest(("ada", "ben"), 1, 0)))["batch"]
    case_id = ended(annotate.next_case(real, batch, "ada"))["case"]["case_id"]
    values = {"regimen": "60 Gy in 20 fractions, photon", "modality": "photon", "icd10": "C61"}
    ended(annotate.answer(real, batch, case_id, values, "ada"))
    ended(annotate.answer(real, batch, case_id, {**values, "icd10": "C61.9"}, "ben"))
    other = {**values, "regimen": "62 Gy in 20 fractions, photon"}
    ended(annotate.answer(real, batch, case_id, other, "ben"))
    ended(annotate.adjudicate(real, batch, case_id, values, "asked Dr. Ferenc Kőszegi, 555-0134"))
    assert not any(word in everything(real) for word in PLANTED)
    assert "asked Dr. [name]" in everything(real)


def test_a_field_without_text_comes_back_as_it_is() -> None:
    assert typed({"patient": "MRN 8877665", "icd10": "C61"}) == {
        "patient": "MRN 8877665",
        "icd10": "C61",
    }
    assert typed({"diagnosis": "number kqx7712"}, "KQX7712") == {"diagnosis": "number [mrn]"}


def test_what_is_offered_as_a_reason_is_left_alone() -> None:
    for text in (*EXCLUSION_REASONS, *EXCLUSION_REASONS.values(), "from the letter", "chart"):
        assert remark(text) == text
    assert remark(" two\n lines ") == "two lines"


def test_what_was_scrubbed_is_left_alone_when_it_is_scrubbed_again() -> None:
    scrubber = make_scrubber(b"")
    once = [scrubber.scrub(note.text).text for note in notes(200, 5, HELD_OUT)]
    again = [scrubber.scrub(text).text for text in once]
    changed = [(one, two) for one, two in zip(once, again, strict=True) if one != two]
    assert len(changed) <= 3, changed
