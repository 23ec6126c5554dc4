"""Base models and bundles: listed, added, verified, removed."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from exports import removing
from exports.bundle import (
    Bundle,
    ModelFile,
    base_files,
    list_bundles,
    list_models as list_files,
    verify_folder,
    verify_model,
)
from exports.card import extraction_line
from exports.evaluation.drift_limit import by_device
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import opened
from store import signoffs
from store.errors import BadUsage
from store.home import Home
from trainer.bases import (
    DEFAULT,
    Base,
    Report,
    add_folder,
    list_bases,
    megabytes,
    verify as verify_base,
)


def bundle_of(home: Home, model: ModelFile) -> Bundle:
    """The bundle that a model file belongs to.

    Raises:
        BadUsage: it is a base model's file, which knows no data set and no labels.
    """
    for bundle in list_bundles(home):
        if bundle.id == model.name:
            return bundle
    raise BadUsage(
        f"{model.name} is a base model: it was trained on no data set of this home.",
        "Name a bundle; `radonc models list` shows them.",
    )


def list_models(home: Home) -> Action[list[dict[str, Any]]]:
    """Every base and bundle, with its files as the export measured them.

    ``bytes`` is of all files of the model. A file of ``files`` has quant, bytes, sha256, path,
    ``recommended`` (its model's name alone means it), ``missing``, and, None where nothing was
    measured: ``top_token`` (share of positions with the trained model's top token),
    ``clear_top_token`` (the same where that model is clear), ``mean_kl`` and ``worst_kl`` (nats).
    A bundle's has ``signed``, by task its valid sign-off (``ends``, ``physicist``,
    ``physician``), and ``drift``, by device and task what answers it changed, {} where it was not
    measured.
    ``refused`` has the sentences about quantizations that failed their check.
    """
    yield from ()
    bundles = list_bundles(home)
    signed = _signed(home) if bundles else {}
    return [
        *(_base_record(base) for base in list_bases(home)),
        *(_bundle_record(bundle, signed) for bundle in bundles),
    ]


def add_model(home: Home, source: Path, name: str) -> Action[dict[str, Any]]:
    """Take a local folder of weights, or a GGUF file, in as a base model.

    Closing it leaves nothing of the model behind.

    Raises:
        BadUsage: the name cannot be one or is taken, or the source is no model to train.
    """
    base = yield from reported(
        lambda report: add_folder(home, source.expanduser(), name, report), "add model"
    )
    return {"name": base.name, "family": base.family, "licence": base.licence}


def verify_models(home: Home, names: tuple[str, ...]) -> Action[list[dict[str, Any]]]:
    """Hash every file again and compare with the manifests; without names, all models.

    A name with a slash is the folder of a bundle, wherever it lies.

    Raises:
        BadUsage: a name is no model, or a folder no bundle.
    """
    folders = {name: Path(name).expanduser() for name in names if os.sep in name}
    folders |= {bundle.id: bundle.path for bundle in list_bundles(home)}
    bases = {base.name: base for base in list_bases(home)}
    files = list_files(home)
    known = [*bases, *dict.fromkeys(file.name for file in files if file.kind == "bundle")]
    for name in names:
        if name not in (*known, *folders):
            raise BadUsage(
                f"There is no model {name!r}.", f"There is {', '.join(known) or 'none'}."
            )
    chosen = names or tuple(known)
    mine = [file for file in files if file.name in chosen and file.kind == "base"]
    size = sum(file.path.stat().st_size for file in mine if file.path.is_file())
    size += sum(_size_of_base(base) for name, base in bases.items() if name in chosen)
    size += sum(_size_of_folder(path) for name, path in folders.items() if name in chosen)

    def look(report: Report) -> list[dict[str, Any]]:
        told = megabytes(report, "verify", size)
        found: list[dict[str, Any]] = []
        for name in chosen:
            if name in folders:
                wrong = verify_folder(folders[name], told)
            else:
                wrong = _wrong(bases[name], mine, told)
            found.append({"name": name, "ok": not wrong, "mismatches": wrong})
        return found

    return (yield from reported(look, "verify"))


def remove_model(home: Home, name: str) -> Action[dict[str, Any]]:
    """Remove a base or a bundle with all its files.

    Returns:
        ``name`` and the ``bytes`` that its files had.

    Raises:
        BadUsage: there is no such model.
        Refused: something needs it; the sentence names what.
    """
    yield Progress("remove")
    return {"name": name, "bytes": removing.remove(home, name)}


def _wrong(base: Base, files: list[ModelFile], told: Callable[[int], object]) -> list[str]:
    wrong = verify_base(base, told)
    return wrong + [x for file in files if file.name == base.name for x in verify_model(file, told)]


def _size_of_folder(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _base_record(base: Base) -> dict[str, Any]:
    files = [_file_record(file) for file in base_files(base)]
    return {
        "name": base.name,
        "kind": "base",
        "family": base.family,
        "licence": base.licence,
        "source": base.manifest.get("source", ""),
        "sha256": base.sha256,
        "path": str(base.path),
        "embedded": base.name == DEFAULT,
        "bytes": _size_of_base(base) + sum(file["bytes"] for file in files),
        "quants": [file["quant"] for file in files],
        "files": files,
        "refused": [],
    }


def _signed(home: Home) -> dict[str, dict[str, Any]]:
    """By SHA-256 and task, until when each file is signed off and by whom."""
    found: dict[str, dict[str, Any]] = {}
    with opened(home) as connection:
        for made in signoffs.list_signoffs(connection):
            if made.state == signoffs.VALID:
                found.setdefault(made.sha256, {})[made.task] = {
                    "ends": f"{made.ends:%Y-%m-%d}",
                    "physicist": made.physicist,
                    "physician": made.physician,
                }
    return found


def _bundle_record(bundle: Bundle, signed: Mapping[str, Any]) -> dict[str, Any]:
    manifest = bundle.manifest
    files = [
        {
            **_file_record(file),
            "drift": by_device(file.measured.get("drift")),
            "signed": signed.get(file.sha256, {}),
        }
        for file in bundle.files
    ]
    return {
        "name": bundle.id,
        "kind": "bundle",
        "base": manifest["base"]["name"],
        "licence": manifest["base"].get("licence", "not stated"),
        "run": manifest.get("run", ""),
        "dataset": manifest["dataset"]["id"],
        "tasks": manifest.get("tasks", []),
        "synthetic": bundle.synthetic,
        "notice": bundle.notice,
        "extraction": extraction_line(manifest.get("extraction", {})),
        "path": str(bundle.path),
        "bytes": sum(file["bytes"] for file in files),
        "quants": [file["quant"] for file in files],
        "recommended": manifest["recommended"],
        "files": files,
        "refused": [
            f"{quant}: {'; '.join(verdict.get('failures', []))}"
            for quant, verdict in manifest.get("refused", {}).items()
        ],
    }


def _file_record(file: ModelFile) -> dict[str, Any]:
    there = file.path.is_file()
    measured: Mapping[str, Any] = file.measured
    return {
        "quant": file.quant,
        "bytes": file.path.stat().st_size if there else 0,
        "missing": not there,
        "sha256": file.sha256,
        "path": str(file.path),
        "recommended": file.recommended,
        **{
            key: measured.get(key)
            for key in ("top_token", "clear_top_token", "mean_kl", "worst_kl")
        },
    }


def _size_of_base(base: Base) -> int:
    """Bytes of the folder's own files, as recorded when it was taken in."""
    return sum(entry.get("bytes", 0) for entry in base.manifest["files"].values())
