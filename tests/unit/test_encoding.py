"""Packing over a toy tokenizer: bytes, so that every text is exact."""

import pytest
from hypothesis import given, strategies as st

from trainer.encoding import EncodingError, pack_case
from trainer.tasks import Task, completion, prompt

EOS = 256


def encode(text: str) -> list[int]:
    return list(text.encode())


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=12), min_size=3, max_size=3))
def test_prefix_and_branches_give_every_pair_back(diagnosis: str, answers: list[str]) -> None:
    texts = [
        (prompt(diagnosis, task), completion(answer))
        for task, answer in zip(Task, answers, strict=True)
    ]
    case = pack_case("case", texts, encode, EOS)
    for (question, answer), branch in zip(texts, case.branches, strict=True):
        whole = [*case.prefix, *branch.tokens]
        assert whole == [*encode(question + answer), EOS]
        assert whole[-branch.answer_length :] == [*encode(answer), EOS]
    assert case.length == len(case.prefix) + sum(len(b.tokens) for b in case.branches)
    assert len(case.prefix) >= len(encode("Diagnosis: "))


def test_one_task_keeps_a_token_of_its_question() -> None:
    case = pack_case("case", [("abc", " d")], encode, EOS)
    assert case.prefix == tuple(b"ab")
    assert case.branches[0].tokens == (*b"c d", EOS)
    assert case.longest == case.length == 6


def test_a_tokenizer_that_joins_prompt_and_answer_is_refused() -> None:
    def joining(text: str) -> list[int]:
        return encode(text.replace(": ", "\0"))

    with pytest.raises(EncodingError, match="apart"):
        pack_case("case", [("Code:", " C61")], joining, EOS)
    with pytest.raises(EncodingError):
        pack_case("case", [("Code:", "")], encode, EOS)
