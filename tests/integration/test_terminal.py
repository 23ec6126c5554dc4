"""The real program in a real terminal: from an empty home to a trained, evaluated model."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.home import Home
from store.work import everything

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
BACKSPACE = "BSpace"


class Tmux:
    """One program in a tmux server of its own, 80x24."""

    def __init__(self, name: str, command: str) -> None:
        self.server = ["tmux", "-L", name, "-f", "/dev/null"]
        self("new-session", "-d", "-x", "80", "-y", "24", command)
        self("set-option", "-g", "remain-on-exit", "on")

    def __call__(self, *arguments: str) -> str:
        made = subprocess.run(
            [*self.server, *arguments], capture_output=True, text=True, check=True
        )
        return made.stdout

    def keys(self, *keys: str) -> None:
        """Press keys one after the other, as a person does."""
        for key in keys:
            self("send-keys", key)
            time.sleep(0.15)

    def type(self, text: str) -> None:
        self("send-keys", "-l", text)
        time.sleep(0.3)

    @property
    def pid(self) -> int:
        """The process in the terminal."""
        return int(self("display-message", "-p", "#{pane_pid}"))

    def lose(self) -> None:
        """Take the terminal away from the program, as a lost connection does, and open another."""
        pid = self.pid
        self("respawn-pane", "-k")
        until = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < until, f"process {pid} outlived its terminal"
            time.sleep(0.1)

    @property
    def screen(self) -> str:
        return self("capture-pane", "-p")

    def see(self, pattern: str, seconds: float = 30) -> str:
        """The screen, once it shows ``pattern``.

        Raises:
            AssertionError: it does not; the message has the last screen.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            shown = self.screen
            if re.search(pattern, shown):
                return shown
            time.sleep(0.3)
        raise AssertionError(f"no {pattern!r} on\n{self.screen}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "clinic")


@pytest.fixture
def tmux(home: Home, tmp_path: Path) -> Iterator[Tmux]:
    command = f"exec {sys.executable} -P -m radonc_tui --home {home.path}"
    terminal = Tmux(f"radonc-{tmp_path.name}", command)
    yield terminal
    for work in everything(home, "run"):
        if work.alive():
            subprocess.run([*command.split()[1:], "runs", "stop", work.id], check=False)
    terminal("kill-server")


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_from_an_empty_home_to_an_evaluation_at_the_keyboard(tmux: Tmux, home: Home) -> None:
    tmux.see("load the demo cases", 60)
    tmux.keys("d")
    tmux.see("1,200 cases", 120)
    tmux.keys("z")
    tmux.see("Freeze the included cases")
    tmux.see(r"test +\d+ cases")
    tmux.keys("C-s")
    tmux.see(r"data-\d{8}-[0-9a-f]{6}")

    tmux.keys("2")
    tmux.see("Preset")
    tmux.see("0 patients in training and in test")
    tmux.keys("v")
    for setting in ("8", "", "4", "", "2e-3"):
        if setting:
            tmux.keys("End", *[BACKSPACE] * 6)
            tmux.type(setting)
        tmux.keys("Down")
    tmux.see("8 steps of 4 cases")
    tmux.keys("C-s")
    tmux.see(r"run-\d{8}-[0-9a-f]{6}", 60)

    # a lost connection does not end it, and coming back shows it as if one had never left
    tmux.see(r"[1-8]/8 steps", 240)
    (run,) = everything(home, "run")
    worker = int((run.path / "pid").read_text())
    tmux.lose()
    assert run.alive()
    assert run.state() == "running"
    os.kill(worker, 0)
    tmux.see("1,200 cases")
    tmux.keys("2")
    tmux.see(rf"{run.id}.*(training|done)")
    tmux.see(rf"{run.id}.*done", 240)
    said = [event["state"] for event in run.events() if event["kind"] == "state"]
    assert said == ["queued", "running", "done"]
    assert int((run.path / "pid").read_text()) == worker

    tmux.keys("3")
    tmux.see(run.id)
    tmux.keys("x")
    tmux.see("as what")
    tmux.type("Q8_0 alone")
    tmux.keys("Enter")
    tmux.see(r"bundle-\S+ is made", 400)
    tmux.keys("e")
    tmux.see("Evaluate which file")
    tmux.keys("Enter")
    tmux.see("against what")
    tmux.keys("Enter")
    tmux.see("test patients")
    tmux.type("12")
    tmux.keys("Enter")
    tmux.see(r"eval-\S+ is done", 400)
    tmux.keys("Tab", "Enter")
    shown = tmux.see("12 test patients")
    assert "SYNTHETIC" in shown
    assert "regimen (n 12)" in tmux.see("regimen")
    tmux.keys("q")
