"""An adapter as a file of its own answers on its base as the merged model does."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from exports.gguf.strings import SAMPLE_TEXTS
from exports.inference.engine import Engine, ScoreRequest
from store.errors import RadoncError
from store.lines import sha256_file
from tests.integration.tiny import FAMILIES, Family, tiny_adapter, tiny_model

LABELS = ("photon", "proton", "electron", "brachytherapy")


@pytest.mark.parametrize("family", FAMILIES)
def test_base_and_adapter_say_what_the_merged_model_says(family: Family, tmp_path: Path) -> None:
    from exports.gguf import llama
    from exports.gguf.adapter import write_adapter
    from exports.gguf.reference import TAIL, references
    from exports.gguf.verify import compare, verify
    from exports.gguf.write import write_f16

    base = tiny_model(tmp_path / "base", family)
    adapter = tiny_adapter(base, tmp_path / "adapter")
    for name, folder in (("base", None), ("merged", adapter)):
        write_f16(base, tmp_path / f"{name}.gguf", name, folder)
    write_adapter(base, adapter, tmp_path / "adapter.gguf", "tiny", "made of noise")
    reference = references(base, adapter, SAMPLE_TEXTS, tmp_path)["tuned"]
    whole, alone = tmp_path / "base.gguf", tmp_path / "adapter.gguf"
    verdict = verify(whole, "F16", reference, adapter=alone)
    assert verdict.passed, verdict.failures
    assert verdict.mean_kl < 1e-4
    assert (verdict.sha256, verdict.bytes) == (sha256_file(alone), alone.stat().st_size)
    assert not verify(whole, "F16", reference).passed

    def logits(path: Path, put_on: Path | None) -> np.ndarray:
        with llama.loaded(path) as model:
            return llama.tail_logits(model, reference.rows, TAIL, lambda _: None, put_on)

    _, _, kl = compare(logits(tmp_path / "merged.gguf", None), logits(whole, alone))
    assert kl.mean() < 1e-4


def test_rank_stabilized_adapters_keep_their_scale(tmp_path: Path) -> None:
    from exports.gguf.adapter import write_adapter
    from exports.gguf.reference import references
    from exports.gguf.verify import verify
    from exports.gguf.write import write_f16

    base = tiny_model(tmp_path / "base", "qwen2")
    adapter = tiny_adapter(base, tmp_path / "adapter")
    settings = adapter / "adapter_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "use_rslora": True}))
    write_f16(base, tmp_path / "base.gguf", "base")
    write_adapter(base, adapter, tmp_path / "adapter.gguf", "tiny")
    reference = references(base, adapter, SAMPLE_TEXTS, tmp_path, with_base=False)["tuned"]
    found = verify(tmp_path / "base.gguf", "F16", reference, adapter=tmp_path / "adapter.gguf")
    assert found.passed, found.failures


def test_an_engine_changes_between_adapters_without_loading_again(tmp_path: Path) -> None:
    """Each task's own adapter gives what its merged file gives, in any order."""
    from exports.gguf.adapter import write_adapter
    from exports.gguf.write import write_f16

    base = tiny_model(tmp_path / "base", "llama3")
    write_f16(base, tmp_path / "base.gguf", "base")
    asked = [ScoreRequest(SAMPLE_TEXTS[0], LABELS), ScoreRequest(SAMPLE_TEXTS[3], LABELS)]
    expected: dict[str, list[list[float]]] = {}
    files: dict[str, Path] = {}

    def scores(path: Path) -> list[list[float]]:
        with Engine.open(path, sha256_file(path)) as engine:
            return list(engine.score(asked))

    expected["base"] = scores(tmp_path / "base.gguf")
    for seed, task in enumerate(("modality", "icd10"), 1):
        adapter = tiny_adapter(base, tmp_path / task, seed)
        files[task] = tmp_path / f"{task}.gguf"
        write_adapter(base, adapter, files[task], task)
        write_f16(base, tmp_path / "merged.gguf", task, adapter)
        expected[task] = scores(tmp_path / "merged.gguf")
    assert not np.allclose(expected["modality"], expected["icd10"], atol=0.5)
    whole = tmp_path / "base.gguf"
    with Engine.open(whole, sha256_file(whole)) as engine:
        pid = engine.pid
        for task in ("modality", "icd10", "base", "icd10", "modality"):
            path = files.get(task)
            engine.use(path, sha256_file(path) if path else "")
            np.testing.assert_allclose(list(engine.score(asked)), expected[task], atol=0.05)
        assert engine.pid == pid
        engine.use(None)
        assert list(engine.score(asked)) == expected["base"]


def test_an_adapter_of_another_model_or_none_at_all_is_one_sentence(tmp_path: Path) -> None:
    from exports.gguf.adapter import write_adapter
    from exports.gguf.write import write_f16

    base = tiny_model(tmp_path / "base", "qwen2")
    other = tiny_model(tmp_path / "other", "llama3")
    write_f16(base, tmp_path / "base.gguf", "base")
    write_adapter(other, tiny_adapter(other, tmp_path / "a"), tmp_path / "other.gguf", "other")
    (tmp_path / "noise.gguf").write_bytes(b"noise" * 99)
    whole = tmp_path / "base.gguf"
    with Engine.open(whole, sha256_file(whole)) as engine:
        for name in ("other", "noise"):
            path = tmp_path / f"{name}.gguf"
            with pytest.raises(RadoncError, match=f"{name}.gguf is no adapter of this model"):
                engine.use(path, sha256_file(path))
        with pytest.raises(RadoncError, match="is not the one that was recorded"):
            engine.use(tmp_path / "other.gguf", "0" * 64)
        assert list(engine.score([ScoreRequest(SAMPLE_TEXTS[0], LABELS)]))


def test_an_adapter_that_is_no_lora_of_the_base_leaves_no_file(tmp_path: Path) -> None:
    from exports.gguf.adapter import write_adapter

    base = tiny_model(tmp_path / "base", "qwen2")
    adapter = tiny_adapter(base, tmp_path / "adapter")
    shutil.move(adapter / "adapter_config.json", tmp_path / "kept.json")
    settings = {**json.loads((tmp_path / "kept.json").read_text()), "use_dora": True}
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    with pytest.raises(RadoncError, match="no plain LoRA"):
        write_adapter(base, adapter, tmp_path / "adapter.gguf", "tiny")
    assert not list(tmp_path.glob("*.gguf*"))
