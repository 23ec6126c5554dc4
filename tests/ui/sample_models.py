"""A base model and a bundle of a sample home: true names and hashes, no weights."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from exports.bundle import record_base_files
from exports.exporting import _Job, _Made, _seal  # what a bundle's manifest holds is theirs to say
from store import work
from store.home import Home
from store.lines import read_json, sha256_file, write_json
from store.work import Reporter, Work
from tests.ui.sample_work import finish_work
from trainer.bases import Base, add_folder, find_base

BASE = "sample-llama"
FOUND = {
    "Q8_0": (0.995, 0.975, 0.0031, 0.98, 0.02),
    "Q4_K_M": (0.98, 0.925, 0.0559, 0.90, 0.20),
}
"""By quantization: top token where clear, top token, mean KL, and the limits of the first and the
last; numbers of no measurement."""
TOKENIZER = {
    "version": "1.0",
    # every third character ends a token
    "pre_tokenizer": {
        **{"type": "Split", "behavior": "Isolated", "invert": False},
        "pattern": {"Regex": "[\\s\\S]{1,3}"},
    },
    "model": {
        "type": "WordLevel",
        "vocab": {f"t{number}": number for number in range(64)},
        "unk_token": "t0",
    },
}


SIZE = 2316
"""Bytes of the base, without its manifest."""


def make_base(home: Home) -> Base:
    """A Llama of one weight, taken in as any folder is, with its GGUF files beside it."""
    folder = home.tmp / BASE
    folder.mkdir()
    try:
        _write_model(folder)
        made = add_folder(home, folder, BASE).path / "manifest.json"
    finally:
        shutil.rmtree(folder)
    # where it came from is shown, and must be the same in every picture
    write_json(made, {**read_json(made), "source": f"/weights/{BASE}"})
    base = find_base(home, BASE)
    (base.path / "gguf").mkdir()
    made = {quant: _file(base.path / "gguf", quant, BASE) for quant in FOUND}
    record_base_files(base, made)
    return base


def _write_model(folder: Path) -> None:
    config = {"architectures": ["LlamaForCausalLM"], "vocab_size": 64, "hidden_size": 8}
    write_json(folder / "config.json", {**config, "num_hidden_layers": 1})
    write_json(folder / "tokenizer.json", TOKENIZER)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\nA sample, no model.\n")
    # as many bytes of weights as make the whole as large as the pictures say
    rest = SIZE - sum(path.stat().st_size for path in folder.iterdir()) - 8
    weight = {"dtype": "U8", "shape": [1000], "data_offsets": [0, 1000]}
    header = json.dumps({"w": weight}).encode()
    data = rest - len(header)
    header = json.dumps({"w": {**weight, "shape": [data], "data_offsets": [0, data]}}).encode()
    header = header.ljust(rest - data)
    weights = len(header).to_bytes(8, "little") + header + bytes(data)
    (folder / "model.safetensors").write_bytes(weights)


def make_bundle(home: Home, bundle_id: str, run_id: str, base: Base, began: float) -> Work:
    """The export of a run: files of a few thousand bytes, checked in words only."""
    run = work.find(home, "run", run_id)
    spec = {
        "home": str(home.path),
        "run": str(run.path),
        "base": str(base.path),
        "quants": list(FOUND),
    }
    bundle = work.create(home, "bundle", bundle_id, spec)
    finish_work(bundle, partial(_export, home=home, run=run, base=base), began, seconds=6.0)
    return bundle


def _export(bundle: Work, reporter: Reporter, home: Home, run: Work, base: Base) -> None:
    reporter.progress("load model", 0, 1)
    job = _Job(bundle, reporter, home, run, base, list(FOUND), False)
    job.unsealed.mkdir()
    verdicts = {quant: _file(job.unsealed, quant, bundle.id) for quant in FOUND}
    for quant in FOUND:
        reporter.progress(f"verify {quant}", 24, 24, "texts")
    _seal(job, _Made(verdicts))


def _file(folder: Path, quant: str, name: str) -> dict[str, Any]:
    """A file of some thousand bytes; its hash is true, its verdict has the real form.

    Written out and not made by ``exports.gguf.verify``, which imports torch.
    """
    path = folder / f"{quant}.gguf"
    path.write_bytes(b"GGUF" + f"{name} {quant}: a sample, no model. ".encode() * 100)
    clear, top, kl, limit_clear, limit_kl = FOUND[quant]
    return {
        "quant": quant,
        "sha256": sha256_file(path),
        "bytes": path.stat().st_size,
        "strings": 1000,
        "strings_different": 0,
        "positions": 240,
        "top_token": top,
        "clear_positions": 200,
        "clear_top_token": clear,
        "mean_kl": kl,
        "worst_kl": kl * 9,
        "limit_clear_top_token": limit_clear,
        "limit_mean_kl": limit_kl,
        "failures": [],
        "passed": True,
    }
