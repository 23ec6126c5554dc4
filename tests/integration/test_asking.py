"""A prediction session on a real model file: warm, streamed, and whole whatever happens to it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

from exports.inference.predictor import SUGGESTION
from exports.report.words import SAFETY
from radonc_tui.actions.all_codes import search_codes
from radonc_tui.actions.asking import Answering, PredictSession
from radonc_tui.actions.predict import (
    PredictFileRequest,
    PredictRequest,
    predict,
    predict_file,
)
from radonc_tui.actions.progress import Action, Progress
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.lines import read_lines, sha256_file
from store.work import everything
from tests.driven import ended
from tests.integration.test_engine import gone
from tests.integration.untuned import BUNDLE, LABELS, untuned_home
from trainer.tasks import MAX_ANSWER_TOKENS, Task

T = TypeVar("T")
PROSTATE = "Adenocarcinoma of the prostate, Gleason 4+3, cT2a, PSA 8."
BREAST = "Invasive ductal carcinoma of the left breast, pT1c pN0, after lumpectomy."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return untuned_home(tmp_path_factory.mktemp("asking") / "home")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """An untuned model finds no end: let it write a quarter as much."""
    monkeypatch.setitem(MAX_ANSWER_TOKENS, Task.REGIMEN, 24)


@pytest.fixture
def session(home: Home) -> Iterator[PredictSession]:
    session = PredictSession(home)
    yield session
    session.close()


def until_written(action: Action[dict[str, Any]]) -> Answering:
    """Go on until some words of the regimen are there."""
    while True:
        progress = next(action)
        if isinstance(progress, Answering) and progress.regimen.count(" ") > 2:
            return progress


def child(session: PredictSession) -> int:
    """The process that holds the model."""
    assert session._engine is not None
    return session._engine.pid


def asked(answer: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on when it was asked."""
    return {key: value for key, value in answer.items() if key not in ("made", "copy_text")}


def test_an_answer_is_told_while_it_is_written(session: PredictSession) -> None:
    heard: list[Progress] = []
    answer = ended(session.ask(PROSTATE), heard)
    assert [progress.stage for progress in heard][:2] == ["read the training cases", "load model"]
    answering = [progress for progress in heard if isinstance(progress, Answering)]
    written = [progress.regimen for progress in answering]
    assert len(set(written)) > 10
    assert all(after.startswith(before) for before, after in pairwise(written))
    made = answer["predictions"][0]
    # an untuned model writes no regimen that can be read, so it is not given
    assert made["abstained"] == ["regimen"]
    assert [flag["rule"] for flag in made["flags"]][:1] == ["illegible"]
    assert written[-1] == made["regimen"]["withheld"]
    assert made["regimen"]["text"] == ""
    assert [list(p.answers) for p in answering][-3:] == [
        ["regimen"],
        ["regimen", "modality"],
        ["regimen", "modality", "icd10"],
    ]
    given = {task: made[task] for task in ("modality", "icd10")}
    assert given.items() <= answering[-1].answers.items()
    assert (answering[-1].done, answering[-1].total) == (3, 3)
    assert sum(made["modality"]["scores"].values()) == pytest.approx(1, abs=1e-3)


def test_the_second_question_finds_the_model_loaded(session: PredictSession, home: Home) -> None:
    first = ended(session.ask(PROSTATE))
    pid = child(session)
    heard: list[Progress] = []
    second = ended(session.ask(BREAST), heard)
    assert child(session) == pid
    assert "load model" not in {progress.stage for progress in heard}
    both = ended(predict(home, PredictRequest((PROSTATE, BREAST))))
    assert both["predictions"] == [*first["predictions"], *second["predictions"]]


def test_an_answer_says_what_made_it(session: PredictSession, home: Home) -> None:
    answer = ended(session.ask(PROSTATE))
    path = home.folder("exports") / BUNDLE / "gguf" / "Q4_1.gguf"
    model = answer["model"]
    assert (model["name"], model["quant"], model["file"]) == (BUNDLE, "Q4_1", str(path))
    assert model["sha256"] == sha256_file(path)
    assert model["device"] in ("cpu", "gpu")
    assert (answer["signed_off"], answer["synthetic"]) == (False, True)
    copied = answer["copy_text"]
    for words in (SUGGESTION, "not signed off", f"{BUNDLE}:Q4_1", "synthetic", *SAFETY):
        assert words in copied
    assert answer["made"][:10] in copied
    assert "Regimen: not given" in copied
    assert "STOP: The regimen is none that can be read." in copied
    assert PROSTATE not in copied


