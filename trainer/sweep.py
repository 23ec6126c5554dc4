"""A sweep: a few settings compared on validation alone, by Optuna.

Knows what a sweep file may say, and keeps Optuna's journal in the sweep's own directory, so that
a sweep that was interrupted goes on. It trains nothing; a trial's losses are told to it.

    trials = 8
    [fixed]
    steps = 120
    [search]
    learning_rate = { from = 1e-4, to = 2e-3, log = true }
    lora_rank = [8, 16, 32]
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.errors import BadUsage, RadoncError
from trainer.settings import TrainSettings, parse_settings

MOST_TRIALS = 200
UNPRUNED = 3
"""So many trials run to their end before any is stopped for being worse than the median."""
KEYS = {"trials", "seed", "fixed", "search"}


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, whole ones or not, evenly by size or by factor."""

    low: float
    high: float
    log: bool
    whole: bool


@dataclass(frozen=True)
class Sweep:
    """``trials`` runs; ``fixed`` are KEY=VALUE options of all, ``search`` what is tried."""

    trials: int
    seed: int
    fixed: tuple[str, ...]
    search: Mapping[str, "Range | tuple[Any, ...]"]


def read_sweep(path: Path) -> Sweep:
    """The sweep that a file asks for.

    Raises:
        BadUsage: it is no TOML, or asks for what a sweep cannot do; the sentence says where.
    """
    try:
        asked = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadUsage(f"{path} is no sweep file ({error}).", "It has to be TOML.") from error
    return parse_sweep(asked, str(path))


def parse_sweep(asked: Mapping[str, Any], name: str) -> Sweep:
    """The sweep of what a file says; raises as ``read_sweep``."""
    unknown = sorted(set(asked) - KEYS)
    if unknown:
        raise BadUsage(
            f"{name} has {', '.join(unknown)}, which no sweep has.",
            f"There are {', '.join(sorted(KEYS))}; settings stand under [fixed] or [search].",
        )
    trials, seed = asked.get("trials", 8), asked.get("seed", 0)
    if type(trials) is not int or not 1 <= trials <= MOST_TRIALS or type(seed) is not int:
        raise BadUsage(f"{name}: trials must be 1 to {MOST_TRIALS}, and seed a whole number.")
    search = asked.get("search")
    if not isinstance(search, Mapping) or not search:
        raise BadUsage(f"{name} searches nothing.", "Name settings under [search].")
    fixed = asked.get("fixed", {})
    if not isinstance(fixed, Mapping) or set(fixed) & set(search):
        raise BadUsage(f"{name}: a setting is either fixed or searched.")
    options = tuple(f"{key}={_text(value)}" for key, value in fixed.items())
    base = parse_settings(options)
    space = {str(key): _space(str(key), value, base, name) for key, value in search.items()}
    return Sweep(trials, seed, options, space)


def _space(key: str, value: Any, base: TrainSettings, name: str) -> "Range | tuple[Any, ...]":
    """What is tried for one setting; both ends must be what the setting may be."""
    if isinstance(value, list) and value:
        for one in value:
            parse_settings((f"{key}={_text(one)}",), base)
        return tuple(value)
    if isinstance(value, Mapping) and {"from", "to"} <= set(value) <= {"from", "to", "log"}:
        ends = (value["from"], value["to"])
        for one in ends:
            parse_settings((f"{key}={_text(one)}",), base)
        low, high = map(float, ends)
        log = bool(value.get("log", False))
        if low < high and not (log and low <= 0):
            return Range(low, high, log, isinstance(getattr(base, key), int))
    raise BadUsage(
        f"{name}: {key} cannot be searched in {value!r}.",
        "Give a list of values, or { from = LOW, to = HIGH, log = true }.",
    )


def _text(value: Any) -> str:
    return str(value).casefold() if isinstance(value, bool) else str(value)


class Study:
    """Optuna's study of one sweep, in a journal that any later process goes on with."""

    def __init__(self, folder: Path, sweep: Sweep) -> None:
        """Opens the study in ``folder``, or begins it.

        Raises:
            RadoncError: Optuna is not installed.
        """
        try:
            import optuna
            from optuna.storages.journal import JournalFileBackend
        except ImportError as error:
            raise RadoncError(
                "Sweeps need optuna, which is not installed.", "Add it: `uv sync --extra sweep`."
            ) from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.sweep = sweep
        self.optuna: Any = optuna
        self.study: Any = optuna.create_study(
            storage=optuna.storages.JournalStorage(JournalFileBackend(str(folder / "study.log"))),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED),
            study_name="sweep",
            direction="minimize",
            load_if_exists=True,
        )
        # another seed for whoever goes on: the same one would ask the same things again
        seed = sweep.seed + len(self.study.trials)
        self.study.sampler = optuna.samplers.TPESampler(seed=seed)

    def interrupted(self) -> list[Any]:
        """Trials that began and never ended, oldest first."""
        return [trial for trial in self.study.trials if trial.state.name == "RUNNING"]

    def ended(self) -> int:
        return len(self.study.trials) - len(self.interrupted())

    def ask(self) -> tuple[int, tuple[str, ...]]:
        """(number, KEY=VALUE options) of the next trial."""
        trial = self.study.ask()
        options = [f"{key}={_text(self._suggest(trial, key))}" for key in self.sweep.search]
        trial.set_user_attr("options", options)
        return trial.number, (*self.sweep.fixed, *options)

    def _suggest(self, trial: Any, key: str) -> Any:
        space = self.sweep.search[key]
        if isinstance(space, tuple):
            return trial.suggest_categorical(key, list(space))
        if space.whole:
            return trial.suggest_int(key, int(space.low), int(space.high), log=space.log)
        return trial.suggest_float(key, space.low, space.high, log=space.log)

    def options(self, number: int) -> tuple[str, ...]:
        return (*self.sweep.fixed, *self.study.trials[number].user_attrs["options"])

    def is_hopeless(self, number: int, looks: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a trial with these validation losses is worse than the median so far."""
        trial = self._trial(number)
        known = self.study.trials[number].intermediate_values
        for look in looks:
            if look["step"] not in known:
                trial.report(look["loss"], look["step"])
        return bool(looks) and trial.should_prune()

    def tell(self, number: int, loss: float | None, pruned: bool = False) -> None:
        """How a trial ended: its best validation loss, None where it failed."""
        states = self.optuna.trial.TrialState
        if pruned:
            self.study.tell(number, state=states.PRUNED)
        elif loss is None:
            self.study.tell(number, state=states.FAIL)
        else:
            self.study.tell(number, loss)

    def _trial(self, number: int) -> Any:
        return self.optuna.trial.Trial(self.study, self.study.trials[number]._trial_id)
