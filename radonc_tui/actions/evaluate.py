"""Evaluation: the deployed file against its base and the baselines, on test patients."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exports.bundle import Bundle, ModelFile, base_file_or_wanted, find_model
from exports.evaluation.facts import write_facts
from exports.evaluation.families import families_record
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, run_work
from radonc_tui.actions.stored import end_of_log, opened
from store import datasets, work
from store.case_table import Connection
from store.department import own
from store.department.signatures import table_state
from store.department.table import load_table
from store.errors import RadoncError
from store.home import Home, new_id
from store.lines import read_json
from trainer.pairs import case_pairs, write_pairs
from trainer.tasks import Task

PATIENTS = 60
PROMPT_PATIENTS, SHOTS = 10, 3


@dataclass(frozen=True)
class EvaluateRequest:
    """A bundle's model, what to hold it against (default: its base), how many test patients.

    ``validation_patients`` is how many of each half of validation are asked, at most, and
    ``prompt_patients`` on how many of them the base's prompt is chosen (0: it is asked as the tuned
    model alone), with ``shots`` examples in a prompt.
    """

    model: str
    against: str = ""
    limit: int = 0
    seed: int = 0
    quick: bool = False
    validation_patients: int = PATIENTS
    prompt_patients: int = PROMPT_PATIENTS
    shots: int = SHOTS


@dataclass(frozen=True)
class EvaluateResult:
    """The evaluation's id, and all that it found."""

    evaluation_id: str
    evaluation: dict[str, Any]


def evaluate(home: Home, request: EvaluateRequest) -> Action[EvaluateResult]:
    """Predict the test patients of the bundle's data set, compare, and count the reading.

    Raises:
        BadUsage: no such model, or a base model without a bundle (it has no test patients).
        Refused: a test patient was seen in training, by this model or the one compared with.
        RadoncError: the data set has no test patients, or the evaluation was stopped.
    """
    tuned = find_model(home, request.model)
    bundle = bundle_of(home, tuned)
    base_name = bundle.manifest["base"]["name"]
    against = request.against or base_name
    wanted = against if ":" in against else f"{against}:{tuned.quant}"
    base = base_file_or_wanted(home, wanted)
    tasks = [Task(name) for name in bundle.manifest["tasks"]]
    dataset = bundle.manifest["dataset"]["id"]
    evaluation_id = new_id("eval")
    with opened(home) as connection:
        test = datasets.dataset_part(connection, dataset, "test")
        train = datasets.dataset_part(connection, dataset, "train")
        chosen = _first_patients(test, request.limit)
        if not chosen:
            raise RadoncError(f"{dataset} has no test patients.", "Freeze another.")
        held = datasets.dataset_part(connection, dataset, "validation")
        # this reading counts once there is a result; see ``stored.take_finished``
        reads = datasets.test_reads(connection, dataset) + 1
        seen = _seen_by(home, connection, base)
        department = table_state(connection, load_table(home))
    evaluation = work.create(
        home,
        "eval",
        evaluation_id,
        {
            **_spec(home, request, tuned, base, bundle, evaluation_id, reads),
            "department_table": department,
        },
    )
    parts = (("test", chosen), ("train", train), ("held", held), ("against", seen))
    for name, cases in parts:
        pairs = (pair for case in cases for pair in case_pairs(case, tasks))
        write_pairs(evaluation.path / f"{name}.jsonl", pairs)
    own.freeze(home, evaluation.path)
    write_facts(evaluation.path / "test-facts.jsonl", chosen)
    write_facts(evaluation.path / "train-facts.jsonl", train)
    if (yield from run_work(evaluation, "exports")) != "done":
        raise RadoncError(f"{evaluation_id} was stopped: it has no result.", "Evaluate again.")
    head = end_of_log(home)  # the reading of test metrics is counted as well
    result = {**read_json(evaluation.path / "evaluation.json"), "audit": head}
    return EvaluateResult(evaluation_id, result)


def _seen_by(home: Home, connection: Connection, model: ModelFile) -> list[dict[str, Any]]:
    """The cases that a compared bundle was trained or tuned on; a base model has seen none."""
    if model.kind != "bundle":
        return []
    dataset = bundle_of(home, model).manifest["dataset"]["id"]
    return [
        *datasets.dataset_part(connection, dataset, "train"),
        *datasets.dataset_part(connection, dataset, "validation"),
    ]


def _spec(
    home: Home,
    request: EvaluateRequest,
    tuned: ModelFile,
    base: ModelFile,
    bundle: Bundle,
    evaluation_id: str,
    reads: int,
) -> dict[str, Any]:
    folder = home.folder("evaluations") / evaluation_id
    return {
        "home": str(home.path),
        "test_file": str(folder / "test.jsonl"),
        "train_file": str(folder / "train.jsonl"),
        "held_file": str(folder / "held.jsonl"),
        "validation_patients": request.validation_patients,
        "seen_files": [str(folder / "held.jsonl"), str(folder / "against.jsonl")],
        "tuned": _file(tuned),
        "base": _file(base),
        "labels": bundle.labels,
        "dataset": bundle.manifest["dataset"]["id"],
        "synthetic": bundle.synthetic,
        "test_reads": reads,
        "seed": request.seed,
        "quick": request.quick,
        # as asked, so that it can be asked again
        "request": {**asdict(request), "model": tuned.label, "against": base.label},
        "families": families_record(),
        # another tuned model has learnt one way of being asked
        "prompts": {
            "patients": request.prompt_patients if base.kind == "base" else 0,
            "shots": request.shots,
        },
    }


def _file(model: ModelFile) -> dict[str, str]:
    return {
        "name": model.name,
        "path": str(model.path),
        "sha256": model.sha256,
        "quant": model.quant,
    }


def _first_patients(cases: Sequence[Mapping[str, Any]], limit: int) -> list[Mapping[str, Any]]:
    """The cases of the first ``limit`` patients (0: all) in the order of their keyed hashes."""
    patients = sorted({str(case["patient"]) for case in cases})
    chosen = set(patients[:limit] if limit else patients)
    return [case for case in cases if case["patient"] in chosen]
