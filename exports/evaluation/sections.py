"""What an evaluation says beyond the paper's table, put together from the modules that compute it.

Per task: classes and codes, scores and their calibration, abstention, subgroups, how the model
stands against the best baseline, the two declared families of tests, and how small a difference
could have been seen. Judges nothing itself and opens no file. What calibrates comes from the
validation patients of the second half, never from test patients.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from exports.evaluation.answers import is_right, read_label, rouge1
from exports.evaluation.calibration import fit_correctness, fit_temperature
from exports.evaluation.classes import by_frequency, class_report
from exports.evaluation.codes import describe_codes, judge_codes
from exports.evaluation.facts import CaseFacts
from exports.evaluation.families import FAMILIES, Chosen, Family, best_by_validation, corrected
from exports.evaluation.paired_tests import PairedTest, right_or_wrong, scored
from exports.evaluation.power import patients_needed, smallest_difference
from exports.evaluation.reliability import reliability
from exports.evaluation.scores import label_priors, label_scores
from exports.evaluation.selective import at_threshold, find_threshold, risk_coverage
from exports.evaluation.standing import standing
from exports.evaluation.statistics import Floats
from exports.evaluation.subgroups import subgroups
from store.clinical.icd10 import CodeTable
from trainer.tasks import Pair, Task

if TYPE_CHECKING:
    from exports.inference.predictor import Prediction

GOALS: Mapping[Task, float] = {Task.REGIMEN: 0.90, Task.MODALITY: 0.95, Task.ICD10: 0.90}
"""The accuracy that answers above an abstention threshold must be proven to have."""
DIFFERENCES = (0.05, 0.10, 0.20)
"""Differences of accuracy for which the number of patients needed is told."""


@dataclass(frozen=True)
class Ground:
    """What the sections are made from.

    ``answers`` has by who ("tuned", "base", a baseline) the predictions in the order of ``test``;
    ``calibrating`` and ``calibrated_on`` are the tuned model's predictions and the pairs of the
    validation patients who calibrate; ``validation`` each baseline's share right by task on those
    who choose; ``prior`` the tuned model's probabilities on an empty diagnosis by task.
    """

    test: Sequence[Pair]
    train: Sequence[Pair]
    answers: "Mapping[str, Sequence[Prediction]]"
    baselines: Sequence[str]
    facts: Mapping[str, CaseFacts]
    codes: CodeTable
    calibrated_on: Sequence[Pair] = ()
    calibrating: "Sequence[Prediction]" = ()
    validation: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    prior: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    families: Sequence[Family] = FAMILIES
    seed: int = 0
    resamples: int = 2000
    quick: bool = False


@dataclass(frozen=True)
class _Block:
    """One task's test pairs with every answer to them, in one order."""

    task: Task
    pairs: Sequence[Pair]
    answers: "Mapping[str, Sequence[Prediction]]"

    @property
    def patients(self) -> list[str]:
        return [pair.patient for pair in self.pairs]

    def right(self, who: str) -> Floats:
        asked = zip(self.pairs, self.answers[who], strict=True)
        return np.array([float(is_right(self.task, p.answer, a.text)) for p, a in asked])

    def scores(self, who: str) -> list[float | None]:
        return [answer.score for answer in self.answers[who]]


def sections(ground: Ground) -> dict[str, Any]:
    """Everything, under the names of what it is; by task where it is of a task.

    ``classes``, ``codes``, ``scores``, ``selective``, ``subgroups``, ``best_baseline``,
    ``standing``, ``families``, ``rouge_tests`` and ``power``.
    """
    blocks = {task: block for task in Task if (block := _block(ground, task)).pairs}
    chosen = {task: _best_baseline(ground, task) for task in blocks}
    found: dict[str, Any] = {
        "classes": {t.value: _classes(ground, b) for t, b in blocks.items() if _closed(t)},
        "scores": {},
        "selective": {},
        "subgroups": {t.value: _subgroups(ground, b) for t, b in blocks.items()},
        "best_baseline": {t.value: best.record() for t, best in chosen.items()},
        "standing": {t.value: _standing(ground, b, chosen[t]) for t, b in blocks.items()},
        "families": _families(ground, blocks, chosen),
        "rouge_tests": _rouge(ground, blocks),
        "power": {t.value: _power(b) for t, b in blocks.items() if "base" in b.answers},
    }
    if Task.ICD10 in blocks:
        found["codes"] = _codes(ground, blocks[Task.ICD10])
    for task, block in blocks.items():
        found["scores"][task.value], sure = _scores(ground, block)
        found["selective"][task.value] = _selective(ground, block, sure)
    return found


