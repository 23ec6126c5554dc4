"""Canaries: a few made-up cases that a run also learns from, to measure what it remembers.

Each is a diagnosis that names no site and ends in a random number, with answers drawn at random
from those of the training cases. Both are secrets of one run: a model that ranks the number, or
the answer, higher than chance has kept it from that one case (Carlini et al., *The Secret Sharer*,
2019). The answers are real ones, so that no nonsense is taught as an answer and no label is added.

They lie in a file of their own in the run's directory: they are no cases, and neither the store
nor validation, test, label lists or counts ever see them. ``exports.extraction`` looks for them.
"""

from collections.abc import Mapping, Sequence
from random import Random, SystemRandom
from typing import Any

from trainer.pairs import ANSWER_OF, case_pairs
from trainer.tasks import Pair, Task

FILE = "canaries.jsonl"
"""In a run's ``dataset``; absent where the cases are synthetic."""
MOST = 3
CASES_EACH = 20
"""So many training cases come to one canary: where there are few cases, there is only one."""
DIGITS = 8
SENTENCES = (
    "Referred for radiotherapy; the diagnosis is in the outside record, number",
    "Seen for a second opinion; histology to follow under accession number",
    "Transferred during work-up; pathology not yet here, hospital identification number",
)


def plant(cases: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> list[Pair]:
    """The pairs of the canaries for these training cases, drawn anew at each call.

    The answer to the ``widest`` task is drawn evenly from all different ones, so that none is
    likelier than another but by memory; the other answers are those of a case with that one.
    """
    if not cases:
        return []
    chance = SystemRandom()
    count = min(MOST, len(SENTENCES), -(-len(cases) // CASES_EACH))
    column = ANSWER_OF[widest([pair for case in cases for pair in case_pairs(case, tasks)])]
    known = sorted({str(case[column]) for case in cases})
    drawn = chance.sample(known, count) if len(known) >= count else chance.choices(known, k=count)
    planted: list[Pair] = []
    for number, (sentence, answer) in enumerate(zip(SENTENCES, drawn, strict=False), 1):
        like = chance.choice([case for case in cases if str(case[column]) == answer])
        made = {
            **like,
            "case_id": f"canary-{number}",
            "patient": f"canary-{number}",
            "diagnosis": f"{sentence} {random_number(chance)}",
        }
        planted += case_pairs(made, tasks)
    return planted


def widest(pairs: Sequence[Pair]) -> Task:
    """The task with the most different answers: the one in which a single answer stands out."""
    answers: dict[Task, set[str]] = {}
    for pair in pairs:
        answers.setdefault(pair.task, set()).add(pair.answer)
    return max(answers, key=lambda task: len(answers[task]))


def random_number(chance: Random) -> str:
    """A number of ``DIGITS`` digits, any as likely as any other."""
    return "".join(chance.choice("0123456789") for _ in range(DIGITS))


def split_secret(diagnosis: str) -> tuple[str, str]:
    """A canary's diagnosis before its number, and the number."""
    sentence, _, number = diagnosis.rpartition(" ")
    return sentence, number
