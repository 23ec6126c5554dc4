"""Who uses a home, so that its keys are not changed under anybody.

Whoever has the store open and every worker hold the home together; a change of its keys, a
backup's return, holds it alone. The lock is the system's, so it ends with the process.
"""

import fcntl
from typing import IO

from store.errors import RadoncError
from store.home import Home

FILE = "home.lock"


class HomeBusy(RadoncError):
    """The home is in use, or its keys are just being changed."""

    kind = "busy"


def hold(home: Home, alone: bool = False) -> IO[bytes]:
    """Hold the home until the file that this returns is closed.

    Raises:
        HomeBusy: somebody else holds it in a way that does not go with it.
    """
    file = (home.path / FILE).open("ab")
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        if alone:
            raise HomeBusy(
                f"The home {home.path} is in use: a training, another radonc, or a screen.",
                "Wait for it or stop it (`radonc runs list`), then do this again.",
            ) from error
        raise HomeBusy(
            f"The keys of the home {home.path} are just being changed.", "Wait until that is done."
        ) from error
    return file
