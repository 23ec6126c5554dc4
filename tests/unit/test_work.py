"""Work in real processes: a small worker script stands where a training would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from radonc_tui.actions.progress import Action, Progress, T, follow, run_work
from store import work
from store.errors import BadUsage, RadoncError
from store.home import Home
from tests.driven import ended

WORKER = """
import sys, time
from pathlib import Path
from store.work import run_worker, seal_manifest
from store.errors import RadoncError

def job(work, reporter):
    asked = work.spec["do"]
    for step in range(50):
        reporter.progress("steps", step + 1, 50, "steps")
        reporter.metric("loss", 1.0 / (step + 1))
        if asked == "fail" and step == 3:
            raise RadoncError("It cannot go on.", "Do this.")
        if asked == "crash" and step == 3:
            raise ValueError("secret text of a case")
        if asked in ("wait", "finish"):
            time.sleep(0.1 if asked == "wait" else 0)
    (work.path / "result.txt").write_text("made")
    seal_manifest(work, [work.path / "result.txt"])

sys.exit(run_worker(Path(sys.argv[1]), {"run": job}))
"""


@pytest.fixture
def make(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], work.Work]:
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "__init__.py").touch()
    (tmp_path / "layer" / "worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def create(do: str) -> work.Work:
        return work.create(home, "run", f"run-{do}", {"do": do})

    return create


def drain(action: Action[T]) -> tuple[T, list[Progress]]:
    seen: list[Progress] = []
    return ended(action, seen), seen


def test_work_that_finishes_is_whole(make: Callable[[str], work.Work]) -> None:
    made = make("finish")
    state, seen = drain(run_work(made, "layer"))
    assert state == made.state() == "done"
    assert made.manifest
    assert made.manifest["files"]["result.txt"]["bytes"] == 4
    assert seen[-1].done == 50
    assert seen[-1].numbers["loss"] == pytest.approx(0.02)
    assert [e["seq"] for e in made.events()] == list(range(1, len(list(made.events())) + 1))


def test_a_failure_is_said_in_the_workers_words(make: Callable[[str], work.Work]) -> None:
    with pytest.raises(RadoncError, match=r"It cannot go on\. Do this\."):
        drain(run_work(make("fail"), "layer"))


def test_a_crash_leaves_no_case_text_in_the_events(make: Callable[[str], work.Work]) -> None:
    made = make("crash")
    with pytest.raises(RadoncError, match="ValueError"):
        drain(run_work(made, "layer"))
    assert "secret text" not in (made.path / "events.jsonl").read_text()
    assert made.manifest is None


def test_closing_the_action_ends_the_worker(make: Callable[[str], work.Work]) -> None:
    made = make("wait")
    action = run_work(made, "layer")
    while next(action).done < 2:
        pass
    action.close()
    assert not made.alive()
    assert made.state() == "stopped"


def test_a_viewer_may_leave_and_come_back(make: Callable[[str], work.Work]) -> None:
    made = make("wait")
    work.start(made, "layer")
    first = follow(made)
    while next(first).done < 2:
        pass
    first.close()
    assert made.alive()
    state, _ = drain(follow(made))
    assert state == "done"


def test_a_killed_worker_counts_as_died_and_can_be_started_again(
    make: Callable[[str], work.Work],
) -> None:
    made = make("wait")
    pid = work.start(made, "layer")
    action = follow(made)
    while next(action).done < 2:
        pass
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(RadoncError):
        drain(action)
    assert made.state() == "died"
    work.start(made, "layer")
    assert made.state() in ("queued", "running")
    assert drain(follow(made))[0] == "done"


def test_two_workers_on_one_directory_are_refused(make: Callable[[str], work.Work]) -> None:
    made = make("wait")
    work.start(made, "layer")
    with pytest.raises(BadUsage, match="already has a worker"):
        work.start(made, "layer")
    second = subprocess.run(
        [sys.executable, "-m", "layer.worker", str(made.path)], capture_output=True, check=False
    )
    assert second.returncode == 1
    work.ask_to_stop(made)
    until = time.monotonic() + 10
    while made.alive() and time.monotonic() < until:
        time.sleep(0.05)
    assert made.state() == "stopped"


def test_a_torn_last_line_is_not_read_and_is_dropped(make: Callable[[str], work.Work]) -> None:
    made = make("finish")
    (made.path / "events.jsonl").write_text('{"v":1,"seq":1,"kind":"log","text":"a"}\n{"v":1,"se')
    assert len(list(made.events())) == 1
    drain(run_work(made, "layer"))
    assert made.state() == "done"


def test_a_spec_from_another_version_is_refused(home: Home) -> None:
    made = work.create(home, "run", "run-new", {"schema": 99})
    with pytest.raises(RadoncError, match="another version"):
        _ = made.spec


def test_an_unknown_id_names_the_known_ones(home: Home) -> None:
    work.create(home, "run", "run-here", {})
    with pytest.raises(BadUsage, match="run-here"):
        work.find(home, "run", "run-gone")
    with pytest.raises(BadUsage):
        work.find(home, "run", "../run-here")
