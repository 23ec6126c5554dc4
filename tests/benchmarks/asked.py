"""What the benchmarks of the engine ask, and of which file.

``RADONC_BENCH_MODEL`` names a GGUF file; without it the embedded base model is asked, which has
learned no answers, so that its search is longer and its answers run on.
"""

import os
from pathlib import Path
from typing import Any

from exports.inference.engine import Engine
from exports.kernels import choose_kernels, has_tiles
from store.lines import sha256_file
from store.synthetic.cases import synthesize
from trainer.gguf_base import embedded_gguf
from trainer.machine import cores

SEED = 2027
"""No training's: the cases were never seen."""


def model_path() -> Path:
    return Path(os.environ.get("RADONC_BENCH_MODEL") or embedded_gguf())


def open_engine() -> Engine:
    path = model_path()
    return Engine.open(path, sha256_file(path))


def peer(context: int, logits_all: bool = False, tiles: bool = True) -> Any:
    """llama-cpp-python's own ``Llama`` with the same file and cores as the engine.

    With ``tiles`` also with its kernels; without, as a llama.cpp computes that gcc built without
    this project's flags: on a processor with AMX it ends where it is not told to leave tiles out.
    """
    import llama_cpp

    library = llama_cpp.llama_cpp
    defaults = library.llama_model_default_params

    def chosen() -> Any:
        parameters = choose_kernels(defaults())
        parameters.use_extra_bufts &= tiles or not has_tiles()
        return parameters

    library.llama_model_default_params = chosen
    try:
        return llama_cpp.Llama(
            str(model_path()),
            n_ctx=context,
            n_threads=cores(),
            logits_all=logits_all,
            verbose=False,
        )
    finally:
        library.llama_model_default_params = defaults


def diagnoses(count: int) -> list[str]:
    """So many notes of common settings."""
    made = [case.diagnosis for case in synthesize(count, SEED, "demo")]
    return [text for text in made if text][:count]


def codes(count: int) -> list[str]:
    """So many codes, those of the demo's settings first."""
    found: dict[str, None] = {}
    for mix in ("demo", "full"):
        found.update((case.icd10, None) for case in synthesize(2000, SEED, mix) if case.icd10)
    return sorted(list(found)[:count])
