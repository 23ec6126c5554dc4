"""The process that holds the model: requests come in on stdin, answers go out on stdout.

One JSON object a line. A request is ``{"id", "do", ...}``; to it belong any number of
``{"id", "item"}`` and then one ``{"id", "done"}`` or ``{"id", "error", "hint"}``. In between,
``{"id", "beat"}`` says that the work goes on. A new request ends the one under way, and the end
of stdin ends the process, even in the middle of a computation: nothing is left behind.

Started by ``engine`` as ``python -P -m exports.inference.child`` and imported by nobody.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from exports.inference.decoding import Decoder
from exports.inference.llama import Log, Model, device
from store.errors import RadoncError

BEAT_SECONDS = 1.0


class Dropped(Exception):
    """A newer request has come: nobody waits for this one any more."""


class Child:
    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.requests: queue.Queue[dict[str, Any]] = queue.Queue()
        self.log = Log()
        self.now = 0
        self.beaten = 0.0
        self.decoder: Decoder | None = None

    def listen(self) -> None:
        """Queue what comes in; the end of stdin ends the process at once."""
        for line in sys.stdin:
            self.requests.put(json.loads(line))
        os._exit(0)

    def say(self, **values: Any) -> None:
        self.out.write(json.dumps({"id": self.now, **values}) + "\n")
        self.out.flush()

    def beat(self) -> None:
        """Say at most once a second that the work goes on; notice a newer request."""
        if time.monotonic() - self.beaten > BEAT_SECONDS:
            self.beaten = time.monotonic()
            self.say(beat=True)
        if self.decoder and not self.requests.empty():
            raise Dropped

    def serve(self) -> None:
        while True:
            request = self.requests.get()
            self.now = request["id"]
            try:
                for item in self.answer(request):
                    self.say(item=item)
                    self.beat()
            except Dropped:
                continue
            except RadoncError as error:
                self.say(error=error.message, hint=error.hint)
            else:
                self.say(done=True)

    def answer(self, request: dict[str, Any]) -> Iterator[Any]:
        """The items that answer one request."""
        if self.decoder is None:
            yield self.open(request)
            return
        decoder = self.decoder
        match request["do"]:
            case "use":
                self.decoder.use(request["adapter"])
            case "tokenize":
                yield from map(decoder.model.tokenize, request["texts"])
            case "generate":
                yield from map(asdict, decoder.generate(request["prompts"], request["most"]))
            case "write":
                asked = request["prompt"], request["most"], request["earlier"]
                yield from map(asdict, decoder.write(*asked))
            case "score":
                yield from map(self.score, request["groups"])
            case "learn":
                decoder.learn(request["codes"])
            case "search":
                for prompt in request["prompts"]:
                    yield asdict(decoder.search(prompt, request["most"]))
            case other:
                raise RadoncError(f"The engine knows no request {other!r}.")

    def score(self, group: dict[str, Any]) -> list[float]:
        assert self.decoder is not None
        if group["exact"]:
            return self.decoder.score(group["prompt"], group["labels"], group["ends"])
        return self.decoder.weigh(group["prompt"], group["labels"])

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        model = Model(Path(request["path"]), self.log, self.beat)
        threads = request["threads"]
        self.decoder = Decoder(model, threads, request["context"], self.beat)
        return {
            "n_vocab": model.n_vocab,
            "n_ctx_train": model.n_ctx_train,
            "architecture": model.architecture,
            "device": device(),
            "threads": threads,
        }


def main() -> None:
    # Ctrl-C reaches every process of a terminal; what it means is the other side's decision
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # whatever a library prints goes to stderr, never between the answers
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    child = Child(out)
    threading.Thread(target=child.listen, daemon=True).start()
    child.serve()


if __name__ == "__main__":
    main()
