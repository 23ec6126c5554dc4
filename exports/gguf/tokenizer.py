"""A Hugging Face tokenizer told in the words of GGUF.

There is one way for all models: whatever files a folder has, transformers makes its fast
tokenizer of them, and that tokenizer's own description is translated. So what is written is
what training used. llama.cpp knows each way of cutting text before BPE by a name; a way that is
not in the table is refused, and ``verify`` proves the rest on thousands of strings.
Imports transformers: only for worker processes.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf import GGUFWriter, TokenType
from transformers import AutoTokenizer

from store.errors import RadoncError
from trainer.bases import FAMILY_NAMES

LLAMA3_CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2_CUT = LLAMA3_CUT.replace(r"\p{N}{1,3}", r"\p{N}")
TEKKEN_CUT = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
    r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CUTS = {
    ("digits", "gpt2"): "smollm",
    ("gpt2",): "gpt-2",
    (LLAMA3_CUT,): "llama-bpe",
    (QWEN2_CUT,): "qwen2",
    (TEKKEN_CUT,): "tekken",
}
"""How text is cut before BPE -> what llama.cpp calls it (``tokenizer.ggml.pre``)."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens by id, and how text becomes them, as GGUF has it."""

    model: str
    pre: str
    tokens: list[str]
    types: list[TokenType]
    merges: list[str]
    scores: list[float]


def load_tokenizer(folder: Path) -> Any:
    """The folder's own tokenizer, from its files alone."""
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def add_tokenizer(writer: GGUFWriter, folder: Path, vocab_size: int) -> None:
    """Write all ``tokenizer.*`` fields for the tokenizer in ``folder``.

    Args:
        writer: where to.
        folder: a Hugging Face folder.
        vocab_size: rows of the embedding; ids the tokenizer lacks become unused tokens.

    Raises:
        RadoncError: llama.cpp has no such tokenizer.
    """
    tokenizer = load_tokenizer(folder)
    vocabulary = read_vocabulary(tokenizer, folder, vocab_size)
    writer.add_tokenizer_model(vocabulary.model)
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    if vocabulary.model == "gpt2":
        writer.add_token_merges(vocabulary.merges)
    else:
        writer.add_token_scores(vocabulary.scores)
    for token_id, add in (
        (tokenizer.bos_token_id, writer.add_bos_token_id),
        (tokenizer.eos_token_id, writer.add_eos_token_id),
        (tokenizer.unk_token_id, writer.add_unk_token_id),
        (tokenizer.pad_token_id, writer.add_pad_token_id),
    ):
        if token_id is not None:
            add(token_id)
    # what the tokenizer does counts, not what its settings say
    with_special = tokenizer("a")["input_ids"]
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    spaced = tokenizer.convert_ids_to_tokens(plain)[0].startswith("\u2581")
    writer.add_add_bos_token(with_special[0] == tokenizer.bos_token_id)
    writer.add_add_eos_token(with_special[-1] == tokenizer.eos_token_id)
    writer.add_add_space_prefix(vocabulary.model == "llama" and spaced)
    if isinstance(tokenizer.chat_template, str):
        writer.add_chat_template(tokenizer.chat_template)


def read_vocabulary(tokenizer: Any, folder: Path, vocab_size: int) -> Vocabulary:
    """Translate a fast tokenizer; see ``add_tokenizer``."""
    told = json.loads(tokenizer.backend_tokenizer.to_str())
    model = told["model"]
    if len(tokenizer) > vocab_size:
        raise RadoncError(
            f"The tokenizer of {folder.name} has {len(tokenizer)} tokens, and the model has "
            f"{vocab_size}.",
            "Put the tokenizer there that the model was made with.",
        )
    if model["type"] != "BPE":
        raise _unknown(folder, str(model["type"]))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    tokens, types = _tokens(told, vocab_size)
    if model["byte_fallback"]:
        return Vocabulary("llama", "default", tokens, types, [], _scores(tokens, merges))
    cut = _cut(told["pre_tokenizer"])
    if cut not in CUTS:
        raise _unknown(folder, f"BPE, cut by {' then '.join(cut) or 'nothing'}")
    return Vocabulary("gpt2", CUTS[cut], tokens, types, merges, [])


def _tokens(told: dict[str, Any], vocab_size: int) -> tuple[list[str], list[TokenType]]:
    tokens = [f"[PAD{index}]" for index in range(vocab_size)]
    types = [TokenType.UNUSED] * vocab_size
    byte_fallback = told["model"]["byte_fallback"]
    for token, index in told["model"]["vocab"].items():
        is_byte = byte_fallback and len(token) == 6 and token.startswith("<0x")
        tokens[index] = token
        types[index] = TokenType.BYTE if is_byte else TokenType.NORMAL
    for added in told["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    unknown = told["model"].get("unk_token")
    if byte_fallback and unknown in told["model"]["vocab"]:
        types[told["model"]["vocab"][unknown]] = TokenType.UNKNOWN
    return tokens, types


def _scores(tokens: list[str], merges: list[str]) -> list[float]:
    """SentencePiece's order of merging, as scores: the earlier a merge, the higher its token.

    llama.cpp merges the pair whose token has the highest score; only the order matters.
    """
    rank: dict[str, int] = {}
    for index, merge in enumerate(merges):
        rank.setdefault(merge.replace(" ", ""), index)
    return [-float(rank.get(token, len(merges))) for token in tokens]


def _cut(pre_tokenizer: dict[str, Any] | None) -> tuple[str, ...]:
    """The steps that cut, in the words of ``CUTS``; a step that only maps bytes cuts nothing."""
    if pre_tokenizer is None:
        return ()
    if pre_tokenizer["type"] == "Sequence":
        return tuple(step for inner in pre_tokenizer["pretokenizers"] for step in _cut(inner))
    if pre_tokenizer["type"] == "ByteLevel":
        return ("gpt2",) if pre_tokenizer["use_regex"] else ()
    if pre_tokenizer["type"] == "Digits" and pre_tokenizer["individual_digits"]:
        return ("digits",)
    if pre_tokenizer["type"] == "Split":
        return (str(pre_tokenizer["pattern"].get("Regex")),)
    return (pre_tokenizer["type"],)


def _unknown(folder: Path, what: str) -> RadoncError:
    return RadoncError(
        f"The tokenizer of {folder.name} ({what}) has no counterpart in llama.cpp.",
        f"Use a {FAMILY_NAMES} model with its own tokenizer.",
    )
