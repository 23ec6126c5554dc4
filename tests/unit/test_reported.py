"""A reporting function as an action: what is heard, how it ends, how it is ended."""

import threading
import time

import pytest

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.reported import reported
from store.errors import RadoncError
from trainer.bases import Report


def test_reports_come_in_order_and_then_the_result() -> None:
    def make(report: Report) -> str:
        for number in range(5):
            report("count", number, 5, "things")
        return "made"

    heard: list[Progress] = []

    def collect() -> Action[str]:
        action = reported(make, "begin")
        made = yield from action
        assert made == "made"
        return made

    heard.extend(collect())
    assert heard[0] == Progress("begin")
    assert [p.done for p in heard[1:]] == [0, 1, 2, 3, 4]


def test_an_error_is_raised_as_it_is() -> None:
    def fail(report: Report) -> None:
        raise RadoncError("It broke.", "Mend it.")

    with pytest.raises(RadoncError, match="It broke"):
        list(reported(fail, "begin"))


def test_it_yields_while_nothing_is_reported() -> None:
    gate = threading.Event()
    action = reported(lambda report: gate.wait(10), "wait")
    assert [next(action).stage for _ in range(4)] == ["wait"] * 4
    gate.set()
    list(action)


def test_closing_ends_it_at_its_next_report_and_waits_for_that() -> None:
    ended: list[str] = []

    def make(report: Report) -> None:
        try:
            while True:
                report("on", 0, 0, "")
                time.sleep(0.01)
        finally:
            ended.append("cleaned")

    action = reported(make, "begin")
    next(action)
    action.close()
    assert ended == ["cleaned"]
