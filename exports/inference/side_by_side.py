"""Answers written side by side: prompts are read some at a time, and all take a step at once.

Every answer has its own stripe of a context's memory, and what is added up for it in which order
is the same in any company: every prompt is read in rows of at least ``ROWS``, and a step is never
of one answer alone. Where no product depends on the rows beside, as AMX's tiles do not
(``exports.kernels``), it is then the same to the last digit; else but for rounding.

llama.cpp computes stripes at once only where they are neighbours and have as many tokens each. So
the slots in use are always the first ones, and shorter prompts are filled up behind their end,
where they do not see what is there. Imported only inside the engine's child process.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from exports.inference.heads import Heads, Prompt
from exports.inference.llama import BUNDLE, Context, Token
from exports.inference.writing import Writing, Written

WIDTH = 32
"""Answers written at once, where their memory allows: a step of 32 costs 1.8 times one of 16."""
NARROWEST = 8
"""As many at once whatever they take."""
GROUP = 8
"""Prompts read at once: of four, each costs a twentieth more. Of fewer slots, at most a quarter."""
ROWS = 64
"""Fewest rows of a prompt: so many are a tile of llama.cpp's flash attention, in which a row takes
two thirds of the time and is added up in another order."""


class SideBySide:
    """Some prompts and the answers to them; ``most`` are their most tokens."""

    def __init__(
        self,
        context: Context,
        heads: Heads,
        prompts: Sequence[Prompt],
        most: Sequence[int],
        beat: Callable[[], None],
    ) -> None:
        self.context, self.heads, self.beat = context, heads, beat
        context.clear()
        self._group = min(GROUP, context.sequences // 4)
        self.model = context.model
        self.prompts, self.most = prompts, most
        # the longest answers first, so that few slots idle at the end; prompts of like length
        # together, so that little is filled up
        order = sorted(range(len(prompts)), key=lambda i: (-most[i], len(prompts[i].tokens), i))
        self._waiting = deque(order)
        self._slots: list[Writing] = []

    def answers(self) -> Iterator[Written]:
        """The answers, in the order in which they are finished."""
        while self._waiting or self._slots:
            if self._waiting and self.context.sequences - len(self._slots) >= self._group:
                self._read(self._next())
            else:
                self._step()
            for slot in reversed(range(len(self._slots))):
                if self._slots[slot].done(self.model):
                    yield self._leave(slot).written()

    def _next(self) -> list[int]:
        """The prompts that are read next: as many as one computation holds, or one alone."""
        some = [self._waiting.popleft()]
        while self._waiting and len(some) < self._group:
            longest = max(ROWS, *(len(self.prompts[i].tokens) for i in (*some, self._waiting[0])))
            if longest * (len(some) + 1) > BUNDLE:
                break
            some.append(self._waiting.popleft())
        return some

    def _read(self, some: Sequence[int]) -> None:
        """Put prompts into the next slots, and begin their answers."""
        slots = {len(self._slots) + i: self.prompts[index] for i, index in enumerate(some)}
        known = {slot: self._known(slot, prompt) for slot, prompt in slots.items()}
        places = self._compute(slots, known)
        for (slot, prompt), index in zip(slots.items(), some, strict=True):
            size = len(prompt.tokens)
            self.context.cut(slot, size)
            if not known[slot] and self._worth(prompt):
                self.heads.remember(self.context, slot, prompt)
            self._slots.append(Writing(index, size, self.most[index]))
            self._slots[slot].take(self.model, self.context, places[slot])

    def _known(self, slot: int, prompt: Prompt) -> int:
        """How many of the prompt's tokens could be put into the emptied slot as remembered.

        ``ROWS`` are left to compute, or the whole prompt.
        """
        self.context.drop(slot)
        if not self._worth(prompt) or not self.heads.recall(self.context, slot, prompt):
            return 0
        most = min(prompt.head, len(prompt.tokens) - ROWS)
        self.context.cut(slot, most)
        return most

    def _worth(self, prompt: Prompt) -> bool:
        """Whether some of the prompt can be remembered: not where a state must not be cut."""
        return bool(prompt.head) and len(prompt.tokens) > ROWS and not self.model.window

    def _compute(self, slots: Mapping[int, Prompt], known: Mapping[int, int]) -> dict[int, int]:
        """Compute the prompts from where they are known; where the logits after each stand."""
        rows = max(ROWS, *(len(prompt.tokens) - known[slot] for slot, prompt in slots.items()))
        batch: list[Token] = []
        places: dict[int, int] = {}
        for slot, prompt in slots.items():
            start, size = known[slot], len(prompt.tokens)
            places[slot] = len(batch) + size - start - 1
            for i in range(start, start + rows):
                token = prompt.tokens[i] if i < size else self.model.end
                batch.append(Token(token, i, (slot,), i == size - 1))
        self.context.decode(batch)
        self.beat()
        return places

    def _step(self) -> None:
        """A token more of each answer."""
        batch = [Token(w.token, w.position, (slot,), True) for slot, w in enumerate(self._slots)]
        if len(batch) == 1:
            # the attention of a sequence alone would be added up in parts
            self.context.drop(1)
            batch.append(Token(self.model.end, 0, (1,)))
        self.context.decode(batch)
        self.beat()
        for slot, writing in enumerate(self._slots):
            writing.position += 1
            writing.take(self.model, self.context, slot)

    def _leave(self, slot: int) -> Writing:
        """Empty a slot; the last one in use takes its place."""
        writing, last = self._slots[slot], self._slots.pop()
        if slot < len(self._slots):
            self.context.move(len(self._slots), slot)
            self._slots[slot] = last
        return writing
