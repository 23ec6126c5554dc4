"""llama.cpp as three things: a model, a context, and a batch that is decoded.

Imported only inside the engine's child process, because a damaged model file can end the process
that opens it. Everything here is the plain C interface; what to decode is ``decoding``'s choice.
"""

import ctypes
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import llama_cpp.llama_cpp
import numpy as np

from exports.device import REBUILD, wanted
from exports.kernels import choose_kernels
from store.errors import RadoncError
from trainer.bases import FAMILY_NAMES

# the package's ctypes annotations say c_int32 where plain numbers go in and come out
c: Any = llama_cpp.llama_cpp
WARNING, ERROR = 3, 4
"""ggml's log levels of lines that are kept."""
BUNDLE = 512
"""Most tokens that are computed at once (llama.cpp's physical batch)."""
DAMAGED = "Its file may be damaged; export it again."
SHORT = "Close other programs, or use a smaller model."


class Log:
    """llama.cpp's own words, kept off the terminal; the last warnings explain a failure."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        # the library holds a bare pointer: the callback must live as long as the process
        self._callback = c.llama_log_callback(self._keep)
        c.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _keep(self, level: int, text: bytes, _data: object) -> None:
        if level in (WARNING, ERROR) and text.strip():
            self.lines = [*self.lines[-4:], text.decode("utf-8", "replace").strip()]

    def last(self) -> str:
        return self.lines[-1] if self.lines else "llama.cpp gave no reason"


class Token(NamedTuple):
    """One place of a batch: the token, its position, the sequences it is part of."""

    token: int
    position: int
    sequences: Sequence[int]
    logits: bool = False


class Model:
    """A GGUF file in memory, and its tokenizer."""

    def __init__(self, path: Path, log: Log, beat: Callable[[], None]) -> None:
        self.log = log
        c.llama_backend_init()
        if wanted() == "cuda" and device() == "cpu":
            raise RadoncError(
                "llama.cpp finds no CUDA device, or was built without CUDA.",
                f"See nvidia-smi, or build it: {REBUILD}",
            )
        parameters = choose_kernels(c.llama_model_default_params())
        parameters.n_gpu_layers = -1
        parameters.check_tensors = True

        def go_on(_part: float, _data: object) -> bool:
            beat()
            return True

        self._progress = c.llama_progress_callback(go_on)
        parameters.progress_callback = self._progress
        handle = c.llama_model_load_from_file(str(path).encode(), parameters)
        vocab = c.llama_model_get_vocab(handle) if handle else None
        self.n_vocab = c.llama_vocab_n_tokens(vocab) if vocab else 0
        if not handle or not vocab or self.n_vocab == 0:
            raise RadoncError(
                f"llama.cpp cannot load {path.name} ({log.last()}).",
                "Export or download the file again.",
            )
        self.handle, self.vocab = handle, vocab
        self._adapters: dict[str, Any] = {}
        self.n_ctx_train: int = c.llama_model_n_ctx_train(handle)
        # some layers see so many last tokens alone; 0 where all see everything
        self.window: int = c.llama_model_n_swa(handle)
        self.architecture = self._meta("general.architecture")
        self.end: int = c.llama_vocab_eos(vocab)
        if not self._plain_decoder() or self.end < 0:
            raise RadoncError(
                f"{path.name} is no plain decoder with an end token ({self.architecture}).",
                f"Use a {FAMILY_NAMES} model.",
            )

    def _plain_decoder(self) -> bool:
        return not (
            c.llama_model_has_encoder(self.handle)
            or c.llama_model_is_recurrent(self.handle)
            or c.llama_model_is_hybrid(self.handle)
            or c.llama_model_is_diffusion(self.handle)
        )

    @property
    def cell_bytes(self) -> int:
        """Of keys and values of one token, in 16 bits."""
        of_a_head = c.llama_model_n_embd(self.handle) // c.llama_model_n_head(self.handle)
        width = int(self._meta(f"{self.architecture}.attention.key_length") or of_a_head)
        heads = c.llama_model_n_head_kv(self.handle)
        return 4 * c.llama_model_n_layer(self.handle) * heads * width

    def _meta(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(256)
        length = c.llama_model_meta_val_str(self.handle, key.encode(), buffer, 256)
        return buffer.value.decode() if length >= 0 else ""

    def adapter(self, path: str) -> Any:
        """The LoRA adapter in this GGUF file, loaded once and freed with the model."""
        if path not in self._adapters:
            loaded = c.llama_adapter_lora_init(self.handle, path.encode())
            if not loaded:
                raise RadoncError(
                    f"{Path(path).name} is no adapter of this model ({self.log.last()}).",
                    "Use it with the base model that it was trained on.",
                )
            self._adapters[path] = loaded
        return self._adapters[path]

    def tokenize(self, text: str) -> list[int]:
        """Token ids of ``text``, after a BOS where the model wants one; no special tokens in it.

        What a case's text says is never read as a control token, whatever it looks like.
        """
        data = text.encode()
        room = len(data) + 8
        tokens = (c.llama_token * room)()
        count = c.llama_tokenize(self.vocab, data, len(data), tokens, room, False, False)
        if count < 0:
            raise RadoncError(f"A text of {len(data)} bytes cannot be tokenized.", DAMAGED)
        first = [c.llama_vocab_bos(self.vocab)] if c.llama_vocab_get_add_bos(self.vocab) else []
        return [*first, *tokens[:count]]

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; none for a control token."""
        for room in (64, 4096):
            buffer = (ctypes.c_char * room)()
            length = c.llama_token_to_piece(self.vocab, token, buffer, room, 0, False)
            if length >= 0:
                return bytes(buffer[:length])
        raise RadoncError(f"Token {token} of the model has no text.", DAMAGED)

    def ends(self, token: int) -> bool:
        """Whether the model means to stop with this token."""
        return bool(c.llama_vocab_is_eog(self.vocab, token))


