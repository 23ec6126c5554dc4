"""Ends any attempt of a Python process to reach beyond this machine, and writes it down.

Python imports this at its start in every process that has the folder on its path, so also in the
workers of workers. The guard is an audit hook, which nothing can take off again.
"""

import os
import sys

LOG = os.environ.get("RADONC_GUARD_LOG", "")
ASKED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
SENT = ("socket.connect", "socket.sendto", "socket.sendmsg")
HERE = ("localhost", "::1", "", None)


def write(line):
    with open(LOG, "a", encoding="utf-8") as file:  # noqa: PTH123 - before anything is imported
        file.write(f"{os.getpid()} {line}\n")


def inside(host):
    return host in HERE or (isinstance(host, str) and host.startswith("127."))


def guard(event, arguments):
    if event in SENT:
        address = arguments[1]
        if not isinstance(address, tuple) or inside(address[0]):
            return
        what = address
    elif event in ASKED:
        what = arguments[0]
        host = what.decode() if isinstance(what, bytes) else what
        if inside(host):
            return
    else:
        return
    write(f"CONNECT {event} {what} {sys.argv}")
    raise PermissionError(f"no connection beyond this machine is allowed: {event} {what}")


if LOG:
    write(f"START {' '.join(sys.orig_argv[1:])}")
    sys.addaudithook(guard)
