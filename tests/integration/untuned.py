"""A home whose one bundle is the embedded model as it stands: it answers, and nothing well."""

from pathlib import Path
from typing import Any

from store.home import Home, open_home
from store.lines import sha256_file
from store.work import create, seal_manifest
from trainer.gguf_base import embedded_gguf

BUNDLE = "bundle-20261123-00000a"
LABELS = {"modality": ["photon", "proton", "electron"], "icd10": ["C61", "C50.912", "C34.11"]}


def untuned_home(path: Path) -> Home:
    """The home, made at ``path``."""
    home = open_home(path)
    bundle = create(home, "bundle", BUNDLE, {})
    (bundle.path / "gguf").mkdir()
    file = bundle.path / "gguf" / "Q4_1.gguf"
    file.write_bytes(embedded_gguf().read_bytes())
    facts: dict[str, Any] = {
        "dataset": {"id": "data-1"},
        "base": {"name": "base"},
        "tasks": ["regimen", "modality", "icd10"],
        "labels": LABELS,
        "synthetic": True,
        "recommended": "Q4_1",
        "quants": {"Q4_1": {"sha256": sha256_file(file)}},
    }
    seal_manifest(bundle, [], **facts)
    return home
