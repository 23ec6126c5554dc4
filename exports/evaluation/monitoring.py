"""A model watched after its sign-off: do new cases still look like those that it knows, and is it
still right about them?

Pure: facts and answers in, one JSON object out. Cases are grouped by the year of treatment, since
that is all of a date that is kept.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exports.evaluation.answers import is_right, regimen_key
from exports.evaluation.facts import CaseFacts
from exports.evaluation.mix import mix, vocabulary
from exports.evaluation.statistics import wilson
from trainer.tasks import Task

if TYPE_CHECKING:
    from exports.inference.predictor import Prediction

STALE_YEARS = 2
"""A regimen that was not prescribed for so long is marked."""


def monitoring(
    known: Sequence[CaseFacts],
    arrived: Sequence[CaseFacts],
    answers: "Sequence[Prediction]",
    everything: Sequence[tuple[str, int | None]],
) -> dict[str, Any]:
    """Drift of inputs and of accuracy.

    Args:
        known: the cases that the model was trained on.
        arrived: cases that came after its sign-off.
        answers: the model's, to the arrived cases.
        everything: (regimen, year) of every case of the home, by which a regimen is in use.

    Returns:
        ``cases``; ``inputs``: for all arrived and for each year the ``mix`` of sites, of code
        categories and the ``vocabulary``; ``accuracy``: by task, of all and by year, with count,
        n and Wilson's interval; ``stale``: regimens that the model answered and nobody
        prescribed in the two years before the newest case, with the last year they were.
    """
    by_year: dict[str, list[CaseFacts]] = defaultdict(list)
    for case in arrived:
        by_year[str(case.year or "no year")].append(case)
    inputs = {"all": _inputs(known, arrived)}
    inputs |= {year: _inputs(known, by_year[year]) for year in sorted(by_year)}
    return {
        "cases": len(arrived),
        "known": len(known),
        "inputs": inputs,
        "accuracy": _accuracy(arrived, answers),
        "stale": stale(answers, everything),
    }


def _inputs(known: Sequence[CaseFacts], now: Sequence[CaseFacts]) -> dict[str, Any]:
    return {
        "n": len(now),
        "site": mix([c.site for c in known], [c.site for c in now]),
        "code": mix([c.icd10[:3] for c in known], [c.icd10[:3] for c in now]),
        "modality": mix([c.modality for c in known], [c.modality for c in now]),
        "vocabulary": vocabulary([c.diagnosis for c in known], [c.diagnosis for c in now]),
    }


def _accuracy(
    arrived: Sequence[CaseFacts], answers: "Sequence[Prediction]"
) -> dict[str, dict[str, Any]]:
    cases = {case.case_id: case for case in arrived}
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        case = cases[answer.case_id]
        reference = {Task.REGIMEN: case.regimen, Task.MODALITY: case.modality}
        said = is_right(answer.task, reference.get(answer.task, case.icd10), answer.text)
        for period in ("all", str(case.year or "no year")):
            right[answer.task.value][period].append(said)
    return {
        task: {period: _share(found) for period, found in sorted(periods.items())}
        for task, periods in right.items()
    }


def _share(right: Sequence[bool]) -> dict[str, Any]:
    ends = wilson(sum(right), len(right)).ci95
    return {
        "right": sum(right),
        "n": len(right),
        "share": sum(right) / len(right),
        "ci95": list(ends) if ends else None,
    }


def stale(
    answers: "Sequence[Prediction]", everything: Sequence[tuple[str, int | None]]
) -> list[dict[str, Any]]:
    """Regimens answered that nobody prescribed in the two years before the newest case.

    Each with how often it was answered and the last year it was prescribed (None: never here).
    """
    last = last_prescribed(everything)
    newest = max((year for _, year in everything if year), default=None)
    if newest is None:
        return []
    answered: dict[Any, list[str]] = defaultdict(list)
    for answer in answers:
        if answer.task is Task.REGIMEN:
            answered[regimen_key(answer.text) or answer.text].append(answer.text)
    found = [
        {"regimen": texts[0], "answered": len(texts), "last_year": last.get(key)}
        for key, texts in answered.items()
        if (last.get(key) or 0) <= newest - STALE_YEARS
    ]
    return sorted(found, key=lambda row: (-row["answered"], row["regimen"]))


def last_prescribed(everything: Sequence[tuple[str, int | None]]) -> Mapping[Any, int]:
    """The last year in which each regimen was prescribed, by what makes regimens equal."""
    last: dict[Any, int] = {}
    for text, year in everything:
        key = regimen_key(text) or text
        if year:
            last[key] = max(year, last.get(key, year))
    return last
