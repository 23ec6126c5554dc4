"""A 16-bit GGUF file made smaller by llama.cpp, in a process of its own.

llama.cpp may abort the process that calls it, and leaves half a file when it fails; so the
library runs in a child (``python -P -m exports.gguf.quantize SOURCE OUT QUANT [IMPORTANCE]``), and
the parent turns whatever happened into one sentence and no file. The end of the child's standard
input ends it, so that it does not outlive a parent that was killed.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.points import reached
from trainer.bases import Report

FILE_TYPES = {"Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}
"""The quantizations on offer, with llama.cpp's number (``enum llama_ftype``)."""
BITS = {"Q8_0": 9, "Q6_K": 7, "Q5_K_M": 6, "Q4_K_M": 6}
"""About how many bits of the disk a weight takes, rounded up."""

ROWS_BYTES = 1 << 28
"""Of a tensor's rows in memory at once; llama.cpp's own choice is 8 GiB."""


def quantize(
    source: Path,
    out: Path,
    quant: str,
    report: Report | None = None,
    importance: Path | None = None,
) -> None:
    """Make ``out`` from the GGUF file ``source``; ``out`` exists afterwards only if whole.

    Args:
        source: a GGUF file of 16 bits.
        out: the file to make.
        quant: a key of ``FILE_TYPES``.
        report: told of each tensor.
        importance: a file of ``importance.save``; without one all inputs count the same.

    Raises:
        RadoncError: llama.cpp refused or crashed; the sentence carries its last words.
    """
    part = out.with_name(out.name + ".part")
    weighed = [str(importance)] if importance else []
    asked = [str(source), str(part), quant, *weighed]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "exports.gguf.quantize", *asked],
        stdin=subprocess.PIPE,
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
            reached(out.name)
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


def main(source: str, out: str, quant: str, importance: str = "") -> int:
    """What the child does: one call of llama.cpp, whose own log goes to standard output."""
    import ctypes
    import os
    import threading

    import llama_cpp

    threading.Thread(target=_end_with_parent, daemon=True).start()

    @llama_cpp.llama_log_callback
    def talk(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        print(text.decode(errors="replace"), end="", flush=True)

    llama_cpp.llama_log_set(talk, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = len(os.sched_getaffinity(0))
    params.ftype = FILE_TYPES[quant]
    params.max_buf_size = ROWS_BYTES
    if importance:
        params.imatrix = importance_entries(importance)
    return llama_cpp.llama_model_quantize(source.encode(), out.encode(), ctypes.pointer(params))


def _end_with_parent() -> None:
    import os

    sys.stdin.read()
    os._exit(1)


def importance_entries(path: str) -> Any:
    """The matrix as llama.cpp wants it: an array that ends with an entry without a name."""
    import ctypes

    import llama_cpp
    import numpy as np

    entry = llama_cpp.llama_cpp.llama_model_imatrix_data
    with np.load(path, allow_pickle=False) as file:
        kept = {name.encode(): np.ascontiguousarray(file[name]) for name in file.files}
    entries = (entry * (len(kept) + 1))()
    for index, (name, values) in enumerate(kept.items()):
        data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        entries[index] = entry(name, data, len(values))
    # llama.cpp keeps addresses only, so what they point to has to live as long as they do
    setattr(entries, "kept", kept)  # noqa: B010
    return entries


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
