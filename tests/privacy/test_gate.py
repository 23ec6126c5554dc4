"""Nobody trains on text at which nobody has looked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.case_edits import edit_case
from radonc_tui.actions.cases import ImportRequest, SynthRequest, import_cases, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.plans import TrainRequest
from radonc_tui.actions.privacy import (
    confirm_privacy,
    parse_redaction,
    privacy_sources,
    redact_case,
    review_privacy,
)
from radonc_tui.actions.stored import lease, opened
from radonc_tui.actions.train import train
from radonc_tui.actions.withdrawing import forget_person
from radonc_tui.cli.main import run
from radonc_tui.widgets import window
from store import audit, case_events, datasets
from store.audit_check import verify
from store.case_filter import CaseFilter
from store.case_table import list_cases, show_case
from store.errors import BadUsage, Refused
from store.home import Home
from store.keys import home_secret
from store.privacy import gate
from store.privacy.redacting import Redaction
from store.splits import SplitRules
from tests.driven import ended
from tests.privacy.real_home import make_real_home, table
from tests.ui.sample import copy_home


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; tests get copies."""
    return make_real_home(tmp_path_factory.mktemp("real"))


@pytest.fixture
def real(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home with an import at which nobody has looked."""
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    copied = copy_home(Home(master), tmp_path / "home")
    yield copied
    lease(copied).close()


def test_an_import_is_scrubbed_and_nothing_is_frozen_before_a_person_confirms(
    real: Home, tmp_path: Path
) -> None:
    looked = ended(review_privacy(real, "table"))
    assert looked["waiting"] == 30
    assert len(looked["shown"]) == looked["to_show"] >= 20
    assert [bool(case["doubts"]) for case in looked["shown"][:11]] == [True] * 10 + [False]
    kept = json.dumps(looked, default=str)
    assert "szegi" not in kept
    assert "8800" not in kept
    assert looked["shown"][0]["taken_out"]
    with pytest.raises(Refused, match=r"table \(30 cases\)") as refused:
        ended(freeze(real, SplitRules()))
    assert "radonc privacy review table" in refused.value.hint

    made = ended(confirm_privacy(real, "table"))
    assert (len(made["imports"]), made["cases"]) == (1, 30)
    assert ended(privacy_sources(real))[0]["confirmed"]
    frozen = ended(freeze(real, SplitRules()))
    assert frozen["card"]["cases"] == 30

    # what is taken in later is looked at anew
    ended(import_cases(real, ImportRequest((table(tmp_path / "b.csv", 30, 3),))))
    assert ended(privacy_sources(real))[0]["waiting"] == 3
    with pytest.raises(Refused):
        ended(freeze(real, SplitRules()))
    with pytest.raises(Refused, match="3 doubtful or sampled cases"):
        ended(confirm_privacy(real, "table"))


def test_nothing_is_confirmed_that_was_not_shown(
    real: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gate, "PAGE", 8)
    with pytest.raises(Refused, match="doubtful or sampled cases of table") as refused:
        ended(confirm_privacy(real, "table"))
    assert "privacy review table" in refused.value.hint
    first = ended(review_privacy(real, "table"))
    assert len(first["shown"]) == 8
    assert first["unseen"] == first["to_show"] - 8
    with pytest.raises(Refused, match=f"{first['unseen']} doubtful or sampled"):
        ended(confirm_privacy(real, "table"))
    # the same page again shows nothing new, the last one alone leaves those between
    assert ended(review_privacy(real, "table"))["unseen"] == first["unseen"]
    last = ended(review_privacy(real, "table", 16))
    assert 8 <= last["unseen"] == first["unseen"] - len(last["shown"])
    with pytest.raises(Refused, match="doubtful or sampled"):
        ended(confirm_privacy(real, "table"))
    # the command line shows every page
    assert run(["privacy", "review", "table"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("case-") == first["to_show"]
    assert run(["privacy", "confirm", "table"]) == 0
    assert ended(privacy_sources(real))[0]["confirmed"]


def test_a_page_on_the_screen_is_a_page_of_the_gate() -> None:
    assert window.PAGE == gate.PAGE


def test_training_on_a_data_set_that_nobody_confirmed_is_refused(real: Home) -> None:
    with opened(real) as connection:
        datasets.freeze(connection, SplitRules(), home_secret(real))
    with pytest.raises(Refused, match="identifies no patient"):
        ended(train(real, TrainRequest()))


def test_a_redaction_leaves_the_words_nowhere_in_the_case(real: Home) -> None:
    with opened(real) as connection:
        case_id = list_cases(connection, CaseFilter(), 1)[0]["case_id"]
        case_events.change(
            connection, case_id, case_events.Kind.EDIT, {"site": "prostate of Grace"}, "", "me"
        )
        case_events.change(
            connection, case_id, case_events.Kind.EDIT, {"site": "prostate"}, "", "me"
        )
        chosen = show_case(connection, case_id)
        connection.execute(
            "INSERT INTO review_cases (review_id, item, case_id, patient, diagnosis)"
            " VALUES ('review-1', 'i1', ?, ?, ?)",
            [case_id, chosen["patient"], chosen["diagnosis"]],
        )
        connection.execute(
            """INSERT INTO annotation_answers (made, batch_id, case_id, who, adjudicates, regimen,
                   modality, icd10, icd10_system, reason)
               VALUES (now()::TIMESTAMP, 'a', ?, 'me', true, '8 Gy, Grace', '', '', '', 'Grace')""",
            [case_id],
        )
    assert ended(redact_case(real, Redaction(case_id, " GRACE"))) == []
    with opened(real) as connection:
        case = list_cases(connection, CaseFilter(), 1)[0]
        assert "Grace" not in json.dumps(case, default=str)
        found = connection.execute("SELECT search FROM cases WHERE case_id = ?", [case_id])
        assert "grace" not in str(found.fetchone())
        events = case_events.history(connection, case_id)
    assert "Grace" not in json.dumps(events, default=str)
    assert events[0]["reason"] == "words that identify taken out"
    assert len(events) == 3
    with opened(real) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        held = {name for (name,) in tables if "Grace" in _rows(connection, name, case_id)}
        checked = verify(connection, real)
        entries = audit.entries(connection, subject=case_id)
    assert held == set()
    assert checked.whole
    gone = [entry["number"] for entry in entries if entry["after"] is None]
    assert len(gone) == 2
    assert entries[-1]["kind"] == audit.REDACTED
    assert entries[-1]["after"] == {"entries": gone}


def _rows(connection: Any, table: str, case_id: str) -> str:
    """What a table has about a case."""
    found = connection.execute(f'SELECT * FROM "{table}"').fetchall()
    return str([row for row in found if case_id in str(row)])


def test_values_that_went_without_a_word_break_the_log(real: Home) -> None:
    case_id = _first(real)
    ended(edit_case(real, case_id, {"site": "prostate"}))
    ended(redact_case(real, Redaction(case_id, "Grace")))
    with opened(real) as connection:
        assert verify(connection, real).whole
        connection.execute("UPDATE audit_log SET before = '', after = '' WHERE kind = 'case edit'")
        assert not verify(connection, real).whole


def test_words_that_were_edited_away_are_redacted_from_what_is_kept_of_it(real: Home) -> None:
    case_id = _first(real)
    ended(edit_case(real, case_id, {"target": "node of quetzal"}))
    ended(edit_case(real, case_id, {"target": "node"}))
    assert ended(redact_case(real, Redaction(case_id, "Quetzal"))) == []
    with opened(real) as connection:
        assert "quetzal" not in _rows(connection, "case_events", case_id)
        assert "quetzal" not in _rows(connection, "audit_log", case_id)
        assert verify(connection, real).whole
    with pytest.raises(BadUsage, match="not in"):
        ended(redact_case(real, Redaction(case_id, "Quetzal")))


def test_a_regimen_stays_one_that_can_be_read(real: Home) -> None:
    with pytest.raises(BadUsage, match="cannot be read without"):
        ended(redact_case(real, Redaction(_first(real), "60 Gy in 20")))


def test_who_is_forgotten_later_leaves_a_log_that_verifies(real: Home) -> None:
    case_id = _first(real)
    ended(edit_case(real, case_id, {"site": "prostate of quetzal"}))
    ended(redact_case(real, Redaction(case_id, "quetzal")))
    ended(review_privacy(real, "table"))
    ended(forget_person(real, case_id, "", "asked to"))
    with opened(real) as connection:
        assert verify(connection, real).whole
        assert _rows(connection, "privacy_looks", case_id) == "[]"


def _first(home: Home) -> str:
    with opened(home) as connection:
        return str(list_cases(connection, CaseFilter(), 1)[0]["case_id"])


def test_words_that_are_not_there_confirm_nothing(real: Home) -> None:
    with opened(real) as connection:
        case_id = list_cases(connection, CaseFilter(), 1)[0]["case_id"]
    ended(review_privacy(real, "table"))
    with pytest.raises(BadUsage, match="not in"):
        ended(confirm_privacy(real, "table", [Redaction(case_id, "Quetzal")]))
    assert not ended(privacy_sources(real))[0]["confirmed"]
    with pytest.raises(BadUsage, match="no CASE:WORDS"):
        parse_redaction("case-1")


def test_synthetic_cases_need_nobody(home: Home) -> None:
    ended(synth_cases(home, SynthRequest(60)))
    assert ended(privacy_sources(home)) == []
    assert ended(freeze(home, SplitRules()))["card"]["synthetic"] == 60
    with pytest.raises(BadUsage, match="Only synthetic"):
        ended(review_privacy(home, "synthetic"))


def test_the_command_line_reviews_redacts_and_confirms(
    real: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "freeze"]) == 3
    capsys.readouterr()
    assert run(["privacy", "review", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["source"] == "table"
    assert run(["privacy", "confirm", "table"]) == 3
    assert "were not shown to anybody" in capsys.readouterr().err
    assert run(["privacy", "review", "table", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["doubtful"], len(whole["doubtful_cases"]), whole["unseen"]) == (10, 10, 0)
    assert run(["privacy", "review", "table"]) == 0
    shown = capsys.readouterr().out
    assert f"10 doubtful cases and {len(whole['sample'])} of a sample; 30 wait." in shown
    assert "taken out: " in shown
    with opened(real) as connection:
        case_id = list_cases(connection, CaseFilter(), 1)[0]["case_id"]
    assert run(["privacy", "confirm", "table", "--redact", f"{case_id}:with Grace", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["redacted"] == 1
    assert run(["data", "freeze"]) == 0
    assert run(["privacy", "confirm", "nowhere"]) == 2
    capsys.readouterr()
    assert run(["privacy", "redact", f"{case_id}:prostate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frozen"][0].startswith("data-")
