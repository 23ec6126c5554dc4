"""Whether a model file is still the one that was recorded; asked before anything loads it."""

from pathlib import Path

from store.errors import RadoncError
from store.lines import sha256_file
from trainer.bases import Report, megabytes


def verify(path: Path, sha256: str, report: Report | None = None) -> None:
    """Raise ``RadoncError`` unless the file is there and its bytes have this SHA-256."""
    try:
        found = sha256_file(path, megabytes(report, "check file", path.stat().st_size))
    except OSError as error:
        raise RadoncError(
            f"The model file {path} cannot be read ({error.strerror}).",
            "Name one that radonc models list shows.",
        ) from error
    if found != sha256.lower():
        raise RadoncError(
            f"The model file {path} is not the one that was recorded: its SHA-256 is "
            f"{found[:12]}…, not {sha256[:12].lower()}….",
            "It was changed or damaged; export it again or restore it.",
        )
