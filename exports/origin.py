"""What an export is made of, looked at before anything is made: the run, its base, the disk.

A run's directory is a folder that anybody may edit, and a base's files lie on a disk that may rot;
an export that began with either would end hours later with a file that nobody can explain.
"""

import shutil
from collections.abc import Sequence

from exports.gguf.quantize import BITS
from store.errors import RadoncError
from store.home import Home
from store.lines import sha256_content
from store.work import Work
from trainer.bases import Base, verify

ROOM = 1 << 28
"""Bytes beyond the files themselves: logits to compare with, the reports' own files."""


def check_run(run: Work, base: Base) -> None:
    """See that the run is whole and that ``base`` is the one that it was trained on.

    Raises:
        RadoncError: the run has no adapter, a file of it was changed or is missing, or the base is
            another one.
    """
    if not (run.path / "adapter" / "adapter_config.json").exists():
        raise RadoncError(
            f"{run.id} has no adapter to export.", "Train it to its end: `radonc runs list`."
        )
    trained_on = run.spec.get("base", {}).get("sha256")
    if trained_on != base.sha256:
        raise RadoncError(
            f"The base model {base.name} is not the one {run.id} was trained on.",
            "Add the original again under another name, or train again.",
        )
    way_out = f"Restore the folder {run.path} from a backup, or train again."
    for name, entry in (run.manifest or {"files": {}})["files"].items():
        path = run.path / name
        if not path.is_file():
            raise RadoncError(f"{run.id} has no {name} any more.", way_out)
        if sha256_content(path) != entry["sha256"]:
            raise RadoncError(f"{name} of {run.id} was changed after the training.", way_out)
    for name in ("train.jsonl", "validation.jsonl"):
        if not (run.path / "dataset" / name).is_file():
            raise RadoncError(f"{run.id} has no dataset/{name} any more.", way_out)


def check_base(base: Base) -> None:
    """See that every file of the base is what was added.

    Raises:
        RadoncError: one is not; the sentence names the first.
    """
    wrong = verify(base)
    if wrong:
        raise RadoncError(wrong[0], "Add the model again from its source, under another name.")


def check_room(home: Home, base: Base, quants: Sequence[str], with_base: Sequence[str]) -> None:
    """See that the files of an export have room in the home.

    Args:
        home: where they will lie.
        base: the base; the size of its weights tells that of its files.
        quants: quantizations of the tuned model.
        with_base: those of the base that are made as well.

    Raises:
        RadoncError: they have not.
    """
    weights = sum(path.stat().st_size for path in base.path.glob("*.safetensors"))
    # the 16-bit file that all others are made of is there once, whether it is kept or not
    bits = 16 + sum(BITS[quant] for quant in (*quants, *with_base) if quant != "F16")
    needed = weights * bits // 16 + ROOM
    free = shutil.disk_usage(home.path).free
    if free < needed:
        raise RadoncError(
            f"The export needs {needed / 1e9:.1f} GB of the disk of {home.path}, which has "
            f"{free / 1e9:.1f} GB left.",
            "Make room there, or ask for fewer quantizations with --quant.",
        )
