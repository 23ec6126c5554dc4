"""A directory for each thing made, and the process that makes it.

Whoever asks writes ``spec.json`` into a new directory and starts a detached worker there; the
worker holds a lock while it lives, appends what happens to ``events.jsonl`` and writes
``manifest.json`` last, so that its existence means whole. Any viewer may attach, leave, crash
and attach again, because all it does is read. Events carry numbers and ids, never case text.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from store.errors import FULL, BadUsage, RadoncError, from_record, in_words
from store.holding import hold
from store.home import Home
from store.key_pipe import key_on_stdin, take_key
from store.lines import dumps, read_json, sha256_content, write_json

SCHEMA = 1
LOCK_VARIABLE = "RADONC_LOCK_FD"
ROOM_FOR_WORDS = 1 << 16
"""Bytes; where fewer are free, work that ended without a word did so because of that."""
SPEC_HASH = "sha256"
"""Of all else in a spec, in it."""
LATER_NS = 1_000_000

ENDED = frozenset({"done", "failed", "stopped", "died"})
FOLDER_OF = {
    "import": "imports",
    "run": "runs",
    "bundle": "exports",
    "eval": "evaluations",
    "predict": "predictions",
    "monitor": "monitors",
    "sweep": "sweeps",
}


class Stopped(Exception):
    """Raised inside a worker where it noticed that it was asked to stop."""


@dataclass
class Reporter:
    """How work says what it does; a worker's reporter appends to ``events.jsonl``."""

    file: TextIO
    stop_file: Path
    seq: int = 0

    def event(self, kind: str, **values: Any) -> None:
        """Append one event; a line is written whole, so a reader may see it at once."""
        self.seq += 1
        record = {"v": SCHEMA, "seq": self.seq, "t": round(time.time(), 3), "kind": kind, **values}
        self.file.write(dumps(record) + "\n")
        self.file.flush()

    def state(self, state: str, **values: Any) -> None:
        self.event("state", state=state, **values)

    def progress(self, stage: str, done: int, total: int, unit: str = "") -> None:
        """``done`` of ``total`` of a stage; also the place where a stop is noticed.

        Raises:
            Stopped: somebody asked the work to stop.
        """
        self.event("progress", stage=stage, done=done, total=total, unit=unit)
        if self.stop_asked():
            raise Stopped

    def metric(self, name: str, value: float, **labels: Any) -> None:
        self.event("metric", name=name, value=value, **labels)

    def log(self, text: str) -> None:
        self.event("log", text=text)

    def stop_asked(self) -> bool:
        return self.stop_file.exists()


@dataclass(frozen=True)
class Work:
    """One directory of work."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def home(self) -> Home:
        """The home that it lies in."""
        return Home(self.path.parents[1])

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked.

        Raises:
            RadoncError: another version made it, or somebody changed it since.
        """
        spec = read_json(self.path / "spec.json")
        if spec.get("schema") != SCHEMA:
            raise RadoncError(
                f"{self.id} was made by another version (schema {spec.get('schema')}).",
                "Use the version of radonc that made it, or make it again.",
            )
        digest = spec.pop(SPEC_HASH, None)
        # work of earlier versions has none
        if digest is not None and digest != _digest(spec):
            raise RadoncError(
                f"spec.json of {self.id} was changed after it was begun.",
                "Take the change back, or begin anew with the settings that you want.",
            )
        return spec

    @property
    def manifest(self) -> dict[str, Any] | None:
        path = self.path / "manifest.json"
        return read_json(path) if path.exists() else None

    @property
    def manifest_exists(self) -> bool:
        """Whether it is whole; quicker than reading the manifest."""
        return (self.path / "manifest.json").exists()

    def alive(self) -> bool:
        """Whether its worker lives: whether somebody holds the lock."""
        try:
            with (self.path / "lock").open("rb") as file:
                # shared, so that two viewers do not take each other for the worker
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def events(self) -> list[dict[str, Any]]:
        """The events written so far; a torn last line is not read."""
        return self.events_from(0)[0]

    def events_from(self, offset: int, most: int = -1) -> tuple[list[dict[str, Any]], int]:
        """The whole events from a byte offset on, and the offset to go on from.

        About ``most`` bytes are read: to the end of the line that goes over them.

        Raises:
            RadoncError: a line is no JSON.
        """
        path = self.path / "events.jsonl"
        try:
            with path.open("rb") as file:
                file.seek(offset)
                text = file.read(most) + (file.readline() if most >= 0 else b"")
        except FileNotFoundError:
            return [], offset
        whole = text[: text.rfind(b"\n") + 1]
        try:
            # one list is read several times faster than its lines one by one
            events = json.loads(b"[" + whole.rstrip(b"\n").replace(b"\n", b",") + b"]")
        except ValueError as error:
            raise RadoncError(f"{path} is damaged.", "Make it again from its source.") from error
        return events, offset + len(whole)

    def state(self) -> str:
        """queued, running, stopping, done, failed, stopped, or died: no worker and no end."""
        last = self._last_state()
        if last in ENDED or self.alive():
            return last or "queued"
        # read again: it may have ended between the two looks
        last = self._last_state()
        return last if last in ENDED else "died"

    def _last_state(self) -> str:
        states = [str(event["state"]) for event in self.events() if event["kind"] == "state"]
        return states[-1] if states else ""

    def failure(self) -> RadoncError:
        """The error a failed worker left, or what is known of one that died."""
        path = self.path / "error.json"
        if path.exists():
            return from_record(read_json(path))
        if shutil.disk_usage(self.path).free < ROOM_FOR_WORDS:
            return RadoncError(
                f"{self.id} ended because the disk of {self.path.parent} is full.",
                "Make room there and begin again.",
            )
        return RadoncError(
            f"{self.id} ended without a word: it was killed, perhaps by the system for want of "
            "memory.",
            f"What it printed is in {self.path / 'stderr.log'}; go on with it, or begin it anew.",
        )


