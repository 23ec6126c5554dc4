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
        await until(pilot, lambda: bool(app.screen.query("#yes")), 60)
        said = " ".join(str(label.content) for label in app.screen.query("Label").results(Static))
        assert f"process {holder.pid}" in said
        assert "wait" in said
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
        await until(pilot, lambda: bool(app.screen.query("#yes")), 60)
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


SMALL = """
import asyncio, sys
from textual.widgets import Static
from radonc_tui.app import RadoncApp
from store.home import open_home
from tests.ui.conftest import until

async def main():
    app = RadoncApp(open_home(sys.argv[1]), "welcome")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(1)
        await pilot.press("d")
        said = lambda: str(app.screen.query_one("#notice", Static).content)
        await until(pilot, lambda: said().startswith("!"), 60)
        await pilot.press("r")
        print(said())

asyncio.run(main())
"""


def _small_disks() -> bool:
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _small_disks(), reason="no file systems of one's own are allowed here")
def test_a_home_on_a_full_disk_stays_usable(tmp_path: Path) -> None:
    home = tmp_path / "small"
    home.mkdir()
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SMALL))
    inner = f"mount -t tmpfs -o size=6m none {home} && exec {sys.executable} {script} {home}/home"
    made = subprocess.run(
        ["unshare", "-rm", "sh", "-c", inner],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert made.returncode == 0, made.stderr[-2000:]
    assert made.stdout.startswith("! ")
    assert "Traceback" not in made.stdout
