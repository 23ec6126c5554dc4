"""The queue for the one accelerator: a lock in the home that workers wait on.

There is no daemon; whoever waits says so in its events (state ``queued``) and can be stopped
while it waits.
"""

import fcntl
import time
from collections.abc import Generator
from contextlib import contextmanager

from store.home import Home
from store.work import Reporter, Stopped


@contextmanager
def accelerator(home: Home, reporter: Reporter) -> Generator[None]:
    """Hold the accelerator; wait for it where another worker has it.

    Raises:
        Stopped: the work was asked to stop while it waited.
    """
    with home.accelerator_lock.open("ab") as lock:
        waited = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waited:
                    reporter.state("queued")
                    waited = True
                if reporter.stop_asked():
                    raise Stopped from None
                time.sleep(0.5)
        if waited:
            reporter.state("running")
        yield
