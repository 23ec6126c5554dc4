"""Base models and bundles: listed, added, verified."""

from pathlib import Path
from typing import Any

from exports.bundle import (
    Bundle,
    ModelFile,
    base_files,
    list_bundles,
    list_models as list_files,
    verify_model,
)
from radonc_tui.actions.progress import Action, Progress
from store.errors import BadUsage
from store.home import Home
from trainer.bases import add_folder, list_bases, verify as verify_base


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
    """Every base and bundle with its quantizations."""
    yield from ()
    bases = [
        {
            "name": base.name,
            "kind": "base",
            "family": base.family,
            "licence": base.licence,
            "quants": [file.quant for file in base_files(base)],
        }
        for base in list_bases(home)
    ]
    bundles = [
        {
            "name": bundle.id,
            "kind": "bundle",
            "base": bundle.manifest["base"]["name"],
            "dataset": bundle.manifest["dataset"]["id"],
            "synthetic": bundle.synthetic,
            "quants": [file.quant for file in bundle.files],
            "recommended": bundle.manifest["recommended"],
        }
        for bundle in list_bundles(home)
    ]
    return [*bases, *bundles]


def add_model(home: Home, source: Path, name: str) -> Action[dict[str, Any]]:
    """Take a local Llama, Mistral or Qwen folder, or a GGUF file, in as a base model."""
    yield Progress("add model")
    base = add_folder(home, source, name)
    return {"name": base.name, "family": base.family, "licence": base.licence}


def verify_models(home: Home, names: tuple[str, ...]) -> Action[list[dict[str, Any]]]:
    """Hash every file again and compare with the manifests; without names, all models.

    Raises:
        BadUsage: a name is no model.
    """
    bases = {base.name: base for base in list_bases(home)}
    files = list_files(home)
    known = [*bases, *dict.fromkeys(file.name for file in files if file.kind == "bundle")]
    for name in names:
        if name not in known:
            raise BadUsage(
                f"There is no model {name!r}.", f"There is {', '.join(known) or 'none'}."
            )
    found: list[dict[str, Any]] = []
    chosen = names or tuple(known)
    for done, name in enumerate(chosen):
        yield Progress("verify", done, len(chosen), "models")
        wrong = verify_base(bases[name]) if name in bases else []
        wrong += [line for file in files if file.name == name for line in verify_model(file)]
        found.append({"name": name, "ok": not wrong, "mismatches": wrong})
    return found
