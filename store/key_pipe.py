"""The key of an encrypted home, handed from one process of the program to another.

It goes as 32 bytes over a pipe that is the other's standard input: never in an environment, an
argument or a file, where others could look.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from store.errors import BadUsage
from store.home import Home
from store.keybox import current_key, known_keys, read_box, unlock_with

VARIABLE = "RADONC_KEY_STDIN"
"""Set for a process of the command line that finds the key on its standard input."""


@contextmanager
def key_on_stdin(home: Home) -> Generator[int]:
    """What to give another process as its standard input: a pipe with the key, or nothing.

    Raises:
        Locked: the home is encrypted, and this process has no key.
        BadUsage: a change of the home's keys was interrupted.
    """
    box = read_box(home)
    if box and box.changing:
        raise BadUsage(
            f"The {box.changing} of the home {home.path} was interrupted.",
            f"Finish it first: radonc store {box.changing}.",
        )
    current = current_key(home)
    if current is None:
        yield subprocess.DEVNULL
        return
    readable, writable = os.pipe()
    try:
        # a pipe holds far more than 32 bytes, so this waits for nobody
        os.write(writable, current[1])
        os.close(writable)
        yield readable
    finally:
        os.close(readable)


def take_key(home: Home) -> None:
    """Open the home with the key on standard input, where the home is encrypted.

    Raises:
        Locked: what came is not the key.
    """
    if read_box(home) and not known_keys(home):
        unlock_with(home, sys.stdin.buffer.read(32))
