"""How long a case may be, and which tokenizers belong to which weights."""

import json
from pathlib import Path
from typing import Any

import pytest

from store.errors import BadUsage
from trainer.context import context_of, token_counter, too_long
from trainer.vocabulary import check_vocabulary, tokens_of


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        ({}, 1024),
        ({"max_position_embeddings": 512}, 512),
        ({"max_position_embeddings": 4096, "sliding_window": 700}, 700),
        ({"sliding_window": None}, 1024),
        ({"sliding_window": 700, "use_sliding_window": False}, 1024),
    ],
)
def test_a_case_may_be_no_longer_than_the_model_allows(config: dict[str, Any], tokens: int) -> None:
    assert context_of(config, 1024) == tokens


def test_only_what_may_be_too_long_is_counted() -> None:
    cases = [["a" * 10, "b" * 90], ["c" * 200], ["d" * 50]]
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text) // 2

    assert too_long(cases, 60, count) == 1
    assert asked == ["b" * 90, "c" * 200]
    assert too_long(cases, 60, None) is None
    assert too_long(cases[2:], 60, None) == 0


def model(folder: Path, rows: int, tokens: int, added: int = 0) -> Path:
    """A folder with the header of an embedding and a tokenizer, and nothing else."""
    shape = {"dtype": "F16", "shape": [rows, 8], "data_offsets": [0, rows * 16]}
    header = json.dumps({"model.embed_tokens.weight": shape}).encode()
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header + bytes(rows * 16)
    )
    tokenizer = {
        "model": {"type": "BPE", "vocab": {f"t{n}": n for n in range(tokens)}, "merges": []},
        "added_tokens": [{"id": tokens + n, "content": f"<{n}>"} for n in range(added)],
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


@pytest.mark.parametrize(("tokens", "added"), [(100, 0), (95, 3), (90, 0), (100, 1)])
def test_spare_rows_and_special_tokens_are_no_other_vocabulary(
    tmp_path: Path, tokens: int, added: int
) -> None:
    check_vocabulary(model(tmp_path / "m", 100, tokens, added), 100)


@pytest.mark.parametrize(
    ("rows", "tokens", "stated", "sentence"),
    [
        (100, 120, 100, "a tokenizer of 120 tokens, and weights for 100"),
        (100, 50, 100, "a tokenizer of 50 tokens, and weights for 100"),
        (90, 90, 100, "weights for 90 tokens, and its config says 100"),
    ],
)
def test_a_tokenizer_of_another_model_is_refused(
    tmp_path: Path, rows: int, tokens: int, stated: int, sentence: str
) -> None:
    with pytest.raises(BadUsage, match=sentence):
        check_vocabulary(model(tmp_path / "m", rows, tokens), stated)


@pytest.mark.parametrize("text", ["{}", '{"model": {"vocab": {"a": "b"}}}', '{"model": 3}', "[]"])
def test_a_tokenizer_that_is_none_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(BadUsage, match=r"tokenizer.json is no tokenizer"):
        tokens_of(tmp_path)


def test_nobody_counts_without_a_tokenizer(tmp_path: Path) -> None:
    assert token_counter(tmp_path) is None