def test_what_a_text_stops_is_not_even_asked(session: PredictSession) -> None:
    heard: list[Progress] = []
    answer = ended(session.ask(f"{PROSTATE} Prior RT to the pelvis 2010."), heard)
    made = answer["predictions"][0]
    assert made["abstained"] == ["regimen", "modality"]
    assert made["regimen"] == {"text": "", "score": None, "scores": {}, "abstained": True}
    assert made["icd10"]["text"] in LABELS["icd10"]
    assert not any(p.regimen for p in heard if isinstance(p, Answering))


def test_no_code_of_all_is_given_where_a_flag_stops_it(home: Home) -> None:
    session = PredictSession(home)
    with pytest.raises(Refused, match="No cancer and no benign indication"):
        ended(search_codes(session, "Fit and well, comes for a check of the eyes."))
    # nothing was loaded for it
    assert session._engine is None
    session.close()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("x" * 1_000_000, "has 1000000 characters; at most 8000 are read"),
    ],
)
def test_what_is_no_diagnosis_is_refused_before_anything_is_loaded(
    session: PredictSession, text: str, sentence: str
) -> None:
    with pytest.raises(BadUsage, match=sentence):
        next(session.ask(text))
    assert session._engine is None


def test_a_diagnosis_longer_than_the_context_costs_a_sentence(session: PredictSession) -> None:
    with pytest.raises(BadUsage, match="longer than the 4096 tokens of the model"):
        ended(session.ask("\u2623 7 " * 1900))
    pid = child(session)
    assert ended(session.ask(PROSTATE))["predictions"]
    assert child(session) == pid


def test_a_model_that_dies_costs_a_sentence_and_comes_back(session: PredictSession) -> None:
    whole = asked(ended(session.ask(PROSTATE)))
    asking = session.ask(PROSTATE)
    until_written(asking)
    os.kill(child(session), signal.SIGKILL)
    with pytest.raises(RadoncError, match="ended while it worked") as raised:
        ended(asking)
    assert "\n" not in str(raised.value)
    assert asked(ended(session.ask(PROSTATE))) == whole
    # and one that died while nobody asked is not even noticed
    assert session._engine is not None
    os.kill(child(session), signal.SIGKILL)
    while session._engine.alive:
        time.sleep(0.01)
    assert asked(ended(session.ask(PROSTATE))) == whole


def test_an_answer_that_nobody_waits_for_is_left(session: PredictSession) -> None:
    whole = asked(ended(session.ask(BREAST)))
    pid = child(session)
    asking = session.ask(PROSTATE)
    until_written(asking)
    asking.close()
    assert asked(ended(session.ask(BREAST))) == whole
    assert child(session) == pid


def test_two_threads_take_turns(session: PredictSession) -> None:
    whole = {text: asked(ended(session.ask(text))) for text in (PROSTATE, BREAST)}
    found: dict[str, Any] = {}

    def ask(text: str) -> None:
        found[text] = asked(ended(session.ask(text)))

    threads = [threading.Thread(target=ask, args=(text,)) for text in whole]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == whole


def test_a_cancelled_loading_leaves_no_process(home: Home) -> None:
    session = PredictSession(home)
    asking = session.ask(PROSTATE)
    next(asking)
    asking.close()
    session.close()
    with pytest.raises(RadoncError, match="closed"):
        ended(session.ask(PROSTATE))
    assert not _children()


def test_closing_ends_an_answer_under_way(home: Home) -> None:
    session = PredictSession(home)
    asking = session.ask(PROSTATE)
    until_written(asking)
    pid = child(session)
    closing = threading.Thread(target=session.close)
    closing.start()
    closing.join(0.5)
    assert not closing.is_alive()
    with pytest.raises(RadoncError):
        ended(asking)
    assert gone(pid, 1)


def test_another_file_in_its_place_is_refused(session: PredictSession, home: Home) -> None:
    ended(session.ask(PROSTATE))
    path = home.folder("exports") / BUNDLE / "gguf" / "Q4_1.gguf"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(RadoncError, match="not the one that was recorded"):
            ended(session.ask(PROSTATE))
    finally:
        path.write_bytes(whole)
    assert ended(session.ask(PROSTATE))["predictions"]


def test_a_base_knows_no_labels_and_is_not_asked(home: Home) -> None:
    with pytest.raises(BadUsage, match="no model 'nobody'"):
        ended(PredictSession(home, "nobody").ask(PROSTATE))


