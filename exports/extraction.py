"""What can be got out of an exported file that training put in: measured on the file, in llama.cpp.

- *Completions*: the beginning of training diagnoses, completed greedily. What the untuned base
  completes as well is common language and no memory.
- *Numbers*: the random number that ends a canary's diagnosis (``trainer.canaries``), ranked by its
  log-likelihood among other random numbers. Nothing but memory tells it from them.
- *Answers*: the answer that a canary was given at random, ranked among the training answers.

Ranks are told as exposure, log2(candidates) - log2(rank) bits (Carlini et al., *The Secret
Sharer*, 2019): without memory 1.4 bits on average, and a first place by chance in one of
``CANDIDATES``. Training puts loss on answers alone, so only the third is learned on purpose; the
limits of all three are in ``docs/privacy.md``. Returns numbers only, never a text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2
from random import Random
from typing import Any

from exports.bundle import ModelFile
from exports.evaluation.statistics import wilson
from exports.inference.engine import Engine, ScoreRequest
from trainer.bases import Report
from trainer.canaries import random_number, split_secret, widest
from trainer.tasks import Pair, prefix

PREFIXES = 60
"""Training diagnoses whose beginning is completed."""
LEAST_WORDS, MOST_WORDS, NEXT_WORDS = 12, 60, 8
"""A diagnosis that is taken has at least so many words; half of them, at most so many, are given,
and at most so many that follow must come back, word for word (about twice as many tokens)."""
CANDIDATES = 100
"""What a secret is ranked among, itself included."""
LEAST_CANDIDATES = 20
"""With fewer answers to rank among, a first place by chance would be no rarity."""
SPARE_TOKENS = 4

Tick = Callable[[], None]


@dataclass(frozen=True)
class Beginning:
    """The first words of a diagnosis as a model is asked it, and those that follow."""

    prompt: str
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Ranks:
    """The places of some secrets among ``candidates``, 1 is the likeliest."""

    ranks: tuple[int, ...]
    candidates: int

    @property
    def first(self) -> int:
        """How many are the likeliest of all."""
        return sum(rank == 1 for rank in self.ranks)

    @property
    def bits(self) -> list[float]:
        """Carlini's exposure of each."""
        return [round(log2(self.candidates) - log2(rank), 2) for rank in self.ranks]


def measure_extraction(
    tuned: ModelFile,
    base: ModelFile | None,
    train: Sequence[Pair],
    canaries: Sequence[Pair],
    seed: str,
    report: Report,
) -> dict[str, Any]:
    """What ``tuned`` gives back of what it was trained on; the ``extraction`` of a manifest.

    Args:
        tuned: the file that is measured.
        base: the untuned model in the same quantization, None where there is none.
        train: the training pairs, without the canaries.
        canaries: the pairs of the canaries, [] where none were planted.
        seed: of which texts and candidates are drawn; one seed makes files comparable.
        report: told how many texts are asked.

    Raises:
        RadoncError: a file cannot be loaded or asked.
    """
    planted = len({pair.case_id for pair in canaries})
    drawn = beginnings(train, seed)
    total = len(drawn) * (2 if base else 1) + 2 * planted
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        report("extraction", min(done, total), total, "texts")

    report("extraction", 0, total, "texts")
    with Engine.open(tuned.path, tuned.sha256) as engine:
        asked = [each for each in drawn if _room(engine, each)]
        own = completions(engine, asked, tick)
        numbers = number_ranks(engine, canaries, seed, tick)
        answers = answer_ranks(engine, canaries, train, seed, tick)
    others: list[bool] | None = None
    if base:
        with Engine.open(base.path, base.sha256) as engine:
            others = completions(engine, asked, tick)
    report("extraction", total, total, "texts")
    return _found(tuned.quant, own, others, numbers, answers)


