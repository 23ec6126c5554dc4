"""The errors that a person may meet, each one sentence that names the thing and the way out.

Nothing here formats or prints; the command line and the screens decide how an error looks.
"""

import errno
import os
from collections.abc import Callable, Mapping
from typing import Any

from store.legible import legible

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class RadoncError(Exception):
    """Something failed; ``message`` says what, ``hint`` says the way out (exit code 1)."""

    kind = "failed"
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        # the names of files and columns in them may hold what a terminal would obey
        self.message, self.hint = (" ".join(legible(part).split("\n")) for part in (message, hint))
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def record(self) -> dict[str, str | int]:
        """The error as plain values, to be kept by one process and raised by another."""
        return {
            "kind": self.kind,
            "exit_code": self.exit_code,
            "message": self.message,
            "hint": self.hint,
        }


class BadUsage(RadoncError):
    """The request itself is wrong: an unknown name, a value out of range (exit code 2)."""

    kind = "usage"
    exit_code = 2


class Refused(RadoncError):
    """A gate refused: leakage, privacy, drift, not signed off (exit code 3)."""

    kind = "refused"
    exit_code = 3


def from_record(record: Mapping[str, Any]) -> RadoncError:
    """The error that ``record`` was made of, as the class of its exit code."""
    classes = {kind.exit_code: kind for kind in (RadoncError, BadUsage, Refused)}
    error = classes.get(record["exit_code"], RadoncError)(record["message"], record["hint"])
    error.kind = record["kind"]
    return error


def in_words(
    error: Exception, mistake: Callable[[], str] = lambda: "Give --debug to see where it happened."
) -> RadoncError:
    """Any error as one that a person may meet: itself, or a sentence about what the system said.

    What is neither is a mistake of the program, of which ``mistake`` says the way out.
    """
    if isinstance(error, RadoncError):
        return error
    if isinstance(error, OSError) and error.strerror:
        what = str(error.filename or "")
        other = RadoncError(f"{error.strerror}{f': {what}' if what else ''}.")
        return refused_by_system(os.strerror(error.errno or 0), what) or other
    if refused := refused_by_system(str(error), ""):
        return refused
    lines = str(error).splitlines()
    first = lines[0] if lines else "it says no more"
    return RadoncError(f"{type(error).__name__}: {first}", mistake())


def refused_by_system(text: str, what: str) -> RadoncError | None:
    """The sentence about ``what`` where ``text`` quotes that the disk is full or that ``what`` may
    not be used; None where it quotes no such thing.

    A library says so in words of its own, and neither is damage.
    """
    if any(os.strerror(code) in text for code in FULL):
        return RadoncError(f"The disk is full{f' at {what}' if what else ''}.", "Make room first.")
    if any(os.strerror(code) in text for code in FORBIDDEN):
        return RadoncError(
            f"There is no permission to use {what or 'this'}.",
            "Ask whoever owns it, or use another place.",
        )
    return None
