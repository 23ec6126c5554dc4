"""Which of llama.cpp's own kernels may compute here, the same for every file that is opened.

Knows nothing of files, prompts or numbers, and imports no llama.cpp.
"""

from typing import Any

from trainer.machine import processor_flags


def choose_kernels(parameters: Any) -> Any:
    """Model parameters that leave out kernels which cannot be trusted on this processor.

    On processors with AMX, llama.cpp 0.3.36 lays weights out for tiles and then ends the process
    with signal 11 in its first computation: the permission to use tiles is asked for in one
    thread only, and their configuration may be optimised away (ggml-org/llama.cpp issue 20824,
    pull request 26954). ``use_extra_bufts`` is what switches such layouts off.

    Args:
        parameters: of ``llama_model_default_params``; changed and given back.
    """
    if "amx_int8" in processor_flags():
        parameters.use_extra_bufts = False
    return parameters
