"""From a Hugging Face folder and an adapter to GGUF files that say the same, for each family."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from exports.gguf.strings import SAMPLE_TEXTS
from store.errors import RadoncError
from tests.integration.tiny import FAMILIES, tiny_adapter, tiny_model

Models = dict[str, tuple[Path, Path]]


def ignore(*_: object) -> None:
    """A report that nobody reads."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Family -> (base folder, adapter folder)."""
    root = tmp_path_factory.mktemp("tiny")
    made: Models = {}
    for family in FAMILIES:
        base = tiny_model(root / family, family)
        made[family] = (base, tiny_adapter(base, root / f"{family}-adapter"))
    return made


@pytest.mark.parametrize("family", FAMILIES)
def test_every_quantization_of_a_tuned_model_passes(
    models: Models, family: str, tmp_path: Path
) -> None:
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references
    from exports.gguf.verify import verify

    base, adapter = models[family]
    reference = references(base, adapter, SAMPLE_TEXTS, tmp_path)
    said: list[str] = []
    quants = ["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M"]
    place = tmp_path / "gguf"
    verdicts = make_files(
        Model("tiny", base, adapter),
        quants,
        reference["tuned"],
        place,
        tmp_path,
        ignore,
        said.append,
    )
    assert [verdict.failures for verdict in verdicts.values()] == [()] * len(quants), said
    assert {path.stem for path in place.iterdir()} == set(quants)
    kls = [verdicts[quant].mean_kl for quant in quants]
    assert kls[0] < 1e-4
    assert kls == sorted(kls)
    sizes = [verdicts[quant].bytes for quant in quants]
    assert sizes == sorted(sizes, reverse=True)
    # the adapter is really in it: the untuned model says something else
    assert not verify(place / "F16.gguf", "F16", reference["base"]).passed


def test_merged_weights_are_those_of_peft(models: Models) -> None:
    import peft
    import torch
    import transformers as hf

    from exports.gguf.merge import MergedWeights

    base, adapter = models["llama3"]
    model = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tuned = peft.PeftModel.from_pretrained(model, str(adapter))
    expected = tuned.merge_and_unload().state_dict()  # type: ignore[operator]
    weights = MergedWeights(base, adapter)
    assert set(weights.names()) == set(expected)
    for name in weights.names():
        assert weights.shape(name) == tuple(expected[name].shape)
        merged = torch.cat([block for _, block in weights.blocks(name)])
        torch.testing.assert_close(merged, expected[name])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"use_dora": True}, r"no plain LoRA \(use_dora\)"),
        ({"modules_to_save": ["lm_head"]}, r"no plain LoRA \(modules_to_save\)"),
        ({"bias": "all"}, r"no plain LoRA \(bias\)"),
        ({"peft_type": "IA3"}, r"no plain LoRA \(IA3\)"),
    ],
)
def test_an_adapter_of_another_kind_is_refused(
    models: Models, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    from exports.gguf.merge import MergedWeights

    base, adapter = models["qwen2"]
    shutil.copytree(adapter, tmp_path / "adapter")
    path = tmp_path / "adapter" / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RadoncError, match=sentence):
        MergedWeights(base, tmp_path / "adapter")


def test_an_adapter_of_another_base_is_refused(models: Models) -> None:
    from exports.gguf.merge import MergedWeights

    with pytest.raises(RadoncError, match="does not fit this base model"):
        MergedWeights(models["qwen3"][0], models["mistral"][1])


def test_a_wrong_16_bit_file_stops_the_export_and_is_deleted(
    models: Models, tmp_path: Path
) -> None:
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references

    base, adapter = models["qwen3"]
    untuned = references(base, None, SAMPLE_TEXTS, tmp_path)["base"]
    said: list[str] = []
    model = Model("tiny", base, adapter)
    with pytest.raises(RadoncError, match="is not the model that was trained") as raised:
        make_files(model, ["F16", "Q8_0"], untuned, tmp_path / "x", tmp_path, ignore, said.append)
    assert "deleted" in str(raised.value)
    assert "the file was deleted" in said[-1]
    assert [path for path in tmp_path.rglob("*") if "gguf" in path.name] == []


