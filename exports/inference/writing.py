"""One answer while it is written greedily, and what is told of it.

Which tokens were computed, and beside which, is the business of whoever writes; here a row of
logits becomes the next token. Imported only inside the engine's child process.
"""

import codecs
from dataclasses import dataclass, field

from exports.inference.llama import Context, Model, log_total


@dataclass(frozen=True)
class Part:
    """What stands of an answer while it is being written."""

    index: int
    so_far: str


@dataclass(frozen=True)
class Written:
    """A whole answer; ``tokens`` and ``mean_logprob`` are those of ``engine.Generated``."""

    index: int
    text: str
    tokens: int
    mean_logprob: float


@dataclass
class Writing:
    """The answer to prompt ``index``: where its next token stands, and how many it may have."""

    index: int
    position: int
    left: int
    token: int = -1
    tokens: list[int] = field(default_factory=list[int])
    text: bytes = b""
    logprobs: list[float] = field(default_factory=list[float])

    def take(self, model: Model, context: Context, place: int) -> None:
        """Go on with the likeliest token after the one at ``place`` of the last batch."""
        logits = context.logits(place)
        self.token = int(logits.argmax())
        self.tokens.append(self.token)
        self.logprobs.append(float(logits[self.token]) - log_total(logits))
        self.left -= 1
        if not model.ends(self.token):
            self.text += model.piece(self.token)

    def done(self, model: Model) -> bool:
        """Whether it ended: by an end token, a line break, or with all tokens that it may have."""
        return self.left <= 0 or b"\n" in self.text or model.ends(self.token)

    def part(self) -> Part:
        """The answer's first line so far."""
        # the bytes of a character may come in two tokens; its first half is not shown
        line = codecs.getincrementaldecoder("utf-8")("replace").decode(self._line())
        return Part(self.index, line.strip())

    def written(self) -> Written:
        """The whole answer: its first line, and the mean over all of its tokens."""
        mean = sum(self.logprobs) / len(self.logprobs)
        line = self._line().decode("utf-8", "replace").strip()
        return Written(self.index, line, len(self.logprobs), mean)

    def _line(self) -> bytes:
        return self.text.split(b"\n", 1)[0]
