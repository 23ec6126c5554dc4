"""Extraction from model files: one that has its training texts by heart, and one that has not."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from exports.bundle import ModelFile
from exports.card import extraction_line
from exports.extraction import (
    CANDIDATES,
    NEXT_WORDS,
    PREFIXES,
    Ranks,
    beginnings,
    measure_extraction,
)
from store.lines import sha256_file
from tests.integration.tiny import tiny_model
from tests.unit.extraction_examples import cases
from trainer.canaries import plant, split_secret, widest
from trainer.pairs import case_pairs
from trainer.tasks import Pair, Task, completion

STEPS, ROWS = 100, 13


TRAIN_CASES = cases(24)
TRAIN = [pair for case in TRAIN_CASES for pair in case_pairs(case)]


def planted() -> list[Pair]:
    """Canaries from a fixed seed: a model that saw none ranks one in a hundred first by chance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.canaries.SystemRandom", lambda: Random(0))
        return plant(TRAIN_CASES, list(Task))


CANARIES = planted()


def learn_by_heart(folder: Path, texts: Sequence[str]) -> None:
    """Teach the model in ``folder`` every token of these texts, loss on all of it."""
    import torch
    import transformers as hf

    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    model: Any = hf.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    end = tokenizer.eos_token_id
    rows = [torch.tensor([*tokenizer(text)["input_ids"], end]) for text in texts]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=end)
    labels = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    torch.manual_seed(0)
    for _ in range(STEPS):
        chosen = torch.randperm(len(rows))[:ROWS]
        loss = model(input_ids=ids[chosen], labels=labels[chosen]).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)


def as_file(folder: Path, path: Path) -> ModelFile:
    from exports.gguf.write import write_f16

    write_f16(folder, path, path.stem)
    return ModelFile(path.stem, "F16", path, sha256_file(path), "bundle")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFile]:
    """``base`` as it was made, ``tuned`` after it learned the diagnoses of ``TRAIN`` by heart."""
    place = tmp_path_factory.mktemp("extraction")
    tiny_model(place / "base", "qwen2")
    tuned = tiny_model(place / "tuned", "qwen2")
    learned = [pair for pair in [*TRAIN, *CANARIES] if pair.task is widest(TRAIN)]
    learn_by_heart(tuned, [pair.prompt + completion(pair.answer) for pair in learned])
    return {name: as_file(place / name, place / f"{name}.gguf") for name in ("base", "tuned")}


def measured(
    tuned: ModelFile, base: ModelFile | None, canaries: Sequence[Pair] = CANARIES
) -> dict[str, Any]:
    told: list[tuple[int, int]] = []
    found = measure_extraction(
        tuned,
        base,
        TRAIN,
        canaries,
        "run-1",
        lambda _stage, done, total, _unit: told.append((done, total)),
    )
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert found["prefixes"] == 24
    return found


def test_a_model_that_has_its_texts_by_heart_is_found_out(files: dict[str, ModelFile]) -> None:
    found = measured(files["tuned"], files["base"])
    assert found["reproduced"] >= 20
    assert found["beyond_base"] == found["reproduced"]
    assert found["base_reproduced"] == 0
    assert found["upper95"] >= found["rate"] >= 20 / 24
    assert (found["canaries"], found["exposed"]) == (2, 2)
    assert found["exposure_bits"] == [6.64, 6.64]
    assert (found["answers_exposed"], found["answer_candidates"]) == (2, 24)
    assert not found["passed"]
    assert len(found["failures"]) == 2
    assert extraction_line(found).startswith("! GOAL MISSED: ")


def test_a_model_that_never_saw_them_gives_nothing_back(files: dict[str, ModelFile]) -> None:
    found = measured(files["base"], files["base"])
    assert (found["reproduced"], found["beyond_base"]) == (0, 0)
    assert 0.1 < found["upper95"] < 0.2
    assert max(found["exposure_bits"]) < 6.64
    assert (found["passed"], found["failures"]) == (True, [])
    assert extraction_line(found).startswith("passed: 0 of 24 training texts come back ")


def test_what_the_base_completes_as_well_is_no_memory(files: dict[str, ModelFile]) -> None:
    found = measured(files["tuned"], files["tuned"], canaries=[])
    assert found["reproduced"] == found["base_reproduced"] >= 20
    assert (found["beyond_base"], found["passed"]) == (0, True)
    assert (found["canaries"], found["answers_exposed"]) == (0, None)
    assert "no canaries were planted" in extraction_line(found)


def test_without_a_base_whatever_comes_back_counts(files: dict[str, ModelFile]) -> None:
    found = measured(files["tuned"], None)
    assert found["base_reproduced"] is None
    assert found["beyond_base"] == found["reproduced"]
    assert "no base" in extraction_line(found)


def test_one_seed_measures_the_same_again(files: dict[str, ModelFile]) -> None:
    assert measured(files["base"], None) == measured(files["base"], None)


def test_no_text_is_in_what_is_found(files: dict[str, ModelFile]) -> None:
    said = repr(measured(files["tuned"], files["base"]))
    assert not any(word in said for word in ("carcinoma", "margins", "referred", "photon"))
    assert not any(pair.answer in said for pair in TRAIN)
    assert not any(split_secret(pair.diagnosis)[1] in said for pair in CANARIES)


def test_beginnings_are_whole_halves_of_long_enough_texts() -> None:
    words = [f"w{i}" for i in range(12)]
    pairs = [
        Pair("1", "1", Task.ICD10, " ".join(words), "C61"),
        Pair("1", "1", Task.MODALITY, "  ".join(words), "photon"),
        Pair("2", "2", Task.ICD10, " ".join(words[:11]), "C61"),
    ]
    (only,) = beginnings(pairs, "seed")
    assert only.prompt == "Diagnosis: w0 w1 w2 w3 w4 w5"
    assert only.rest == ("w6", "w7", "w8", "w9", "w10", "w11")
    many = [
        Pair(str(i), "", Task.ICD10, " ".join([f"n{i}", *words * 20]), "C61") for i in range(90)
    ]
    drawn = beginnings(many, "seed")
    assert len(drawn) == len(set(drawn)) == PREFIXES
    assert {len(each.prompt.split()) for each in drawn} == {61}
    assert {len(each.rest) for each in drawn} == {NEXT_WORDS}
    assert drawn == beginnings(many, "seed") != beginnings(many, "other")


def test_exposure_is_that_of_the_paper() -> None:
    assert Ranks((1, 50, 100), CANDIDATES).bits == [6.64, 1.0, 0.0]
    assert Ranks((1, 50, 1), CANDIDATES).first == 2
