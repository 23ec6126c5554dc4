"""Tokens are made once, kept by hash, sealed in an encrypted home, and go with their patient."""

from pathlib import Path
from typing import Any

import pytest

from store import keybox, rekeying
from store.home import Home
from store.line_edits import drop_rows
from store.lines import read_lines
from store.sealing import is_sealed
from tests.integration.tiny import tiny_model
from tests.unit.killing import OLD, QUICK
from trainer.encoding import PackedCase
from trainer.tasks import Pair, Task, completion
from trainer.tokens import packed_cases

PAIRS = [
    Pair(f"c{n}", f"p{n}", task, f"Adenocarcinoma of the prostate, PSA {n}", answer)
    for n in range(3)
    for task, answer in ((Task.MODALITY, "photon"), (Task.ICD10, "C61"))
]


class Counting:
    """A real tokenizer, and how many texts it was given."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.eos_token_id: int = self.tokenizer.eos_token_id
        self.given = 0

    def __call__(self, texts: list[str]) -> Any:
        self.given += len(texts)
        return self.tokenizer(texts)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tokens") / "tiny", "llama3")


@pytest.fixture
def counting(model: Path) -> Counting:
    return Counting(model)


def dataset(home: Home, run: str) -> Path:
    folder = home.folder("runs") / run / "dataset"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def packed(home: Home, counting: Counting, run: str = "run-1", base: str = "b") -> list[PackedCase]:
    made, blank = packed_cases(dataset(home, run), PAIRS, base, counting)
    assert blank == 0
    return made


def test_they_are_the_tokens_of_the_whole_texts(home: Home, counting: Counting) -> None:
    for place, case in enumerate(packed(home, counting)):
        for branch, pair in zip(case.branches, PAIRS[2 * place :], strict=False):
            whole = counting.tokenizer(pair.prompt + completion(pair.answer))["input_ids"]
            assert [*case.prefix, *branch.tokens] == [*whole, counting.eos_token_id]
            assert branch.answer_length > 1


def test_they_are_made_once_for_all_runs_on_the_same(home: Home, counting: Counting) -> None:
    first = packed(home, counting)
    given = counting.given
    assert given
    assert packed(home, counting) == first
    assert packed(home, counting, "run-2") == first
    assert counting.given == given
    assert not list(dataset(home, "run-2").iterdir())
    packed(home, counting, base="another")
    assert counting.given == 2 * given


def test_damaged_ones_are_made_again(home: Home, counting: Counting) -> None:
    first = packed(home, counting)
    (file,) = dataset(home, "run-1").iterdir()
    file.write_text(file.read_text()[:-20])
    assert packed(home, counting) == first
    assert len(list(read_lines(file))) == 3


def test_they_go_with_their_patient(home: Home, counting: Counting) -> None:
    packed(home, counting)
    (file,) = dataset(home, "run-1").iterdir()
    assert drop_rows(home, "p1", set()) == 1
    assert [row["case_id"] for row in read_lines(file)] == ["c0", "c2"]


def test_they_are_sealed_in_an_encrypted_home(home: Home, counting: Counting) -> None:
    rekeying.encrypt(home, QUICK, OLD, lambda *_: None)
    try:
        first = packed(home, counting)
        (file,) = dataset(home, "run-1").iterdir()
        assert is_sealed(file)
        given = counting.given
        assert packed(home, counting) == first
        assert counting.given == given
    finally:
        keybox.forget(home)


def test_blank_answers_are_left_out_and_counted(home: Home, counting: Counting) -> None:
    blank = [Pair("c0", "p0", Task.ICD10, "Glioma", " "), *PAIRS[2:]]
    made, left_out = packed_cases(dataset(home, "run-1"), blank, "b", counting)
    assert ([case.case_id for case in made], left_out) == (["c1", "c2"], 1)
    assert packed_cases(dataset(home, "run-1"), blank[:1], "b", counting) == ([], 1)
