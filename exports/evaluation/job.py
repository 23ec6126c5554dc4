"""The evaluation that a worker does: predict, compare, and leave it all in the work's directory.

Imported inside ``exports.worker`` only. What is asked was frozen into ``spec.json`` before; the
store is never opened here, and events carry counts, never an answer.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from exports.bundle import base_again, ensure_base_gguf
from exports.drifting import PATIENTS, half
from exports.evaluation.answering import Asked, Beside, ask_baselines, ask_model, questions
from exports.evaluation.clinical import clinical_sections
from exports.evaluation.evaluate import RESAMPLES, EvaluationSpec, ModelFile, evaluate
from exports.evaluation.facts import read_facts
from exports.evaluation.families import FAMILIES, Family, read_families
from exports.evaluation.prompted import PromptRules, ask_prompted
from exports.evaluation.prompts import PROMPTED
from exports.evaluation.sections import Ground, sections
from exports.evaluation.unseen_text import texts_of
from exports.flags.rates import flag_section
from exports.inference.predictor import Prediction
from exports.report.words import counted
from store.accelerator import accelerator
from store.clinical.icd10 import load_codes
from store.errors import Refused
from store.home import Home
from store.lines import write_json, write_lines
from store.work import Reporter, Work, seal_manifest
from trainer.pairs import read_pairs
from trainer.tasks import Pair, Task, completion

QUICK_RESAMPLES = 1000


def evaluate_work(work: Work, reporter: Reporter) -> None:
    """Predict with both models and the baselines, evaluate, write the files, seal the manifest.

    Reads of the spec: ``home``, ``test_file`` and ``train_file`` (pairs), ``tuned`` and ``base``
    (name, path, sha256, quant; ``base`` may be null, and with an empty sha256 its file is made
    first), ``labels`` by task, and optionally ``seen_files`` (pairs besides ``train_file`` that a
    model has seen), ``dataset``, ``synthetic``, ``test_reads``, ``families``, ``prompts`` (as
    ``PromptRules``), ``seed``, ``quick``, ``threads``. Leaves ``predictions.jsonl`` and
    ``evaluation.json``.

    Raises:
        Refused: a model has seen a test patient.
        RadoncError: a file is absent or damaged, or a model cannot answer.
    """
    spec = work.spec
    test, train = read_pairs(Path(spec["test_file"])), read_pairs(Path(spec["train_file"]))
    seen = [train, *(read_pairs(Path(path)) for path in spec.get("seen_files", []))]
    leaked = _leaked(test, seen)
    # a case's tasks side by side: the engine computes what they share once
    test = sorted(test, key=lambda pair: pair.case_id)
    with accelerator(Home(Path(spec["home"])), reporter):
        spec["base"] = _base_model(spec, train, reporter)
        gathered = _gather(spec, test, train, reporter)
    reporter.progress("statistics", 0, 1)
    started = time.monotonic()
    asked_for = replace(
        _evaluation_spec(work.id, spec, gathered.asked, leaked),
        seen_texts=texts_of(pair for pairs in seen for pair in pairs),
    )
    result = _judge(work, gathered, test, train, asked_for)
    seconds = {**gathered.seconds, "statistics": round(time.monotonic() - started, 1)}
    predictions, evaluation = work.path / "predictions.jsonl", work.path / "evaluation.json"
    records = _prediction_records(test, gathered.answers, bool(spec.get("synthetic")))
    write_lines(predictions, records)
    write_json(evaluation, {**result, "seconds": seconds})
    reporter.progress("statistics", 1, 1)
    seal_manifest(work, [predictions, evaluation], seconds=seconds)


@dataclass(frozen=True)
class _Gathered:
    """Everything that was answered, and the seconds that each took."""

    asked: Mapping[str, Asked]
    beside: Beside
    calibrating: Sequence[Pair]
    seconds: dict[str, float]
    prompts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def answers(self) -> dict[str, Sequence[Prediction]]:
        """By who made them, to the test questions in their order."""
        return {**{who: made.test for who, made in self.asked.items()}, **self.beside.test}


def _gather(
    spec: Mapping[str, Any], test: Sequence[Pair], train: Sequence[Pair], reporter: Reporter
) -> _Gathered:
    """Ask both models, the base by its best prompts too, and the baselines."""
    choosing, calibrating = _validation(spec)
    labels = {Task(name): found for name, found in spec["labels"].items()}
    asked: dict[str, Asked] = {}
    seconds: dict[str, float] = {}
    for role in ("tuned", "base"):
        if spec.get(role):
            started = time.monotonic()
            held = questions(calibrating if role == "tuned" else ())
            asked[role] = ask_model(
                spec[role], role, questions(test), held, labels, reporter, spec.get("threads")
            )
            seconds[role] = round(time.monotonic() - started, 1)
    started = time.monotonic()
    beside = ask_baselines(train, test, choosing, int(spec.get("seed", 0)), reporter)
    seconds["baselines"] = round(time.monotonic() - started, 1)
    record: Mapping[str, Any] = {}
    if rules := _prompt_rules(spec):
        started = time.monotonic()
        plain, threads = asked["base"].test, spec.get("threads")
        parts = (train, choosing, test)
        made = ask_prompted(spec["base"], plain, parts, rules, labels, reporter, threads)
        beside.test[PROMPTED], beside.validation[PROMPTED] = made.test, made.validation
        record = made.record
        seconds["prompts"] = round(time.monotonic() - started, 1)
    return _Gathered(asked, beside, calibrating, seconds, record)


def _prompt_rules(spec: Mapping[str, Any]) -> PromptRules | None:
    """How the base's prompts are chosen; None where there is no base, or nothing is to choose."""
    rules = PromptRules(**spec.get("prompts", {"patients": 0}))
    return rules if spec.get("base") and rules.patients else None


