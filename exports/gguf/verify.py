"""Whether a GGUF file says what the model it was made from says.

Three questions: does it make the same tokens of thousands of strings, is its distribution of the
next token the model's on real texts, and what is its SHA-256, so that this verdict belongs to
these bytes alone. Nothing is deleted here; who made the file does that.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from exports.gguf.reference import TAIL, Reference, teller
from store.lines import sha256_file
from trainer.bases import Report

Array = np.ndarray[Any, Any]

CLEAR = math.log(2)
"""The model is clear about a token where it is twice as likely as the next best; where two are
nearly equal, which of them comes first is chance, and no fault of a file."""


@dataclass(frozen=True)
class Limit:
    """What a file must reach: share of equal top tokens where clear, mean KL in nats."""

    clear_top_token: float
    mean_kl: float


LIMITS = {
    "F16": Limit(0.99, 0.01),
    "Q8_0": Limit(0.98, 0.02),
    "Q6_K": Limit(0.97, 0.05),
    "Q5_K_M": Limit(0.95, 0.10),
    "Q4_K_M": Limit(0.90, 0.20),
}
"""The one table of what counts as good, by quantization.

For scale, SmolLM2-135M tuned for 100 steps, on 24 synthetic validation texts: F16 100 % and
0.0000 nats, Q8_0 100 % and 0.005, Q4_K_M 96 % and 0.070; untuned 0.006 and 0.079.
"""


@dataclass(frozen=True)
class Verification:
    """What was found about one file; ``failures`` is empty where it passed.

    ``top_token`` is the share of all positions with the same top token, ``clear_top_token`` the
    share of those where the model is clear (1 where there is none); KL is in nats.
    ``importance_tokens``: of how many tokens the importance matrix is that the file was quantized
    with; 0 where without.
    """

    quant: str
    sha256: str
    bytes: int
    strings: int
    strings_different: int
    positions: int
    top_token: float
    clear_positions: int
    clear_top_token: float
    mean_kl: float
    worst_kl: float
    limit_clear_top_token: float
    limit_mean_kl: float
    failures: tuple[str, ...]
    importance_tokens: int = 0

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """For a manifest; a number that is not finite, which JSON cannot hold, is null."""
        facts = {**asdict(self), "failures": list(self.failures), "passed": self.passed}
        for key in ("mean_kl", "worst_kl"):
            facts[key] = facts[key] if math.isfinite(facts[key]) else None
        return facts


def verify(
    path: Path,
    quant: str,
    reference: Reference,
    report: Report | None = None,
    adapter: Path | None = None,
) -> Verification:
    """Compare a GGUF file with its model's own tokens and logits.

    With ``adapter``, a LoRA as GGUF, the two files are compared together, by the limits of
    ``quant``, and the verdict is about the adapter's bytes.

    Args:
        path: the file.
        quant: a key of ``LIMITS``.
        reference: of the same model.
        report: told of each text.
        adapter: what is put on ``path``.
    """
    from exports.gguf import llama

    stage = f"verify adapter on {quant}" if adapter else f"verify {quant}"
    tell = teller(report, stage, len(reference.rows))
    tell(0)
    with llama.loaded(path, copied=quant != "F16") as model:
        ids = llama.tokenize(model, reference.strings)
        found = llama.tail_logits(model, reference.rows, TAIL, tell, adapter)
    different = sum(a != b for a, b in zip(ids, reference.string_ids, strict=True))
    tell(len(reference.rows))
    expected = np.load(reference.logits, mmap_mode="r")
    same, clear, kl = compare(expected, found)
    clear_share = float(same[clear].mean()) if clear.any() else 1.0
    limit = LIMITS[quant]
    return Verification(
        quant=quant,
        sha256=sha256_file(adapter or path),
        bytes=(adapter or path).stat().st_size,
        strings=len(reference.strings),
        strings_different=different,
        positions=len(kl),
        top_token=float(same.mean()),
        clear_positions=int(clear.sum()),
        clear_top_token=clear_share,
        mean_kl=float(kl.mean()),
        worst_kl=float(kl.max()),
        limit_clear_top_token=limit.clear_top_token,
        limit_mean_kl=limit.mean_kl,
        failures=_failures(limit, different, clear_share, float(kl.mean())),
        importance_tokens=0 if quant == "F16" or adapter else reference.importance_tokens,
    )


def compare(expected: Array, found: Array) -> tuple[Array, Array, Array]:
    """(same, clear, kl) at each position, for logits of shape (positions, vocabulary).

    ``same``: both have the same top token; ``clear``: ``expected`` is clear about its own;
    ``kl``: KL(expected || found) in nats, infinite where a number is not finite.
    """
    same = np.empty(len(expected), dtype=bool)
    clear = np.empty(len(expected), dtype=bool)
    kl = np.empty(len(expected))
    for index, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
        p, q = _log_softmax(ours), _log_softmax(theirs)
        second, first = np.partition(p, -2)[-2:]
        same[index] = np.argmax(p) == np.argmax(q)
        clear[index] = first - second >= CLEAR
        value = float(np.sum(np.exp(p) * (p - q)))
        # rounding may leave a zero a hair below zero
        kl[index] = max(value, 0.0) if np.isfinite(value) else np.inf
    return same, clear, kl


def _log_softmax(logits: Array) -> Array:
    shifted = logits.astype(np.float64) - np.max(logits)
    return shifted - np.log(np.sum(np.exp(shifted)))


def _failures(limit: Limit, different: int, share: float, mean_kl: float) -> tuple[str, ...]:
    failures: list[str] = []
    if different:
        failures.append(f"{different} strings make other tokens")
    if share < limit.clear_top_token:
        failures.append(
            f"top token equal in {share:.1%} of the clear positions, "
            f"limit {limit.clear_top_token:.0%}"
        )
    if not mean_kl <= limit.mean_kl:  # so that NaN fails
        failures.append(f"mean KL {mean_kl:.4f} nats, limit {limit.mean_kl}")
    return tuple(failures)
