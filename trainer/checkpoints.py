"""The checkpoints of a run: each is whole by its hashes, or it does not count.

A checkpoint that was cut short, by a kill, a full disk or a failing one, is found by what its
manifest says, and the one before it is taken. Knows folders and hashes; no model.
"""

import os
import shutil
from pathlib import Path

from store.lines import read_json, sha256_file, write_json
from store.points import reached
from trainer.numbers import FILE as NUMBERS, Numbers

MANIFEST = "manifest.json"
"""The last file that is written into a checkpoint."""
KEPT = 2
"""So many newest checkpoints stay: a newest one that is damaged has one before it."""
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


def seal(checkpoint: Path, numbers: Numbers) -> None:
    """Write the run's numbers and then the manifest; with it the checkpoint is whole."""
    numbers.save(checkpoint)
    files = sorted(path for path in checkpoint.iterdir() if path.name != MANIFEST)
    for path in files:
        _to_disk(path)
    entries = {path.name: sha256_file(path) for path in files}
    write_json(checkpoint / MANIFEST, {"schema": 1, "files": entries})
    _to_disk(checkpoint)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_whole(checkpoint: Path) -> bool:
    """Whether every file is what its manifest says."""
    path = checkpoint / MANIFEST
    if not path.exists():
        return False
    files = read_json(path)["files"]
    return all(
        (checkpoint / name).is_file() and sha256_file(checkpoint / name) == digest
        for name, digest in files.items()
    )


def step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.split("-")[1])


def all_of(folder: Path) -> list[Path]:
    """Every checkpoint of a run's ``checkpoints``, whole or not, by step."""
    return sorted((p for p in folder.glob("checkpoint-*") if p.is_dir()), key=step_of)


def newest(folder: Path) -> tuple[Path | None, int]:
    """The newest whole checkpoint, and how many newer ones are damaged."""
    damaged = 0
    for path in reversed(all_of(folder)):
        if is_whole(path):
            return path, damaged
        damaged += 1
    return None, damaged


def drop_damaged(folder: Path) -> int:
    """Drop every checkpoint newer than the newest whole one; returns how many there were.

    What is left of one would otherwise mix with the one that is written at its step again.
    """
    last, damaged = newest(folder)
    for path in all_of(folder):
        if last is None or step_of(path) > step_of(last):
            shutil.rmtree(path)
    return damaged


def trim(folder: Path) -> None:
    """Drop all but the newest sealed checkpoints and the best that each of them knows."""
    sealed = [path for path in all_of(folder) if (path / MANIFEST).exists()][-KEPT:]
    best = {read_json(path / NUMBERS).get("best_step") for path in sealed}
    for path in all_of(folder):
        if path not in sealed and step_of(path) not in best and step_of(path) < step_of(sealed[-1]):
            reached("drop checkpoint")
            # the manifest first: half a checkpoint must not look whole
            (path / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(path)


def take_adapter(checkpoint: Path, place: Path) -> None:
    """Copy a checkpoint's adapter to ``place``, which appears whole or not at all."""
    part = place.with_name(place.name + ".part")
    for folder in (part, place):
        shutil.rmtree(folder, ignore_errors=True)
    part.mkdir()
    for name in ADAPTER:
        shutil.copyfile(checkpoint / name, part / name)
        _to_disk(part / name)
    reached("adapter")
    part.rename(place)
