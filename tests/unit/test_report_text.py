"""No report holds the text of a case unless it was asked for; every report has the log's end."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exports.evaluation.evaluate import evaluate
from exports.evaluation.job import _prediction_records  # the form is theirs
from exports.inference.predictor import Prediction
from exports.report.table import lines
from radonc_tui.actions.evaluations import show_evaluation
from radonc_tui.actions.review import ReviewRequest, new_review, next_card
from radonc_tui.actions.stored import end_of_log, lease
from radonc_tui.cli.main import run
from store import keybox, rekeying
from store.home import Home
from store.keybox import Lock
from store.lines import write_json, write_lines
from store.work import create, seal_manifest
from tests.driven import ended
from tests.unit.evaluation_examples import SPEC, pairs
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task

ID = "eval-20261123-0a0a0a"
DIAGNOSIS, REFERENCE, ANSWER, FREE = "quokkavale", "wombatine", "numbatol", "bilbyment"
PLANTED = (DIAGNOSIS, REFERENCE, ANSWER, FREE, "\x1b")
Call = Callable[..., str]


def planted() -> tuple[list[Pair], list[Prediction], list[Prediction]]:
    """Test pairs and two models' answers, in all of whose text a word stands that is known."""
    test, right, wrong = [], [], []
    for pair in pairs(12):
        said = f"Seen in {DIAGNOSIS} \x1b[31m | lung, {pair.patient}"
        free = pair.task is Task.REGIMEN
        answer = f"{pair.answer}, {REFERENCE}" if free else pair.answer
        test.append(Pair(pair.case_id, pair.patient, pair.task, said, answer))
        other = f"20 Gy in 5 fractions, {ANSWER}" if free else pair.answer
        right.append(Prediction(pair.case_id, pair.task, answer, free_text=f"{FREE}"))
        wrong.append(Prediction(pair.case_id, pair.task, other, free_text=f"{FREE}"))
    return test, right, wrong


@pytest.fixture
def made(home: Home) -> Iterator[Home]:
    """A home with a finished evaluation of real cases."""
    test, tuned, base = planted()
    models = {
        "tuned": {"name": "bundle-1", "path": "Q8_0.gguf", "sha256": "a" * 64, "quant": "Q8_0"},
        "base": {"name": "smollm2", "path": "Q8_0.gguf", "sha256": "b" * 64, "quant": "Q8_0"},
    }
    spec = {"dataset": "data-1", "synthetic": False, "quick": False, **models}
    work = create(home, "eval", ID, spec)
    answers = {"tuned": tuned, "base": base, "majority": base}
    result = evaluate(test, base, tuned, {"majority": base}, SPEC)
    write_pairs(work.path / "test.jsonl", test)
    write_lines(work.path / "predictions.jsonl", _prediction_records(test, answers, False))
    write_json(work.path / "evaluation.json", {**result, "synthetic": False})
    seal_manifest(work, [work.path / "predictions.jsonl", work.path / "evaluation.json"])
    yield home
    lease(home).close()
    keybox.forget(home)


@pytest.fixture
def call(made: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    def radonc(*arguments: str) -> str:
        code = run(["--home", str(made.path), *arguments])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out

    return radonc


def entries(call: Call) -> list[dict[str, Any]]:
    return json.loads(call("audit", "list", "--kind", "report with text", "--json"))


def test_a_report_holds_no_text_of_a_case(made: Home, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    call("report", ID, "--md", str(out / "report.md"))
    (out / "report.json").write_text(call("report", ID, "--json"))
    (out / "report.txt").write_text(call("report", ID))
    (out / "table.txt").write_text("\n".join(lines(ended(show_evaluation(made, ID)).evaluation)))
    found = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(found) == 4
    for name, data in found.items():
        assert b"60" in data or b"lung" in data, name
        for word in PLANTED:
            assert word.encode() not in data, (name, word)
    assert "cases" not in json.loads(found["report.json"])["evaluation"]
    assert entries(call) == []


def test_with_text_it_has_the_cases_and_the_log_has_who_asked(
    made: Home, call: Call, tmp_path: Path
) -> None:
    lease(made).close()
    rekeying.encrypt(made, Lock(cost=1 << 10), b"pass", lambda *_: None)
    assert DIAGNOSIS.encode() not in (made.path / "evaluations" / ID / "test.jsonl").read_bytes()
    evaluation = json.loads(call("report", ID, "--with-text", "--json"))["evaluation"]
    assert len(evaluation["cases"]) == 12
    case = evaluation["cases"][0]
    assert DIAGNOSIS in case["diagnosis"]
    assert list(case["tasks"]) == ["regimen", "modality", "icd10"]
    regimen = case["tasks"]["regimen"]
    assert REFERENCE in regimen["reference"]
    assert list(regimen["answers"]) == ["tuned", "base", "majority"]
    assert REFERENCE in regimen["answers"]["tuned"]
    assert ANSWER in regimen["answers"]["base"]

    path = tmp_path / "report.md"
    call("report", "latest", "--md", str(path), "--with-text")
    text = path.read_text()
    assert text.count(f"    Seen in {DIAGNOSIS} ␛[31m | lung, p") == 12
    assert ANSWER in text
    assert "\x1b" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    logged = entries(call)
    assert [(entry["subject"], entry["after"]) for entry in logged] == [(ID, {"cases": 12})] * 2
    assert all(entry["who"] for entry in logged)
    # the end that the report prints is of a log in which it already stands
    assert int(evaluation["audit"].split()[0]) == logged[0]["number"]
    assert f"| Audit log | {end_of_log(made)} |" in text


def test_every_report_has_the_end_of_the_log(made: Home, call: Call) -> None:
    head = end_of_log(made)
    count, mac = head.split(" entries, ")
    kept = json.loads((made.path / "audit.json").read_text())
    assert (int(count), len(mac)) == (kept["count"], 16)
    assert kept["mac"].startswith(mac)
    assert f"| Audit log | {head} |" in call("report", ID)
    assert json.loads(call("report", ID, "--json"))["evaluation"]["audit"] == head
    assert f"Audit log: {head}." in call("evaluations", "show", ID)
    assert json.loads(call("evaluations", "show", ID, "--json"))["evaluation"]["audit"] == head


def test_the_summary_of_a_review_has_the_end_of_the_log(made: Home, call: Call) -> None:
    view = ended(new_review(made, ReviewRequest(ID, cases=1)))
    while view.left:
        assert view.current
        card = view.current.card
        call("review", "answer", view.review, card, "acceptable", "--json")
        view = ended(next_card(made, view.review))
    found = json.loads(call("review", "summary", view.review, "--json"))
    assert found["audit"] == end_of_log(made)
    assert f"Audit log: {found['audit']}." in call("review", "summary", view.review)
