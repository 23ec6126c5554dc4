"""How long a case may be for a base model, and which cases are longer; told without torch.

Nothing is ever cut: a case that is longer is left out, and counted before the training starts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from store.errors import RadoncError

SPECIALS = 4
"""Tokens that a tokenizer may put around a text, with the end of the answer."""


def context_of(config: Mapping[str, Any], max_length: int) -> int:
    """Tokens that a case may have: as set, and no more than the model was made for.

    A model with a sliding window attends to no more than the window in some layers, and the mask
    of packed rows has none: so no case may be longer than it.
    """
    limits = [max_length, config.get("max_position_embeddings")]
    if config.get("use_sliding_window", True):
        limits.append(config.get("sliding_window"))
    return min(limit for limit in limits if limit)


def too_long(
    cases: Iterable[Sequence[str]], limit: int, count: Callable[[str], int] | None
) -> int | None:
    """How many cases have a text (prompt with answer) of more than ``limit`` tokens, with its end.

    A token is at least one byte, so only texts of more bytes are counted; None where there are
    such and nobody can count.
    """
    doubtful = [
        long
        for texts in cases
        if (long := [text for text in texts if len(text.encode()) + SPECIALS > limit])
    ]
    if count is None:
        return None if doubtful else 0
    return sum(any(count(text) + 1 > limit for text in texts) for texts in doubtful)


@lru_cache(maxsize=4)
def token_counter(folder: Path) -> Callable[[str], int] | None:
    """Counts the tokens of a text as the base model in ``folder`` does; None without a file.

    Uses the tokenizer's own library and not transformers, which takes seconds to import.
    """
    if (folder / "tokenizer.json").is_file():
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            # the library raises nothing more special
            raise RadoncError(
                f"{folder}/tokenizer.json cannot be read.",
                "`radonc models verify` says what is wrong with the base.",
            ) from error
        return lambda text: len(tokenizer.encode(text).ids)
    if (folder / "tokenizer.model").is_file():
        from sentencepiece import SentencePieceProcessor

        pieces = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        # with the token that begins a text
        return lambda text: len(pieces.encode(text)) + 1
    return None
