"""Weights in several files: read in blocks, and refused in a sentence where they are damaged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from store.errors import RadoncError
from tests.integration.tiny import tiny_adapter, tiny_model


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """A tiny model in six files."""
    import transformers as hf

    whole = tiny_model(tmp_path / "whole", "llama3")
    model = hf.AutoModelForCausalLM.from_pretrained(whole)
    folder = tmp_path / "shards"
    model.save_pretrained(folder, max_shard_size="1MB")
    for path in whole.iterdir():
        if path.suffix == ".json" and not (folder / path.name).exists():
            (folder / path.name).write_bytes(path.read_bytes())
    assert len(list(folder.glob("model-*.safetensors"))) > 3
    return folder


def test_shards_give_the_file_that_one_file_gives(shards: Path, tmp_path: Path) -> None:
    from exports.gguf import tensors
    from exports.gguf.write import write_f16

    adapter = tiny_adapter(tmp_path / "whole", tmp_path / "adapter")
    write_f16(tmp_path / "whole", tmp_path / "whole.gguf", "tiny", adapter)
    write_f16(shards, tmp_path / "shards.gguf", "tiny", adapter)
    for name, stored in tensors.stored_tensors(shards).items():
        assert stored.read().equal(tensors.stored_tensors(tmp_path / "whole")[name].read())
    from gguf import GGUFReader

    def content(path: Path) -> dict[str, bytes]:
        return {t.name: t.data.tobytes() for t in GGUFReader(path).tensors}

    assert content(tmp_path / "shards.gguf") == content(tmp_path / "whole.gguf")


def test_small_blocks_give_the_same_tensor(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from exports.gguf import tensors
    from exports.gguf.merge import MergedWeights

    weights = MergedWeights(shards, tiny_adapter(tmp_path / "whole", tmp_path / "adapter"))
    name = "model.layers.0.mlp.down_proj.weight"
    ((_, expected),) = weights.blocks(name)
    monkeypatch.setattr(tensors, "BLOCK", 512 * 7)
    blocks = list(weights.blocks(name))
    assert [first for first, _ in blocks][:3] == [0, 7, 14]
    torch.testing.assert_close(torch.cat([block for _, block in blocks]), expected)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def noise(path: Path) -> None:
    path.write_bytes((99).to_bytes(8, "little") + b"\xff" * path.stat().st_size)


def other_type(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"dtype":"F32"', b'"dtype":"I32"'))


def other_names(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"model.', b'"noted.'))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (cut, "SHARD is cut short or damaged."),
        (noise, "SHARD is no safetensors file that can be read."),
        (other_type, "SHARD holds weights of type I32."),
        (
            other_names,
            r"SHARD has no tensor model\.[\w.]+, which model.safetensors.index.json names.",
        ),
        (Path.unlink, "SHARD is missing."),
    ],
)
def test_a_damaged_shard_is_one_sentence_and_no_file(
    shards: Path, tmp_path: Path, harm: Callable[[Path], None], sentence: str
) -> None:
    from exports.gguf.write import write_f16

    shard = sorted(shards.glob("model-*.safetensors"))[2]
    harm(shard)
    with pytest.raises(RadoncError, match=sentence.replace("SHARD", str(shard))) as raised:
        write_f16(shards, tmp_path / "F16.gguf", "tiny")
    assert raised.value.hint
    assert not list(tmp_path.glob("F16*"))


def test_weights_of_another_shape_than_the_settings_are_named(shards: Path) -> None:
    from exports.gguf.streamed import streamed_model

    path = shards / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "intermediate_size": 256}))
    with pytest.raises(RadoncError, match=r"The weights of shards are not those of its config"):
        streamed_model(shards)


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(
    shards: Path, tmp_path: Path
) -> None:
    from exports.gguf.write import write_f16

    path = shards / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "vocab_size": 500}))
    with pytest.raises(RadoncError, match=r"has 640 tokens, and the model has 500") as raised:
        write_f16(shards, tmp_path / "F16.gguf", "tiny")
    assert "tokenizer" in raised.value.hint
    assert not list(tmp_path.glob("F16*"))


def test_a_streamed_model_says_what_the_loaded_one_says(shards: Path, tmp_path: Path) -> None:
    """With PEFT around it as well; and between two computations it holds no weights."""
    import peft
    import torch
    import transformers as hf

    from exports.gguf.streamed import streamed_model, with_adapter

    adapter = tiny_adapter(tmp_path / "whole", tmp_path / "adapter")
    ids = torch.tensor([[5, 6, 7, 300, 20]])
    loaded = hf.AutoModelForCausalLM.from_pretrained(shards, dtype=torch.float32).eval()
    streamed = streamed_model(shards)
    with torch.inference_mode():
        torch.testing.assert_close(streamed(ids).logits, loaded(ids).logits)
        with_it = peft.PeftModel.from_pretrained(loaded, str(adapter)).eval()
        beside = with_adapter(streamed, adapter)
        torch.testing.assert_close(beside(ids).logits, with_it(ids).logits)
    held = [name for name, p in beside.named_parameters() if p.device.type != "meta"]
    assert held
    assert all("lora_" in name for name in held)
