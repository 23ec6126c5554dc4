"""Steps that are not taken: where the loss is no number, or the gradient is out of all proportion.

One bad batch must not undo a night's training, and a training that is lost must end. Knows
numbers alone.
"""

import math
import statistics
from collections.abc import Sequence

from store.errors import RadoncError
from trainer.numbers import Numbers

SPIKE = 20.0
"""A gradient so many times as long as usual is not followed; batches differ by three or four."""
USUAL = 64
"""What is usual is the median of so many newest gradients."""
KNOWN_AFTER = 16
MOST_IN_A_ROW = 5


def is_sound(norm: float, before: Sequence[float]) -> bool:
    """Whether a gradient of this length is a number, and not a spike beside those before it."""
    if not math.isfinite(norm):
        return False
    return len(before) < KNOWN_AFTER or norm <= SPIKE * statistics.median(before)


def judge(numbers: Numbers, norm: float, step: int) -> bool:
    """Whether to take this step; keeps what was decided in ``numbers``.

    Raises:
        RadoncError: it is one of too many in a row that were not taken.
    """
    if is_sound(norm, numbers.norms):
        numbers.norms = [*numbers.norms, norm][-USUAL:]
        return True
    numbers.skipped.append(step)
    row = range(step - MOST_IN_A_ROW + 1, step + 1)
    if numbers.skipped[-MOST_IN_A_ROW:] == list(row):
        what = "no number" if not math.isfinite(norm) else f"{SPIKE:.0f} times as steep as before"
        raise RadoncError(
            f"The loss became {what} in {MOST_IN_A_ROW} steps in a row, up to step {step}.",
            "Start again with a lower learning_rate.",
        )
    return False
