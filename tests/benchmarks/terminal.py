"""A program in a terminal of its own, from the outside: bytes in, bytes out, and when."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SECONDS = 30.0
SILENCE = 0.02
"""Seconds without output after which a frame is over, of a program that does not mark its end."""
STILL = 0.06
"""Seconds without output before a key is typed, so that what comes next is its answer."""
FRAME_END = b"\x1b[?2026l"
ASKED, YES = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal knows synchronized output (DEC private mode 2026): this one does."""


class Terminal:
    """A child process on a pseudo terminal of 80x24 (or another size)."""

    def __init__(
        self,
        command: Sequence[str],
        env: dict[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            list(command),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})},
        )
        os.close(inner)
        # grows in place: a minute of frames is megabytes, and copying them would be measured too
        self.output = bytearray()
        self.frames = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.fd)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], max(seconds, 0))
        if not ready:
            return b""
        try:
            text = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        before = max(len(self.output) - len(ASKED), 0)
        self.output += text
        if not self.frames and self.output.find(ASKED, before) >= 0:
            self.frames = True
            os.write(self.fd, YES)
        return text

    def wait_for(self, text: bytes, seconds: float = SECONDS, since: int = 0) -> float:
        """Seconds from the start of the program until ``text`` was written.

        Raises:
            TimeoutError: it was not; the message has the end of what was.
        """
        until = time.perf_counter() + seconds
        while self.output.find(text, since) < 0:
            if time.perf_counter() > until:
                raise TimeoutError(f"no {text!r} in {bytes(self.output[-2000:])!r}")
            self._read(0.05)
        return time.perf_counter() - self.began

    def quiet(self, seconds: float = 0.3, at_most: float = SECONDS) -> None:
        """Read until nothing was written for so long."""
        until = time.perf_counter() + at_most
        while self._read(seconds) and time.perf_counter() < until:
            pass

    def key(self, text: str, shows: str = "", seconds: float = 5.0) -> float:
        """Type a key while nothing is drawn; milliseconds until the frame that answers is whole.

        A frame ends where the program says so, or with its last byte before a silence. With
        ``shows``, the frame that answers is the first one that draws this text.

        Raises:
            TimeoutError: there was no such frame.
        """
        self.quiet(STILL)
        mark = len(self.output)
        began = last = time.perf_counter()
        os.write(self.fd, text.encode())
        while time.perf_counter() - began < seconds:
            new = self._read(SILENCE)
            last = time.perf_counter() if new else last
            at = self.output.find(shows.encode(), mark)
            whole = self.output.find(FRAME_END, max(at, mark)) >= 0 if self.frames else not new
            if at >= 0 and whole and len(self.output) > mark:
                return 1000 * (last - began)
        raise TimeoutError(f"nothing was drawn for {text!r}: {bytes(self.output[mark:])!r}")

    def memory_mb(self) -> float:
        """Resident megabytes of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