@pytest.fixture
def rows(tmp_path: Path) -> PredictFileRequest:
    source = tmp_path / "in.csv"
    texts = [f'{number},"{PROSTATE} Prior RT 2010. Patient {number}."' for number in range(400)]
    source.write_text("MRN,Dx\n" + "\n".join(texts) + "\n")
    return PredictFileRequest(source, tmp_path / "out.jsonl")


@pytest.mark.parametrize("kill", [False, True])
def test_a_cancelled_file_leaves_the_folder_as_it_was(
    home: Home, rows: PredictFileRequest, kill: bool
) -> None:
    rows.out.write_text("of yesterday")
    part = rows.out.with_name("out.jsonl.part")
    predicting = predict_file(home, rows)
    for progress in predicting:
        if progress.done:
            break
    made = everything(home, "predict")[-1]
    if kill:
        os.killpg(int((made.path / "pid").read_text()), signal.SIGKILL)
        with pytest.raises(RadoncError, match="ended without a word"):
            ended(predicting)
    predicting.close()
    assert not made.alive()
    assert not part.exists()
    assert rows.out.read_text() == "of yesterday"
    assert not made.manifest_exists


def test_a_file_of_rows_is_answered_in_order(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f'MRN,Dx\n1,"{PROSTATE}"\n2,\n3,"{BREAST}"\n')
    heard: list[Progress] = []
    answer = ended(predict_file(home, PredictFileRequest(source, tmp_path / "out.jsonl")), heard)
    assert (answer["rows"], answer["answered"], answer["errors"]) == (3, 2, 1)
    assert (3, 3, "rows") in {(p.done, p.total, p.unit) for p in heard}
    assert ["error" in row for row in read_lines(tmp_path / "out.jsonl")] == [False, True, False]


def _children() -> list[int]:
    """The engine processes that this one has started and that still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
            command = (path.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid() and state != "Z" and b"inference.child" in command:
            found.append(int(path.parent.name))
    return found


def test_a_killed_file_goes_on_without_doubles_or_gaps(home: Home, tmp_path: Path) -> None:
    """Killed twice at any moment of its work, then asked again; and once without being killed."""
    source = tmp_path / "in.csv"
    texts = [f'{n},"{PROSTATE} Prior RT 20{n % 80 + 10}. Number {n}."' for n in range(80)]
    texts[40], texts[70] = "40,", f"70,{'x' * 9000}"
    source.write_text("MRN,Dx\n" + "\n".join(texts) + "\n")
    whole = tmp_path / "whole.jsonl"
    ended(predict_file(home, PredictFileRequest(source, whole)))
    request = PredictFileRequest(source, tmp_path / "out.jsonl")
    for rows in (16, 40):
        predicting = predict_file(home, request)
        for progress in predicting:
            if progress.stage == "predict" and progress.done >= rows:
                break
        made = everything(home, "predict")[-1]
        os.killpg(int((made.path / "pid").read_text()), signal.SIGKILL)
        with pytest.raises(RadoncError, match="ended without a word"):
            ended(predicting)
        assert not request.out.exists()
    done = ended(predict_file(home, request))
    assert done["resumed"] >= 32
    assert (done["rows"], done["answered"], done["errors"]) == (80, 78, 2)
    found = list(read_lines(request.out))
    assert found == list(read_lines(whole))
    assert [row["row"] for row in found] == list(range(2, 82))
    assert [row["row"] for row in found if "error" in row] == [42, 72]
    assert done["stopped"] == 78
    assert len([w for w in everything(home, "predict") if w.manifest_exists]) >= 2
    # nothing of the cases stays behind
    left = {path.name for path in made.path.rglob("*") if path.is_file()}
    assert not left & {"train-facts.jsonl", "held.jsonl"}
    assert not any(name.endswith(".jsonl") and name[0].isdigit() for name in left)


def test_a_table_that_changed_is_begun_anew(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f'MRN,Dx\n1,"{PROSTATE} Prior RT 2011."\n')
    request = PredictFileRequest(source, tmp_path / "out.jsonl")
    predicting = predict_file(home, request)
    next(predicting)
    predicting.close()
    first = everything(home, "predict")[-1].id
    source.write_text(f'MRN,Dx\n1,"{PROSTATE} Prior RT 2012."\n')
    assert ended(predict_file(home, request))["id"] != first
