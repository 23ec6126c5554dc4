"""The store as actions use it, by several threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from radonc_tui.actions.stored import opened
from store.datasets import known_evaluations
from store.home import Home
from tests.unit.review_examples import finished_evaluation

THREADS = 8


def test_threads_that_find_the_same_finished_work_do_not_collide(home: Home) -> None:
    names = {f"eval-20261123-00000{i}" for i in range(5)}
    for name in names:
        finished_evaluation(home, 2, name)
    together = threading.Barrier(THREADS)

    def look() -> set[str]:
        together.wait()
        with opened(home) as connection:
            return known_evaluations(connection)

    with ThreadPoolExecutor(THREADS) as pool:
        found = [future.result() for future in [pool.submit(look) for _ in range(THREADS)]]
    assert found == [names] * THREADS