def create(home: Home, kind: str, work_id: str, spec: dict[str, Any]) -> Work:
    """Make the directory ``work_id`` for one piece of work and freeze what was asked into it."""
    path = home.folder(FOLDER_OF[kind]) / work_id
    path.mkdir(mode=0o700)
    asked = {"schema": SCHEMA, "id": work_id, "kind": kind, **spec}
    newest = max((_made_ns(work) for work in everything(home, kind)), default=0)
    # the hash is that of what will be read, where a tuple is a list
    write_json(path / "spec.json", {**asked, SPEC_HASH: _digest(json.loads(dumps(asked)))})
    work = Work(path)
    if _made_ns(work) <= newest:
        # a clock that was set back must not make an older run the latest
        os.utime(path / "spec.json", ns=(newest + LATER_NS, newest + LATER_NS))
    return work


def _digest(spec: dict[str, Any]) -> str:
    return hashlib.sha256(dumps(spec).encode()).hexdigest()


def _made_ns(work: Work) -> int:
    """When its spec was written, in ns since the epoch; later than that of all work before it."""
    return (work.path / "spec.json").stat().st_mtime_ns


def find(home: Home, kind: str, work_id: str) -> Work:
    """The work with this id.

    Raises:
        BadUsage: there is none; the sentence lists the newest three.
    """
    path = home.folder(FOLDER_OF[kind]) / work_id
    if work_id and path.parent == home.folder(FOLDER_OF[kind]) and (path / "spec.json").exists():
        return Work(path)
    known = [work.id for work in everything(home, kind)][-3:]
    raise BadUsage(
        f"There is no {kind} {work_id!r}.",
        f"The newest are {', '.join(known)}." if known else f"There is no {kind} yet.",
    )


def everything(home: Home, kind: str) -> list[Work]:
    """All work of one kind, oldest first."""
    paths = [p for p in home.folder(FOLDER_OF[kind]).iterdir() if (p / "spec.json").exists()]
    return sorted(map(Work, paths), key=_made_ns)


