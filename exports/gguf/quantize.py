"""A 16-bit GGUF file made smaller by llama.cpp, in a process of its own.

llama.cpp may abort the process that calls it, and leaves half a file when it fails; so the
library runs in a child (``python -P -m exports.gguf.quantize SOURCE OUT QUANT``), and the parent
turns whatever happened into one sentence and no file.
"""

import re
import subprocess
import sys
from pathlib import Path

from store.errors import RadoncError
from trainer.bases import Report

FILE_TYPES = {"Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}
"""The quantizations on offer, with llama.cpp's number (``enum llama_ftype``)."""


def quantize(source: Path, out: Path, quant: str, report: Report | None = None) -> None:
    """Make ``out`` from the GGUF file ``source``; ``out`` exists afterwards only if whole.

    Raises:
        RadoncError: llama.cpp refused or crashed; the sentence carries its last words.
    """
    part = out.with_name(out.name + ".part")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "exports.gguf.quantize", str(source), str(part), quant],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    last = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            step = re.match(r"\[\s*(\d+)/\s*(\d+)\]", line)
            if step and report is not None:
                report(f"quantize {quant}", int(step[1]), int(step[2]), "tensors")
            elif line.strip():
                last = line.strip()
        if process.wait() == 0:
            part.replace(out)
            return
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        part.unlink(missing_ok=True)
    raise RadoncError(
        f"Quantizing {source.name} to {quant} failed ({last or f'code {process.returncode}'}); "
        "the partial file was deleted.",
        "Check the free space of the disk, or choose another quantization.",
    )


def main(source: str, out: str, quant: str) -> int:
    """What the child does: one call of llama.cpp, whose own log goes to standard output."""
    import ctypes
    import os

    import llama_cpp

    @llama_cpp.llama_log_callback
    def talk(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        print(text.decode(errors="replace"), end="", flush=True)

    llama_cpp.llama_log_set(talk, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = len(os.sched_getaffinity(0))
    params.ftype = FILE_TYPES[quant]
    return llama_cpp.llama_model_quantize(source.encode(), out.encode(), ctypes.pointer(params))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
