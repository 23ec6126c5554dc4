"""Base models with random weights in real sizes, and a tokenizer that knows the made-up cases."""

from itertools import islice
from pathlib import Path
from typing import Any

from store.synthetic.cases import synthesize
from tests.integration.tiny import sentencepiece_tokenizer

TOKENS = 4000
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden": 256, "inner": 512, "layers": 2, "heads": 4, "groups": 2},
    # as TinyLlama and Mistral have them
    "1b": {"hidden": 2048, "inner": 5632, "layers": 22, "heads": 32, "groups": 4},
    "7b": {"hidden": 4096, "inner": 14336, "layers": 32, "heads": 32, "groups": 8},
}


def random_base(folder: Path, size: str, device: str, head: float = 1.0) -> Path:
    """A Hugging Face folder of a Llama of that size, in 16 bit.

    The weights of its last layer are multiplied by ``head``: a quiet model of noise finds no token
    likelier than the others, whatever its weights are rounded to.
    """
    import torch
    import transformers as hf

    folder.mkdir(parents=True)
    sentencepiece_tokenizer(folder, texts(), TOKENS)
    shape = SIZES[size]
    config = hf.LlamaConfig(
        hidden_size=shape["hidden"],
        intermediate_size=shape["inner"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["groups"],
        # a base of a home must have a tokenizer for all of its vocabulary
        vocab_size=32000 if size == "7b" else TOKENS,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model: Any = hf.LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(torch.float32)
    model.lm_head.weight.data *= head
    model.save_pretrained(folder)
    return folder


def texts() -> list[str]:
    """Notes, regimens and codes of made-up cases, line by line."""
    found: list[str] = []
    for case in islice(synthesize(600, 11, "full"), 600):
        for text in (case.diagnosis, case.regimen, case.icd10):
            found += (text or "").splitlines()
    return [line for line in found if line.isascii() and line.strip()]
