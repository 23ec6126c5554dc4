"""The errors that a person may meet, each one sentence that names the thing and the way out.

Nothing here formats or prints; the command line and the screens decide how an error looks.
"""


class RadoncError(Exception):
    """Something failed; ``message`` says what, ``hint`` says the way out (exit code 1)."""

    kind = "failed"
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadUsage(RadoncError):
    """The request itself is wrong: an unknown name, a value out of range (exit code 2)."""

    kind = "usage"
    exit_code = 2


class Refused(RadoncError):
    """A gate refused: leakage, privacy, drift, not signed off (exit code 3)."""

    kind = "refused"
    exit_code = 3
