"""Kills a process that changes a home, at its write points or at any moment, and looks after it.

Run as ``python -m tests.unit.killing HOME CHANGE POINTS|SECONDS...`` so that one start of Python
serves many deaths: each is a forked child on a fresh copy of the home. It prints one JSON list,
what was found after each.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# loaded here once, and not by each child
import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

from store import keybox, rekeying
from store.audit_check import verify
from store.database import Lease
from store.home import Home, open_home
from store.keybox import Lock, Locked
from store.keys import home_secret
from store.line_edits import line_files
from store.lines import read_lines

QUICK = Lock(cost=1 << 10)
OLD, NEW = b"old", b"new"
PLANTED = "quadrilobed petiolation"


def change(home: Home, kind: str, report: Callable[..., None]) -> str:
    """Begin or go on with a change of keys."""
    if kind == "decrypt":
        return rekeying.decrypt(home, report)
    does = rekeying.encrypt if kind == "encrypt" else rekeying.rekey
    return does(home, QUICK, NEW if kind == "rekey" else OLD, report)


def open_with_either(home: Home) -> None:
    """Open the home with the secret that it has now, the old or the new."""
    try:
        keybox.unlock(home, OLD)
    except Locked:
        keybox.unlock(home, NEW)


def content(home: Home) -> dict[str, Any]:
    """Everything that may not be lost, and whether the log says that it is whole."""
    lease = Lease(home)
    with lease.use() as connection:
        cases = connection.execute("SELECT count(*), min(diagnosis) FROM cases").fetchone()
        whole = verify(connection, home).whole
    lease.close()
    lines = {str(path.relative_to(home.path)): list(read_lines(path)) for path in line_files(home)}
    return {"cases": cases, "lines": lines, "secret": home_secret(home).hex(), "whole": whole}


def is_clean(home: Home) -> bool:
    """Whether the planted words are in no byte of the home."""
    files = [path for path in home.path.rglob("*") if path.is_file()]
    return not any(PLANTED.encode() in path.read_bytes() for path in files)


def died(work: Callable[[], object], after: float | None = None) -> bool:
    """Run ``work`` in a child; kill it after so many seconds; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def at_point(number: int) -> Callable[..., None]:
    """A report that kills its own process at the point of this number."""
    left = [number]

    def report(*_: object) -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return report


def look(home: Home, kind: str, out: Path) -> None:
    """See what a kill left, finish the change where one began, and see again."""
    open_with_either(home)
    box = keybox.read_box(home)
    began = bool(box and box.changing)
    found: dict[str, Any] = {"began": began, "after": content(home)}
    if began:
        found["finished"] = change(home, kind, lambda *_: None)
        found["then"] = content(home)
    box = keybox.read_box(home)
    found["sealed"], found["clean"] = box is not None, is_clean(home)
    found["keys"] = len(box.keys) if box else 0
    out.write_text(json.dumps(found))


def main(folder: str, kind: str, moments: list[str]) -> None:
    template = Path(folder)
    found: list[dict[str, Any] | None] = []
    for moment in moments:
        home = Home(template.with_name("killed"))
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(template, home.path)
        out = template.with_name("found.json")
        out.unlink(missing_ok=True)

        def begin(home: Home = home, moment: str = moment) -> None:
            open_home(home.path)
            open_with_either(home)
            report = at_point(int(moment) if moment.isdigit() else -1)
            change(home, kind, report)

        killed = died(begin, None if moment.isdigit() else float(moment))
        died(lambda home=home, out=out: look(home, kind, out))
        seen = json.loads(out.read_text()) if out.exists() else None
        found.append(seen and {**seen, "killed": killed})
        if moment.isdigit() and not killed:
            break
    print(json.dumps(found))


def random_moments(count: int, longest: float, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [f"{draw.uniform(0, longest):.4f}" for _ in range(count)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
