"""What is exported, and how a model file is found by its name.

A bundle is ``home/exports/<bundle-id>/``: ``gguf/<QUANT>.gguf``, ``MODEL.md`` and, last, a
``manifest.json`` with every file's SHA-256 and the verdict of its check. A base model has the
same kind of files under ``home/models/<name>/gguf/``, made when they are first needed, so that
base and tuned model can be compared in one quantization. Finding a model loads none.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exports.gguf.quantize import FILE_TYPES
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import read_json, sha256_file, write_json
from store.work import everything
from trainer.bases import DEFAULT, Base, Report, ensure_default, find_base, list_bases

DEFAULT_QUANT = "Q8_0"
NOTICE = "derived from patient data: do not publish"
"""Stands in and on everything that was trained on real cases."""
MADE_UP = "trained on synthetic cases"
SCRATCH = "export-"
"""How the folders of unchecked files in ``home.tmp`` begin; an export removes what a killed worker
left."""


@dataclass(frozen=True)
class ModelFile:
    """One GGUF file that can be evaluated, signed off and used; its hash is what it is known by.

    ``kind`` is ``bundle`` or ``base``; ``recommended`` says whether its name alone means it.
    ``measured`` is what the export found of it (``exports.gguf.verify.Verification`` as JSON).
    """

    name: str
    quant: str
    path: Path
    sha256: str
    kind: str
    recommended: bool = False
    measured: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)

    @property
    def label(self) -> str:
        return f"{self.name}:{self.quant}"


@dataclass(frozen=True)
class Bundle:
    """One finished export."""

    path: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def synthetic(self) -> bool:
        return self.manifest["synthetic"]

    @property
    def notice(self) -> str:
        """What stands on a bundle: ``NOTICE``, or "" where the cases were synthetic."""
        return "" if self.synthetic else NOTICE

    @property
    def labels(self) -> dict[str, list[str]]:
        """The closed label lists of the run: task -> labels."""
        return self.manifest["labels"]

    @property
    def files(self) -> list[ModelFile]:
        return [
            ModelFile(
                self.id,
                quant,
                self.path / "gguf" / f"{quant}.gguf",
                verdict["sha256"],
                "bundle",
                quant == self.manifest["recommended"],
                verdict,
            )
            for quant, verdict in self.manifest["quants"].items()
        ]


def list_bundles(home: Home) -> list[Bundle]:
    """The finished bundles of the home, oldest first."""
    return [
        Bundle(work.path, work.manifest)
        for work in everything(home, "bundle")
        if work.manifest is not None
    ]


def base_files(base: Base) -> list[ModelFile]:
    """The GGUF files that were made of a base so far."""
    path = base.path / "gguf" / "manifest.json"
    quants = read_json(path)["quants"] if path.exists() else {}
    return [
        ModelFile(
            base.name,
            quant,
            path.with_name(f"{quant}.gguf"),
            verdict["sha256"],
            "base",
            quant == DEFAULT_QUANT,
            verdict,
        )
        for quant, verdict in quants.items()
    ]


def list_models(home: Home) -> list[ModelFile]:
    """Every GGUF file of the home."""
    made = [file for bundle in list_bundles(home) for file in bundle.files]
    return [file for base in list_bases(home) for file in base_files(base)] + made


def find_model(home: Home, name: str) -> ModelFile:
    """The file meant by ``NAME[:QUANT]``; NAME is a bundle's id or a base's name.

    Without a quant the recommended one, which is Q8_0 for a base.

    Raises:
        BadUsage: there is no such model, or not in that quantization; the sentence says what is.
    """
    wanted, _, quant = name.partition(":")
    files = [file for file in list_models(home) if file.name == wanted]
    for file in files:
        if file.quant == quant.upper() or (not quant and file.recommended):
            return file
    if files:
        there = ", ".join(file.label for file in files)
        raise BadUsage(f"There is no {name}.", f"There is {there}.")
    if any(base.name == wanted for base in list_bases(home)):
        raise BadUsage(
            f"No GGUF file of the base model {wanted} has been made yet.",
            "`radonc export` makes one beside each bundle.",
        )
    known = [bundle.id for bundle in list_bundles(home)][-3:]
    raise BadUsage(
        f"There is no model {wanted!r}.",
        f"The newest bundles are {', '.join(known)}." if known else "Make one: `radonc export`.",
    )


def base_file_or_wanted(home: Home, name: str) -> ModelFile:
    """As ``find_model``; a base's file that is not there yet comes with an empty ``sha256``.

    What has an empty hash is to be made with ``ensure_base_gguf``, in a worker, before it is used.

    Raises:
        BadUsage: there is no such model, or no such quantization.
    """
    wanted, _, quant = name.partition(":")
    quant = quant.upper() or DEFAULT_QUANT
    known = {base.name: base for base in list_bases(home)}
    if wanted not in (*known, DEFAULT) or quant not in ("F16", *FILE_TYPES):
        return find_model(home, name)
    for file in base_files(known[wanted]) if wanted in known else ():
        if file.quant == quant and file.path.exists():
            return file
    path = home.folder("models") / wanted / "gguf" / f"{quant}.gguf"
    return ModelFile(wanted, quant, path, "", "base", quant == DEFAULT_QUANT)


def base_again(home: Home, name: str, report: Report) -> Base:
    """As ``find_base``, but the embedded base is made again where it has been removed.

    Raises:
        BadUsage: there is no such base.
    """
    return ensure_default(home, report) if name == DEFAULT else find_base(home, name)


def verify_model(model: ModelFile, told: Callable[[int], object] | None = None) -> list[str]:
    """One sentence where the file is missing or not what was checked; [] is unharmed.

    ``told`` of the number of bytes of each piece read.
    """
    if not model.path.is_file():
        return [f"{model.label}: {model.path} is missing."]
    if sha256_file(model.path, told) != model.sha256:
        return [f"{model.label}: {model.path} has changed since it was checked."]
    return []


def verify_folder(folder: Path, told: Callable[[int], object] | None = None) -> list[str]:
    """One sentence for each file of a bundle that is not what its manifest says; [] is unharmed.

    The folder may lie anywhere and have been copied from another machine: its manifest alone is
    asked. ``told`` of the number of bytes of each piece read.

    Raises:
        BadUsage: there is no manifest of a bundle.
    """
    path = folder / "manifest.json"
    manifest = read_json(path) if path.is_file() else {}
    if "files" not in manifest or "quants" not in manifest:
        raise BadUsage(
            f"{folder} is no finished bundle: it has no manifest of one.",
            "Name a bundle's folder, or a model that `radonc models list` shows.",
        )
    wrong: list[str] = []
    for name, entry in sorted(manifest["files"].items()):
        file = folder / name
        what = f"{folder.name}:{file.stem}" if file.suffix == ".gguf" else folder.name
        if not file.is_file():
            wrong.append(f"{what}: {file} is missing.")
        elif sha256_file(file, told) != entry["sha256"]:
            wrong.append(f"{what}: {file} has changed since it was checked.")
    for quant, verdict in manifest["quants"].items():
        entry = manifest["files"].get(f"gguf/{quant}.gguf", {})
        if entry.get("sha256") != verdict["sha256"]:
            wrong.append(f"{folder.name}:{quant}: manifest.json contradicts itself about it.")
    known = {folder / name for name in manifest["files"]}
    extra = sorted(file.name for file in (folder / "gguf").glob("*") if file not in known)
    return wrong + [f"{folder.name}: gguf/{name} is no file of this bundle." for name in extra]


def record_base_files(base: Base, verdicts: dict[str, dict[str, Any]]) -> None:
    """Add verdicts of files that passed to the manifest in ``models/<name>/gguf/``."""
    path = base.path / "gguf" / "manifest.json"
    known = read_json(path)["quants"] if path.exists() else {}
    write_json(path, {"schema": 1, "base": base.sha256, "quants": {**known, **verdicts}})


def ensure_base_gguf(
    home: Home, base: Base, quant: str, report: Report, texts: Sequence[str] = ()
) -> ModelFile:
    """The base's file in this quantization, made and checked if it is not there yet.

    Loads torch and transformers where it has to be made: call it in a worker process that holds
    the accelerator.

    Args:
        home: where ``base`` lives.
        base: the base model.
        quant: one that ``exports.gguf.verify.LIMITS`` names.
        report: told how far each stage is.
        texts: real prompts for the check; made-up ones where there are none.

    Raises:
        RadoncError: the file failed its check; it was deleted.
    """
    for file in base_files(base):
        if file.quant == quant and file.path.exists():
            return file
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references

    said: list[str] = []
    with tempfile.TemporaryDirectory(dir=home.tmp, prefix=SCRATCH) as name:
        scratch = Path(name)
        reference = references(base.path, None, texts, scratch, report)["base"]
        place = base.path / "gguf"
        model = Model(base.name, base.path)
        verdicts = make_files(model, [quant], reference, place, scratch, report, said.append)
    if not verdicts[quant].passed:
        raise RadoncError(said[-1], "Choose another quantization.")
    record_base_files(base, {quant: verdicts[quant].as_json()})
    return find_model(home, f"{base.name}:{quant}")
