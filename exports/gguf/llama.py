"""The little of llama.cpp that checking a file needs: its tokens for a text, its logits.

Goes to the C interface directly and knows nothing of generation or scoring. A malformed file may
abort the process, so this runs in worker processes, on files that were made there. Imports
llama_cpp: only for worker processes.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
AT_ONCE = 512
"""Tokens that are computed together, in as many texts as they are; a longer text is alone."""
SEQUENCES = 32
"""Most texts at once; llama.cpp takes 256."""
_WARNING = 3
_last_words: list[str] = []


@llama_cpp.llama_log_callback
def _keep_warnings(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    """llama.cpp talks on stderr; its last warnings are kept for the sentence of an error."""
    if level >= _WARNING and text.strip():
        _last_words[:] = [*_last_words[-4:], text.decode(errors="replace").strip()]


@dataclass(frozen=True)
class Loaded:
    """A model in memory and the file that it is of."""

    path: Path
    handle: Any

    @property
    def vocab(self) -> Any:
        return llama_cpp.llama_model_get_vocab(self.handle)


@contextmanager
def loaded(path: Path, copied: bool = True) -> Iterator[Loaded]:
    """The model in a GGUF file while inside.

    Args:
        path: the file.
        copied: into the layouts that kernels compute fastest in, where the file is no larger than
            ``COPIED_BYTES``. Of 16-bit weights copies take long to make and gain nothing.

    Raises:
        RadoncError: llama.cpp cannot load it; the sentence carries its last words.
    """
    # the callback is a module's attribute because llama.cpp keeps only its address
    llama_cpp.llama_log_set(_keep_warnings, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    params = choose_kernels(llama_cpp.llama_model_default_params())
    params.use_extra_bufts &= copied and path.stat().st_size <= COPIED_BYTES
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        raise RadoncError(
            f"llama.cpp cannot load {path.name} ({' '.join(_last_words) or 'no reason given'}).",
            "Make the file again.",
        )
    try:
        yield Loaded(path, model)
    finally:
        llama_cpp.llama_model_free(model)


def tokenize(model: Loaded, texts: Sequence[str]) -> list[list[int]]:
    """The token ids of each text, special tokens added as the file says, none read from text."""
    found: list[list[int]] = []
    vocab = model.vocab
    for text in texts:
        data = text.encode()
        room = len(data) + 8  # a byte is at most one token, and special tokens are few
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(vocab, data, len(data), buffer, room, True, False)
        if count < 0:
            raise RadoncError(
                f"llama.cpp cannot tokenize with {model.path.name}.", "Make it again."
            )
        found.append(buffer[:count])
    return found


def tail_logits(
    model: Loaded,
    rows: Sequence[Sequence[int]],
    tail: int,
    tell: Callable[[int], None],
    adapter: Path | None = None,
) -> np.ndarray[Any, Any]:
    """Logits at the last ``tail`` positions of each row, all rows after one another.

    Args:
        model: of a GGUF file.
        rows: token ids; each row is a text of its own.
        tail: positions counted from the end; a shorter row gives all of its own.
        tell: told how many rows are done.
        adapter: a LoRA adapter as GGUF, to be put on the model.

    Returns:
        float32, (sum of min(tail, len(row)), vocabulary).
    """
    longest = max(len(row) for row in rows)
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = max(AT_ONCE, -(-longest // 256) * 256)
    params.n_seq_max, params.kv_unified = min(len(rows), SEQUENCES), True
    params.n_threads = params.n_threads_batch = cores()
    context = llama_cpp.llama_init_from_model(model.handle, params)
    if not context:
        raise RadoncError(
            f"llama.cpp has no memory for {model.path.name} ({' '.join(_last_words)}).",
            "Close other programs and try again.",
        )
    try:
        if adapter is not None:
            put_on(model, context, adapter)
        found: list[np.ndarray[Any, Any]] = []
        for first, some in _together(rows, params.n_batch):
            tell(first)
            found.append(_decode(context, model, some, tail))
        return np.concatenate(found)
    finally:
        llama_cpp.llama_free(context)


def put_on(model: Loaded, context: Any, adapter: Path) -> None:
    """Have ``context`` compute with this adapter, whole (scale 1), and no other.

    Raises:
        RadoncError: it is no adapter, or one of another model.
    """
    loaded = llama_cpp.llama_adapter_lora_init(model.handle, str(adapter).encode())
    one = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(loaded) if loaded else None
    scale = (ctypes.c_float * 1)(1.0)
    if not one or llama_cpp.llama_set_adapters_lora(context, one, 1, scale) != 0:
        raise RadoncError(
            f"llama.cpp cannot put {adapter.name} on this model ({' '.join(_last_words)}).",
            "Use it with the base model that it was trained on.",
        )


def _together(
    rows: Sequence[Sequence[int]], most: int
) -> Iterator[tuple[int, Sequence[Sequence[int]]]]:
    """(number of the first, rows) of neighbours that have at most ``most`` tokens together."""
    first = 0
    for number in range(1, len(rows) + 1):
        some = rows[first : number + 1]
        if number == len(rows) or len(some) > SEQUENCES or sum(map(len, some)) > most:
            yield first, rows[first:number]
            first = number


def _decode(
    context: Any, model: Loaded, rows: Sequence[Sequence[int]], tail: int
) -> np.ndarray[Any, Any]:
    """Each row as a sequence of its own, all in one pass: weights are read once for all."""
    memory = llama_cpp.llama_get_memory(context)
    assert memory is not None
    llama_cpp.llama_memory_clear(memory, True)
    batch = llama_cpp.llama_batch_init(sum(map(len, rows)), 0, 1)
    try:
        wanted: list[int] = []
        for sequence, row in enumerate(rows):
            for position, token in enumerate(row):
                place = batch.n_tokens
                batch.token[place], batch.pos[place] = token, position
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, sequence
                batch.logits[place] = position >= len(row) - tail
                if batch.logits[place]:
                    wanted.append(place)
                batch.n_tokens += 1
        code = llama_cpp.llama_decode(context, batch)
        if code != 0:
            raise RadoncError(
                f"llama.cpp cannot run the model (code {code}; {' '.join(_last_words)}).",
                "Make the file again.",
            )
        size = (llama_cpp.llama_vocab_n_tokens(model.vocab),)
        return np.stack(
            [
                np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, place), size)
                for place in wanted
            ]
        )
    finally:
        llama_cpp.llama_batch_free(batch)