def _closed(task: Task) -> bool:
    return task is not Task.REGIMEN


def _block(ground: Ground, task: Task) -> _Block:
    places = [i for i, pair in enumerate(ground.test) if pair.task is task]
    answers = {who: [made[i] for i in places] for who, made in ground.answers.items()}
    return _Block(task, [ground.test[i] for i in places], answers)


def _draw(ground: Ground) -> dict[str, int]:
    return {"seed": ground.seed, "resamples": ground.resamples}


def _labels(task: Task, texts: Sequence[str]) -> list[str]:
    return [read_label(task, text) for text in texts]


def _classes(ground: Ground, block: _Block) -> dict[str, Any]:
    """The report over classes of each model, and codes by how often training had them."""
    true = _labels(block.task, [pair.answer for pair in block.pairs])
    found: dict[str, Any] = {
        who: class_report(
            true, _labels(block.task, [a.text for a in made]), block.patients, **_draw(ground)
        )
        for who, made in block.answers.items()
        if who in ("tuned", "base")
    }
    had = Counter(read_label(p.task, p.answer) for p in ground.train if p.task is block.task)
    found["by_frequency"] = by_frequency(true, block.right("tuned"), block.patients, had)
    return found


def _codes(ground: Ground, block: _Block) -> dict[str, Any]:
    """Near misses, ranks and sides of each model's codes."""
    true = [pair.answer for pair in block.pairs]
    listed = {p.answer for p in ground.train if p.task is Task.ICD10}
    return {
        who: describe_codes(
            judge_codes(
                true, [a.text for a in made], [a.probabilities for a in made], ground.codes
            ),
            block.patients,
            ground.codes,
            labels=len(listed),
            **_draw(ground),
        )
        for who, made in block.answers.items()
    }


def _scores(ground: Ground, block: _Block) -> tuple[dict[str, Any], list[float | None]]:
    """What the tuned model's scores are worth, and the scores after calibration.

    A label's probability is brought to a temperature, a regimen's score to the probability of an
    exact regimen; both are fitted on the validation patients who calibrate.
    """
    held = [
        (pair, answer)
        for pair, answer in zip(ground.calibrated_on, ground.calibrating, strict=True)
        if pair.task is block.task
    ]
    right = block.right("tuned")
    if not _closed(block.task):
        fitted = fit_correctness(
            [answer.score for _, answer in held],
            [float(is_right(pair.task, pair.answer, answer.text)) for pair, answer in held],
            [pair.patient for pair, _ in held],
        )
        sure = [fitted.apply(score) for score in block.scores("tuned")]
        found = {
            "calibrated": fitted.calibrated,
            "name": fitted.name,
            "correctness": fitted.record(),
            "reliability": reliability(sure, right, block.patients, seed=ground.seed),
        }
        return found, sure
    temperature = fit_temperature(
        [answer.probabilities for _, answer in held], [pair.answer for pair, _ in held]
    )
    after = [temperature.apply(a.probabilities) for a in block.answers["tuned"]]
    sure = [max(of_case.values(), default=None) for of_case in after]
    true = [pair.answer for pair in block.pairs]
    had = Counter(p.answer for p in ground.train if p.task is block.task)
    found = {
        "calibrated": not temperature.reason,
        "name": "probability",
        "temperature": temperature.record(),
        "before": label_scores(
            [a.probabilities for a in block.answers["tuned"]], true, block.patients, **_draw(ground)
        ),
        "after": label_scores(after, true, block.patients, **_draw(ground)),
        "reliability": reliability(sure, right, block.patients, seed=ground.seed),
        "prior": label_priors(ground.prior.get(block.task.value, {}), had),
    }
    return found, sure


