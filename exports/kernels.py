"""Which of llama.cpp's own kernels may compute here, the same for every file that is opened.

Knows nothing of files, prompts or numbers, and imports no llama.cpp.
"""

import subprocess
import sys
from functools import cache
from typing import Any

from trainer.machine import processor_flags

TRIAL_SECONDS = 30
REBUILD_TILES = (
    'CXXFLAGS="-fno-tree-dse -fno-dse" uv pip install --reinstall-package llama-cpp-python'
    " --no-binary llama-cpp-python llama-cpp-python"
)
"""The command that builds llama.cpp so that its kernels for AMX work."""


def choose_kernels(parameters: Any) -> Any:
    """Model parameters that leave out kernels which cannot be trusted on this processor.

    On processors with AMX, llama.cpp 0.3.36 lays weights out for tiles, which is four times as
    fast. Where gcc built it without ``-fno-tree-dse -fno-dse`` it ends the process with signal 11
    in its first computation: gcc takes most of the table that sets the tiles up for unused and
    leaves it out (ggml-org/llama.cpp issue 20824, pull request 26954). ``use_extra_bufts`` is what
    switches such layouts off.

    Args:
        parameters: of ``llama_model_default_params``; changed and given back.
    """
    if has_tiles() and not tiles_work():
        parameters.use_extra_bufts = False
    return parameters


def has_tiles() -> bool:
    """Whether the processor multiplies whole tiles of small numbers (AMX)."""
    return "amx_int8" in processor_flags()


@cache
def tiles_work() -> bool:
    """Whether the kernels for AMX compute what they should, tried once a process."""
    command = [sys.executable, "-P", "-m", "exports.kernel_trial"]
    try:
        made = subprocess.run(command, capture_output=True, timeout=TRIAL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return made.returncode == 0
