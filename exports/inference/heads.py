"""The states of what prompts began with, so that a diagnosis is computed once for three tasks.

Imported only inside the engine's child process.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from exports.inference.llama import Context

STATE_BYTES = 1 << 30
"""Memory for the states of heads."""


@dataclass(frozen=True)
class Prompt:
    """A prompt's tokens and how many of them are its head: all before its last line."""

    tokens: tuple[int, ...]
    head: int


class Heads:
    """Keys and values of recent heads, by the adapter that they were computed under."""

    def __init__(self) -> None:
        self.adapter: str | None = None
        self._states: OrderedDict[tuple[str | None, bool, tuple[int, ...]], Any] = OrderedDict()

    def recall(self, context: Context, sequence: int, prompt: Prompt) -> bool:
        """Whether the prompt's head, and what stood behind it, could be put into ``sequence``.

        llama.cpp reads the states of shared and of striped contexts in their own kind alone.
        """
        key = self._key(context, prompt)
        if key not in self._states:
            return False
        context.restore(sequence, self._states[key])
        self._states.move_to_end(key)
        return True

    def remember(self, context: Context, sequence: int, prompt: Prompt) -> None:
        """Keep what stands in ``sequence``, which begins with the prompt's head."""
        self._states[self._key(context, prompt)] = context.save(sequence)
        while len(self._states) > 1 and sum(map(len, self._states.values())) > STATE_BYTES:
            self._states.popitem(last=False)

    def _key(self, context: Context, prompt: Prompt) -> tuple[str | None, bool, tuple[int, ...]]:
        return self.adapter, context.shared, prompt.tokens[: prompt.head]
