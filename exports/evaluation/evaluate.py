"""Two models and the baselines on the same test patients, as one JSON object.

Takes predictions that were made before and opens no model and no file. Everything chosen (the
family, the labels, the seed) comes in with the spec, which was frozen before the first
prediction; nothing here looks at a score to decide what to report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from exports.evaluation.answers import PAIR_METRICS, pair_scores, read_label
from exports.evaluation.compare import (
    Entry,
    Frame,
    corrected,
    paired,
    paired_classes,
    single,
    single_classes,
)
from exports.evaluation.families import FAMILIES, Family
from exports.evaluation.methods import methods
from exports.evaluation.statistics import Floats
from exports.evaluation.unseen_text import Kept, add_unseen, add_unseen_classes, unseen
from exports.inference.reading import read_free
from store.errors import RadoncError
from trainer.tasks import Pair, Task

if TYPE_CHECKING:
    from exports.inference.predictor import Prediction

Answers: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""Texts as they were written, and what was read in each."""
RESAMPLES = 5000


@dataclass(frozen=True)
class ModelFile:
    """The one file that answered: a model's name, its file's name, SHA-256 and quantization."""

    name: str
    file: str
    sha256: str
    quant: str

    def record(self) -> dict[str, str]:
        return {
            "name": self.name,
            "file": self.file,
            "sha256": self.sha256,
            "quant": self.quant,
        }


@dataclass(frozen=True)
class EvaluationSpec:
    """What is evaluated, frozen before the first prediction.

    ``labels`` are the closed label lists by task (the training labels). ``family`` is that of
    tuned against base, over whose members Holm's correction runs. ``quick`` claims no p-value.
    ``too_long`` has, for ``tuned`` and ``base``, how many questions had no room in the model's
    context; the empty answer to each is wrong. ``seen_texts`` are the texts that a model has
    seen (``texts_of``): each metric is also given on the test pairs with other texts.
    """

    id: str
    tuned: ModelFile
    base: ModelFile | None
    labels: Mapping[str, Sequence[str]]
    dataset: str = ""
    device: str = "cpu"
    synthetic: bool = False
    test_reads: int = 1
    leaked_patients: int = 0
    family: Family = FAMILIES[0]
    seed: int = 0
    resamples: int = RESAMPLES
    quick: bool = False
    free_running: bool = True
    too_long: Mapping[str, int] = field(default_factory=dict[str, int])
    seen_texts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _TaskPairs:
    """The test pairs of one task and every answer to them, in one order."""

    task: Task
    pairs: Sequence[Pair]
    frame: Frame
    tuned: "Sequence[Prediction]"
    base: "Sequence[Prediction] | None"
    labels: frozenset[str]
    new_text: Kept

    def scores(self, answers: Answers) -> dict[str, Floats]:
        """Each per-pair metric as one array over the pairs."""
        answered = zip(self.pairs, *answers, strict=True)
        found = [pair_scores(self.task, p.answer, text, read) for p, text, read in answered]
        return {name: np.array([s[name] for s in found]) for name in PAIR_METRICS[self.task]}

    def classes(self, answers: Answers) -> list[str]:
        return [read_label(self.task, read) for read in answers[1]]

    @property
    def reference(self) -> list[str]:
        return [read_label(self.task, pair.answer) for pair in self.pairs]


def evaluate(
    test: Sequence[Pair],
    base: "Sequence[Prediction] | None",
    tuned: "Sequence[Prediction]",
    baselines: "Mapping[str, Sequence[Prediction]]",
    spec: EvaluationSpec,
) -> dict[str, Any]:
    """The ``evaluation`` object: every metric of every task, the baselines, and what made it.

    Args:
        test: the test pairs; each (case, task) once.
        base: the untuned (or another) model's predictions, None where there is none.
        tuned: the model's predictions, one for each test pair, in any order.
        baselines: predictions by the name of the baseline.
        spec: what was asked.

    Raises:
        RadoncError: there is no test pair, or a prediction for one is missing or double.
    """
    if not test:
        raise RadoncError(
            "There is no test pair to evaluate.", "Freeze a data set whose test part has cases."
        )
    tasks: dict[str, Any] = {}
    beside: dict[str, dict[str, Any]] = {name: {} for name in baselines}
    for task in Task:
        pairs = [pair for pair in test if pair.task == task]
        if not pairs:
            continue
        frame = Frame(tuple(p.patient for p in pairs), spec.seed, spec.resamples, spec.quick)
        labels = frozenset(read_label(task, label) for label in spec.labels.get(task, ()))
        of_base = None if base is None else _in_order(pairs, base, "the base model")
        of_tuned = _in_order(pairs, tuned, spec.tuned.name)
        new_text = unseen(pairs, spec.seen_texts)
        group = _TaskPairs(task, pairs, frame, of_tuned, of_base, labels, new_text)
        tasks[task.value] = _task_entry(group, spec.free_running)
        for name, predictions in baselines.items():
            beside[name][task.value] = _baseline_entry(group, _in_order(pairs, predictions, name))
    _correct(tasks, spec.family.members)
    return _head(test, spec) | {"tasks": tasks, "baselines": beside}


