"""How long a training will take and how much memory it will need, said before it starts.

Rough, and meant to be: the time from the pace of earlier runs on this machine where there are
any, the memory from the shapes of the base's own weights. Every run keeps its estimate, so that
a person can see how far off it was. Arithmetic alone: no store, no torch, no tokenizer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.batches import share_of
from trainer.machine import CARD_CONTEXT_MB, MB

if TYPE_CHECKING:
    from trainer.machine import Machine
    from trainer.plan import Plan
    from trainer.settings import TrainSettings
    from trainer.shape import BaseShape

CHARACTERS_A_TOKEN = 2.85
"""Measured on the synthetic cases with SmolLM2's tokenizer, which takes digits one by one."""
CORE_SPEED = 2.5e10
"""Parameters times tokens a second and core in bfloat16: 370 tokens/s of SmolLM2-135M on two."""
PLAIN_SLOWER = 1.5
"""How much slower a core is in 32 bit, measured with SmolLM2."""
CARD_SPEED = 5e12
"""The same for a card, in 4 bit: an H200 did 2e12 with a base of a billion parameters, and 1.7e13
with seven, at 860 tokens a step, which are too few to fill it."""
FOUR_BIT_SLOWER = 1.5
"""How much slower 4-bit weights are on a CPU, measured with SmolLM2 beside fused projections."""
RECENT = 3
"""So many newest runs of the same base are asked for their pace."""
NEAR = 8
"""Between bases up to so many times apart in size the pace is scaled; further it means nothing."""
FORWARD = 3
"""A validation token costs a third of a training token: forward, without the way back."""
WRITING = 6
"""A token that is written costs about six that are trained on, however many answers at once."""
NF4_BYTES = 0.516
"""A weight in 4 bit with its share of the scales, themselves quantized (QLoRA: 0.127 bit)."""
BESIDE = "as measured before"
"""What an earlier run of the same base held beyond its shapes, among the parts of the memory."""
WITHIN = 0.9
"""What a CPU holds in a step beside what is kept for the way back, as a share of it: what layers
make and drop, kernels, and holes between blocks. With SmolLM2, 4 cases at once and memory given
back every ten steps it was 0.7 in 40 steps and 1.1 in the demo's 240; never given back, 1.0 to 1.6
in four runs of 40 to 120 steps and 400 to 1,100 tokens at once."""
PROCESS_MB = 1230
"""What Python, torch and Unsloth hold in memory before any model."""
LOAD_SECONDS = 40.0
BYTES_A_SECOND = 2e8
"""How fast weights are read and converted, above the half minute that the imports take."""


@dataclass(frozen=True)
class Text:
    """Characters of a case's row: the diagnosis once, with its questions and answers."""

    mean: float
    longest: int
    answers: float


@dataclass(frozen=True)
class Pace:
    """What an earlier run measured on this machine; ``sampling`` is seconds for one evaluation.

    ``memory_beside`` is how many MiB more (or less) it held than its shapes say.
    """

    run_id: str
    base: str
    parameters: int
    four_bit: bool
    threads: int
    tokens_per_second: float
    load: float
    sampling: float
    characters_a_token: float
    memory_beside: int = 0


@dataclass(frozen=True)
class Estimate:
    """Seconds by stage and MiB by purpose; ``basis`` says what the time comes from, in words.

    The last three say what was estimated, for whoever later compares it with what was measured.
    """

    seconds: int
    stages: Mapping[str, int]
    memory_mb: int
    memory: Mapping[str, int]
    available_mb: int
    machine: str
    tokens: int
    tokens_per_second: float
    basis: str
    parameters: int
    four_bit: bool
    characters: float


@dataclass(frozen=True)
class Asked:
    """What is to be estimated; ``characters_a_token`` where the base's tokenizer could be asked."""

    base: str
    shape: BaseShape
    settings: TrainSettings
    plan: Plan
    text: Text
    machine: Machine
    characters_a_token: float | None = None

    @property
    def four_bit(self) -> bool:
        chosen = self.settings.load_in_4bit
        return self.machine.cuda if chosen is None else chosen

    @property
    def halved(self) -> bool:
        """Whether a CPU computes in bfloat16, with projection and adapter together."""
        kind, bf16 = self.settings.precision, self.machine.bf16
        return not self.settings.lora_dropout and (bf16 if kind == "auto" else kind == "bf16")


