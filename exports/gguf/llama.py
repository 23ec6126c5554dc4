"""The little of llama.cpp that checking a file needs: its tokens for a text, its logits.

Goes to the C interface directly and knows nothing of generation or scoring. A malformed file may
abort the process, so this runs in worker processes, on files that were made there. Imports
llama_cpp: only for worker processes.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from exports.kernels import choose_kernels
from store.errors import RadoncError
from trainer.machine import cores

COPIED_BYTES = 1 << 30
"""Above this a file's weights are used as they lie in it: an export's memory is bounded, and other
layouts are copies (docs/exporting.md)."""
_WARNING = 3
_last_words: list[str] = []


@llama_cpp.llama_log_callback
def _keep_warnings(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    """llama.cpp talks on stderr; its last warnings are kept for the sentence of an error."""
    if level >= _WARNING and text.strip():
        _last_words[:] = [*_last_words[-4:], text.decode(errors="replace").strip()]


@contextmanager
def _model(path: Path, *, vocab_only: bool) -> Iterator[Any]:
    # the callback is a module's attribute because llama.cpp keeps only its address
    llama_cpp.llama_log_set(_keep_warnings, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    params = choose_kernels(llama_cpp.llama_model_default_params())
    params.use_extra_bufts &= path.stat().st_size <= COPIED_BYTES
    params.vocab_only = vocab_only
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        raise RadoncError(
            f"llama.cpp cannot load {path.name} ({' '.join(_last_words) or 'no reason given'}).",
            "Make the file again.",
        )
    try:
        yield model
    finally:
        llama_cpp.llama_model_free(model)


def tokenize(path: Path, texts: Sequence[str]) -> list[list[int]]:
    """The token ids of each text, special tokens added as the file says, none read from text."""
    found: list[list[int]] = []
    with _model(path, vocab_only=True) as model:
        vocab = llama_cpp.llama_model_get_vocab(model)
        assert vocab is not None
        for text in texts:
            data = text.encode()
            room = len(data) + 8  # a byte is at most one token, and special tokens are few
            buffer = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(vocab, data, len(data), buffer, room, True, False)
            if count < 0:
                raise RadoncError(f"llama.cpp cannot tokenize with {path.name}.", "Make it again.")
            found.append(buffer[:count])
    return found


def tail_logits(
    path: Path,
    rows: Sequence[Sequence[int]],
    tail: int,
    tell: Callable[[int], None],
    adapter: Path | None = None,
) -> np.ndarray[Any, Any]:
    """Logits at the last ``tail`` positions of each row, all rows after one another.

    Args:
        path: a GGUF file.
        rows: token ids; each row is a text of its own.
        tail: positions counted from the end; a shorter row gives all of its own.
        tell: told how many rows are done.
        adapter: a LoRA adapter as GGUF, to be put on the model in ``path``.

    Returns:
        float32, (sum of min(tail, len(row)), vocabulary).
    """
    longest = max(len(row) for row in rows)
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = -(-longest // 256) * 256
    params.n_threads = params.n_threads_batch = cores()
    with _model(path, vocab_only=False) as model:
        context = llama_cpp.llama_init_from_model(model, params)
        if not context:
            raise RadoncError(
                f"llama.cpp has no memory for {path.name} ({' '.join(_last_words)}).",
                "Close other programs and try again.",
            )
        if adapter is not None:
            put_on(model, context, adapter)
        vocab = llama_cpp.llama_model_get_vocab(model)
        assert vocab is not None
        size = llama_cpp.llama_vocab_n_tokens(vocab)
        batch = llama_cpp.llama_batch_init(params.n_batch, 0, 1)
        try:
            found: list[np.ndarray[Any, Any]] = []
            for done, row in enumerate(rows):
                tell(done)
                found.extend(_decode(context, batch, row, tail, size))
            return np.stack(found)
        finally:
            llama_cpp.llama_batch_free(batch)
            llama_cpp.llama_free(context)


def put_on(model: Any, context: Any, adapter: Path) -> None:
    """Have ``context`` compute with this adapter, whole (scale 1), and no other.

    Raises:
        RadoncError: it is no adapter, or one of another model.
    """
    loaded = llama_cpp.llama_adapter_lora_init(model, str(adapter).encode())
    one = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(loaded) if loaded else None
    scale = (ctypes.c_float * 1)(1.0)
    if not one or llama_cpp.llama_set_adapters_lora(context, one, 1, scale) != 0:
        raise RadoncError(
            f"llama.cpp cannot put {adapter.name} on this model ({' '.join(_last_words)}).",
            "Use it with the base model that it was trained on.",
        )


def _decode(
    context: Any, batch: Any, row: Sequence[int], tail: int, size: int
) -> list[np.ndarray[Any, Any]]:
    memory = llama_cpp.llama_get_memory(context)
    assert memory is not None
    llama_cpp.llama_memory_clear(memory, True)
    first = max(0, len(row) - tail)
    batch.n_tokens = len(row)
    for position, token in enumerate(row):
        batch.token[position] = token
        batch.pos[position] = position
        batch.n_seq_id[position] = 1
        batch.seq_id[position][0] = 0
        batch.logits[position] = position >= first
    code = llama_cpp.llama_decode(context, batch)
    if code != 0:
        raise RadoncError(
            f"llama.cpp cannot run the model (code {code}; {' '.join(_last_words)}).",
            "Make the file again.",
        )
    return [
        np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, position), (size,)).copy()
        for position in range(first, len(row))
    ]