def _head(test: Sequence[Pair], spec: EvaluationSpec) -> dict[str, Any]:
    known = {read_label(Task.ICD10, label) for label in spec.labels.get(Task.ICD10, ())}
    codes = [read_label(Task.ICD10, p.answer) for p in test if p.task == Task.ICD10]
    return {
        "id": spec.id,
        "dataset": spec.dataset,
        "device": spec.device,
        "synthetic": spec.synthetic,
        "quick": spec.quick,
        "test_patients": len({pair.patient for pair in test}),
        "test_cases": len({pair.case_id for pair in test}),
        "leaked_patients": spec.leaked_patients,
        "too_long": dict(spec.too_long),
        "unseen_codes": sum(code not in known for code in codes),
        "test_reads": spec.test_reads,
        "base": spec.base.record() if spec.base else None,
        "tuned": spec.tuned.record(),
        "family": list(spec.family.members),
        "methods": methods(spec.resamples, spec.seed),
    }


def _in_order(
    pairs: Sequence[Pair], predictions: "Sequence[Prediction]", name: str
) -> "list[Prediction]":
    """The predictions for these pairs, in the pairs' order."""
    found: dict[tuple[str, str], Prediction] = {}
    for prediction in predictions:
        key = (prediction.case_id, str(prediction.task))
        if key in found:
            raise RadoncError(
                f"{name} answered {key[1]} of case {key[0]} twice.", "Evaluate again."
            )
        found[key] = prediction
    missing = [p for p in pairs if (p.case_id, str(p.task)) not in found]
    if missing:
        raise RadoncError(
            f"{name} has no answer to {missing[0].task} of case {missing[0].case_id} "
            f"({len(missing)} missing).",
            "Evaluate again.",
        )
    return [found[pair.case_id, str(pair.task)] for pair in pairs]


def _chosen(predictions: "Sequence[Prediction]") -> Answers:
    texts = [prediction.text for prediction in predictions]
    return texts, texts


def _written(predictions: "Sequence[Prediction]") -> Answers:
    return [p.free_text for p in predictions], [read_free(p.task, p.free_text) for p in predictions]


def _task_entry(group: _TaskPairs, free_running: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"n": group.frame.count, "pairs": len(group.pairs)}
    entry["unseen_text_pairs"] = int(group.new_text.sum())
    base = None if group.base is None else _chosen(group.base)
    entry["metrics"] = _metrics(group, _chosen(group.tuned), base)
    if group.task is Task.REGIMEN:
        unread = [pair_scores(group.task, p.answer, p.answer)["unparsed"] for p in group.pairs]
        entry["unparsed_references"] = int(sum(unread))
        return entry
    unseen = sum(label not in group.labels for label in group.reference)
    entry |= {"classes": len(set(group.reference)), "unseen_labels": unseen}
    if free_running:
        tuned, base = _written(group.tuned), None if group.base is None else _written(group.base)
        entry["free_running"] = _metrics(group, tuned, base)
        entry["free_running"]["illegal"] = _illegal(group, tuned, base)
    return entry


def _metrics(group: _TaskPairs, tuned: Answers, base: Answers | None) -> dict[str, Entry]:
    of_tuned = group.scores(tuned)
    of_base = {} if base is None else group.scores(base)
    entries = {
        name: paired(group.frame, name, of_tuned[name], of_base.get(name))
        for name in PAIR_METRICS[group.task]
    }
    add_unseen(entries, group.new_text, {"base": of_base, "tuned": of_tuned})
    if group.task is Task.REGIMEN:
        return entries
    said = {"tuned": group.classes(tuned)} | ({} if base is None else {"base": group.classes(base)})
    over_classes = paired_classes(group.frame, group.reference, said["tuned"], said.get("base"))
    add_unseen_classes(over_classes, group.new_text, group.reference, said)
    return entries | over_classes


def _illegal(group: _TaskPairs, tuned: Answers, base: Answers | None) -> Entry:
    """The share of freely written answers in which none of the allowed labels was read."""

    def share(answers: Answers) -> Floats:
        return np.array([float(label not in group.labels) for label in group.classes(answers)])

    shares = {"tuned": share(tuned)} | ({} if base is None else {"base": share(base)})
    entry = paired(group.frame, "illegal", shares["tuned"], shares.get("base"))
    scores = {who: {"illegal": values} for who, values in shares.items()}
    add_unseen({"illegal": entry}, group.new_text, scores)
    return entry


def _baseline_entry(group: _TaskPairs, predictions: "Sequence[Prediction]") -> dict[str, Any]:
    answers, tuned = _chosen(predictions), group.scores(_chosen(group.tuned))
    scores = group.scores(answers)
    entries = {
        name: single(group.frame, name, values, tuned[name]) for name, values in scores.items()
    }
    add_unseen(entries, group.new_text, {"value": scores})
    if group.task is not Task.REGIMEN:
        classes = group.classes(answers)
        over_classes = single_classes(group.frame, group.reference, classes)
        add_unseen_classes(over_classes, group.new_text, group.reference, {"value": classes})
        entries |= over_classes
    return {"n": group.frame.count, "pairs": len(group.pairs), "metrics": entries}


def _correct(tasks: dict[str, Any], family: Sequence[str]) -> None:
    """Write Holm's p-values into the members of the family; the others say why they have none."""
    entries: dict[str, Entry] = {
        f"{task}.{name}": entry
        for task, block in tasks.items()
        for name, entry in block["metrics"].items()
    }
    for name, p in corrected(entries, family).items():
        if name in entries:
            entries[name] |= {"p_holm": p, "in_family": True}
