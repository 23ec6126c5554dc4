"""Whether llama.cpp's kernels for AMX compute here, tried: ``python -P -m exports.kernel_trial``.

A process of its own, because kernels that were built wrong end it. It multiplies small whole
numbers, whose product is known exactly, in the layout that those kernels use, with two threads.
The exit code is 0 where all is as it should be. Knows ggml's C interface and no model.
"""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

Q8_0, F32 = 8, 0
"""ggml's numbers of the types of weights and of what they are multiplied with."""
DEPTH, WIDTH = 128, 64
"""Of the weights: whole tiles in both directions."""
BLOCK = 32
"""Weights of Q8_0 that share a scale."""
MOST_LAYOUTS = 16
"""More than ggml has beside the plain one."""
ROWS = (1, 7, 16, 40)
"""Tokens at once: one has kernels of its own, and 40 are two whole tiles and a part of one."""


class _Memory(ctypes.Structure):
    """``ggml_init_params``: memory for descriptions alone; the numbers lie elsewhere."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        ("buffer", ctypes.c_void_p),
        ("no_alloc", ctypes.c_bool),
    )


def library() -> Any:
    """The library as llama-cpp-python loads it; functions give pointers if not said otherwise."""
    found = importlib.util.find_spec("llama_cpp")
    assert found is not None
    assert found.origin is not None
    folder = os.environ.get("LLAMA_CPP_LIB_PATH") or Path(found.origin).parent / "lib"
    ggml = ctypes.CDLL(str(Path(folder) / "libggml.so"), mode=ctypes.RTLD_GLOBAL)
    for name in (
        *("ggml_init", "ggml_new_tensor_2d", "ggml_mul_mat", "ggml_new_graph"),
        *("ggml_backend_cpu_init", "ggml_backend_cpu_reg", "ggml_backend_reg_dev_get"),
        *("ggml_backend_reg_get_proc_address", "ggml_backend_alloc_ctx_tensors_from_buft"),
        "ggml_backend_alloc_ctx_tensors",
    ):
        getattr(ggml, name).restype = ctypes.c_void_p
    ggml.ggml_backend_buft_name.restype = ctypes.c_char_p
    return ggml


def tiles(ggml: Any) -> int | None:
    """The layout of weights for AMX; None where ggml was built without, which never uses it."""
    registry = ctypes.c_void_p(ggml.ggml_backend_cpu_reg())
    device = ctypes.c_void_p(ggml.ggml_backend_reg_dev_get(registry, ctypes.c_size_t(0)))
    asked = ggml.ggml_backend_reg_get_proc_address(registry, b"ggml_backend_dev_get_extra_bufts")
    listed = ctypes.CFUNCTYPE(ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)(asked)(device)
    for at in range(MOST_LAYOUTS):
        layout = listed[at] if listed else None
        if layout is None:
            break
        if ggml.ggml_backend_buft_name(ctypes.c_void_p(layout)) == b"AMX":
            return layout
    return None


def product(ggml: Any, layout: int, weights: np.ndarray, given: np.ndarray) -> np.ndarray:
    """``given`` (rows, depth) times ``weights`` (width, depth), transposed, by ggml."""
    call = ctypes.c_void_p
    size = ctypes.c_size_t(1 << 20)
    one, two = (call(ggml.ggml_init(_Memory(size, None, True))) for _ in range(2))
    sides = ctypes.c_int64(DEPTH), ctypes.c_int64(WIDTH)
    stored = call(ggml.ggml_new_tensor_2d(one, Q8_0, *sides))
    ggml.ggml_backend_alloc_ctx_tensors_from_buft(one, call(layout))
    rows = call(ggml.ggml_new_tensor_2d(two, F32, sides[0], ctypes.c_int64(len(given))))
    made = call(ggml.ggml_mul_mat(two, stored, rows))
    graph = call(ggml.ggml_new_graph(two))
    ggml.ggml_build_forward_expand(graph, made)
    backend = call(ggml.ggml_backend_cpu_init())
    ggml.ggml_backend_cpu_set_n_threads(backend, 2)
    ggml.ggml_backend_alloc_ctx_tensors(two, backend)
    for tensor, values in ((stored, blocks(weights)), (rows, given.astype(np.float32).tobytes())):
        ggml.ggml_backend_tensor_set(tensor, values, ctypes.c_size_t(0), len(values))
    if ggml.ggml_backend_graph_compute(backend, graph) != 0:
        raise RuntimeError("ggml computed nothing")
    answer = np.zeros((len(given), WIDTH), np.float32)
    ggml.ggml_backend_tensor_get(
        made, answer.ctypes.data_as(call), ctypes.c_size_t(0), ctypes.c_size_t(answer.nbytes)
    )
    return answer


def blocks(weights: np.ndarray) -> bytes:
    """Whole numbers as Q8_0 with a scale of one: two bytes of scale before every 32 weights."""
    scale = np.float16(1.0).tobytes()
    rows = weights.astype(np.int8).reshape(-1, BLOCK)
    return b"".join(scale + row.tobytes() for row in rows)


def main() -> int:
    ggml = library()
    draw = np.random.default_rng(0)
    weights = draw.integers(-9, 10, (WIDTH, DEPTH))
    layout = tiles(ggml)
    if layout is None:
        return 0
    for count in ROWS:
        given = draw.integers(-9, 10, (count, DEPTH))
        # the largest of a block decides its scale, which is then one
        given[:, ::BLOCK] = 127
        if not np.allclose(product(ggml, layout, weights, given), given @ weights.T):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
