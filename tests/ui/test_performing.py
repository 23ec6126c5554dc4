"""Actions in threads: what comes back, in which order, and what never does."""

import threading
import time

import pytest
from textual.widgets import Static

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.app import RadoncApp
from radonc_tui.performing import SECONDS_BETWEEN, perform
from store.database import StoreBusy
from store.errors import RadoncError
from store.home import Home
from tests.ui.conftest import settle, until


@pytest.fixture
def app(home: Home) -> RadoncApp:
    return RadoncApp(home, "welcome")


def counting(times: int, closed: list[bool] | None = None) -> Action[int]:
    try:
        for done in range(times):
            yield Progress("count", done + 1, times)
            time.sleep(0.001)
        return times
    finally:
        if closed is not None:
            closed.append(True)


async def test_the_last_progress_and_the_result_always_arrive(app: RadoncApp) -> None:
    async with app.run_test() as pilot:
        heard: list[int] = []
        results: list[int] = []
        threads: set[int] = set()

        def hear(progress: Progress) -> None:
            threads.add(threading.get_ident())
            heard.append(progress.done)

        began = time.monotonic()
        perform(app, lambda: counting(200), results.append, progress=hear)
        await settle(pilot)
        assert results == [200]
        assert heard[-1] == 200
        assert heard == sorted(heard)
        assert len(heard) <= (time.monotonic() - began) / SECONDS_BETWEEN + 2
        assert threads == {threading.get_ident()}


async def test_a_cancelled_job_closes_its_action_and_says_nothing_more(app: RadoncApp) -> None:
    async with app.run_test() as pilot:
        closed: list[bool] = []
        results: list[int] = []
        job = perform(app, lambda: counting(100_000, closed), results.append)
        await pilot.pause(0.05)
        job.cancel()
        await settle(pilot)
        assert closed == [True]
        assert results == []
        assert job.ended


async def test_a_newer_job_of_a_group_replaces_the_older(app: RadoncApp) -> None:
    async with app.run_test() as pilot:
        results: list[int] = []
        perform(app, lambda: counting(100_000), results.append, group="search")
        perform(app, lambda: counting(3), results.append, group="search")
        await settle(pilot)
        assert results == [3]


async def test_a_widget_that_is_gone_hears_nothing(app: RadoncApp) -> None:
    async with app.run_test() as pilot:
        results: list[int] = []
        node = Static()
        await app.screen.mount(node)
        gate = threading.Event()

        def waits() -> Action[int]:
            yield Progress("wait")
            gate.wait(5)
            return 1

        perform(node, waits, results.append)
        await node.remove()
        gate.set()
        await settle(pilot)
        assert results == []


async def test_an_error_is_a_sentence_on_the_screen(app: RadoncApp) -> None:
    def fails() -> Action[None]:
        yield from ()
        raise RadoncError("The moon is gone.", "Wait for it.")

    def breaks() -> Action[None]:
        yield from ()
        raise ZeroDivisionError("division by zero")

    async with app.run_test() as pilot:
        perform(app, fails)
        await settle(pilot)
        notice = app.screen.query_one("#notice", Static)
        assert str(notice.content) == "! The moon is gone. Wait for it."
        perform(app, breaks)
        await settle(pilot)
        log = app.home.path / "screens.log"
        said = f"ZeroDivisionError: division by zero Where is in {log}."
        assert said in str(notice.content)
        assert "in breaks" in log.read_text()
        heard: list[RadoncError] = []
        perform(app, fails, failed=heard.append)
        await settle(pilot)
        assert [error.message for error in heard] == ["The moon is gone."]


@pytest.mark.parametrize("wait", [True, False])
async def test_a_busy_store_is_asked_about_once_for_all_who_wait(
    app: RadoncApp, wait: bool
) -> None:
    tries: list[str] = []
    results: list[str] = []
    heard: list[RadoncError] = []

    def asks(name: str) -> Action[str]:
        yield from ()
        tries.append(name)
        if tries.count(name) == 1:
            raise StoreBusy("The store is in use by process 12 (radonc).")
        return name

    async with app.run_test() as pilot:
        await settle(pilot)
        perform(app, lambda: asks("a"), results.append, failed=heard.append)
        perform(app, lambda: asks("b"), results.append, failed=heard.append)
        await until(pilot, lambda: len(app.screen_stack) == 2 and len(tries) == 2)
        await pilot.press("y" if wait else "escape")
        await settle(pilot)
        assert len(app.screen_stack) == 1
        assert sorted(results) == (["a", "b"] if wait else [])
        assert len(heard) == (0 if wait else 2)


async def test_a_launched_job_is_in_the_status_line_until_it_ends(app: RadoncApp) -> None:
    gate = threading.Event()

    def waits() -> Action[int]:
        yield Progress("wait")
        gate.wait(5)
        return 7

    async with app.run_test() as pilot:
        results: list[int] = []
        version = app.version
        app.launch("import", waits, results.append)
        assert app.told.running == ("import",)
        gate.set()
        await settle(pilot)
        assert results == [7]
        assert app.told.running == ()
        assert app.version == version + 1


async def test_leaving_closes_whatever_is_asked_at_that_moment(app: RadoncApp) -> None:
    closed: list[bool] = []
    async with app.run_test() as pilot:
        await settle(pilot)
        perform(app, lambda: counting(100_000, closed))
        await pilot.pause(0.05)
        await pilot.press("q")
        await until(pilot, lambda: closed == [True])
