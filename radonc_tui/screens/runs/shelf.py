"""What the screen of runs begins with: everything that was made so far, asked of the actions."""

from dataclasses import dataclass
from typing import Any

from radonc_tui.actions.evaluations import list_evaluations
from radonc_tui.actions.models import list_models
from radonc_tui.actions.progress import Action
from radonc_tui.actions.runs import list_runs
from store.home import Home
from store.work import ENDED

OVER = ENDED | {"damaged"}


@dataclass(frozen=True)
class Shelf:
    """Newest first: runs, evaluations, the bundles of each run, model files as NAME:QUANT."""

    runs: tuple[dict[str, Any], ...]
    evaluations: tuple[dict[str, Any], ...]
    bundles: dict[str, tuple[str, ...]]
    files: tuple[str, ...]

    @property
    def going(self) -> bool:
        """Whether something here is under way."""
        return any(made["state"] not in OVER for made in (*self.runs, *self.evaluations))

    def is_of(self, file: str, run_id: str) -> bool:
        """Whether a model file was exported of this run."""
        return file.partition(":")[0] in self.bundles.get(run_id, ())

    def files_for(self, run_id: str) -> list[str]:
        """All files, those of this run first."""
        return sorted(self.files, key=lambda file: not self.is_of(file, run_id))


def look_at_shelf(home: Home) -> Action[Shelf]:
    """Ask for everything; a model that is no bundle was not made here."""
    runs = yield from list_runs(home)
    evaluations = yield from list_evaluations(home)
    models = yield from list_models(home)
    bundles = [model for model in reversed(models) if model["kind"] == "bundle"]
    of_run: dict[str, tuple[str, ...]] = {}
    for bundle in bundles:
        of_run[bundle["run"]] = (*of_run.get(bundle["run"], ()), bundle["name"])
    files = [f"{bundle['name']}:{quant}" for bundle in bundles for quant in bundle["quants"]]
    return Shelf(tuple(reversed(runs)), tuple(reversed(evaluations)), of_run, tuple(files))
