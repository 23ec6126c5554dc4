"""How much drift a department lets pass, and which file that leaves.

Reads what ``drift`` measured and computes nothing from answers, so that a screen may ask it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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


def beyond(drifted: Mapping[str, Any] | None, limit: DriftLimit) -> list[str]:
    """Why a file is beyond the limit, a sentence each; [] where it is within."""
    if not drifted:
        return ["Its drift from the full model was not measured."]
    found: list[str] = []
    for task, entry in drifted.items():
        if entry["n"] < limit.patients:
            found.append(
                f"{task}: drift was measured on {entry['n']} validation patients, "
                f"{limit.patients} are needed."
            )
        if entry["changed_share"] > limit.changed:
            found.append(
                f"{task}: {entry['changed_share']:.1%} of the answers change, "
                f"{limit.changed:.1%} may."
            )
        if entry["lost"] > limit.lost:
            found.append(
                f"{task}: {entry['lost']:.1%} of accuracy is lost, {limit.lost:.1%} may be."
            )
    return found


def recommended(files: Mapping[str, Mapping[str, Any]], limit: DriftLimit) -> str:
    """The smallest file within the limit; where none is, the one closest to the full model.

    Args:
        files: by quantization, with ``bytes``, ``mean_kl`` and ``drift`` (``drift()`` or None).
    """
    within = [quant for quant, file in files.items() if not beyond(file.get("drift"), limit)]
    if within:
        return min(within, key=lambda quant: (files[quant]["bytes"], quant))
    return min(files, key=lambda quant: (files[quant]["mean_kl"] or math.inf, quant))