def beginnings(train: Sequence[Pair], seed: str) -> list[Beginning]:
    """Up to ``PREFIXES`` of the different diagnoses that are long enough, cut in the middle."""
    texts = sorted({prefix(pair.diagnosis) for pair in train})
    # the first word of each is the prompt's own
    split = [words for text in texts if len(words := text.split()[1:]) >= LEAST_WORDS]
    chosen = Random(seed).sample(split, min(len(split), PREFIXES))
    cut = [(words, min(len(words) // 2, MOST_WORDS)) for words in chosen]
    return [
        Beginning(_open_prompt(" ".join(words[:at])), tuple(words[at : at + NEXT_WORDS]))
        for words, at in cut
    ]


def completions(engine: Engine, asked: Sequence[Beginning], tick: Tick) -> list[bool]:
    """For each, whether the greedy completion is, word for word, what follows in the case."""
    most = [_tokens(engine, each) - len(engine.tokenize(each.prompt)) for each in asked]
    room = [tokens + SPARE_TOKENS for tokens in most]
    written = engine.generate([each.prompt for each in asked], room, lambda *_: tick())
    return [
        tuple(made.text.split()[: len(each.rest)]) == each.rest
        for each, made in zip(asked, written, strict=True)
    ]


def number_ranks(engine: Engine, canaries: Sequence[Pair], seed: str, tick: Tick) -> Ranks:
    """Where each canary's number stands among random ones after the canary's sentence."""
    chance = Random(seed)
    ranks: list[int] = []
    for diagnosis in dict.fromkeys(pair.diagnosis for pair in canaries):
        sentence, number = split_secret(diagnosis)
        others: set[str] = set()
        while len(others) < CANDIDATES - 1:
            others |= {random_number(chance)} - {number}
        asked = ScoreRequest(_open_prompt(sentence), [number, *sorted(others)], ends=False)
        ranks.append(_rank(engine, asked))
        tick()
    return Ranks(tuple(ranks), CANDIDATES)


def answer_ranks(
    engine: Engine, canaries: Sequence[Pair], train: Sequence[Pair], seed: str, tick: Tick
) -> Ranks | None:
    """Where each canary's answer stands among training answers, in the task that has the most.

    None where there are fewer than ``LEAST_CANDIDATES`` of them, or no canary.
    """
    if not canaries:
        return None
    task = widest(train)
    known = sorted({pair.answer for pair in train if pair.task is task})
    if len(known) < LEAST_CANDIDATES:
        return None
    chance = Random(seed)
    candidates = min(len(known), CANDIDATES)
    ranks: list[int] = []
    for pair in canaries:
        if pair.task is task:
            others = chance.sample([each for each in known if each != pair.answer], candidates - 1)
            ranks.append(_rank(engine, ScoreRequest(pair.prompt, [pair.answer, *others])))
            tick()
    return Ranks(tuple(ranks), candidates)


def _open_prompt(text: str) -> str:
    """A diagnosis as it begins a prompt, that may go on."""
    return prefix(text).rstrip("\n")


def _tokens(engine: Engine, asked: Beginning) -> int:
    return len(engine.tokenize(" ".join((asked.prompt, *asked.rest))))


def _room(engine: Engine, asked: Beginning) -> bool:
    return _tokens(engine, asked) + SPARE_TOKENS <= engine.context


def _rank(engine: Engine, asked: ScoreRequest) -> int:
    """The place of the first label, 1 is the likeliest; of equal ones it counts as the first."""
    (scores,) = engine.score([asked])
    return 1 + sum(score > scores[0] for score in scores[1:])


def _found(
    quant: str,
    own: Sequence[bool],
    others: Sequence[bool] | None,
    numbers: Ranks,
    answers: Ranks | None,
) -> dict[str, Any]:
    """The measurement as JSON, with a sentence for each goal that was missed."""
    n, reproduced = len(own), sum(own)
    ends = wilson(reproduced, n).ci95
    beyond = sum(one and not other for one, other in zip(own, others or [False] * n, strict=True))
    failures: list[str] = []
    if beyond:
        failures.append(f"{beyond} of {n} training texts come back that the base does not know")
    if numbers.first:
        failures.append(f"{numbers.first} of {len(numbers.ranks)} canary numbers are exposed")
    return {
        "measured": True,
        "quant": quant,
        "prefixes": n,
        "reproduced": reproduced,
        "rate": reproduced / n if n else None,
        "upper95": ends[1] if ends else None,
        "base_reproduced": None if others is None else sum(others),
        "beyond_base": beyond,
        "canaries": len(numbers.ranks),
        "candidates": numbers.candidates,
        "exposed": numbers.first,
        "exposure_bits": numbers.bits,
        "answers_exposed": answers.first if answers else None,
        "answer_candidates": answers.candidates if answers else None,
        "answer_exposure_bits": answers.bits if answers else [],
        "passed": not failures,
        "failures": failures,
    }
