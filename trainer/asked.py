"""What a run was asked, checked before anything is loaded: settings, data and base model.

A run directory may have been edited by hand, written by a newer version, or outlived its base;
each of these is a sentence here and not a failure hours later.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.lines import read_json, sha256_content
from store.work import Reporter, Work
from trainer.bases import Base, verify
from trainer.settings import TrainSettings, check_settings

AGAIN = "Start a new run with `radonc train`."


def settings_of(spec: Mapping[str, Any]) -> TrainSettings:
    """The settings of a run's spec; one that an older version did not know has its default.

    Raises:
        RadoncError: one of them is unknown or does not fit.
    """
    given = spec.get("settings")
    known = {field.name: type(field.default) for field in fields(TrainSettings)}
    if not isinstance(given, Mapping):
        raise RadoncError(f"{spec.get('id')} has no settings in its spec.json.", AGAIN)
    values: dict[str, Any] = {str(name): value for name, value in given.items()}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise RadoncError(
            f"{spec.get('id')} has the settings {', '.join(unknown)}, unknown to this version.",
            "Use the version of radonc that made it, or start a new run.",
        )
    for name, value in values.items():
        # whole numbers are numbers too, and the default of load_in_4bit is None
        fits = {int: int, float: int | float, str: str}.get(known[name], bool | None)
        if not isinstance(value, fits) or (isinstance(value, bool) and known[name] in (int, float)):
            raise RadoncError(f"{spec.get('id')} has {name}={value!r}, which does not fit.", AGAIN)
    settings = TrainSettings(**values)
    check_settings(settings)
    return settings


def check_data(work: Work) -> None:
    """Whether the run's data are those that were frozen into it.

    A patient's withdrawal changes them and says so, in ``dataset/files.json``.

    Raises:
        RadoncError: a file is missing or was changed.
    """
    frozen = work.path / "dataset" / FILES
    if not frozen.exists():
        raise RadoncError(f"{work.id}: dataset/{FILES} is gone.", AGAIN)
    for name, digest in read_json(frozen).items():
        path = work.path / "dataset" / name
        if not path.is_file() or sha256_content(path) != digest:
            raise RadoncError(f"{work.id}: dataset/{name} is not what was frozen into it.", AGAIN)


def freeze_data(folder: Path) -> dict[str, str]:
    """The hash of the content of every file of lines in a run's ``dataset``."""
    return {path.name: sha256_content(path) for path in sorted(folder.glob("*.jsonl"))}


FILES = "files.json"
PARTS = 20
"""So many times at most the progress of checking a base is said."""


def check_base(work: Work, reporter: Reporter) -> None:
    """Whether the base is the one that the run was planned with, and unharmed.

    Raises:
        RadoncError: it is gone, another one, or a file of it has changed.
    """
    asked = work.spec["base"]
    path = Path(asked["path"])
    if not (path / "manifest.json").exists():
        raise RadoncError(
            f"The base model {asked['name']} is not in this home any more.",
            "Add it again under the same name with `radonc models add`.",
        )
    base = Base(path.name, path, read_json(path / "manifest.json"))
    if base.sha256 != asked["sha256"]:
        raise RadoncError(
            f"The base model {base.name} is not the one that {work.id} was started with.",
            "Add the original again, or start a new run.",
        )
    total = max(1, sum(entry["bytes"] for entry in base.manifest["files"].values()))
    done = 0

    def told(piece: int) -> None:
        nonlocal done
        before, done = done * PARTS // total, done + piece
        if done * PARTS // total > before:
            reporter.progress("check base", done // 10**6, total // 10**6, "MB")

    wrong = verify(base, told)
    if wrong:
        raise RadoncError(wrong[0], f"Add {base.name} again from its source.")
