"""The memory that an export of a 7B model takes, measured: ``python -m tests.large_export FOLDER``.

Makes a model of Llama 2 7B's shape out of noise, in shards as such models come, and an adapter of
noise, then exports it in a process that is watched, and with ``--bare`` merges, writes and
quantizes alone afterwards, timed. FOLDER needs 36 GB of disk, which it gives back. ``--layers 2``
makes a smaller one of the same width and vocabulary.

Two numbers a stage, over the process and its children: *own* is memory that nothing but the
program holds (``RssAnon`` and ``RssShmem``), what the limit is about; *resident* adds pages of
mapped files, which the system takes back when somebody needs them. llama.cpp maps the files that
it reads, so there the second is as large as the file.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTH, INNER, VOCABULARY, HEADS, RANK = 4096, 11008, 32000, 32, 16
SHARD = 5_000_000_000
QUIET = 0.05
"""What the head is multiplied by, so that no token is likelier than the others."""
POOL = 1 << 26
"""Numbers of noise, of which every tensor is a stretch: making 7 billion anew takes minutes."""
LIMIT_SHARE, LIMIT_MORE = 1.3, 2_000_000_000
LOOK_S = 0.05


def shapes(layers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "model.embed_tokens.weight", (VOCABULARY, WIDTH)
    for n in range(layers):
        layer = f"model.layers.{n}."
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            yield f"{layer}self_attn.{name}.weight", (WIDTH, WIDTH)
        yield f"{layer}mlp.gate_proj.weight", (INNER, WIDTH)
        yield f"{layer}mlp.up_proj.weight", (INNER, WIDTH)
        yield f"{layer}mlp.down_proj.weight", (WIDTH, INNER)
        yield f"{layer}input_layernorm.weight", (WIDTH,)
        yield f"{layer}post_attention_layernorm.weight", (WIDTH,)
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (VOCABULARY, WIDTH)


def make_base(folder: Path, layers: int) -> int:
    """The model's folder; returns the bytes of its largest tensor, in the 16 bits it has."""
    import numpy as np

    from store.lines import write_json
    from tests.integration.tiny import sentencepiece_tokenizer

    folder.mkdir(parents=True)
    sentencepiece_tokenizer(folder)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "tie_word_embeddings": False,
    }
    write_json(folder / "config.json", config)
    dice = np.random.default_rng(0)
    # the upper half of a float32 is its bfloat16
    loud = dice.standard_normal(POOL, np.float32) * 0.02
    pool, quiet = (
        np.concatenate([bits, bits]).astype(np.uint16)
        for bits in ((loud * by).view(np.uint32) >> 16 for by in (np.float32(1), np.float32(QUIET)))
    )
    one = np.float32(1).view(np.uint32).item() >> 16
    placed: dict[str, str] = {}
    for number, shard in enumerate(_shards(layers)):
        name = f"model-{number:05}.safetensors"
        with (folder / name).open("wb") as file:
            file.write(_header(shard, "BF16"))
            for tensor, shape in shard:
                count = math.prod(shape)
                if len(shape) == 1:
                    np.full(count, one, np.uint16).tofile(file)
                for left in range(count if len(shape) > 1 else 0, 0, -POOL):
                    start = int(dice.integers(POOL))
                    noise = quiet if tensor == "lm_head.weight" else pool
                    noise[start : start + min(left, POOL)].tofile(file)
                placed[tensor] = name
    write_json(folder / "model.safetensors.index.json", {"weight_map": placed})
    return max(math.prod(shape) for _, shape in shapes(layers)) * 2


def _shards(layers: int) -> Iterator[list[tuple[str, tuple[int, ...]]]]:
    shard: list[tuple[str, tuple[int, ...]]] = []
    for name, shape in shapes(layers):
        if sum(math.prod(s) * 2 for _, s in shard) + math.prod(shape) * 2 > SHARD:
            yield shard
            shard = []
        shard.append((name, shape))
    yield shard


def _header(tensors: list[tuple[str, tuple[int, ...]]], dtype: str) -> bytes:
    entries: dict[str, Any] = {}
    end = 0
    for name, shape in tensors:
        start, end = end, end + math.prod(shape) * (2 if dtype == "BF16" else 4)
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header


def make_adapter(folder: Path, layers: int) -> None:
    """A LoRA of noise on every projection."""
    import numpy as np

    from store.lines import write_json

    folder.mkdir()
    tensors: list[tuple[str, tuple[int, ...]]] = []
    for name, shape in shapes(layers):
        if "_proj" in name:
            module = f"base_model.model.{name.removesuffix('.weight')}"
            tensors.append((f"{module}.lora_A.weight", (RANK, shape[1])))
            tensors.append((f"{module}.lora_B.weight", (shape[0], RANK)))
    dice = np.random.default_rng(1)
    with (folder / "adapter_model.safetensors").open("wb") as file:
        file.write(_header(tensors, "F32"))
        for _, shape in tensors:
            (dice.standard_normal(shape, np.float32) * 0.01).tofile(file)
    projections = sorted({name.split(".")[-2] for name, _ in shapes(1) if "_proj" in name})
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": RANK}
    write_json(folder / "adapter_config.json", {**config, "target_modules": projections})


