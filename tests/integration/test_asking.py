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
from radonc_tui.actions.asking import Answering, PredictSession
from radonc_tui.actions.predict import (
    PredictFileRequest,
    PredictRequest,
    predict,
    predict_file,
)
from radonc_tui.actions.progress import Action, Progress
from store.errors import BadUsage, RadoncError
from store.home import Home, open_home
from store.lines import read_lines, sha256_file
from store.work import create, everything, seal_manifest
from tests.driven import ended
from tests.integration.test_engine import gone
from trainer.gguf_base import embedded_gguf
from trainer.tasks import MAX_ANSWER_TOKENS, Task

T = TypeVar("T")
BUNDLE = "bundle-20261123-00000a"
PROSTATE = "Adenocarcinoma of the prostate, Gleason 4+3, cT2a, PSA 8."
BREAST = "Invasive ductal carcinoma of the left breast, pT1c pN0, after lumpectomy."
LABELS = {"modality": ["photon", "proton", "electron"], "icd10": ["C61", "C50.912", "C34.11"]}


def workplace(folder: Path) -> Home:
    """A home whose one bundle is the embedded model as it stands, untuned."""
    home = open_home(folder / "home")
    bundle = create(home, "bundle", BUNDLE, {})
    (bundle.path / "gguf").mkdir()
    path = bundle.path / "gguf" / "Q4_1.gguf"
    path.write_bytes(embedded_gguf().read_bytes())
    facts: dict[str, Any] = {
        "dataset": {"id": "data-1"},
        "base": {"name": "base"},
        "tasks": ["regimen", "modality", "icd10"],
        "labels": LABELS,
        "synthetic": True,
        "recommended": "Q4_1",
        "quants": {"Q4_1": {"sha256": sha256_file(path)}},
    }
    seal_manifest(bundle, [], **facts)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return workplace(tmp_path_factory.mktemp("asking"))


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
    assert heard[0].stage == "load model"
    answering = [progress for progress in heard if isinstance(progress, Answering)]
    written = [progress.regimen for progress in answering]
    assert len(set(written)) > 10
    assert all(after.startswith(before) for before, after in pairwise(written))
    made = answer["predictions"][0]
    assert written[-1] == made["regimen"]["text"]
    assert [list(p.answers) for p in answering][-3:] == [
        ["regimen"],
        ["regimen", "modality"],
        ["regimen", "modality", "icd10"],
    ]
    assert answering[-1].answers == {task: made[task] for task in answering[-1].answers}
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
    assert answer["predictions"][0]["regimen"]["text"] in copied
    assert PROSTATE not in copied


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
    texts = [f'{number},"{PROSTATE} Patient {number}."' for number in range(200)]
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
        if part.exists() and progress.done:
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
