"""Tiny models with random weights and tokenizers of the real kinds, made in a second.

Small enough for a test, wide enough (256) for the K quantizations.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from exports.gguf.strings import SAMPLE_TEXTS, made_up_strings
from exports.gguf.tokenizer import LLAMA3_CUT, QWEN2_CUT
from store.lines import write_json

Family = Literal[
    "llama2", "mistral", "llama3", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3"
]
FAMILIES: tuple[Family, ...] = get_args(Family)
VOCABULARY = 640
CORPUS = [*SAMPLE_TEXTS, *made_up_strings(1000, seed=9)]
SIZE: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.05,
}
LLAMA3_POSITIONS = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def tiny_model(folder: Path, family: Family, seed: int = 0) -> Path:
    """A Hugging Face folder: config, safetensors and the family's own kind of tokenizer."""
    import torch
    import transformers as hf

    folder.mkdir(parents=True)
    torch.manual_seed(seed)
    if family in ("llama2", "mistral"):
        sentencepiece_tokenizer(folder)
        ends: dict[str, Any] = {"vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": 2}
        if family == "llama2":
            model: Any = hf.LlamaForCausalLM(hf.LlamaConfig(**SIZE, **ends))
        else:
            model = hf.MistralForCausalLM(hf.MistralConfig(**SIZE, **ends, head_dim=32))
    elif family == "llama3":
        ids = _byte_bpe(folder, LLAMA3_CUT, "<|begin_of_text|>", "<|end_of_text|>")
        config = hf.LlamaConfig(
            **SIZE, **ids, vocab_size=VOCABULARY, rope_parameters=LLAMA3_POSITIONS
        )
        model = hf.LlamaForCausalLM(config)
    elif family == "phi3":
        sentencepiece_tokenizer(folder)
        config = hf.Phi3Config(
            **SIZE, vocab_size=VOCABULARY, bos_token_id=1, eos_token_id=2, pad_token_id=0
        )
        model = hf.Phi3ForCausalLM(config)
    elif family.startswith("gemma"):
        model = _gemma(folder, family)
    else:
        # Qwen's embedding has more rows than its tokenizer has tokens
        ids = _byte_bpe(folder, QWEN2_CUT, None, "<|endoftext|>")
        settings = {**SIZE, **ids, "vocab_size": VOCABULARY + 32, "tie_word_embeddings": True}
        if family == "qwen2":
            model = hf.Qwen2ForCausalLM(hf.Qwen2Config(**settings))
        else:
            model = hf.Qwen3ForCausalLM(hf.Qwen3Config(**settings, head_dim=64))
    _spread(model)
    model.save_pretrained(folder)
    return folder


def tiny_adapter(base: Path, folder: Path, seed: int = 1, size: float = 0.05) -> Path:
    """A PEFT LoRA adapter of random weights for ``base``; ``size`` is their spread."""
    import peft
    import torch
    import transformers as hf

    torch.manual_seed(seed)
    model = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = peft.LoraConfig(
        r=4, lora_alpha=8, target_modules="all-linear", init_lora_weights=False
    )
    tuned: Any = peft.get_peft_model(model, config)
    for name, values in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(values, std=size)
    tuned.save_pretrained(folder)
    return folder


def _gemma(folder: Path, family: Family) -> Any:
    """Eight layers, so that one of six sees the whole text, and a window shorter than the texts."""
    import transformers as hf

    ids = _merges_of_sentencepiece(folder)
    settings = {**SIZE, **ids, "vocab_size": VOCABULARY, "head_dim": 64}
    windows = {"sliding_window": 16, "query_pre_attn_scalar": 64, "num_hidden_layers": 8}
    if family == "gemma":
        return hf.GemmaForCausalLM(hf.GemmaConfig(**settings))
    if family == "gemma2":
        return hf.Gemma2ForCausalLM(hf.Gemma2Config(**{**settings, **windows}))
    return hf.Gemma3ForCausalLM(hf.Gemma3TextConfig(**{**settings, **windows}))


def _merges_of_sentencepiece(folder: Path) -> dict[str, Any]:
    """A tokenizer as Gemma's is delivered: SentencePiece's own merges, as fast BPE with bytes."""
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
        trainers,
    )

    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    single = [f"<0x{byte:02X}>" for byte in range(256)]
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "\u2581")
    learner.pre_tokenizer = pre_tokenizers.Split(Regex("(?=\u2581)"), "isolated")
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 256, special_tokens=special, show_progress=False
    )
    learner.train_from_iterator([text for text in CORPUS if text.isascii()], trainer)
    told = json.loads(learner.to_str())["model"]
    learned = [token for token in told["vocab"] if token not in special]
    vocabulary = {token: index for index, token in enumerate([*special, *single, *learned])}
    merges = [tuple(merge) for merge in told["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    )
    return {"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}


def sentencepiece_tokenizer(
    folder: Path, corpus: Sequence[str] = CORPUS, size: int = VOCABULARY
) -> None:
    """Learn a tokenizer as Llama 2's and Mistral's, of so many tokens, and save it."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text for text in corpus if text.isascii()]),
        model_prefix=str(folder / "tokenizer"),
        model_type="bpe",
        vocab_size=size,
        character_coverage=1.0,
        byte_fallback=True,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    (folder / "tokenizer.vocab").unlink()
    settings = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": False}
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    write_json(folder / "tokenizer_config.json", {**settings, **names})


def _byte_bpe(folder: Path, cut: str, bos: str | None, eos: str) -> dict[str, Any]:
    """Train and save a byte-level BPE as Llama 3 and Qwen have it; returns its special ids."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from tokenizers.normalizers import NFC

    tokenizer = Tokenizer(models.BPE(ignore_merges=bos is not None))
    parts = [
        pre_tokenizers.Split(Regex(cut), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token in (bos, eos) if token]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if bos is None:
        tokenizer.normalizer = NFC()
    else:
        bos_id = tokenizer.token_to_id(bos)
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, bos_id)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"eos_token": eos, "pad_token": eos} | ({"bos_token": bos} if bos else {})
    write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    )
    ids = {"eos_token_id": tokenizer.token_to_id(eos)}
    return ids | ({"bos_token_id": tokenizer.token_to_id(bos)} if bos else {"bos_token_id": None})


def _spread(model: Any) -> None:
    """Weights so large that the next token is not a coin toss, and no bias left at zero."""
    import torch

    tied = model.config.tie_word_embeddings
    gemma = model.config.model_type.startswith("gemma")
    first = model.config.model_type == "gemma"
    for name, values in model.named_parameters():
        if gemma and name == "model.norm.weight":
            torch.nn.init.constant_(values, 9.0 if first else 1.0)
        elif gemma and name.endswith("embed_tokens.weight"):
            # multiplied by 16 here, which would drown what the layers add; those of the first
            # Gemma add less
            torch.nn.init.normal_(values, std=0.01 if first else 0.05)
        elif name.endswith("embed_tokens.weight"):
            torch.nn.init.normal_(values, std=0.25 if tied else 0.5)
        elif name == "lm_head.weight":
            torch.nn.init.normal_(values, std=0.15)
        elif name.endswith(".bias"):
            torch.nn.init.normal_(values, std=0.2)
