"""Exactly which cases a run saw: those of its data set that were in training and validation."""

from dataclasses import dataclass

from radonc_tui.actions.progress import Action
from radonc_tui.actions.runs import find_run
from radonc_tui.actions.stored import opened
from store import datasets
from store.errors import RadoncError
from store.home import Home

SEEN = ("train", "validation")


@dataclass(frozen=True)
class SeenCase:
    """One case that a run saw, and as what: it learned from train and was chosen by validation."""

    case_id: str
    part: str


@dataclass(frozen=True)
class RunCases:
    """The cases of a run, in the order of its data set; ``held_out`` counts those of test."""

    run: str
    dataset: str
    sha256: str
    cases: tuple[SeenCase, ...]
    held_out: int

    def count(self, part: str) -> int:
        """How many cases of one part the run saw."""
        return sum(case.part == part for case in self.cases)


def run_cases(home: Home, run_id: str) -> Action[RunCases]:
    """The cases that a run saw; ``latest`` is the newest run.

    Raises:
        BadUsage: there is no such run, or its data set is not in this store.
        RadoncError: the data set in the store is not the one that the run was given.
    """
    yield from ()
    run = find_run(home, run_id)
    named = run.spec["dataset"]
    with opened(home) as connection:
        dataset = datasets.show_dataset(connection, named["id"])
        members = datasets.dataset_members(connection, named["id"])
    if dataset["sha256"] != named["sha256"]:
        raise RadoncError(
            f"{named['id']} in this store is not the data set that {run.id} was given.",
            "Open the home in which the run was trained.",
        )
    seen = tuple(SeenCase(case_id, part) for case_id, part in members if part in SEEN)
    return RunCases(run.id, named["id"], named["sha256"], seen, len(members) - len(seen))