def export(root: Path, quant: str, texts: int) -> None:
    """What the watched process does; every stage is said on standard output."""
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references
    from exports.gguf.strings import SAMPLE_TEXTS

    last = ""

    def report(stage: str, *_: object) -> None:
        nonlocal last
        if stage != last:
            last = stage
            print(json.dumps({"stage": stage}), flush=True)

    report("load model")
    base, adapter, scratch = root / "base", root / "adapter", root / "scratch"
    scratch.mkdir()
    chosen = SAMPLE_TEXTS[:texts]
    reference = references(base, adapter, chosen, scratch, report, with_base=False, prompts=chosen)
    model = Model("large", base, adapter)
    place = root / "gguf"
    made = make_files(model, [quant], reference["tuned"], place, scratch, report, lambda _: None)
    print(json.dumps({name: verdict.as_json() for name, verdict in made.items()}), flush=True)


def bare(root: Path, quant: str) -> None:
    """Merge, write and quantize alone, with the matrix that the export made; seconds are said."""
    from tests.benchmarks.export import bare as made

    (root / "bare").mkdir()
    began = time.perf_counter()
    made(root / "base", root / "adapter", root / "bare", root / "scratch" / "tuned.npz", quant)
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


class Watch(threading.Thread):
    """The most memory that a process and its children held in each stage, in bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.stage, self.over = pid, "start", threading.Event()
        self.most: dict[str, dict[str, int]] = {}
        self.seconds: dict[str, float] = {}

    def run(self) -> None:
        before = time.monotonic()
        while not self.over.wait(LOOK_S):
            own, resident = _held(self.pid)
            most = self.most.setdefault(self.stage, {"own": 0, "resident": 0})
            most["own"], most["resident"] = max(most["own"], own), max(most["resident"], resident)
            now = time.monotonic()
            self.seconds[self.stage] = self.seconds.get(self.stage, 0.0) + now - before
            before = now


def _held(pid: int) -> tuple[int, int]:
    own = resident = 0
    for process in [pid, *_children(pid)]:
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kb = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
        own += 1024 * (kb.get("RssAnon", 0) + kb.get("RssShmem", 0))
        resident += 1024 * sum(kb.values())
    return own, resident


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from _children(int(child))


def watched(command: list[str]) -> tuple[Watch, dict[str, Any]]:
    """Run what is watched; the watch and the verdicts that it said at last."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    watch = Watch(process.pid)
    watch.start()
    assert process.stdout is not None
    verdicts: dict[str, Any] = {}
    for line in process.stdout:
        said = json.loads(line)
        watch.stage = said.get("stage", watch.stage)
        verdicts = verdicts if "stage" in said else said
    watch.over.set()
    watch.join()
    if process.wait() != 0:
        raise SystemExit("the export failed")
    return watch, verdicts


def beside(command: list[str], watch: Watch) -> dict[str, float]:
    """The bare way beside the export, both without the start of Python's libraries."""
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds = json.loads(said.splitlines()[-1])["seconds"]
    ours = sum(watch.seconds.values()) - watch.seconds.get("start", 0.0)
    return {
        "ours_s": round(ours, 1),
        "bare_s": round(seconds, 1),
        "ours_over_bare": round(ours / seconds, 3),
    }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--layers", type=int, default=32)
    asked.add_argument("--quant", default="Q8_0")
    asked.add_argument("--texts", type=int, default=12)
    asked.add_argument("--bare", action="store_true")
    asked.add_argument("--inside", choices=("export", "bare"), help=argparse.SUPPRESS)
    options = asked.parse_args()
    root: Path = options.folder
    if options.inside == "export":
        export(root, options.quant, options.texts)
        return
    if options.inside == "bare":
        bare(root, options.quant)
        return
    command = [sys.executable, "-m", "tests.large_export", str(root)]
    command += ["--quant", options.quant, "--texts", str(options.texts), "--inside"]
    try:
        largest = make_base(root / "base", options.layers)
        make_adapter(root / "adapter", options.layers)
        weights = sum(path.stat().st_size for path in (root / "base").glob("*.safetensors"))
        watch, verdicts = watched([*command, "export"])
        (root / "scratch" / "F16.gguf").unlink(missing_ok=True)
        shutil.rmtree(root / "gguf")
        compared = beside([*command, "bare"], watch) if options.bare else {}
    finally:
        shutil.rmtree(root)
    most = max(stage["own"] for stage in watch.most.values())
    limit = LIMIT_SHARE * largest + LIMIT_MORE
    print(
        json.dumps(
            {
                "weights_gb": round(weights / 1e9, 2),
                "largest_tensor_gb": round(largest / 1e9, 3),
                "limit_gb": round(limit / 1e9, 2),
                "peak_own_gb": round(most / 1e9, 2),
                "ru_maxrss_gb": round(
                    resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9, 2
                ),
                "within": most <= limit,
                **compared,
                "stages": {
                    stage: {
                        "seconds": round(watch.seconds[stage], 1),
                        **{name: round(held / 1e9, 2) for name, held in found.items()},
                    }
                    for stage, found in watch.most.items()
                },
                "verdicts": {
                    quant: {key: found[key] for key in ("passed", "mean_kl", "top_token", "bytes")}
                    for quant, found in verdicts.items()
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
