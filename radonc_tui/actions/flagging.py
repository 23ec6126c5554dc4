"""What a bundle's answers are flagged by, read from the store or frozen for a worker."""

from pathlib import Path

from exports.bundle import Bundle
from exports.evaluation.facts import facts_of, write_facts
from exports.flags.ground import Ground, make_ground
from exports.flags.rates import rules_off
from exports.flags.unsure import thresholds
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import opened, when_free
from store import datasets
from store.clinical.icd10 import describe_code
from store.department import own
from store.department.table import load_table
from store.home import Home
from trainer.pairs import case_pairs, write_pairs
from trainer.tasks import Task

FROZEN = ("train-facts.jsonl", "held.jsonl", "department.csv")


def ground_for(home: Home, bundle: Bundle, sha256: str) -> Action[Ground]:
    """The training cases of the bundle's data set and the table in force, as flags need them.

    ``sha256`` is that of the file which answers: its evaluation says what is sure enough.

    Where the store has the data set no longer there are no training cases; flags then know the
    table alone.
    """
    yield Progress("read the training cases")
    dataset = bundle.manifest["dataset"]["id"]
    train, held = yield from when_free(
        home,
        lambda connection: [
            datasets.dataset_part(connection, dataset, part) for part in ("train", "validation")
        ],
    )
    return make_ground(
        [facts_of(case) for case in train],
        load_table(home),
        lambda code: describe_code(home, code),
        validation=[str(case["diagnosis"]) for case in held],
        off=rules_off(home, dataset),
        sure_from=thresholds(home, sha256),
    )


def freeze_ground(home: Home, bundle: Bundle, folder: Path) -> None:
    """Write what ``exports.flags.rates.folder_ground`` reads into a work's directory."""
    dataset = bundle.manifest["dataset"]["id"]
    with opened(home) as connection:
        train = datasets.dataset_part(connection, dataset, "train")
        held = datasets.dataset_part(connection, dataset, "validation")
    own.freeze(home, folder)
    write_facts(folder / "train-facts.jsonl", train)
    pairs = (pair for case in held for pair in case_pairs(case, [Task.ICD10]))
    write_pairs(folder / "held.jsonl", pairs)
