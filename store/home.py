"""Where everything of one clinic lives, and how things in it are named.

The home is one folder of mode 0700; its files are 0600. Nothing is written outside of it: not
to the system's temporary folder, not to the current one. This module makes folders and names
and must not know what is kept in them.
"""

import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path

from store.errors import RadoncError

FOLDERS = (
    *("models", "imports", "runs", "exports", "evaluations", "predictions"),
    *("reviews", "monitors", "sweeps", "department", "tmp"),
)


@dataclass(frozen=True)
class Home:
    """One clinic's folder."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "store.duckdb"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def accelerator_lock(self) -> Path:
        """The lock that workers queue on; whoever holds it uses the GPU or the cores."""
        return self.path / "accelerator.lock"

    def folder(self, kind: str) -> Path:
        """The folder for things of one kind, one of ``FOLDERS``."""
        if kind not in FOLDERS:
            raise ValueError(f"no folder for {kind!r}")
        return self.path / kind


def open_home(path: str | os.PathLike[str] | None = None) -> Home:
    """Return the home at ``path``, ``$RADONC_HOME`` or the platform's data folder; made if absent.

    Raises:
        RadoncError: the folder cannot be made or written.
    """
    chosen = Path(path or os.environ.get("RADONC_HOME") or user_data_path("radonc"))
    chosen = chosen.expanduser().resolve()
    os.umask(0o077)
    try:
        chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (chosen / name).mkdir(mode=0o700, exist_ok=True)
        if chosen.stat().st_uid == os.getuid():
            chosen.chmod(0o700)
    except OSError as error:
        raise RadoncError(
            f"The home {chosen} cannot be used: {error.strerror}.",
            "Choose another with --home FOLDER or RADONC_HOME.",
        ) from error
    if not os.access(chosen, os.W_OK | os.X_OK):
        raise RadoncError(
            f"The home {chosen} cannot be written.",
            "Choose another with --home FOLDER or RADONC_HOME.",
        )
    # third-party code asks for the temporary folder in many ways; all of them land here
    os.environ["TMPDIR"] = str(chosen / "tmp")
    tempfile.tempdir = None
    return Home(chosen)


def new_id(kind: str) -> str:
    """A name such as ``run-20261123-3fa91c``: the kind, the day, six random hex digits."""
    return f"{kind}-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}"
