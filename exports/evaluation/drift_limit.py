"""How much drift a department lets pass, and which file that leaves.

Reads what ``drift`` measured and computes nothing from answers, so that a screen may ask it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.policy import Policy
from trainer.tasks import Task

NOT_RECORDED = "a device that was not recorded"


@dataclass(frozen=True)
class DriftLimit:
    """What a department lets pass.

    ``changed`` is the largest share of answers of any task that may differ from those of the full
    model, ``lost`` the largest loss of accuracy of any task, and ``patients`` how many there must
    be before either is believed.
    """

    changed: float = 0.10
    lost: float = 0.05
    patients: int = 20


def limit_of(policy: Policy) -> DriftLimit:
    """What the department's policy lets pass."""
    return DriftLimit(policy.drift_changed, policy.drift_lost, policy.drift_patients)


def by_device(drifted: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """The drift of each task (``drift()``) by the device that answered; {} if not measured.

    A bundle that was made before devices were told apart has one that was not recorded.
    """
    if not drifted:
        return {}
    return {NOT_RECORDED: drifted} if set(drifted) <= set(Task) else dict(drifted)


def beyond(drifted: Mapping[str, Any] | None, limit: DriftLimit) -> list[str]:
    """Why a file is beyond the limit, a sentence each; [] where it is within on every device.

    Args:
        drifted: by device and task, as the bundle's manifest has it.
        limit: what may pass.
    """
    if not drifted:
        return ["Its drift from the full model was not measured."]
    return [
        sentence
        for device, tasks in by_device(drifted).items()
        for task, entry in tasks.items()
        for sentence in _beyond(f"{task} on {device}", entry, limit)
    ]


def _beyond(what: str, entry: Mapping[str, Any], limit: DriftLimit) -> list[str]:
    found: list[str] = []
    if entry["n"] < limit.patients:
        found.append(
            f"{what}: drift was measured on {entry['n']} validation patients, "
            f"{limit.patients} are needed."
        )
    if entry["changed_share"] > limit.changed:
        found.append(
            f"{what}: {entry['changed_share']:.1%} of the answers change, {limit.changed:.1%} may."
        )
    if entry["lost"] > limit.lost:
        found.append(f"{what}: {entry['lost']:.1%} of accuracy is lost, {limit.lost:.1%} may be.")
    return found


def recommended(files: Mapping[str, Mapping[str, Any]], limit: DriftLimit) -> str:
    """The smallest file within the limit; where none is, the one closest to the full model.

    Args:
        files: by quantization, with ``bytes``, ``mean_kl`` and ``drift`` (by device and task, or
            None).
        limit: what the department lets pass.
    """
    within = [quant for quant, file in files.items() if not beyond(file.get("drift"), limit)]
    if within:
        return min(within, key=lambda quant: (files[quant]["bytes"], quant))
    return min(files, key=lambda quant: (files[quant]["mean_kl"] or math.inf, quant))
