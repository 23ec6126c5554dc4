"""Nothing is ever sent anywhere: without a network all works, and with one nobody asks for it.

Every process of the integration tests' command runs under a guard that ends any connection but to
this machine (``guard/sitecustomize.py``). Where namespaces are allowed, commands also run in one
that has no network at all, which catches what is no Python as well.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.cli.main import COMMANDS
from tests.integration.conftest import Radonc, guarded
from tests.integration.test_pack import isolated

Demo = tuple[Radonc, dict[str, Any]]
needs_namespaces = pytest.mark.skipif(
    not isolated(), reason="network namespaces are not allowed here"
)
PROSTATE = "Adenocarcinoma of the prostate, Gleason 4+3, cT2a, PSA 8."
WORKERS = ("store.worker", "trainer.worker", "exports.worker", "exports.inference.child")
DONE_BY_THE_DEMO = {"demo", "train", "export", "evaluate"}
BESIDE_THE_DEMO: dict[str, tuple[str, ...]] = {
    "doctor": (),
    "cases": ("list",),
    "data": ("list",),
    "models": ("verify",),
    "runs": ("list",),
    "predict": (PROSTATE,),
    "report": ("latest",),
    "evaluations": ("list",),
    "review": ("list",),
    "signoffs": ("list",),
    "monitor": ("--earlier",),
    "annotate": ("list",),
    "department": ("check",),
    "audit": ("verify",),
    "store": ("status",),
}
"""A command that only reads, and what it is asked, of each group."""
HELD_ELSEWHERE = {
    "pack": "gathers what an offline machine needs; test_pack installs and runs it offline",
    "serve": "below, with the official client's library",
    "reproduce": "makes an evaluation again: the same worker as the demo's",
    "signoff": "asks two persons; the store alone",
    "privacy": "asks a person; the store alone",
}


def test_every_command_is_looked_at() -> None:
    assert {*DONE_BY_THE_DEMO, *BESIDE_THE_DEMO, *HELD_ELSEWHERE} == set(COMMANDS)


def test_no_process_of_the_whole_job_connects_anywhere(demo: Demo) -> None:
    log = demo[0].guard_log.read_text()
    assert "CONNECT" not in log
    for worker in WORKERS:
        assert worker in log


def test_the_guard_ends_a_connection(tmp_path: Path) -> None:
    """It guards a child's child, and lets the loopback through."""
    log = tmp_path / "guard.log"
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "import socket\n"
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]})).close()\n"
            "socket.create_connection(('192.0.2.1', 443), timeout=1)\n"
        )
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-P', '-c', {code!r}])"
        made = subprocess.run(
            [sys.executable, "-P", "-c", outer],
            env={**os.environ, **guarded(log)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert "no connection beyond this machine" in made.stderr
    (line,) = [line for line in log.read_text().splitlines() if "CONNECT" in line]
    assert "192.0.2.1" in line
    assert log.read_text().count("START") == 2


def offline(radonc: Radonc, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a namespace without a network."""
    command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(radonc.home.path)]
    return subprocess.run(
        ["unshare", "-rn", *command, *arguments],
        env={**os.environ, **guarded(radonc.guard_log)},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_namespaces
def test_a_prediction_needs_no_network(demo: Demo) -> None:
    made = offline(demo[0], "predict", PROSTATE, "--json")
    assert made.returncode == 0, made.stderr


@pytest.mark.slow
@needs_namespaces
@pytest.mark.parametrize("command", BESIDE_THE_DEMO)
def test_every_command_works_without_a_network(demo: Demo, command: str) -> None:
    made = offline(demo[0], command, *BESIDE_THE_DEMO[command])
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.slow
@needs_namespaces
def test_the_whole_demo_works_without_a_network(radonc: Callable[[], Radonc]) -> None:
    fresh = radonc()
    made = offline(fresh, "demo", "--quick", "--json")
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    assert "CONNECT" not in fresh.guard_log.read_text()


@pytest.mark.slow
@needs_namespaces
def test_the_server_answers_without_a_network(demo: Demo) -> None:
    """In a namespace of its own with nothing but its loopback; asked from inside."""
    radonc = demo[0]
    ip = shutil.which("ip")
    if ip is None:
        pytest.skip("no ip command to raise the loopback of a namespace")
    script = (
        f"{ip} link set lo up\n"
        f"{sys.executable} -P -m radonc_tui --home {radonc.home.path} serve --study --port 8765 &\n"
        "server=$!\n"
        f"{sys.executable} -P -c {ASK!r} {radonc.home.path / 'serve-token'}\n"
        # a shell lets no interrupt through to what it started beside itself
        "code=$?; kill -TERM $server; wait $server; exit $code\n"
    )
    made = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script],
        env={**os.environ, **guarded(radonc.guard_log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "suggestion, not a prescription" in made.stdout


ASK = (
    "import sys,time,pathlib;from openai import OpenAI;p=pathlib.Path(sys.argv[1]);"
    "[time.sleep(0.5) for _ in range(60) if not p.exists()];time.sleep(3);"
    "c=OpenAI(base_url='http://127.0.0.1:8765/v1',api_key=p.read_text().strip(),max_retries=5);"
    "m=c.models.list().data[0].id;"
    "print(c.chat.completions.create(model=m,messages=[{'role':'user','content':"
    "'Adenocarcinoma of the prostate'}]).model_extra['radonc']['note'])"
)
