"""Monitoring: a model asked about the cases that arrived after its sign-off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exports.bundle import ModelFile, find_model
from exports.evaluation.facts import write_facts
from radonc_tui.actions.asking import newest_model
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, run_work
from radonc_tui.actions.stored import opened
from store import datasets, signoffs, work
from store.arrivals import arrivals, prescribed
from store.errors import BadUsage, RadoncError
from store.home import Home, new_id
from store.lines import read_json, write_lines
from store.opening import Connection


@dataclass(frozen=True)
class MonitorRequest:
    """Which model; ``since`` (YYYY-MM-DD) where it has no sign-off, or another moment is meant."""

    model: str = ""
    since: str = ""


def monitor(home: Home, request: MonitorRequest) -> Action[dict[str, Any]]:
    """Ask the model about what arrived since its sign-off, and hold both against its training.

    Raises:
        BadUsage: no such model, or no moment from which on to look.
        RadoncError: the work was stopped.
    """
    file = find_model(home, newest_model(home, request.model))
    bundle = bundle_of(home, file).manifest
    with opened(home) as connection:
        since = _since(connection, file, request.since)
        dataset = bundle["dataset"]["id"]
        known = datasets.dataset_part(connection, dataset, "train")
        arrived = arrivals(connection, since, dataset)
        arrived = [case for case in arrived if bool(case["synthetic"]) == bundle["synthetic"]]
        everything = prescribed(connection, bundle["synthetic"])
    made = work.create(
        home,
        "monitor",
        new_id("monitor"),
        {
            "home": str(home.path),
            "model": {"name": file.name, "path": str(file.path), "sha256": file.sha256},
            "quant": file.quant,
            "labels": bundle["labels"],
            "tasks": bundle["tasks"],
            "dataset": dataset,
            "synthetic": bundle["synthetic"],
            "since": f"{since:%Y-%m-%d}",
        },
    )
    _freeze(made, known, arrived, everything)
    if (yield from run_work(made, "exports")) != "done":
        raise RadoncError(f"{made.id} was stopped: it has no result.", "Monitor again.")
    return _found(made)


def list_monitors(home: Home) -> Action[list[dict[str, Any]]]:
    """Every look that is done, oldest first, with what it found."""
    yield from ()
    return [_found(made) for made in work.everything(home, "monitor") if made.manifest_exists]


def _found(made: work.Work) -> dict[str, Any]:
    spec = made.spec
    facts = {key: spec[key] for key in ("since", "dataset", "synthetic", "tasks", "quant")}
    model = {"name": spec["model"]["name"], "sha256": spec["model"]["sha256"]}
    return {"id": made.id, "model": model, **facts, **read_json(made.path / "monitoring.json")}


def _freeze(
    made: work.Work,
    known: list[dict[str, Any]],
    arrived: list[dict[str, Any]],
    everything: Iterable[tuple[str, int | None]],
) -> None:
    write_facts(made.path / "known.jsonl", known)
    write_facts(made.path / "arrived.jsonl", arrived)
    rows = ({"regimen": regimen, "year": year} for regimen, year in everything)
    write_lines(made.path / "prescribed.jsonl", rows)


def _since(connection: Connection, file: ModelFile, wanted: str) -> datetime:
    """The moment from which on cases are looked at: as asked, else the file's first sign-off."""
    if wanted:
        try:
            return datetime.strptime(wanted, "%Y-%m-%d")
        except ValueError as error:
            raise BadUsage(f"{wanted!r} is no day.", "Write it as 2026-11-26.") from error
    signed = signoffs.list_signoffs(connection, file.sha256)
    if not signed:
        raise BadUsage(
            f"{file.label} was never signed off, so there is no moment to look from.",
            "Name a day with --since.",
        )
    return min(one.made for one in signed)
