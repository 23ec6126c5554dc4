"""The cases of a run as token ids, made once and kept beside the pairs they were made of.

The file's name is a hash of every text and of the base model, so a run that goes on, and any
later run of the home on the same texts, reads what is there. In an encrypted home it is sealed
as every file of lines is, and a patient who is withdrawn goes out of it by the line's names.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.lines import read_lines, write_lines
from trainer.encoding import Branch, EncodingError, PackedCase, pack_case
from trainer.tasks import Pair, completion

AT_ONCE = 512
"""Cases whose texts are given to the tokenizer together."""


def packed_cases(
    folder: Path, pairs: Sequence[Pair], base: str, tokenizer: Any
) -> tuple[list[PackedCase], int]:
    """The cases of ``pairs``, in their order, and how many pairs had no answer to learn.

    ``folder`` is the run's ``dataset``, ``base`` the base model's hash. A pair whose answer is
    blank teaches nothing and is left out, and so is a case of such pairs alone.

    Raises:
        RadoncError: the tokenizer does not keep a prompt and its answer apart.
    """
    answered = [pair for pair in pairs if pair.answer.strip()]
    cases: dict[str, list[Pair]] = {}
    for pair in answered:
        cases.setdefault(pair.case_id, []).append(pair)
    if not cases:
        return [], len(pairs)
    name = f"tokens-{_digest(cases, base, tokenizer)}.jsonl"
    made = _kept(folder, name, list(cases))
    if made is None:
        made = _tokenize(cases, tokenizer)
        rows = (_record(case, cases[case.case_id][0].patient) for case in made)
        write_lines(folder / name, rows)
    return made, len(pairs) - len(answered)


def _digest(cases: Mapping[str, Sequence[Pair]], base: str, tokenizer: Any) -> str:
    digest = hashlib.sha256(f"{base} {tokenizer.eos_token_id}".encode())
    for case_id, pairs in cases.items():
        for pair in pairs:
            digest.update(f"\0{case_id}\0{pair.prompt}\0{pair.answer}".encode())
    return digest.hexdigest()[:24]


def _kept(folder: Path, name: str, case_ids: Sequence[str]) -> list[PackedCase] | None:
    """What this run or another one kept under the name; None where nobody did."""
    for path in (folder / name, *sorted(folder.parents[1].glob(f"*/dataset/{name}"))):
        if not path.exists():
            continue
        try:
            made = [_case(row) for row in read_lines(path)]
        except (RadoncError, KeyError, TypeError):
            # damaged: it is only a copy of what can be made again
            continue
        if [case.case_id for case in made] == list(case_ids):
            return made
    return None


def _record(case: PackedCase, patient: str) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "patient": patient,
        "prefix": case.prefix,
        "branches": [[branch.tokens, branch.answer_length] for branch in case.branches],
    }


def _case(row: Mapping[str, Any]) -> PackedCase:
    branches = tuple(Branch(tuple(tokens), length) for tokens, length in row["branches"])
    return PackedCase(row["case_id"], tuple(row["prefix"]), branches)


def _tokenize(cases: Mapping[str, Sequence[Pair]], tokenizer: Any) -> list[PackedCase]:
    made: list[PackedCase] = []
    items = list(cases.items())
    for start in range(0, len(items), AT_ONCE):
        texts = {
            case_id: [(pair.prompt, completion(pair.answer)) for pair in own]
            for case_id, own in items[start : start + AT_ONCE]
        }
        every = sorted({t for own in texts.values() for p, c in own for t in (p, p + c)})
        ids = dict(zip(every, tokenizer(every)["input_ids"], strict=True))
        try:
            made += [
                pack_case(case_id, own, ids.__getitem__, tokenizer.eos_token_id)
                for case_id, own in texts.items()
            ]
        except EncodingError as error:
            raise RadoncError(str(error), "Choose another base model.") from error
    return made
