"""Where a model computes: what a person asked for, and how llama.cpp is built for CUDA.

The wish is in the environment, so that every worker has it, and theirs. *cpu* hides the CUDA
devices from whoever looks for them, llama.cpp and torch alike; *cuda* lets llama.cpp refuse to
compute on anything else; *auto* takes what there is.
"""

import os
from collections.abc import MutableMapping

DEVICES = ("auto", "cpu", "cuda")
VARIABLE = "RADONC_DEVICE"
REBUILD = (
    "uv pip install --reinstall-package llama-cpp-python --no-binary llama-cpp-python"
    " -C cmake.args=-DGGML_CUDA=on llama-cpp-python"
)
"""The command that builds llama.cpp with CUDA."""


def choose(device: str, environment: MutableMapping[str, str] = os.environ) -> None:
    """Let this process and all that it starts compute on ``device``, one of ``DEVICES``."""
    environment[VARIABLE] = device
    if device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""


def wanted() -> str:
    """What was asked for; ``auto`` where nothing was."""
    return os.environ.get(VARIABLE, "auto")
