"""Predictions: a few diagnoses now, or a file of them in a worker."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.bundle import find_model
from radonc_tui.actions.all_codes import search_codes
from radonc_tui.actions.asking import PredictSession, newest_model, signed_for
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, run_work
from store import work
from store.errors import BadUsage, RadoncError
from store.home import Home, new_id
from store.lines import sha256_file

END_SECONDS = 5.0


@dataclass(frozen=True)
class PredictRequest:
    """Diagnoses and the model to ask; without one, the newest bundle."""

    diagnoses: tuple[str, ...]
    model: str = ""


@dataclass(frozen=True)
class PredictFileRequest:
    """A table with a diagnosis column in, one JSON object a row out."""

    source: Path
    out: Path
    model: str = ""


def predict(home: Home, request: PredictRequest) -> Action[dict[str, Any]]:
    """Regimen, modality and code for each diagnosis, each with its score.

    Raises:
        BadUsage: an empty or overlong diagnosis, or no such model.
    """
    session = PredictSession(home, request.model)
    try:
        return (yield from session.ask_all(request.diagnoses))
    finally:
        session.close()


def predict_all_codes(home: Home, text: str, model: str = "") -> Action[dict[str, Any]]:
    """The best of all ICD-10-CM codes for one diagnosis; see ``all_codes.search_codes``."""
    session = PredictSession(home, model)
    try:
        return (yield from search_codes(session, text))
    finally:
        session.close()


def predict_file(home: Home, request: PredictFileRequest) -> Action[dict[str, Any]]:
    """Predict every row of a table, in order; a bad row gives an error row.

    Closing it ends the worker; ``request.out`` is then as it was before. What was answered until
    then is kept, and asking the same again goes on from there (``resumed`` rows of the result).

    Raises:
        BadUsage: no such table or model, or no place for the answers.
        RadoncError: the worker failed, or somebody else stopped it.
    """
    # what reads regimens is not needed to paint a screen
    from exports.flags.rates import rules_off
    from exports.flags.unsure import thresholds
    from radonc_tui.actions.flagging import freeze_ground

    _check_files(request)
    model = find_model(home, newest_model(home, request.model))
    bundle = bundle_of(home, model)
    signed = yield from signed_for(home, model)
    out = request.out.resolve()
    spec = {
        "home": str(home.path),
        "source": str(request.source.resolve()),
        "source_sha256": sha256_file(request.source),
        "out": str(out),
        "model": {"name": model.name, "path": str(model.path), "sha256": model.sha256},
        "labels": bundle.labels,
        "synthetic": bundle.synthetic,
        "tasks": bundle.manifest["tasks"],
        "signed_tasks": signed,
        "flags_off": rules_off(home, bundle.manifest["dataset"]["id"]),
        "sure_from": thresholds(home, model.sha256),
    }
    made = _unfinished(home, spec)
    begun = _rows_there(made) if made else 0
    if made is None:
        made = work.create(home, "predict", new_id("predict"), spec)
        freeze_ground(home, bundle, made.path)
    try:
        yield from run_work(made, "exports")
    finally:
        _drop_half(made, out)
    if made.manifest is None:
        raise RadoncError(
            f"{made.id} was stopped; nothing was written to {request.out}.",
            "Ask the same again: it goes on where it was.",
        )
    return {"id": made.id, "out": str(request.out), "resumed": begun, **made.manifest["counts"]}


def _unfinished(home: Home, spec: dict[str, Any]) -> work.Work | None:
    """The newest work that was asked the same and did not get to its end; None: there is none."""
    for made in reversed(work.everything(home, "predict")):
        known = made.spec
        same = all(known.get(name) == value for name, value in spec.items())
        if same and not (made.manifest_exists or made.alive()):
            return made if (made.path / "train-facts.jsonl").exists() else None
    return None


def _rows_there(made: work.Work) -> int:
    """Rows that earlier tries have answered, as the last of them said."""
    told = [event["done"] for event in made.events() if event["kind"] == "progress"]
    return max(told, default=0)


def _check_files(request: PredictFileRequest) -> None:
    if not request.source.is_file():
        raise BadUsage(f"There is no file {request.source}.", "Look for a slip in the name.")
    out = request.out.resolve()
    if out == request.source.resolve() or out.is_dir() or not out.parent.is_dir():
        raise BadUsage(
            f"The answers cannot go to {request.out}.",
            "Name another file in a folder that exists.",
        )
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise BadUsage(f"The folder {out.parent} cannot be written.", "Name a file in another.")


def _drop_half(made: work.Work, out: Path) -> None:
    """Remove what a worker that was killed in the middle of writing has left."""
    until = time.monotonic() + END_SECONDS
    while made.alive() and time.monotonic() < until:
        time.sleep(0.05)
    if not made.alive():
        out.with_name(out.name + ".part").unlink(missing_ok=True)
