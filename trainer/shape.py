"""How large a base model is, read from the headers of its own weights.

Needs no torch and reads no weight: a plan must be shown at once.
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path

from store.errors import RadoncError

PROJECTIONS = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    # Phi has those of attention and of the first layer of the MLP in one each
    *("qkv_proj", "gate_up_proj"),
)
"""The linear projections that carry an adapter, in whatever model has them."""


@dataclass(frozen=True)
class BaseShape:
    """Sizes of a base model.

    ``projected`` of its ``parameters`` are weights of projections that carry an adapter, and
    ``sides`` is the sum of their inputs and outputs: the adapter's parameters a unit of rank.
    """

    parameters: int
    projected: int
    sides: int
    layers: int
    hidden: int
    intermediate: int
    vocabulary: int


EMBEDDED = BaseShape(134_515_008, 106_168_320, 305_280, 30, 576, 1536, 49152)
"""SmolLM2-135M, known before its folder has been made from the package."""
EMBEDDED_LICENCE = "apache-2.0"


def shape_of(folder: Path) -> BaseShape:
    """The sizes of a Hugging Face folder with safetensors weights.

    Raises:
        RadoncError: there are no weights, or a header cannot be read.
    """
    shapes: dict[str, list[int]] = {}
    for path in sorted(folder.glob("model*.safetensors")):
        shapes |= _header(path)
    if not shapes:
        raise RadoncError(f"{folder} has no weights.", "Add the whole folder of the model again.")
    projections = [shape for name, shape in shapes.items() if _carries(name)]
    vocabulary, hidden = shapes.get("model.embed_tokens.weight", [0, 0])
    # the MLP's last layer goes from its width back, whatever the first is called
    widths = [shape[1] for name, shape in shapes.items() if name.endswith(".down_proj.weight")]
    return BaseShape(
        parameters=sum(prod(shape) for shape in shapes.values()),
        projected=sum(prod(shape) for shape in projections),
        sides=sum(sum(shape) for shape in projections),
        layers=sum(name.endswith((".q_proj.weight", ".qkv_proj.weight")) for name in shapes),
        hidden=hidden,
        intermediate=max(widths, default=0),
        vocabulary=vocabulary,
    )


def _header(path: Path) -> dict[str, list[int]]:
    """The shape of every tensor of a file, by name."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return {name: entry["shape"] for name, entry in header.items() if "shape" in entry}
    except (OSError, ValueError, OverflowError) as error:
        raise RadoncError(
            f"{path} cannot be read.", "`radonc models verify` says what is wrong with it."
        ) from error


def _carries(name: str) -> bool:
    """Whether a tensor is a projection's weight, as ``model.layers.0.self_attn.q_proj.weight``."""
    parts = name.split(".")
    return parts[-1] == "weight" and len(parts) > 1 and parts[-2] in PROJECTIONS
