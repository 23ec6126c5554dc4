"""A case's pairs as token ids: the shared prefix once, and a branch for each question and answer.

Whole texts are tokenized and compared, never pieces glued together, so that training sees what
inference will: any tokenizer works for which a prompt's tokens begin the tokens of prompt and
answer, and one for which they do not is refused. Knows no model, no store and no torch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Encode = Callable[[str], list[int]]


class EncodingError(ValueError):
    """A text that this tokenizer cannot be trained on."""


@dataclass(frozen=True)
class Branch:
    """What follows the prefix for one pair: question and answer, the answer's length with EOS."""

    tokens: tuple[int, ...]
    answer_length: int


@dataclass(frozen=True)
class PackedCase:
    """One case as one row: ``prefix`` once, then its branches; positions restart after it."""

    case_id: str
    prefix: tuple[int, ...]
    branches: tuple[Branch, ...]

    @property
    def length(self) -> int:
        return len(self.prefix) + sum(len(branch.tokens) for branch in self.branches)

    @property
    def longest(self) -> int:
        """The length of its longest single sequence: what the model's context must hold."""
        return len(self.prefix) + max(len(branch.tokens) for branch in self.branches)


def pack_case(
    case_id: str, prompts_and_completions: Sequence[tuple[str, str]], encode: Encode, eos: int
) -> PackedCase:
    """Tokenize one case's pairs and find the prefix that all of its prompts share.

    Raises:
        EncodingError: the tokenizer joins the end of a prompt with the beginning of its answer.
    """
    prompts: list[list[int]] = []
    wholes: list[list[int]] = []
    for prompt, completion in prompts_and_completions:
        ids = encode(prompt)
        whole = encode(prompt + completion)
        if whole[: len(ids)] != ids or len(whole) == len(ids):
            raise EncodingError(
                f"The tokenizer does not keep prompt and answer of {case_id} apart; "
                "this base model cannot be used with these prompts."
            )
        prompts.append(ids)
        wholes.append([*whole, eos])
    # a branch begins with at least one token of its question, whose prediction nobody needs
    shared = min(_common(prompts), min(len(ids) for ids in prompts) - 1)
    branches = tuple(
        Branch(tuple(whole[shared:]), len(whole) - len(ids))
        for ids, whole in zip(prompts, wholes, strict=True)
    )
    return PackedCase(case_id, tuple(wholes[0][:shared]), branches)


def _common(sequences: Sequence[Sequence[int]]) -> int:
    """The length of the longest prefix that all sequences share."""
    for index, tokens in enumerate(zip(*sequences, strict=False)):
        if len(set(tokens)) > 1:
            return index
    return min(len(sequence) for sequence in sequences)
