"""llama.cpp in a process of its own, seen from this side: open a file, ask, close.

A model file can be damaged in ways that end the process that loads it, so none is loaded here.
The file's SHA-256 is checked first; a crash, a hang or an unreadable file then costs one sentence
and the child, never this process. One engine belongs to one thread.

What the numbers promise: a label's score, a written answer and its log-probability depend on the
file, the prompt, the labels and the machine, and not on what else is asked, nor in which order
(see ``decoding``). Against the same sums computed token by token they differ as much as quantized
arithmetic does between batch shapes; ``tests/integration/test_labels.py`` holds the bound.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exports.inference.recorded import verify
from store.errors import BadUsage, RadoncError
from trainer.bases import Report as StageReport
from trainer.machine import cores

CONTEXT = 4096
"""Most tokens of a prompt with its answer, unless the model has fewer."""
SILENCE_SECONDS = 180.0
"""How long a child may say nothing; it speaks after every computation of at most 512 tokens."""
CLOSE_SECONDS = 2.0
SPIN = "4000"
"""Looks at a barrier before a thread sleeps: a fraction of a millisecond. 1,000 are too few to save
the sleep, 20,000 gain nothing more."""

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Info:
    """What was loaded; ``device`` is ``cpu`` or ``gpu``."""

    n_vocab: int
    n_ctx_train: int
    architecture: str
    device: str
    threads: int


@dataclass(frozen=True)
class Generated:
    """One written answer: its first line, stripped.

    ``tokens`` counts the end token as well, and ``mean_logprob`` is the mean natural
    log-probability of all of them.
    """

    index: int
    text: str
    tokens: int
    mean_logprob: float


@dataclass(frozen=True)
class ScoreRequest:
    """A prompt and the labels that may follow it (after a space).

    Whether the answer ``ends`` with the label; if not, it is scored as a beginning. Unless it is
    to be ``exact``, labels that no probability would show are not computed (``codes.weigh``): the
    probabilities on the list are then off by 0.001 at most, in a fraction of the time.
    """

    prompt: str
    labels: Sequence[str]
    ends: bool = True
    exact: bool = True


@dataclass(frozen=True)
class CodeSearch:
    """The best of many codes after one prompt.

    ``best`` are (code, summed natural log-probability with the end token), falling; the number
    of a code is the one it has when it is scored alone. No other code has one above ``bound``,
    and ``proven`` says that ``bound`` is below all of ``best``: where a search was cut off it need
    not be. ``evaluated`` counts the tokens that were computed, ``steps`` the batches, ``scored``
    the codes that were reached, of ``codes``.
    """

    best: tuple[tuple[str, float], ...]
    bound: float
    proven: bool
    evaluated: int
    steps: int
    scored: int
    codes: int


class Engine:
    """A model file that answers; ``with Engine.open(path, sha256) as engine``."""

    def __init__(self, path: Path, context: int, silence: float) -> None:
        self.path, self._context, self.silence = path, context, silence
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._request = 0
        self._rest = b""
        self._failure: RadoncError | None = None
        self._info: Info | None = None
        self._heard: Callable[[], None] | None = None
        self._codes: tuple[str, ...] = ()
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "exports.inference.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            # threads that wait sleep soon: one that spins for long takes the core of whoever it
            # waits for, which beside a training made an answer six times slower; one that sleeps
            # at once is woken 600 times a token, which alone made an answer two times slower
            env={"GOMP_SPINCOUNT": SPIN, **os.environ},
        )

    @classmethod
    def open(
        cls,
        path: Path,
        sha256: str,
        threads: int | None = None,
        context: int = CONTEXT,
        silence: float = SILENCE_SECONDS,
        report: StageReport | None = None,
    ) -> Self:
        """Check the file and load it.

        Args:
            path: a GGUF file.
            sha256: what the file's bytes must hash to, in hex.
            threads: of computation; all that this process may use if not given.
            context: most tokens of one prompt with its answer.
            silence: seconds without a sign of life after which the child counts as hung.
            report: told how much of the file is checked, then about once a second that it is
                being loaded; what it raises ends the opening.

        Raises:
            RadoncError: the file is absent, not the one named, or not loadable.
        """
        verify(path, sha256, report)
        engine = cls(path, context, silence)
        if report is not None:
            engine._heard = lambda: report("load model", 0, 0, "")
        try:
            asked = {"path": str(path.resolve()), "threads": threads or cores()}
            (info,) = engine._ask({"do": "open", **asked, "context": context})
        except BaseException:
            engine.close()
            raise
        engine._info, engine._heard = Info(**info), None
        return engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the child is there to be asked."""
        return self._child.poll() is None

    def info(self) -> Info:
        """What was loaded."""
        assert self._info is not None
        return self._info

    @property
    def context(self) -> int:
        """Most tokens of one prompt with its answer."""
        return min(self._context, self.info().n_ctx_train)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of ``text``, after a BOS where the model wants one."""
        (tokens,) = self._ask({"do": "tokenize", "texts": [text]})
        return tokens

    def use(self, adapter: Path | None, sha256: str = "") -> None:
        """Answer with this adapter on the model from now on; with None, as the model alone.

        An adapter (``exports.gguf.adapter``) is loaded once, so that changing between those of
        different tasks takes no time.

        Raises:
            RadoncError: the file is not the one named, or no adapter of this model.
        """
        if adapter is not None:
            verify(adapter, sha256)
        for _ in self._ask({"do": "use", "adapter": adapter and str(adapter.resolve())}):
            pass

    def generate(
        self,
        prompts: Sequence[str],
        max_tokens: Sequence[int] | int,
        report: Report | None = None,
    ) -> Iterator[Generated]:
        """Greedy answers, in the order of the prompts.

        An answer ends with an end-of-generation token, a line break or after ``max_tokens``
        (one number, or one a prompt). ``report(done, total)`` is called whenever one is finished.

        Raises:
            RadoncError: a prompt is too long, or the child failed.
        """
        most = [max_tokens] * len(prompts) if isinstance(max_tokens, int) else list(max_tokens)
        if len(most) != len(prompts) or any(m < 1 for m in most):
            raise BadUsage("Each prompt needs a number of tokens above zero.")
        return self._generate(prompts, most, report)

    def _generate(
        self, prompts: Sequence[str], most: Sequence[int], report: Report | None
    ) -> Iterator[Generated]:
        early: dict[int, Generated] = {}
        due = 0
        asked = {"prompts": list(prompts), "most": most}
        items = self._ask({"do": "generate", **asked})
        for done, item in enumerate(items, 1):
            early[item["index"]] = Generated(**item)
            if report:
                report(done, len(prompts))
            while due in early:
                yield early.pop(due)
                due += 1

    def stream(
        self, prompt: str, max_tokens: int, earlier: Sequence[str] = ()
    ) -> Iterator[str | Generated]:
        """One greedy answer as it is written: the text so far after each step, then the whole.

        ``earlier`` are answers to similar cases, the most similar first. They change no word, but
        where the model writes the same a step gives up to eight tokens.

        The whole is what ``generate`` gives for the same prompt, but for rounding: where two
        tokens are as good as equally likely, the one or the other may be written.

        Raises:
            RadoncError: the prompt is too long, or the child failed.
        """
        asked = {"prompt": prompt, "most": max_tokens, "earlier": list(earlier)}
        for item in self._ask({"do": "write", **asked}):
            yield item["so_far"] if "so_far" in item else Generated(**item)

    def score(self, groups: Sequence[ScoreRequest]) -> Iterator[list[float]]:
        """For each group, each label's summed natural log-probability; see ``ScoreRequest``.

        Raises:
            RadoncError: a prompt is too long, a label cannot be told from its prompt, or the
                child failed.
        """
        if any(not group.exact and not group.ends for group in groups):
            raise BadUsage("Beginnings of answers can only be scored exactly.")
        asked = [{**vars(group), "labels": list(group.labels)} for group in groups]
        return self._ask({"do": "score", "groups": asked})

    def search(
        self,
        prompts: Sequence[str],
        codes: Sequence[str],
        most: int,
        heard: Callable[[], None] | None = None,
    ) -> Iterator[CodeSearch]:
        """For each prompt, the ``most`` best of ``codes``, exactly; see ``CodeSearch``.

        The first search of a list of codes takes the time to tokenize them. ``heard`` is called
        about once a second meanwhile; what it raises ends the search.

        Raises:
            BadUsage: there are no codes, or one twice.
            RadoncError: a prompt is too long, a code cannot be told from its prompt, or the
                child failed.
        """
        if not codes or most < 1 or len(set(codes)) != len(codes):
            raise BadUsage("A search needs different codes, and a number of them above zero.")
        known = tuple(codes)
        if known != self._codes:
            list(self._ask({"do": "learn", "codes": known}))
            self._codes = known
        asked = {"prompts": list(prompts), "most": most}
        self._heard = heard
        try:
            for found in self._ask({"do": "search", **asked}):
                best = tuple((known[place], score) for place, score in found.pop("best"))
                yield CodeSearch(best, codes=len(known), **found)
        finally:
            self._heard = None

    def interrupt(self) -> None:
        """End the child from another thread: whoever waits for it gets an error at once."""
        self._child.terminate()

    def close(self) -> None:
        """End the child; an engine may be closed twice."""
        if self._child.stdin and not self._child.stdin.closed:
            with contextlib.suppress(BrokenPipeError):  # it had ended by itself
                self._child.stdin.close()
        try:
            self._child.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()
        self._stderr.close()

    def _ask(self, request: dict[str, Any]) -> Iterator[Any]:
        """Send one request; its items as they come. A newer request ends an unfinished one."""
        if self._failure:
            raise self._failure
        if self._child.stdin is None or self._child.stdin.closed:
            raise RadoncError(f"The engine of {self.path.name} is closed.", "Open it again.")
        self._request += 1
        number = self._request
        try:
            self._child.stdin.write(json.dumps({"id": number, **request}).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            self._fail(self._crash())
        return self._items(number)

    def _items(self, number: int) -> Iterator[Any]:
        while True:
            if number != self._request:
                raise RuntimeError("a newer request has ended this one")
            answer = self._line()
            if answer["id"] != number or "beat" in answer:
                if self._heard:
                    self._heard()
                continue
            if "error" in answer:
                raise RadoncError(answer["error"], answer["hint"])
            if "done" in answer:
                return
            yield answer["item"]

    def _line(self) -> dict[str, Any]:
        """The next line of the child."""
        if self._failure:
            raise self._failure
        assert self._child.stdout is not None
        deadline = time.monotonic() + self.silence
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._child.stdout], [], [], max(left, 0))
            if not ready:
                self._child.kill()
                self._fail(
                    RadoncError(
                        f"llama.cpp said nothing for {self.silence:.0f} s with {self.path.name} "
                        "and was ended.",
                        "Close other programs, or use a smaller model.",
                    )
                )
            part = os.read(self._child.stdout.fileno(), 1 << 16)
            if not part:
                self._fail(self._crash())
            self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)

    def _crash(self) -> RadoncError:
        code = self._child.wait()
        self._stderr.seek(0)
        words = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        why = f": {words[-1]}" if words else ""
        return RadoncError(
            f"llama.cpp ended while it worked with {self.path.name} ({how}{why}).",
            "The file may be damaged, or memory ran out; verify it with radonc models verify.",
        )

    def _fail(self, error: RadoncError) -> None:
        self._failure = error
        raise error
