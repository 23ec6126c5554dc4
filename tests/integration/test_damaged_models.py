"""Hundreds of damaged model files, each opened and asked in the engine's process of its own.

Each costs one sentence, or answers as whatever it has become: never this process, never a hang,
and nothing is left behind. A file that was not exported so is refused by its SHA-256 long before;
here it is opened all the same.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from exports.gguf.write import write_f16
from exports.inference.engine import Engine, ScoreRequest
from store.errors import RadoncError
from store.lines import sha256_file
from tests.integration.test_engine import gone
from tests.integration.tiny import tiny_model

HEADER = 24_000
"""Bytes from the start among which most damage is done: counts, keys, tokens, shapes."""
KEYS = (
    *(b"llama.block_count", b"llama.attention.head_count", b"llama.attention.head_count_kv"),
    *(b"llama.embedding_length", b"llama.feed_forward_length", b"llama.context_length"),
    *(b"llama.rope.dimension_count", b"llama.vocab_size", b"general.alignment"),
    *(b"tokenizer.ggml.eos_token_id", b"tokenizer.ggml.bos_token_id", b"tokenizer.ggml.model"),
    *(b"general.architecture", b"tokenizer.ggml.tokens", b"tokenizer.ggml.merges"),
    *(b"blk.0.attn_q.weight", b"token_embd.weight", b"output_norm.weight", b"blk.1.ffn_up.weight"),
)
WHOLES = (0, 1, 3, 7, 2**31 - 1, 2**31, 2**32 - 1, 2**40)
PROMPT = "Diagnosis: lip\nICD-10 code:"
SECONDS = 30.0

Damage = Callable[[bytearray, Random], bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    path = folder / "F16.gguf"
    write_f16(tiny_model(folder / "tiny", "llama3"), path, "tiny")
    return path


def cut(data: bytearray, chance: Random) -> bytes:
    return bytes(data[: chance.randrange(len(data))])


def flip(data: bytearray, chance: Random) -> bytes:
    for _ in range(chance.choice((1, 8, 64))):
        data[chance.randrange(HEADER)] ^= 1 << chance.randrange(8)
    return bytes(data)


def spoil(data: bytearray, chance: Random) -> bytes:
    """Noise, nothing or no numbers over some of the weights."""
    size = chance.choice((16, 4096, 100_000))
    start = chance.randrange(HEADER, len(data) - size)
    data[start : start + size] = chance.choice(
        (bytes(size), b"\xff" * size, b"\x00\x7e" * (size // 2), chance.randbytes(size))
    )
    return bytes(data)


def misstate(data: bytearray, chance: Random) -> bytes:
    """Another type, number or length after a key or the name of a tensor."""
    at = data.find(key := chance.choice(KEYS))
    if at < 0:
        return flip(data, chance)
    at += len(key) + chance.choice((0, 4, 4, 8))
    form = chance.choice(("<I", "<Q"))
    value = chance.choice(WHOLES) % 2 ** (8 * struct.calcsize(form))
    struct.pack_into(form, data, at, value)
    return bytes(data)


def rename(data: bytearray, chance: Random) -> bytes:
    at = data.find(key := chance.choice(KEYS))
    if at < 0:
        return flip(data, chance)
    data[at + chance.randrange(len(key))] = chance.randrange(256)
    return bytes(data)


def count(data: bytearray, chance: Random) -> bytes:
    """Another version, number of tensors or number of keys."""
    struct.pack_into("<I", data, chance.choice((4, 8, 16)), chance.choice(WHOLES) % 2**32)
    return bytes(data)


def shift(data: bytearray, chance: Random) -> bytes:
    """Some bytes too many, or too few."""
    at = chance.randrange(HEADER)
    extra = chance.randbytes(chance.choice((1, 4, 32)))
    return bytes(data[:at] + (extra if chance.random() < 0.5 else b"") + data[at + len(extra) :])


DAMAGES: tuple[Damage, ...] = (cut, flip, spoil, misstate, misstate, rename, count, shift)


def attempt(path: Path) -> str:
    """Open the file and ask it everything; how it ended: a sentence, or "" for answers."""
    error = tried(path)
    if error is None:
        return ""
    assert str(error)
    assert "\n" not in str(error)
    assert error.hint, str(error)
    return str(error)


def tried(path: Path) -> RadoncError | None:
    engine: Engine | None = None
    try:
        engine = Engine.open(path, sha256_file(path), threads=1, context=256, silence=SECONDS)
        list(engine.generate([PROMPT], 4))
        labels = ["C61", "C50.911", "C50.912"]
        list(engine.score([ScoreRequest(PROMPT, labels)]))
        list(engine.search([PROMPT], labels, 2))
    except RadoncError as error:
        return error
    finally:
        if engine is not None:
            engine.close()
            assert gone(engine.pid, 1)
    return None


def damaged(sound: Path, folder: Path, seed: int) -> Path:
    chance = Random(seed)
    path = folder / "damaged.gguf"
    path.write_bytes(chance.choice(DAMAGES)(bytearray(sound.read_bytes()), chance))
    return path


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_model_costs_a_sentence(sound: Path, tmp_path: Path, seed: int):
    attempt(damaged(sound, tmp_path, seed))


def test_the_undamaged_model_answers(sound: Path):
    assert attempt(sound) == ""


@pytest.mark.slow
def test_two_hundred_damaged_models(sound: Path, tmp_path: Path):
    ended = [attempt(damaged(sound, tmp_path, seed)) for seed in range(10, 230)]
    crashed = sum("ended while it worked" in said for said in ended)
    answered = ended.count("")
    print(f"{len(ended)} files: {answered} answered, {crashed} ended their process")
    assert len(ended) - answered > 100
    assert attempt(sound) == ""
