"""A clinic's machine in a folder: the program runs where it can write nothing outside of it.

Where the system lets a person make a mount namespace, everything but the folder is read-only for
the program, so that searching the folder is searching all that it wrote. Every file is kept by a
hard link from the moment it is seen, so that what was deleted on the way is searched as well.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
LOOK_S = 0.02
FOLDERS = ("user", "tmp", "here", "shm")
"""The person's own folder, the temporary one, the current one, and shared memory."""
CONFINE = """
for kept in "$1" "$2"; do mount --bind "$kept" "$kept"; done
mount --bind "$1/shm" /dev/shm
while read -r _ at kind _; do
    case "$kind $at" in
        *" $1"|*" $2"|*" /dev/shm"|proc*|sys*|cgroup*|dev*|mqueue*) ;;
        *) mount -o remount,bind,ro "$at" 2>/dev/null || true ;;
    esac
done < /proc/self/mounts
cd "$1/here"
shift 2
exec "$@"
"""
CACHES = ("HF_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TORCHINDUCTOR_CACHE_DIR")
CACHES += ("TRITON_CACHE_DIR", "UNSLOTH_COMPILE_LOCATION", "RADONC_KEY", "RADONC_KEY_FILE")


@dataclass
class Sandbox:
    """``root`` holds all that may be written but for ``out``, where answers go that are asked for.

    As a context it keeps what appears in ``root``; ``confined`` says whether all else is read-only.
    """

    root: Path
    out: Path
    kept: Path
    key: str
    confined: bool = field(init=False)

    def __post_init__(self) -> None:
        for path in (self.out, self.kept, *(self.root / name for name in FOLDERS)):
            path.mkdir(parents=True)
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self.confined = self._can_confine()

    @property
    def home(self) -> Path:
        return self.root / "home"

    def __enter__(self) -> "Sandbox":
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._keeper.join()

    def run(
        self, command: Sequence[str], text: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of this Python in the sandbox."""
        made = subprocess.run(
            [*self._prefix(), sys.executable, *command],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root / "here",
            env=self._environment(),
        )
        assert not check or made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
        return made

    def radonc(self, *arguments: str, text: str = "") -> Any:
        """What a command of the program, which must succeed, prints under ``--json``."""
        command = ["-P", "-m", "radonc_tui", "--home", str(self.home), *arguments, "--json"]
        return json.loads(self.run(command, text).stdout)

    def deleted(self) -> Path:
        """A folder of the files that were there once; call it when the work has ended."""
        folder = self.kept.with_name("deleted")
        folder.mkdir()
        for path in self.kept.iterdir():
            if path.stat().st_nlink == 1:
                path.rename(folder / path.name)
        return folder

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in CACHES}
        path = os.pathsep.join([str(REPO), *filter(None, [own.get("PYTHONPATH", "")])])
        folders = {"HOME": str(self.root / "user"), "TMPDIR": str(self.root / "tmp")}
        return {**own, **folders, "PYTHONPATH": path, "RADONC_KEY": self.key}

    def _prefix(self) -> list[str]:
        if not self.confined:
            return []
        return ["unshare", "-rm", "sh", "-ec", CONFINE, "sh", str(self.root), str(self.out)]

    def _can_confine(self) -> bool:
        self.confined = bool(shutil.which("unshare"))
        outside = self.root.with_name("outside")
        write = f"open({str(outside)!r}, 'w')"
        allowed = f"open({str(self.root / 'here' / 'x')!r}, 'w')"
        return (
            self.confined
            and self.run(["-c", allowed], check=False).returncode == 0
            and self.run(["-c", write], check=False).returncode != 0
        )

    def _keep(self) -> None:
        seen: set[int] = set()
        while not self._ended.wait(LOOK_S):
            self._look(self.root, seen)
        self._look(self.root, seen)

    def _look(self, folder: Path, seen: set[int]) -> None:
        """Link each file that is new; one that is gone before it is reached is nobody's fault."""
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    self._look(Path(entry.path), seen)
                elif entry.is_file(follow_symlinks=False) and entry.inode() not in seen:
                    os.link(entry.path, self.kept / f"{entry.inode()}-{entry.name}")
                    seen.add(entry.inode())
            except (FileNotFoundError, FileExistsError):
                continue
