"""Which evaluations of a home belong side by side: trainings of one base, by files of one kind.

Reads the directories of evaluations, bundles and runs, and leaves all reckoning to ``trainings``.
"""

from collections.abc import Iterable
from typing import Any

from exports.bundle import Bundle, list_bundles
from exports.evaluation.trainings import Training, training
from store.errors import RadoncError
from store.home import Home
from store.lines import read_lines
from store.work import Work, everything


def trainings_beside(home: Home, chosen: Work) -> list[Training]:
    """The training of an evaluation, then each other training's newest one that was not quick.

    Of these ``read_trainings`` takes what is like the chosen one.
    """
    done = [made for made in everything(home, "eval") if made.manifest_exists]
    return read_trainings(home, [chosen, *(made for made in reversed(done) if not _quick(made))])


def read_trainings(home: Home, evaluations: Iterable[Work]) -> list[Training]:
    """The training behind each evaluation, the first evaluation of each run alone.

    Only of the same base and quantization as the first evaluation, and whose bundle and run are
    there; nothing where those of the first are gone.
    """
    bundles = {bundle.id: bundle for bundle in list_bundles(home)}
    runs = {run.id: run for run in everything(home, "run")}
    found: dict[str, Training] = {}
    like: tuple[Any, ...] = ()
    for made in evaluations:
        kind = _kind(made)
        like = like or kind
        bundle = bundles.get(kind[0]) if kind and kind[1:] == like[1:] else None
        run = runs.get(bundle.manifest["run"]) if bundle else None
        if bundle and run and run.id not in found:
            found[run.id] = _read(made, bundle, run)
        elif not found:
            return []
    return list(found.values())


def _read(made: Work, bundle: Bundle, run: Work) -> Training:
    answers = read_lines(made.path / "predictions.jsonl")
    return training(made.id, bundle.manifest, run.spec, answers)


def _quick(made: Work) -> bool:
    return not _kind(made) or bool(made.spec.get("quick"))


def _kind(made: Work) -> tuple[Any, ...]:
    """The bundle, and what must be equal; () for one whose spec cannot be read, which is listed
    as damaged.
    """
    try:
        tuned, base = made.spec["tuned"], made.spec.get("base") or {}
    except (RadoncError, KeyError):
        return ()
    return tuned["name"], tuned["quant"], base.get("name"), base.get("quant")