def start(work: Work, layer: str, env: dict[str, str] | None = None) -> int:
    """Start ``python -P -m <layer>.worker DIR`` in a session of its own; returns its pid.

    The lock is taken here and inherited by the worker, so that there is no moment in which the
    work has been started and looks dead.

    In an encrypted home it is given the key on its standard input.

    Raises:
        BadUsage: it already has a living worker.
        Locked: the home is encrypted, and this process has no key.
    """
    (work.path / "stop").unlink(missing_ok=True)
    with (work.path / "lock").open("ab") as lock, (work.path / "stderr.log").open("ab") as log:
        if not _take(lock.fileno()):
            raise BadUsage(f"{work.id} already has a worker.", "Watch it instead.")
        (work.path / "error.json").unlink(missing_ok=True)
        with _reporter(work) as reporter:
            reporter.state("queued")
        with key_on_stdin(work.home) as stdin:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{layer}.worker", str(work.path)],
                stdin=stdin,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=work.path,
                pass_fds=(lock.fileno(),),
                env={**os.environ, **(env or {}), LOCK_VARIABLE: str(lock.fileno())},
            )
    (work.path / "pid").write_text(str(process.pid))
    return process.pid


def ask_to_stop(work: Work) -> None:
    """Ask the worker to stop at its next safe point; it says so in its events."""
    (work.path / "stop").touch()


def seal_manifest(work: Work, files: list[Path], **values: Any) -> None:
    """Write the manifest: size and SHA-256 of each of ``files``, and other facts. Do this last.

    The hash is of what was written, so that it holds when the home is encrypted.
    """
    entries = {
        str(file.relative_to(work.path)): {
            "bytes": file.stat().st_size,
            "sha256": sha256_content(file),
        }
        for file in files
    }
    write_json(work.path / "manifest.json", {"schema": SCHEMA, "files": entries, **values})


def run_worker(directory: Path, jobs: dict[str, Callable[[Work, Reporter], None]]) -> int:
    """The body of every worker process: lock, do the job of the spec's kind, say how it ended."""
    work = Work(directory)
    inherited = os.environ.pop(LOCK_VARIABLE, "")
    # opened for as long as the process lives; children do not inherit it
    lock = os.fdopen(int(inherited), "ab") if inherited else (work.path / "lock").open("ab")
    os.set_inheritable(lock.fileno(), False)
    with lock:
        if not _take(lock.fileno()):
            print(f"{work.id} already has a worker.", file=sys.stderr)
            return 1
        with _reporter(work) as reporter:
            return _do(work, reporter, {kind: _with_key(job) for kind, job in jobs.items()})


def _take(lock: int) -> bool:
    """Take the lock; tried for a moment, because a viewer's look holds it for an instant."""
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


@contextmanager
def _reporter(work: Work) -> Generator[Reporter]:
    """A reporter that goes on where the events end; only the holder of the lock may have one."""
    path = work.path / "events.jsonl"
    _drop_torn_line(path)
    seen = max((event["seq"] for event in work.events()), default=0)
    with path.open("a", encoding="utf-8") as file:
        yield Reporter(file, work.path / "stop", seq=seen)


def _do(work: Work, reporter: Reporter, jobs: dict[str, Callable[[Work, Reporter], None]]) -> int:
    try:
        reporter.state("running", pid=os.getpid())
        jobs[work.spec["kind"]](work, reporter)
    except Stopped:
        reporter.state("stopped")
        return 0
    except Exception as error:
        _keep_error(work, error)
        reporter.state("failed", error=type(error).__name__)
        return 1
    reporter.state("done")
    return 0


def _with_key(job: Callable[[Work, Reporter], None]) -> Callable[[Work, Reporter], None]:
    """The job, done with the home's key while the home is held: its keys stay what they are."""

    def do(work: Work, reporter: Reporter) -> None:
        with hold(work.home):
            take_key(work.home)
            job(work, reporter)

    return do


def _keep_error(work: Work, error: Exception) -> None:
    """Leave the sentence for whoever asks, and on stderr the frames alone.

    An exception's own text may quote a case, so it goes neither to the events nor to the log.
    """
    name = type(error).__name__
    print(f"{name} at:\n{''.join(traceback.format_tb(error.__traceback__))}", file=sys.stderr)
    if isinstance(error, OSError) and error.errno in FULL:
        error = in_words(error)
    if not isinstance(error, RadoncError):
        hint = f"Where it happened is in {work.path / 'stderr.log'}."
        error = RadoncError(f"{work.id} failed ({name}).", hint)
    write_json(work.path / "error.json", error.record())


def _drop_torn_line(path: Path) -> None:
    """A worker killed while writing leaves half a line; the next one begins on a whole one."""
    if path.exists():
        text = path.read_bytes()
        if text and not text.endswith(b"\n"):
            path.write_bytes(text[: text.rfind(b"\n") + 1])
