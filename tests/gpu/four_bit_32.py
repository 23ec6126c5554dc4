"""``four_bit`` with 32 cases a step, where the base is less of the memory."""

from collections.abc import Iterator
from typing import Any

from tests.gpu.four_bit import beside

CASES = 32


def measure(device: str) -> Iterator[dict[str, Any]]:
    yield beside(device, CASES)