class Context:
    """Keys and values of some sequences, and the logits of the last batch.

    ``shared`` puts all sequences into one buffer, in which a token may belong to many of them
    (a tree of answers); otherwise each has its own stripe of ``cells``, so that what stands in
    one has no influence on another's numbers (answers written side by side).
    """

    def __init__(
        self, model: Model, cells: int, sequences: int, shared: bool, threads: int
    ) -> None:
        parameters = c.llama_context_default_params()
        parameters.n_ctx = cells if shared else cells * sequences
        parameters.n_batch = max(cells, sequences, BUNDLE)
        parameters.n_ubatch = BUNDLE
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = shared
        parameters.swa_full = True
        # for writing, where it skips what an answer does not see: mean KL to 32 bit 0.0008 nats
        # with and without
        parameters.flash_attn_type = (
            c.LLAMA_FLASH_ATTN_TYPE_DISABLED if shared else c.LLAMA_FLASH_ATTN_TYPE_ENABLED
        )
        self.model, self.cells, self.shared = model, cells, shared
        self.sequences = sequences
        handle = c.llama_init_from_model(model.handle, parameters)
        memory = c.llama_get_memory(handle) if handle else None
        if not handle or not memory:
            raise RadoncError(
                f"No memory for a context of {parameters.n_ctx} tokens ({model.log.last()}).",
                SHORT,
            )
        self.handle, self.memory = handle, memory
        self._room = parameters.n_batch
        self._batch = c.llama_batch_init(self._room, 0, sequences)

    def use(self, adapter: Any | None) -> None:
        """Compute with this adapter, whole; with None, with the model alone."""
        count = 0 if adapter is None else 1
        adapters = (c.llama_adapter_lora_p_ctypes * 1)(*([adapter] * count))
        if c.llama_set_adapters_lora(self.handle, adapters, count, (ctypes.c_float * 1)(1.0)):
            raise RadoncError(
                f"The adapter cannot be put on ({self.model.log.last()}).",
                "Use the base that it was trained on, or export its run again.",
            )

    def close(self) -> None:
        c.llama_batch_free(self._batch)
        c.llama_free(self.handle)

    def clear(self) -> None:
        c.llama_memory_clear(self.memory, False)

    def drop(self, sequence: int) -> None:
        c.llama_memory_seq_rm(self.memory, sequence, -1, -1)

    def cut(self, sequence: int, position: int) -> None:
        """Forget a sequence from this position on."""
        c.llama_memory_seq_rm(self.memory, sequence, position, -1)

    def share(self, source: int, target: int) -> None:
        """Make all of ``source`` part of ``target`` as well."""
        c.llama_memory_seq_cp(self.memory, source, target, -1, -1)

    def move(self, source: int, target: int) -> None:
        """Put what stands in ``source`` in the place of ``target``."""
        self.drop(target)
        self.share(source, target)
        self.drop(source)

    def save(self, sequence: int) -> Any:
        """The state of one sequence, for ``restore`` in any context of the same model.

        What lies before a model's window is not in it, so that a restored sequence must not be cut.
        """
        size = c.llama_state_seq_get_size(self.handle, sequence)
        buffer = (ctypes.c_uint8 * size)()
        if c.llama_state_seq_get_data(self.handle, buffer, size, sequence) != size:
            raise RadoncError("The state of a prompt cannot be saved.", SHORT)
        return buffer

    def restore(self, sequence: int, state: Any) -> None:
        if not c.llama_state_seq_set_data(self.handle, state, len(state), sequence):
            raise RadoncError(
                f"The state of a prompt cannot be restored ({self.model.log.last()}).", SHORT
            )

    def decode(self, tokens: Sequence[Token]) -> None:
        """Compute ``tokens`` in one batch; logits are then there for those that asked."""
        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, entry in enumerate(tokens):
            batch.token[i] = entry.token
            batch.pos[i] = entry.position
            batch.n_seq_id[i] = len(entry.sequences)
            for j, sequence in enumerate(entry.sequences):
                batch.seq_id[i][j] = sequence
            batch.logits[i] = entry.logits
        code = c.llama_decode(self.handle, batch)
        if code != 0:
            raise RadoncError(
                f"llama.cpp could not compute {len(tokens)} tokens (code {code}; "
                f"{self.model.log.last()}).",
                DAMAGED,
            )

    def logits(self, place: int) -> np.ndarray:
        """The logits after the token at ``place`` of the last batch; valid until the next."""
        row = c.llama_get_logits_ith(self.handle, place)
        return np.ctypeslib.as_array(cast(Any, row), shape=(self.model.n_vocab,))


def log_total(logits: np.ndarray) -> float:
    """log(sum(exp(logits))): what to subtract from a logit to have its log-probability.

    Raises:
        RadoncError: the logits are no numbers, as with damaged weights.
    """
    top = logits.max()
    total = float(top) + float(np.log(np.exp(logits - top).sum(dtype=np.float64)))
    if not math.isfinite(total):
        raise RadoncError("The model computes no numbers.", DAMAGED)
    return total


def device() -> str:
    """Where llama.cpp computes: ``gpu`` or ``cpu``."""
    return "gpu" if c.llama_supports_gpu_offload() else "cpu"