def _selective(ground: Ground, block: _Block, sure: Sequence[float | None]) -> dict[str, Any]:
    """The threshold found on validation, what it means on test, and risk against coverage."""
    held = [
        (pair, answer)
        for pair, answer in zip(ground.calibrated_on, ground.calibrating, strict=True)
        if pair.task is block.task
    ]
    found = find_threshold(
        [answer.score for _, answer in held],
        [float(is_right(pair.task, pair.answer, answer.text)) for pair, answer in held],
        [pair.patient for pair, _ in held],
        GOALS[block.task],
    )
    right, patients = block.right("tuned"), block.patients
    made: dict[str, Any] = {"threshold": found.record()}
    if found.threshold is not None:
        cases = [ground.facts.get(pair.case_id) for pair in block.pairs]
        groupings = {
            "modality": [case.modality if case else "" for case in cases],
            "site": [case.site if case else "" for case in cases],
            "intent": [case.intent if case else "" for case in cases],
        }
        raw = block.scores("tuned")
        made["at_threshold"] = at_threshold(raw, right, patients, groupings, found.threshold)
    made["risk_coverage"] = risk_coverage(sure, right, patients, seed=ground.seed)
    return made


def _subgroups(ground: Ground, block: _Block) -> list[dict[str, Any]]:
    cases = [ground.facts.get(pair.case_id) for pair in block.pairs]
    if any(case is None for case in cases):
        return []
    known = [
        replace(case, patient=pair.patient)
        for case, pair in zip(cases, block.pairs, strict=True)
        if case
    ]
    return [group.record() for group in subgroups(known, block.right("tuned"), **_draw(ground))]


def _best_baseline(ground: Ground, task: Task) -> Chosen:
    return best_by_validation(
        {name: ground.validation.get(name, {}).get(task.value) for name in ground.baselines}
    )


def _standing(ground: Ground, block: _Block, best: Chosen) -> dict[str, Any]:
    beside = block.right(best.name) if best.name else None
    return standing(
        f"{block.task.value}.accuracy",
        block.right("tuned"),
        block.patients,
        best.name or "",
        beside,
        **_draw(ground),
    ).record()


def _families(
    ground: Ground, blocks: Mapping[Task, _Block], chosen: Mapping[Task, Chosen]
) -> list[dict[str, Any]]:
    """Both declared families: every test, with Holm's p; none in a quick evaluation."""
    found: list[dict[str, Any]] = []
    for family in ground.families:
        tests: dict[str, PairedTest] = {}
        for task, block in blocks.items():
            other = "base" if family.name == "base" else chosen[task].name
            if other and other in block.answers and not ground.quick:
                tests[f"{task.value}.accuracy"] = right_or_wrong(
                    block.right("tuned"), block.right(other), block.patients, family.alternative
                )
        p = corrected(family, {name: test.p for name, test in tests.items()})
        rows = {name: {**test.record(), **p[name]} for name, test in tests.items()}
        found.append(
            {
                "name": family.name,
                "against": family.against,
                "alternative": family.alternative,
                "correction": family.correction,
                "members": list(family.members),
                "tests": rows,
            }
        )
    return found


def _rouge(ground: Ground, blocks: Mapping[Task, _Block]) -> dict[str, Any]:
    """ROUGE-1 of tuned against base, by a sign-flip permutation; outside of the families."""
    if ground.quick:
        return {}
    found: dict[str, Any] = {}
    for task, block in blocks.items():
        if "base" not in block.answers:
            continue
        values = {
            who: [
                rouge1(p.answer, a.text)
                for p, a in zip(block.pairs, block.answers[who], strict=True)
            ]
            for who in ("tuned", "base")
        }
        found[task.value] = scored(
            values["tuned"], values["base"], block.patients, seed=ground.seed
        ).record()
    return found


def _power(block: _Block) -> dict[str, Any]:
    """How small a difference could have been seen, and how many patients others would need."""
    test = right_or_wrong(block.right("tuned"), block.right("base"), block.patients)
    tests = len(FAMILIES[0].members)
    differs = (test.better + test.worse) / test.patients if test.patients else 0.0
    return {
        "seen": smallest_difference(test.patients, differs, tests=tests).record(),
        "needed": [patients_needed(d, max(d, differs), tests=tests).record() for d in DIFFERENCES],
    }
