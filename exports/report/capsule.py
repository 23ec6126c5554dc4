"""The run capsule: everything by which an evaluation can be made again, and be told from another.

Hashes, versions, seeds and settings; never a case and never its text. What is in it was written
down when each thing was made, and nothing is looked up anew that could have changed since.
"""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

SCHEMA = 1
PACKAGES = ("radonc-tui", "llama-cpp-python", "numpy", "scipy", "scikit-learn", "rouge-score")


def capsule(
    evaluation: Mapping[str, Any],
    spec: Mapping[str, Any],
    bundle: Mapping[str, Any],
    run: Mapping[str, Any] | None,
    dataset: Mapping[str, Any] | None,
    audit_head: str,
) -> dict[str, Any]:
    """The capsule of one evaluation.

    Args:
        evaluation: what it found.
        spec: its ``spec.json``.
        bundle: the manifest of the bundle that was evaluated; empty where it is gone.
        run: the ``spec.json`` of the run that the bundle was made of; None where it is gone.
        dataset: the data set as ``store.datasets.show_dataset`` gives it; None where it is gone.
        audit_head: the end of the audit log when this was written.
    """
    request = dict(spec.get("request", {}))
    return {
        "schema": SCHEMA,
        "evaluation": evaluation["id"],
        "request": request,
        "seed": spec.get("seed", 0),
        "family": list(evaluation["family"]),
        "test_reads": evaluation["test_reads"],
        "device": evaluation["device"],
        "machine": platform.machine(),
        "versions": {name: version(name) for name in PACKAGES} | {"python": _python()},
        "files": {
            who: {key: evaluation[who][key] for key in ("name", "quant", "sha256")}
            for who in ("tuned", "base")
            if evaluation[who]
        },
        "bundle": {key: bundle.get(key) for key in ("id", "run", "base", "tasks", "synthetic")},
        "run": _run(run),
        "dataset": _dataset(dataset),
        "audit_head": audit_head,
        "commands": _commands(request),
    }


def _python() -> str:
    return platform.python_version()


def _run(run: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if run is None:
        return None
    kept = ("preset", "settings", "base", "dataset", "versions", "tasks", "sweep")
    kept = (*kept, "validation_looks")
    base = {key: run["base"][key] for key in ("name", "sha256")}
    return {**{key: run[key] for key in kept if key in run}, "base": base}


def _dataset(dataset: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if dataset is None:
        return None
    card = dataset["card"]
    return {
        "id": dataset["dataset_id"],
        "sha256": dataset["sha256"],
        "rules": dataset["rules"],
        **{key: card[key] for key in ("version", "parts", "funnel") if key in card},
    }


def _commands(request: Mapping[str, Any]) -> list[str]:
    """What to type to make this evaluation again."""
    if not request:
        return []
    words = ["radonc evaluate", request["model"], "--against", request["against"]]
    words += ["--seed", str(request["seed"])]
    words += ["--limit", str(request["limit"])] if request["limit"] else []
    words += ["--prompts", str(request["prompt_patients"])] if "prompt_patients" in request else []
    return [" ".join(words), "radonc reproduce CAPSULE.json"]
