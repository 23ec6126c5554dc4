"""Whether a model folder's tokenizer belongs to its weights, by their sizes alone.

A tokenizer of another model trains without an error to something that nobody can read. Reads
headers and JSON; loads no model and no weight.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from store.errors import BadUsage, RadoncError
from store.lines import read_json
from trainer.shape import shape_of

LEAST = 0.9
"""A model may have spare rows for tokens that its tokenizer has not: at most a tenth."""
WAY_OUT = "Take config, weights and tokenizer from one model."


def check_vocabulary(folder: Path, stated: int) -> None:
    """Config, weights and tokenizer of a folder have one vocabulary.

    Args:
        folder: a Hugging Face folder whose files are all there.
        stated: ``vocab_size`` of its config.

    Raises:
        BadUsage: they have not; the sentence gives both sizes.
    """
    rows = shape_of(folder).vocabulary
    if rows and rows != stated:
        raise BadUsage(
            f"{folder} has weights for {rows} tokens, and its config says {stated}.", WAY_OUT
        )
    text, whole = tokens_of(folder)
    if text > stated:
        raise BadUsage(
            f"{folder} has a tokenizer of {text} tokens, and weights for {stated}.", WAY_OUT
        )
    if whole < LEAST * stated:
        raise BadUsage(
            f"{folder} has a tokenizer of {whole} tokens, and weights for {stated}.", WAY_OUT
        )


def tokens_of(folder: Path) -> tuple[int, int]:
    """(tokens that text is made of, those with the added ones) of a folder's tokenizer."""
    if (folder / "tokenizer.json").is_file():
        return _of_json(read_json(folder / "tokenizer.json"), folder)
    from sentencepiece import SentencePieceProcessor

    try:
        pieces = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    except (OSError, RuntimeError) as error:
        raise _unreadable(folder, "tokenizer.model") from error
    return len(pieces), len(pieces)


def _of_json(tokenizer: Any, folder: Path) -> tuple[int, int]:
    try:
        vocabulary = tokenizer["model"]["vocab"]
        # one kind of tokenizer has a list, whose places are the ids
        ids = (
            [int(number) for number in vocabulary.values()]
            if isinstance(vocabulary, Mapping)
            else list(range(len(vocabulary)))
        )
        added = [int(token["id"]) for token in tokenizer.get("added_tokens") or []]
        return max(ids) + 1, max([*ids, *added]) + 1
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(folder, "tokenizer.json") from error


def _unreadable(folder: Path, name: str) -> RadoncError:
    return BadUsage(f"{folder}/{name} is no tokenizer.", "Download it again.")
