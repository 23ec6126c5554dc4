"""Tiny models of the families whose training alone is tried, with random weights."""

from pathlib import Path
from typing import Any, Literal

from tests.integration.tiny import SIZE, VOCABULARY, _spread, sentencepiece_tokenizer

Other = Literal["llama2", "gemma", "gemma2", "gemma3", "phi3", "qwen3"]
OTHERS: tuple[Other, ...] = ("llama2", "gemma", "gemma2", "gemma3", "phi3", "qwen3")


def tiny_other(folder: Path, family: Other, seed: int = 0) -> Path:
    """A Hugging Face folder: config, safetensors and a SentencePiece tokenizer."""
    import torch
    import transformers as hf

    folder.mkdir(parents=True)
    torch.manual_seed(seed)
    sentencepiece_tokenizer(folder)
    ids = {"vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    shape: dict[str, Any] = {**SIZE, **ids}
    gemma: dict[str, Any] = {**shape, "head_dim": 64}
    window: dict[str, Any] = {"sliding_window": 512}
    make: dict[Other, Any] = {
        "llama2": lambda: hf.LlamaForCausalLM(hf.LlamaConfig(**shape)),
        "gemma": lambda: hf.GemmaForCausalLM(hf.GemmaConfig(**gemma)),
        "gemma2": lambda: hf.Gemma2ForCausalLM(hf.Gemma2Config(**gemma, **window)),
        "gemma3": lambda: hf.Gemma3ForCausalLM(hf.Gemma3TextConfig(**gemma, **window)),
        "qwen3": lambda: hf.Qwen3ForCausalLM(hf.Qwen3Config(**shape, head_dim=64)),
        "phi3": lambda: hf.Phi3ForCausalLM(hf.Phi3Config(**shape)),
    }
    model = make[family]()
    _spread(model)
    model.save_pretrained(folder)
    return folder