def estimate(asked: Asked, earlier: Sequence[Pace] = ()) -> Estimate:
    """The estimate for one run; ``earlier`` are the paces of runs on this machine, newest first."""
    pace, basis = _pace(asked, earlier)
    plan, settings = asked.plan, asked.settings
    characters = asked.characters_a_token or pace.characters_a_token
    each = asked.text.mean / characters
    tokens = plan.steps * plan.batch_cases * each
    looks = min(settings.evaluations, plan.steps)
    stages = {
        "load": pace.load,
        "train": tokens / pace.tokens_per_second,
        "validate": looks * plan.validation_cases * each / (FORWARD * pace.tokens_per_second),
        "samples": looks * pace.sampling if settings.samples and plan.validation_cases else 0.0,
    }
    memory = memory_parts(asked, characters)
    if pace.memory_beside:
        memory[BESIDE] = pace.memory_beside
    return Estimate(
        seconds=round(sum(stages.values())),
        stages={name: round(seconds) for name, seconds in stages.items()},
        memory_mb=sum(memory.values()),
        memory=memory,
        available_mb=asked.machine.memory_mb,
        machine=asked.machine.name,
        tokens=round(tokens),
        tokens_per_second=round(pace.tokens_per_second, 1),
        basis=basis,
        parameters=asked.shape.parameters,
        four_bit=asked.four_bit,
        characters=round(asked.text.mean, 1),
    )


def _pace(asked: Asked, earlier: Sequence[Pace]) -> tuple[Pace, str]:
    """The pace to expect, and in words what it comes from."""
    threads = asked.settings.threads
    wanted = (asked.base, asked.four_bit, threads)
    same = [run for run in earlier if (run.base, run.four_bit, run.threads) == wanted][:RECENT]
    if same:
        # the middle one: a run that shared the machine with other work says little of the next
        run = sorted(same, key=lambda run: run.tokens_per_second)[len(same) // 2]
        return run, f"from the pace of {run.run_id}, the same base on this machine"
    for run in earlier:
        factor = run.parameters / asked.shape.parameters
        if not 1 / NEAR <= factor <= NEAR:
            continue
        factor *= _slower(asked, run.four_bit) / _slower(asked, asked.four_bit)
        return _unmeasured(
            asked, run.tokens_per_second * factor
        ), f"rough: scaled from {run.run_id}, another base or precision, by size"
    cores = threads or asked.machine.cores
    core = CORE_SPEED if asked.halved else CORE_SPEED / PLAIN_SLOWER
    speed = CARD_SPEED if asked.machine.cuda else core * cores
    speed /= asked.shape.parameters * _slower(asked, asked.four_bit)
    kind = "a card" if asked.machine.cuda else f"{cores} cores"
    return _unmeasured(
        asked, speed
    ), f"very rough: a general figure for {kind}; no run was timed here yet"


def _slower(asked: Asked, four_bit: bool) -> float:
    return FOUR_BIT_SLOWER if four_bit and not asked.machine.cuda else 1.0


def _unmeasured(asked: Asked, tokens_per_second: float) -> Pace:
    """A pace nobody measured: loading by size, and answers that are written together."""
    answer = asked.text.answers / CHARACTERS_A_TOKEN
    return Pace(
        run_id="",
        base=asked.base,
        parameters=asked.shape.parameters,
        four_bit=asked.four_bit,
        threads=asked.settings.threads,
        tokens_per_second=tokens_per_second,
        load=LOAD_SECONDS + 2 * asked.shape.parameters / BYTES_A_SECOND,
        sampling=answer * WRITING / tokens_per_second,
        characters_a_token=CHARACTERS_A_TOKEN,
    )


def memory_parts(asked: Asked, characters_a_token: float = CHARACTERS_A_TOKEN) -> dict[str, int]:
    """MiB by purpose, at the batch of the longest rows: of the card, or of the process."""
    shape, settings, cuda = asked.shape, asked.settings, asked.machine.cuda
    rest = shape.parameters - shape.projected
    plain = 2.0 if cuda else 4.0
    # fused projections keep their frozen weights, and what they take in, in 16 bit (``fused``)
    halved = not cuda and not asked.four_bit and asked.halved
    weight = NF4_BYTES if asked.four_bit else 2.0 if halved else plain
    base = shape.projected * weight + rest * plain
    adapter = settings.lora_rank * shape.sides
    # one sequence of a row is at most so long; the other branches come on top of it
    longest = settings.max_length + asked.text.answers / characters_a_token
    width = min(asked.text.longest / characters_a_token, longest)
    at_once = share_of(settings.batch_cases, settings.micro_cases)
    tokens = at_once * width
    layer = 10 * shape.hidden + 4 * shape.intermediate
    # a card keeps one layer and makes the others again; a CPU keeps all of them
    kept = tokens * layer * (2 if cuda else (3 if halved else 4) * shape.layers)
    labels = at_once * asked.text.answers / characters_a_token
    logits = labels * shape.vocabulary * 4 * 3
    mask = at_once * width**2 * 4
    parts = {
        "process": (CARD_CONTEXT_MB if cuda else PROCESS_MB) * MB,
        "base model": base,
        # the weights, their gradient, and two moments of the optimizer, in 32 bit
        "adapter and optimizer": adapter * 16,
        "activations": kept + logits + mask,
        "within a step": 0 if cuda else WITHIN * (kept + logits + mask),
    }
    return {name: round(size / MB) for name, size in parts.items()}
