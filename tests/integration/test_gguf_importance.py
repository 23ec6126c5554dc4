"""The importance matrix is what it says, and llama.cpp quantizes by it."""

from pathlib import Path

import numpy as np
import pytest

from exports.gguf.strings import SAMPLE_TEXTS
from store.errors import RadoncError
from tests.integration.tiny import tiny_adapter, tiny_model

NAME = "model.layers.1.mlp.down_proj"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``base``, ``adapter`` and ``F16.gguf`` of both."""
    from exports.gguf.write import write_f16

    folder = tmp_path_factory.mktemp("weighed")
    tiny_model(folder / "base", "llama3")
    tiny_adapter(folder / "base", folder / "adapter")
    write_f16(folder / "base", folder / "F16.gguf", "tiny", folder / "adapter")
    return folder


def test_it_is_the_mean_square_of_each_input_over_every_token(folder: Path) -> None:
    """Against inputs caught one prompt at a time, without padding, in a model that is loaded."""
    import peft
    import torch
    import transformers as hf

    from exports.gguf.importance import measure
    from exports.gguf.streamed import streamed_model, with_adapter
    from exports.gguf.tokenizer import load_tokenizer

    rows = load_tokenizer(folder / "base")(list(SAMPLE_TEXTS[:5]))["input_ids"]
    assert len({len(row) for row in rows}) > 2
    told: list[int] = []
    streamed = with_adapter(streamed_model(folder / "base"), folder / "adapter")
    found = measure(streamed, rows, told.append)
    assert told[-1] == len(rows)
    assert len(found) == 2 * 7
    caught: list[torch.Tensor] = []
    loaded = hf.AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    loaded = peft.PeftModel.from_pretrained(loaded, str(folder / "adapter")).eval()
    layer = loaded.get_base_model().get_submodule(NAME)
    layer.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0][0]))
    with torch.inference_mode():
        for row in rows:
            loaded(torch.tensor([row]))
    expected = torch.cat(caught).double().square().mean(0).numpy()
    np.testing.assert_allclose(found[NAME], expected, rtol=1e-4)


def test_llama_cpp_quantizes_by_it(folder: Path, tmp_path: Path) -> None:
    """The error of a matrix, weighted by the importance of its inputs, gets smaller."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    from exports.gguf.importance import save
    from exports.gguf.quantize import quantize

    def matrix(path: Path) -> np.ndarray:
        (tensor,) = [t for t in GGUFReader(path).tensors if t.name == "blk.1.ffn_down.weight"]
        return dequantize(tensor.data, tensor.tensor_type)

    weights = np.geomspace(1e-3, 1e3, 512).astype(np.float32)
    np.random.default_rng(0).shuffle(weights)
    save(tmp_path / "i.npz", {NAME: weights}, lambda _: "blk.1.ffn_down.weight")
    quantize(folder / "F16.gguf", tmp_path / "plain.gguf", "Q4_K_M")
    quantize(folder / "F16.gguf", tmp_path / "weighed.gguf", "Q4_K_M", None, tmp_path / "i.npz")
    whole = matrix(folder / "F16.gguf").astype(np.float32)

    def error(name: str) -> float:
        return float(((matrix(tmp_path / name) - whole) ** 2 * weights).sum())

    assert error("weighed.gguf") < 0.8 * error("plain.gguf")


def test_a_matrix_of_another_model_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    from exports.gguf.importance import save
    from exports.gguf.quantize import quantize

    save(tmp_path / "i.npz", {NAME: np.ones(256, np.float32)}, lambda _: "blk.1.ffn_down.weight")
    with pytest.raises(RadoncError, match=r"imatrix size 256 is different from tensor size 512"):
        quantize(folder / "F16.gguf", tmp_path / "x.gguf", "Q4_K_M", None, tmp_path / "i.npz")
    assert list(tmp_path.iterdir()) == [tmp_path / "i.npz"]


def test_a_layer_that_gets_no_k_quant_is_left_out() -> None:
    import transformers as hf

    from exports.gguf.importance import measure

    config = hf.LlamaConfig(
        hidden_size=64,
        intermediate_size=768,
        num_hidden_layers=1,
        num_attention_heads=4,
        vocab_size=99,
    )
    found = measure(hf.LlamaForCausalLM(config), [[5, 6, 7]], lambda _: None)
    assert {name: values.shape for name, values in found.items()} == {
        "model.layers.0.mlp.down_proj": (768,)
    }


def test_an_input_that_no_prompt_uses_still_counts_a_little() -> None:
    from exports.gguf.importance import FLOOR, _floored

    found = _floored(np.array([0.0, 2.0, 1.0]))
    np.testing.assert_allclose(found, [FLOOR, 2.0, 1.0])
    assert (_floored(np.zeros(3)) > 0).all()
