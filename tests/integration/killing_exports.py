"""Kills an export at its write points or at any moment, and looks after what it left.

Run as ``python -m tests.integration.killing_exports HOME MOMENT...``: one start of Python serves
many deaths, each of a forked worker on a fresh copy of the home. A moment is the name of a write
point (``store/points.py``; ``name:2`` is the second time that it is reached), a share of the time
that a whole export takes. It prints one JSON list: what was found after each and after none.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# loaded here once, and not by each child; none of them has computed anything before the fork
import peft  # noqa: F401

from exports import worker
from exports.bundle import list_bundles, list_models, verify_folder, verify_model
from exports.exporting import UNSEALED
from exports.gguf import adapter as _adapter, make as _make, reference as _reference  # noqa: F401
from store import points, work
from store.home import Home, open_home
from store.lines import sha256_file
from tests.unit.killing import died
from tests.unit.killing_writes import at_point
from trainer.bases import list_bases

POINT = "reached: "
FIRST, AGAIN = "bundle-20261126-000001", "bundle-20261126-000002"


def export(home: Home, bundle_id: str) -> str:
    """One export in this process, as its worker does it; the state that it ended in."""
    (run,) = work.everything(home, "run")
    (base,) = list_bases(home)
    spec = {
        "home": str(home.path),
        "run": str(run.path),
        "base": str(base.path),
        "quants": ["Q8_0"],
        "adapter": True,
        "drift_patients": 0,
    }
    made = work.create(home, "bundle", bundle_id, spec)
    worker.main(str(made.path))
    return made.state()


def seen(home: Home) -> dict[str, Any]:
    """What whoever opens the home finds in it."""
    placed = [*home.folder("exports").glob("*/gguf/*"), *home.folder("models").glob("*/gguf/*")]
    bundles = list_bundles(home)
    return {
        "bundles": [bundle.id for bundle in bundles],
        "wrong": [
            *(sentence for bundle in bundles for sentence in verify_folder(bundle.path)),
            *(sentence for model in list_models(home) for sentence in verify_model(model)),
        ],
        # what was made of the same things has the same bytes, so a file that is cut is another
        "files": {
            f"{path.parent.parent.name}/{path.name}": sha256_file(path)
            for path in placed
            # its part, where a death left one, is written over by the next
            if not path.name.startswith("manifest.json")
        },
        "scratch": sorted(
            str(path.relative_to(home.path))
            for path in (*home.tmp.iterdir(), *home.folder("exports").glob(f"*/{UNSEALED}"))
        ),
    }


def look(home: Home, out: Path) -> None:
    """See what a kill left, export again, and see again."""
    found = {"after": seen(home), "state": work.find(home, "bundle", FIRST).state()}
    if found["state"] != "done":
        found["again"] = export(home, AGAIN)
        found["then"] = seen(home)
    out.write_text(json.dumps(found))


def begin(home: Home, listen: Callable[[str], None]) -> None:
    open_home(home.path)
    points.listener = listen
    export(home, FIRST)


def main(folder: str, moments: list[str]) -> None:
    template = Path(folder)
    found: list[dict[str, Any]] = []
    whole = 0.0
    for moment in ["whole", *moments]:
        home = Home(template.with_name("killed"))
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(template, home.path)
        _move(home)
        out = template.with_name("found.json")
        out.unlink(missing_ok=True)
        share = float(moment) if moment.replace(".", "").isdigit() else None
        listen = _told if moment == "whole" else at_point(moment if share is None else "")

        def job(home: Home = home, listen: Callable[[str], None] = listen) -> None:
            begin(home, listen)

        began = time.monotonic()
        killed = died(job, None if share is None else share * whole)
        if moment == "whole":
            whole = time.monotonic() - began
            assert not killed
        died(lambda home=home, out=out: look(home, out))
        assert out.exists(), f"what {moment} left cannot be looked at"
        found.append({"at": moment, "killed": killed, **json.loads(out.read_text())})
    print(json.dumps(found))


def _move(home: Home) -> None:
    """The run's spec names the home that it was made in; the copy, and so its spec, is another."""
    for path in home.folder("runs").glob("*/spec.json"):
        spec = json.loads(path.read_text())
        spec.pop(work.SPEC_HASH, None)
        (base,) = list_bases(home)
        spec = {**spec, "home": str(home.path), "base": {**spec["base"], "path": str(base.path)}}
        path.write_text(json.dumps(spec))


def _told(name: str) -> None:
    # libraries talk there as well
    sys.stderr.write(f"{POINT}{name}\n")


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    main(sys.argv[1], sys.argv[2:])