def _judge(
    work: Work,
    gathered: _Gathered,
    test: Sequence[Pair],
    train: Sequence[Pair],
    asked_for: EvaluationSpec,
) -> dict[str, Any]:
    """The paper's table, what goes beyond it, and the regimens as treatments."""
    home, answers = Home(Path(work.spec["home"])), gathered.answers
    facts = work.path / "test-facts.jsonl"
    tuned = gathered.asked["tuned"]
    ground = Ground(
        test=test,
        train=train,
        answers=answers,
        baselines=tuple(gathered.beside.test),
        facts={case.case_id: case for case in (read_facts(facts) if facts.exists() else ())},
        codes=load_codes(home),
        calibrated_on=gathered.calibrating,
        calibrating=tuned.calibrating,
        validation=gathered.beside.validation,
        prior=tuned.prior,
        families=_families(work.spec),
        seed=asked_for.seed,
        resamples=asked_for.resamples,
        quick=asked_for.quick,
    )
    result = evaluate(test, answers.get("base"), tuned.test, gathered.beside.test, asked_for)
    draw = {"seed": asked_for.seed, "resamples": asked_for.resamples}
    state = work.spec.get("department_table", {})
    clinical = clinical_sections(work.path, home, answers, state, **draw)
    prompts = {"prompts": gathered.prompts} if gathered.prompts else {}
    flags = flag_section(work.path, home)
    return {**result, **sections(ground), **clinical, **prompts, **flags}


def _validation(spec: Mapping[str, Any]) -> tuple[list[Pair], list[Pair]]:
    """The pairs of the validation patients who choose and of those who calibrate."""
    if not spec.get("held_file"):
        return [], []
    held = read_pairs(Path(spec["held_file"]))
    most = int(spec.get("validation_patients", PATIENTS))
    return half(spec["dataset"], held, 0, most), half(spec["dataset"], held, 1, most)


def _base_model(
    spec: Mapping[str, Any], train: Sequence[Pair], reporter: Reporter
) -> Mapping[str, Any] | None:
    """The base of the spec; where its file was still to be made (no sha256), it is made now."""
    model = spec.get("base")
    if not model or model["sha256"]:
        return model
    home = Home(Path(spec["home"]))
    base = base_again(home, model["name"], reporter.progress)
    texts = [p.prompt + completion(p.answer) for p in train]
    made = ensure_base_gguf(home, base, model["quant"], reporter.progress, texts)
    return {**model, "path": str(made.path), "sha256": made.sha256}


def _evaluation_spec(
    evaluation_id: str,
    spec: Mapping[str, Any],
    asked: Mapping[str, Asked],
    leaked: int,
) -> EvaluationSpec:
    quick = bool(spec.get("quick", False))
    return EvaluationSpec(
        id=evaluation_id,
        tuned=_model_file(spec["tuned"]),
        base=_model_file(spec["base"]) if spec.get("base") else None,
        labels=spec["labels"],
        dataset=spec.get("dataset", ""),
        device=asked["tuned"].device,
        synthetic=bool(spec.get("synthetic", False)),
        test_reads=int(spec.get("test_reads", 1)),
        leaked_patients=leaked,
        too_long={who: answer.too_long for who, answer in asked.items()},
        family=_families(spec)[0],
        seed=int(spec.get("seed", 0)),
        resamples=QUICK_RESAMPLES if quick else RESAMPLES,
        quick=quick,
    )


def _families(spec: Mapping[str, Any]) -> tuple[Family, ...]:
    return read_families(spec["families"]) if "families" in spec else FAMILIES


def _model_file(model: Mapping[str, Any]) -> ModelFile:
    return ModelFile(model["name"], Path(model["path"]).name, model["sha256"], model["quant"])


def _leaked(test: Sequence[Pair], seen: Sequence[Sequence[Pair]]) -> int:
    """How many test patients a model has seen, counted from the files that are really used.

    Raises:
        Refused: it is not zero.
    """
    known = {pair.patient for pairs in seen for pair in pairs}
    leaked = len({pair.patient for pair in test} & known)
    if leaked:
        raise Refused(
            f"{counted(leaked, 'test patient')} can be found in what a model was trained on or "
            "chosen by.",
            "Compare models of one data set, or freeze another.",
        )
    return leaked


def _prediction_records(
    test: Sequence[Pair], answers: Mapping[str, Sequence[Prediction]], synthetic: bool
) -> Iterator[dict[str, Any]]:
    """One object an answer, with what every metric can be computed from again."""
    pairs = {(pair.case_id, pair.task): pair for pair in test}
    for by, predictions in answers.items():
        for prediction in predictions:
            pair = pairs[prediction.case_id, prediction.task]
            yield {
                "by": by,
                "synthetic": synthetic,
                "case_id": pair.case_id,
                "patient": pair.patient,
                "task": pair.task.value,
                "reference": pair.answer,
                "text": prediction.text,
                "free_text": prediction.free_text,
                "score": prediction.score,
                "probabilities": dict(prediction.probabilities),
            }
