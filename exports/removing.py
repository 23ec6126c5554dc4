"""Removing a base or a bundle: refused while something needs it, and never half done.

What needs a model is read from the directories of work, as everything about a model is. A folder
is renamed away before it is deleted, so that a kill in between leaves a model whole or gone.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.bundle import list_bundles
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home, new_id
from store.work import FOLDER_OF, Work, everything
from trainer.bases import DEFAULT, list_bases

REMOVED = "removed-"
"""How the folders in ``home.tmp`` begin that are being deleted."""


@dataclass(frozen=True)
class Need:
    """One piece of work that needs a model; ``works`` says that it does so at this moment."""

    work_id: str
    works: bool = False


def folder_of(home: Home, name: str) -> Path:
    """The folder of a base or of a finished bundle.

    Raises:
        BadUsage: there is no such model.
    """
    folders = {base.name: base.path for base in list_bases(home)}
    folders |= {bundle.id: bundle.path for bundle in list_bundles(home)}
    if name not in folders:
        there = ", ".join(folders) or "none"
        raise BadUsage(f"There is no model {name!r}.", f"There is {there}.")
    return folders[name]


def needs(home: Home, name: str) -> list[Need]:
    """What would fail without this model.

    Whatever works with it now; and for a base also the runs that would be resumed or exported
    with it and the bundles that it was tuned into, which are compared with it. The embedded base
    is made again when an export or an evaluation needs it, so only runs that are not done count.
    """
    found: list[Need] = []
    for kind in FOLDER_OF:
        for work in everything(home, kind):
            spec = _spec(work)
            if name not in _named(kind, spec):
                continue
            if work.alive():
                found.append(Need(work.id, works=True))
            elif kind == "run" and (name != DEFAULT or not work.manifest_exists):
                found.append(Need(work.id))
    if name != DEFAULT:
        made = [bundle for bundle in list_bundles(home) if bundle.manifest["base"]["name"] == name]
        found += [Need(bundle.id) for bundle in made]
    return found


def check_removable(home: Home, name: str) -> None:
    """Raise ``Refused``, naming what needs the model, unless nothing does."""
    found = needs(home, name)
    at_work = [need.work_id for need in found if need.works]
    if at_work:
        raise Refused(
            f"{name} cannot be removed while {_listed(at_work)} works with it.",
            "Wait until that ends, or stop it.",
        )
    if found:
        raise Refused(
            f"{name} cannot be removed: {_listed([need.work_id for need in found])} "
            f"{'needs' if len(found) == 1 else 'need'} it.",
            "Remove such a bundle first, and delete the folder of a run that nobody will resume "
            f"or export, in {home.folder('runs')}.",
        )


def remove(home: Home, name: str) -> int:
    """Remove a base or a bundle; returns the bytes of its files.

    Raises:
        BadUsage: there is no such model.
        Refused: something needs it.
    """
    folder = folder_of(home, name)
    check_removable(home, name)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    folder.rename(home.tmp / f"{REMOVED}{new_id(name)}")
    for left in home.tmp.glob(f"{REMOVED}*"):
        # another process may be deleting it at the same moment
        shutil.rmtree(left, ignore_errors=True)
    return size


def _spec(work: Work) -> dict[str, Any]:
    """The work's spec; {} where it cannot be read, since then nobody can go on with it either."""
    try:
        return work.spec
    except RadoncError:
        return {}


def _named(kind: str, spec: dict[str, Any]) -> Iterator[str]:
    """The names of the models that work of this kind reads."""
    match kind:
        case "run" if "base" in spec:
            yield spec["base"]["name"]
        case "bundle" if "base" in spec:
            yield Path(spec["base"]).name
        case "eval":
            yield from (spec[role]["name"] for role in ("tuned", "base") if spec.get(role))
        case "predict" if "model" in spec:
            yield spec["model"]["name"]
        case _:
            return


def _listed(ids: list[str], most: int = 4) -> str:
    """The newest few ids, and how many more there are."""
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[-most:]) + more
