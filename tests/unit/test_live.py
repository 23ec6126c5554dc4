"""Following work by its events: small, cheap, and true to the newest value."""

import io
import itertools
import math
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from radonc_tui.actions.live import CHUNK, LINES, POINTS, Curve, Feed
from store import work
from store.errors import RadoncError
from store.home import Home
from store.work import Reporter, Work


@pytest.fixture
def run(home: Home) -> Work:
    return work.create(home, "run", "run-live", {})


def write(run: Work, reporter: Reporter) -> None:
    """Append what a reporter over memory has written to the run's events."""
    assert isinstance(reporter.file, io.StringIO)
    with (run.path / "events.jsonl").open("a") as file:
        file.write(reporter.file.getvalue())
    reporter.file = io.StringIO()


def speaker(run: Work) -> Reporter:
    return Reporter(io.StringIO(), run.path / "stop")


def step(reporter: Reporter, number: int, total: int) -> None:
    reporter.progress("train", number, total, "steps")
    reporter.metric("loss", 10 / number, step=number)


def test_a_feed_takes_in_only_what_is_new(run: Work) -> None:
    feed, reporter = Feed(run), speaker(run)
    reporter.state("running")
    reporter.log("rows: shared prefix")
    step(reporter, 1, 8)
    write(run, reporter)
    assert feed.read()
    assert feed.numbers == {"loss": 10.0}
    assert feed.progress.done == 1
    assert feed.progress.numbers == {"loss": 10.0}
    assert [line.split(" ", 1)[1] for line in feed.log][:2] == ["running", "rows: shared prefix"]
    seen = feed.events
    step(reporter, 2, 8)
    write(run, reporter)
    assert feed.read()
    assert feed.events == seen + 2
    assert feed.series["loss"] == [(1, 10.0), (2, 5.0)]
    assert not feed.read()


def test_a_worker_that_is_gone_without_an_end_has_died(run: Work) -> None:
    feed, reporter = Feed(run), speaker(run)
    with (run.path / "lock").open("ab") as lock:
        assert work._take(lock.fileno())
        reporter.state("running")
        write(run, reporter)
        feed.read()
        assert feed.state == "running"
    assert feed.read()
    assert (feed.state, feed.ended) == ("died", True)
    assert "died" in feed.log[-1]
    assert not feed.read()
    assert feed.seconds_to_go is None
    # a worker started again on the same directory is followed on
    with (run.path / "lock").open("ab") as lock:
        assert work._take(lock.fileno())
        reporter.state("queued")
        write(run, reporter)
        assert feed.read()
        assert feed.state == "queued"
        reporter.state("done")
        write(run, reporter)
    feed.read()
    assert feed.state == "done"


def test_what_a_resumed_run_says_again_replaces_what_it_said(run: Work) -> None:
    feed, reporter = Feed(run), speaker(run)
    for number in (1, 2, 3, 4):
        step(reporter, number, 8)
    reporter.metric("loss", 7.0, step=3)
    write(run, reporter)
    feed.read()
    assert feed.series["loss"] == [(1, 10.0), (2, 5.0), (3, 7.0)]


def test_time_to_go_is_that_of_the_newest_steps(run: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    feed, reporter = Feed(run), speaker(run)
    clock = [1000.0]
    monkeypatch.setattr(work.time, "time", lambda: clock[0])
    with (run.path / "lock").open("ab") as lock:
        assert work._take(lock.fileno())
        for number in range(1, 31):
            # the first steps are slow, as they are where a model is compiled
            clock[0] += 60 if number < 5 else 2
            step(reporter, number, 100)
        write(run, reporter)
        feed.read()
        assert feed.seconds_to_go == pytest.approx(140)


def test_a_line_that_is_not_whole_waits_and_a_damaged_one_is_named(run: Work) -> None:
    feed = Feed(run)
    path = run.path / "events.jsonl"
    path.write_text('{"v":1,"seq":1,"t":1,"kind":"log","text":"a"}\n{"v":1,"se')
    feed.read()
    assert feed.events == 1
    with path.open("a") as file:
        file.write('q":2,"t":1,"kind":"log","text":"b"}\n')
    feed.read()
    assert feed.events == 2
    with path.open("a") as file:
        file.write("\0\0\0\n")
    with pytest.raises(RadoncError, match="damaged"):
        feed.read()


def test_a_minute_of_200_events_a_second_is_followed_cheaply(run: Work) -> None:
    feed, reporter = Feed(run), speaker(run)
    slowest = 0.0
    for second in range(60):
        for tick in range(200):
            number = second * 200 + tick + 1
            reporter.metric("loss", 10 / number, step=number)
        write(run, reporter)
        began = time.thread_time()
        feed.read()
        slowest = max(slowest, time.thread_time() - began)
    assert feed.events == 12_000
    assert feed.numbers["loss"] == pytest.approx(10 / 12_000)
    assert slowest < 0.02


def test_a_long_run_is_caught_up_with_in_small_readings(run: Work, tmp_path: Path) -> None:
    feed, reporter = Feed(run), speaker(run)
    total = 30_000
    for number in range(1, total + 1):
        step(reporter, number, total)
        reporter.log(f"line {number}")
    write(run, reporter)
    assert (run.path / "events.jsonl").stat().st_size > 5 * CHUNK
    readings = [feed.read()]
    while feed.behind:
        readings.append(feed.read())
    assert len(readings) > 5
    points = feed.series["loss"]
    assert len(points) <= POINTS
    assert (points[0], points[-1]) == ((1, 10.0), (total, 10 / total))
    gaps = {b[0] - a[0] for a, b in itertools.pairwise(points[:-1])}
    assert max(gaps) <= 2 * min(gaps)
    assert len(feed.log) == LINES


@given(st.lists(st.integers(1, 5000), max_size=1500))
def test_a_curve_rises_in_steps_and_ends_with_what_was_said_last(steps: list[int]) -> None:
    curve = Curve()
    for number in steps:
        curve.add(number, math.sqrt(number))
        assert curve.points[-1] == (number, math.sqrt(number))
        assert len(curve.points) <= POINTS
    numbers = [number for number, _ in curve.points]
    assert numbers == sorted(set(numbers))
