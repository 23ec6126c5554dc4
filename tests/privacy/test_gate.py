"""Nobody trains on text at which nobody has looked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

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
from radonc_tui.cli.main import run
from store import case_events, datasets
from store.case_filter import CaseFilter
from store.case_table import list_cases
from store.errors import BadUsage, Refused
from store.home import Home
from store.keys import home_secret
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
    assert len(looked["sample"]) == 20
    kept = json.dumps(looked, default=str)
    assert "szegi" not in kept
    assert "8800" not in kept
    assert looked["sample"][0]["taken_out"]
    with pytest.raises(Refused, match=r"table \(30 cases\)") as refused:
        ended(freeze(real, SplitRules()))
    assert "radonc privacy review table" in refused.value.hint

    made = ended(confirm_privacy(real, "table"))
    assert len(made["imports"]) == 1
    assert ended(privacy_sources(real))[0]["confirmed"]
    frozen = ended(freeze(real, SplitRules()))
    assert frozen["card"]["cases"] == 30

    # what is taken in later is looked at anew
    ended(import_cases(real, ImportRequest((table(tmp_path / "b.csv", 30, 3),))))
    assert ended(privacy_sources(real))[0]["waiting"] == 3
    with pytest.raises(Refused):
        ended(freeze(real, SplitRules()))


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


def test_words_that_are_not_there_confirm_nothing(real: Home) -> None:
    with opened(real) as connection:
        case_id = list_cases(connection, CaseFilter(), 1)[0]["case_id"]
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
    assert run(["privacy", "review", "table"]) == 0
    shown = capsys.readouterr().out
    assert "sample: 20 cases" in shown
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
