"""What a reviewer is given: the answers of an evaluation as cards that do not tell their origin.

The reference and the models' regimens are laid out in one way, whoever wrote them, and equal
ones become one card. A tenth of the cases comes back under other ids. Ids come from the review's
own secret and from what is on the card, never from who wrote it. Here is no store and no file,
and nothing that judges an answer.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exports.evaluation.facts import CaseFacts
from exports.evaluation.review_sample import Drawn, coming_back, draw, strata_of
from store.clinical.regimen_printer import SEPARATOR, print_regimen
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.errors import BadUsage, RadoncError
from store.keys import keyed_hash
from store.reviews import ReviewCard, ReviewCase
from trainer.tasks import Pair, Task

REFERENCE = "reference"
MODELS = ("tuned", "base")
ORIGINS = (REFERENCE, *MODELS)
NO_ANSWER = "(no answer)"
FIRST, AGAIN = "", " again"
ID_DIGITS = 12


def lay_out(text: str) -> str:
    """A regimen as a reviewer reads it: its canonical print, a line for each phase.

    Text that is no legible regimen stays as it is, on one line of printable characters.
    """
    try:
        return print_regimen(parse_regimen(text)).replace(SEPARATOR, ";\nthen ")
    except (RegimenError, ValueError):
        return _one_line(text) or NO_ANSWER


def _one_line(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())


def review_cases(
    test: Sequence[Pair],
    predictions: Iterable[Mapping[str, Any]],
    count: int,
    seed: int,
    secret: bytes,
    facts: Sequence[CaseFacts] = (),
) -> list[ReviewCase]:
    """Up to ``count`` cases drawn within strata, each with its cards, and those that come back.

    Args:
        test: the evaluation's test pairs; those of the regimen task are taken.
        predictions: the records of ``predictions.jsonl``.
        count: how many cases; all of them where there are fewer.
        seed: of the drawing; the same seed draws the same cases of the same pairs.
        secret: of the review; ids are made with it.
        facts: of the test cases; without them there are no strata and nobody's own cases.

    Raises:
        BadUsage: no case has a regimen.
        RadoncError: a model has no answer to a case.
    """
    pairs = {pair.case_id: pair for pair in test if pair.task is Task.REGIMEN}
    if not pairs:
        raise BadUsage(
            "The evaluation has no regimens to review.",
            "Evaluate a model that was trained on the regimen task.",
        )
    said: dict[str, dict[str, str]] = {}
    for record in predictions:
        if record["task"] == Task.REGIMEN and record["by"] in MODELS:
            said.setdefault(record["by"], {})[record["case_id"]] = record["text"]
    attending = {case.case_id: case.attending for case in facts}
    drawn = draw(strata_of(pairs, facts), count, seed)
    again = set(coming_back((one.case_id for one in drawn), seed))
    return [
        _case(pairs[one.case_id], said, secret, one, attending.get(one.case_id, ""), time)
        for one in drawn
        for time in (FIRST, AGAIN)
        if time == FIRST or one.case_id in again
    ]


def _case(
    pair: Pair,
    said: Mapping[str, Mapping[str, str]],
    secret: bytes,
    drawn: Drawn,
    attending: str,
    time: str,
) -> ReviewCase:
    answers = {REFERENCE: pair.answer}
    for model in MODELS:
        texts = said.get(model, {})
        if pair.case_id in texts:
            answers[model] = texts[pair.case_id]
        elif texts or model == "tuned":
            raise RadoncError(
                f"The {model} model has no answer to case {pair.case_id}.", "Evaluate again."
            )
    # two texts that differ in capital letters only would be two cards of one regimen
    alike: dict[str, list[tuple[str, str]]] = {}
    for origin in ORIGINS:
        if origin in answers:
            text = lay_out(answers[origin])
            alike.setdefault(text.casefold(), []).append((origin, text))
    cards = tuple(
        ReviewCard(
            _id(secret, f"card{time}", pair.case_id, key),
            same[0][1],
            tuple(origin for origin, _ in same),
        )
        for key, same in alike.items()
    )
    first = _id(secret, "case", pair.case_id)
    return ReviewCase(
        item=first if time == FIRST else _id(secret, f"case{time}", pair.case_id),
        case_id=pair.case_id,
        patient=pair.patient,
        diagnosis=_one_line(pair.diagnosis),
        cards=cards,
        stratum=drawn.stratum,
        weight=drawn.weight,
        attending=attending,
        repeats="" if time == FIRST else first,
    )


def _id(secret: bytes, *parts: str) -> str:
    return keyed_hash(secret, *parts)[:ID_DIGITS]