def test_a_quantization_that_fails_is_deleted_and_the_others_stay(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references
    from exports.gguf.verify import LIMITS, Limit

    monkeypatch.setitem(LIMITS, "Q4_K_M", Limit(1.0, 1e-9))
    base, _ = models["qwen3"]
    reference = references(base, None, SAMPLE_TEXTS, tmp_path)["base"]
    said: list[str] = []
    place = tmp_path / "gguf"
    verdicts = make_files(
        Model("tiny", base), ["Q4_K_M", "Q8_0"], reference, place, tmp_path, ignore, said.append
    )
    assert not verdicts["Q4_K_M"].passed
    assert verdicts["Q8_0"].passed
    assert [path.name for path in place.iterdir()] == ["Q8_0.gguf"]
    assert any("Q4_K_M failed its check (mean KL" in text for text in said)


def test_quantizing_noise_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    from exports.gguf.quantize import quantize

    noise = tmp_path / "noise.gguf"
    noise.write_bytes(b"GGUF" + bytes(range(256)) * 64)
    with pytest.raises(RadoncError, match=r"Quantizing noise.gguf to Q8_0 failed") as raised:
        quantize(noise, tmp_path / "Q8_0.gguf", "Q8_0")
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == [noise]


def test_quantizing_that_is_stopped_leaves_no_file(models: Models, tmp_path: Path) -> None:
    from exports.gguf.quantize import quantize
    from exports.gguf.write import write_f16
    from store.work import Stopped

    def stop(*_: object) -> None:
        raise Stopped

    write_f16(models["qwen2"][0], tmp_path / "F16.gguf", "tiny")
    with pytest.raises(Stopped):
        quantize(tmp_path / "F16.gguf", tmp_path / "Q8_0.gguf", "Q8_0", stop)
    with pytest.raises(Stopped):
        write_f16(models["qwen2"][0], tmp_path / "again.gguf", "tiny", None, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["F16.gguf"]


def test_loading_noise_is_one_sentence(tmp_path: Path) -> None:
    from exports.gguf import llama

    (tmp_path / "noise.gguf").write_bytes(b"noise" * 1000)
    said = r"llama.cpp cannot load noise.gguf"
    with pytest.raises(RadoncError, match=said), llama.loaded(tmp_path / "noise.gguf"):
        pass


def test_a_tokenizer_without_counterpart_is_refused(models: Models, tmp_path: Path) -> None:
    from exports.gguf.write import write_f16

    folder = tmp_path / "odd"
    shutil.copytree(models["llama3"][0], folder)
    path = folder / "tokenizer.json"
    told = json.loads(path.read_text())
    told["pre_tokenizer"] = {"type": "Whitespace"}
    path.write_text(json.dumps(told))
    with pytest.raises(RadoncError, match=r"cut by Whitespace\) has no counterpart"):
        write_f16(folder, tmp_path / "F16.gguf", "odd")
    assert not list(tmp_path.glob("F16*"))


def test_weights_beyond_16_bits_are_refused(models: Models, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    from exports.gguf.write import write_f16

    folder = tmp_path / "large"
    shutil.copytree(models["qwen2"][0], folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.embed_tokens.weight"][3, 3] = 70_000.0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RadoncError, match=r"embed_tokens.weight holds numbers beyond 65,504"):
        write_f16(folder, tmp_path / "F16.gguf", "large")
    assert not list(tmp_path.glob("F16*"))


def test_kl_and_top_tokens_are_computed_as_defined() -> None:
    """Against numbers worked out by hand; a shift of all logits changes nothing."""
    from exports.gguf.verify import compare

    expected = np.log(np.array([[0.5, 0.25, 0.25], [0.4, 0.35, 0.25], [0.5, 0.5, 1e-9]]))
    found = np.log(np.array([[0.25, 0.5, 0.25], [0.4, 0.35, 0.25], [0.5, 0.5, 1e-9]])) + 7
    found[2] = np.nan
    same, clear, kl = compare(expected, found)
    assert clear.tolist() == [True, False, False]
    assert same.tolist()[:2] == [False, True]
    np.testing.assert_allclose(kl[:2], [0.25 * np.log(2), 0.0], atol=1e-12)
    assert kl[2] == np.inf
