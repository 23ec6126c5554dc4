"""What goes wrong outside of the program: each stays usable and says what is wrong."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.widgets import Static

from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.commands import MODES
from radonc_tui.widgets.dialogs import Busy
from store.home import Home
from tests.ui.conftest import settle, until

HOLD = """
import sys
from store.database import open_store
from store.home import Home
from pathlib import Path
connection = open_store(Home(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


def notice(app: RadoncApp) -> str:
    return str(app.screen_stack[0].query_one("#notice", Static).content)


@contextmanager
def held(home: Home) -> Generator[subprocess.Popen[str]]:
    """Another process that holds the store of a home."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def holder(sample_home: Home) -> Iterator[subprocess.Popen[str]]:
    with held(sample_home) as process:
        yield process


@pytest.mark.parametrize("mode", ["cases", "runs", "review", "train"])
async def test_a_store_in_use_elsewhere_is_named_and_waited_for(
    sample_home: Home, holder: subprocess.Popen[str], mode: str
) -> None:
    app = RadoncApp(sample_home, mode)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Busy), 60)
        assert isinstance(app.screen, Busy)
        assert f"process {holder.pid}" in app.screen.question
        assert "wait" in app.screen.yes
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.press("y")
        holder.communicate("")
        await until(pilot, lambda: app.told.cases == "60 cases", 60)
        await settle(pilot)
        assert len(app.screen_stack) == 1


async def test_a_store_in_use_can_be_left_and_tried_again(
    sample_home: Home, holder: subprocess.Popen[str]
) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Busy), 60)
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.press("escape")
        await settle(pilot)
        assert "in use by process" in notice(app)
        holder.communicate("")
        app.changed()
        await until(pilot, lambda: app.told.cases == "60 cases", 60)


async def test_counts_that_nobody_asked_for_wait_in_silence(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.told.cases == "60 cases", 60)
        await settle(pilot)
        lease(sample_home).close()
        with held(sample_home) as holder:
            app.changed()
            await pilot.pause(2.5)
            assert len(app.screen_stack) == 1
            assert notice(app) == ""
            assert app.told.cases == "60 cases"
            holder.communicate("")
        with opened(sample_home) as connection:
            connection.execute("DELETE FROM cases WHERE rowid = (SELECT min(rowid) FROM cases)")
        await until(pilot, lambda: app.told.cases == "59 cases", 10)


@pytest.mark.parametrize("harm", ["events", "spec", "nothing"])
@pytest.mark.parametrize("mode", ["train", "runs", "models"])
async def test_a_run_cut_short_does_not_hide_the_others(
    sample_home: Home, mode: str, harm: str
) -> None:
    runs = sorted(sample_home.folder("runs").iterdir())
    broken = sample_home.folder("runs") / "run-20261102-00dead"
    shutil.copytree(runs[0], broken)
    (broken / "manifest.json").unlink(missing_ok=True)
    if harm == "events":
        events = broken / "events.jsonl"
        events.write_bytes(events.read_bytes()[:301])
    elif harm == "spec":
        spec = broken / "spec.json"
        spec.write_bytes(spec.read_bytes()[:40])
    else:
        (broken / "events.jsonl").unlink()
    app = RadoncApp(sample_home, mode)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert len(app.screen_stack) == 1
        if mode == "runs":
            picture = app.export_screenshot().replace("&#160;", " ")
            assert runs[-1].name in picture
        for key in "123456":
            await pilot.press("escape", key)
            await settle(pilot)
        assert app.current_mode == "models"


@pytest.mark.parametrize("mode", MODES)
async def test_a_damaged_store_is_a_sentence_on_every_screen(sample_home: Home, mode: str) -> None:
    sample_home.database.write_bytes(b"this is no database" * 500)
    app = RadoncApp(sample_home, mode)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "store.duckdb" in notice(app) or mode == "models"
        assert "Traceback" not in app.export_screenshot()
        await pilot.press("f1")
        assert len(app.screen_stack) == 2


def test_a_home_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "radonc_tui",
            "--home",
            str(tmp_path / "file" / "home"),
            "cases",
            "list",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 1
    assert "cannot be used" in made.stderr
    assert "--home" in made.stderr
    assert "Traceback" not in made.stderr


async def test_a_full_disk_is_a_sentence(home: Home) -> None:
    (home.path / "settings.part").symlink_to("/dev/full")
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+t")
        await settle(pilot)
        assert "disk is full" in notice(app)


BEGIN = """
import asyncio, subprocess, sys
from pathlib import Path
from textual.widgets import Static
from radonc_tui.app import RadoncApp
from radonc_tui.commands import MODES
from store.home import Home, open_home
from tests.ui.conftest import settle, until

disk = Path(sys.argv[1])

def said(app):
    return str(app.screen.query_one("#notice", Static).content)

"""
"""What the scripts of these tests share: they run where ``disk`` is a file system of its own."""
SMALL = """
async def main():
    app = RadoncApp(open_home(disk / "home"), "welcome")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(1)
        await pilot.press("d")
        await until(pilot, lambda: said(app).startswith("!"), 60)
        print(said(app))
        await pilot.press("r")
        shown = str(app.screen.query_one("#text", Static).content)
        print("usable" if "How it works" in shown else shown)

asyncio.run(main())
"""
FULL = """
async def main():
    home = open_home(disk / "home")
    with open(disk / "filling", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: said(app).startswith("!"), 60)
        print(said(app))
        (disk / "filling").unlink()
        app.changed()
        await until(pilot, lambda: app.told.cases == "0 cases", 60)
        print("usable")

asyncio.run(main())
"""
READ_ONLY = """
async def main():
    home = open_home(disk / "home")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for mode in ("cases", "review"):
        app = RadoncApp(home, mode)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: said(app).startswith("!"), 60)
            print(said(app))
            for key in "123456":
                await pilot.press("escape", key)
                await settle(pilot)
            print("usable" if app.current_mode == "models" else app.current_mode)

asyncio.run(main())
command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(disk / "home")]
opened = subprocess.run([*command, "cases", "list"], check=False, capture_output=True, text=True)
print(opened.returncode, opened.stderr.strip())
"""


def _own_disks() -> bool:
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


own_disks = pytest.mark.skipif(
    not _own_disks(), reason="no file systems of one's own are allowed here"
)


def on_disk(tmp_path: Path, script: str, size: str) -> list[str]:
    """The lines that a script prints whose home is on a disk of ``size``."""
    disk, file = tmp_path / "disk", tmp_path / "script.py"
    disk.mkdir()
    file.write_text(BEGIN + textwrap.dedent(script))
    inner = f"mount -t tmpfs -o size={size} none {disk} && exec {sys.executable} {file} {disk}"
    made = subprocess.run(
        ["unshare", "-rm", "sh", "-c", inner],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert made.returncode == 0, made.stdout[-500:] + made.stderr[-2000:]
    assert "Traceback" not in made.stdout + made.stderr
    return made.stdout.splitlines()


@own_disks
def test_a_home_whose_disk_gets_full_stays_usable(tmp_path: Path) -> None:
    sentence, usable = on_disk(tmp_path, SMALL, "6m")
    assert sentence.startswith("! ")
    assert f"the disk of {tmp_path / 'disk' / 'home'}" in sentence
    assert sentence.endswith("is full. Make room there and begin again.")
    assert usable == "usable"


@own_disks
def test_a_home_on_a_full_disk_is_whole_once_there_is_room(tmp_path: Path) -> None:
    sentence, usable = on_disk(tmp_path, FULL, "3m")
    assert sentence.startswith("! The disk is full")
    assert usable == "usable"


@own_disks
def test_a_home_that_may_not_be_written_stays_usable(tmp_path: Path) -> None:
    """Root is asked for no permission, so the file system is what may not be written."""
    cases, first, review, second, command = on_disk(tmp_path, READ_ONLY, "8m")
    assert cases.startswith("! There is no permission to use")
    assert "use another" in cases
    assert "backup" not in cases + review
    assert review.startswith("! There is no permission to use")
    assert (first, second) == ("usable", "usable")
    assert command.startswith("1 ")
    assert "cannot be used: Read-only file system" in command
    assert "--home" in command
