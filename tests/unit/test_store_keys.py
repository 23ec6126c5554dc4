"""A home encrypted from the command line: the job goes on, and nobody without the key reads it."""

import base64
import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from radonc_tui.actions.stored import lease
from radonc_tui.cli.main import run
from store import keybox, rekeying, work
from store.errors import BadUsage
from store.home import Home
from store.key_pipe import key_on_stdin
from store.keybox import Lock
from store.keys import home_secret
from store.lines import read_lines, write_lines
from store.migrations import steps

PLANTED = "quadrilobed petiolation"
PASSWORD = "correct horse battery"
TABLE = "Diagnosis,Prescription,ICD10,Modality,MRN\n" + "".join(
    f"Carcinoma {PLANTED} {n},{20 + n} Gy in {10 + n} fractions,C61,photon,p{n}\n"
    for n in range(40)
)
MAPPED = [
    *("--map", "diagnosis=Diagnosis", "--map", "regimen=Prescription", "--map", "icd10=ICD10"),
    *("--map", "modality=Modality", "--map", "patient=MRN"),
]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    def radonc(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(home.path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    yield radonc
    lease(home).close()
    keybox.forget(home)


def done(call: Call, *arguments: str) -> Any:
    code, out, err = call(*arguments, "--json")
    assert code == 0, out + err
    return json.loads(out)


def leaks(folder: Path) -> list[str]:
    """The files of a folder in which the planted words are, also after base64 and JSON escapes."""
    found: list[str] = []
    wanted = PLANTED.encode()
    for path in (p for p in folder.rglob("*") if p.is_file()):
        raw = path.read_bytes()
        texts = [raw, raw.replace(b"\\u0020", b" ")]
        for line in raw.splitlines():
            try:
                texts.append(base64.b64decode(line, validate=True))
            except ValueError:
                continue
        if any(wanted in text for text in texts):
            found.append(path.name)
    return found


def test_a_job_in_an_encrypted_home_leaves_no_plain_text(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "clinic.csv"
    table.write_text(TABLE)
    monkeypatch.setenv("RADONC_KEY", PASSWORD)
    assert done(call, "store", "encrypt") == {"done": "encrypt"}
    assert "RADONC_KEY" not in os.environ
    assert done(call, "cases", "import", str(table), *MAPPED)["cases"] == 40
    first = done(call, "cases", "list", "--limit", "1")["cases"][0]
    assert PLANTED in first["diagnosis"]
    done(call, "cases", "exclude", first["case_id"], "--reason", f"not {PLANTED}")
    assert done(call, "audit", "verify")["whole"]
    done(call, "store", "backup", str(tmp_path / "copy"))
    lease(home).close()
    assert leaks(home.path) == []
    assert leaks(tmp_path / "copy") == []
    # the search itself finds what is there
    assert done(call, "store", "decrypt") == {"done": "decrypt"}
    lease(home).close()
    assert leaks(home.path) == ["store.duckdb"]
    kinds = [entry["kind"] for entry in done(call, "audit", "list")]
    wanted = ("store encrypted", "import taken in", "case exclude", "store backed up")
    assert [k for k in kinds if k in wanted] == [*wanted]
    assert kinds[-1] == "store decrypted"


def test_the_wrong_key_and_no_key_are_one_sentence(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADONC_KEY", PASSWORD)
    done(call, "store", "encrypt")
    keybox.forget(home)
    monkeypatch.setenv("RADONC_KEY", "wrong")
    code, _, err = call("cases", "list")
    assert (code, err.count("\n")) == (1, 1)
    assert "not the key of the home" in err
    code, _, err = call("cases", "list")
    assert (code, err.count("\n")) == (1, 1)
    assert "no terminal to ask on" in err
    monkeypatch.setenv("RADONC_KEY", PASSWORD)
    kept = done(call, "store", "status")
    assert (kept["encrypted"], kept["how"], kept["changing"]) == (True, "environment", "")
    assert (kept["path"], kept["bytes"]["store"] > 0) == (str(home.path), True)
    code, _, err = call("store", "encrypt")
    assert (code, "is encrypted" in err) == (2, True)


def test_another_key_by_file_and_the_old_one_opens_nothing(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = home_secret(home)
    for outcome in (call("store", "rekey"), call("store", "decrypt")):
        assert outcome[0] == 2
        assert "is not encrypted" in outcome[2]
    inside = call("store", "encrypt", "--key-file", str(home.path / "key"))
    assert (inside[0], "locks nothing" in inside[2]) == (2, True)
    monkeypatch.setenv("RADONC_KEY", PASSWORD)
    done(call, "store", "encrypt")
    old = set(keybox.known_keys(home))
    key_file = tmp_path / "key"
    assert done(call, "store", "rekey", "--key-file", str(key_file)) == {"done": "rekey"}
    assert key_file.stat().st_mode & 0o777 == 0o600
    keybox.forget(home)
    assert done(call, "store", "status")["how"] == "file"
    assert old.isdisjoint(keybox.known_keys(home))
    assert home_secret(home) == secret
    key_file.rename(tmp_path / "moved")
    keybox.forget(home)
    assert "cannot be read" in call("store", "status")[2]
    monkeypatch.setenv("RADONC_KEY_FILE", str(tmp_path / "moved"))
    assert done(call, "store", "status")["encrypted"]
    monkeypatch.setenv("RADONC_KEY", PASSWORD)
    assert "not the key" in call("store", "status")[2]


class Memory(KeyringBackend):
    """A keyring of this process."""

    priority = 1  # type: ignore[assignment]  # a property in the base class
    kept: dict[tuple[str, str], str]

    def __init__(self) -> None:
        super().__init__()
        self.kept = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_the_systems_keyring_keeps_the_key(call: Call, home: Home) -> None:
    before = keyring.get_keyring()
    memory = Memory()
    try:
        keyring.set_keyring(memory)
        done(call, "store", "encrypt", "--keyring")
        keybox.forget(home)
        assert done(call, "store", "status")["how"] == "keyring"
        (first,) = memory.kept.values()
        done(call, "store", "rekey", "--keyring")
        (second,) = memory.kept.values()
        assert first != second
        done(call, "store", "decrypt")
        assert memory.kept == {}
    finally:
        keyring.set_keyring(before)


def test_a_worker_gets_the_key_on_its_standard_input_and_nowhere_else(home: Home) -> None:
    rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)
    path = home.folder("runs") / "samples.jsonl"
    write_lines(path, [{"a": PLANTED}])
    code = """
import os, sys
from pathlib import Path
from store.home import Home
from store.key_pipe import take_key
from store.lines import read_lines
home = Home(Path(sys.argv[1]))
take_key(home)
print(list(read_lines(Path(sys.argv[2]))), sys.stdin.read())
"""
    with key_on_stdin(home) as stdin:
        made = subprocess.run(
            [sys.executable, "-c", code, str(home.path), str(path)],
            stdin=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
    assert made.stdout == f"[{{'a': '{PLANTED}'}}] \n"
    box = keybox.read_box(home)
    assert box
    keybox.write_box(home, keybox.changed(box, changing="rekey"))
    made_work = work.create(home, "run", "run-1", {})
    with pytest.raises(BadUsage, match=r"rekey of the home .* was interrupted"):
        work.start(made_work, "trainer")
    assert list(read_lines(path)) == [{"a": PLANTED}]
    keybox.forget(home)


OLD_STORE = """
import os, sys
from importlib.resources import files
from store import keybox, opening
from store.database import open_store
from store.home import open_home
home = open_home(sys.argv[1])
keybox.unlock(home, b"pass")
if sys.argv[2] == "make":
    store = opening.connect(home)
    store.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    store.execute((files("store.migrations") / "0001_cases.sql").read_text())
    store.execute("INSERT INTO schema_version VALUES (1)")
    store.close()
store = open_store(home)
print(store.execute("SELECT max(version) FROM schema_version").fetchone()[0])
sys.stdout.flush()
os._exit(0)
"""


def test_an_encrypted_store_of_an_old_schema_whose_process_is_killed_opens(home: Home) -> None:
    rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)
    home.database.unlink()
    newest = str(steps()[-1][0])
    for step in ("make", "open"):
        made = subprocess.run(
            [sys.executable, "-c", OLD_STORE, str(home.path), step],
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == newest
    keybox.forget(home)


def type_at(home: Home, command: str, *typed: tuple[str, str]) -> tuple[int, str]:
    """Run a command of ``radonc store`` on a terminal, answering each prompt."""
    terminal, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "radonc_tui", "--home", str(home.path), "store", command],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    shown = ""
    for prompt, answer in typed:
        while prompt not in shown:
            shown += os.read(terminal, 4096).decode()
        shown = ""
        os.write(terminal, answer.encode() + b"\n")
    with contextlib.suppress(OSError):  # the terminal's other end is closed
        while piece := os.read(terminal, 4096):
            shown += piece.decode()
    os.close(terminal)
    return process.wait(), shown


def test_a_passphrase_is_asked_for_on_the_terminal_and_not_shown(home: Home) -> None:
    twice = (("New passphrase", PASSWORD), ("Repeat", PASSWORD))
    code, shown = type_at(home, "encrypt", *twice)
    assert (code, "The home is encrypted" in shown) == (0, True)
    assert PASSWORD not in shown
    code, shown = type_at(home, "status", ("Passphrase", PASSWORD))
    assert (code, "opened by: passphrase" in shown) == (0, True)
    assert type_at(home, "status", ("Passphrase", "another one"))[0] == 1


def test_what_spills_to_disk_is_encrypted(home: Home) -> None:
    spilled: list[bytes] = []
    for encrypted in (False, True):
        if encrypted:
            rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)
        with lease(home).use() as connection:
            connection.execute("SET memory_limit = '48MB'; SET threads = 1")
            connection.execute(
                f"CREATE TEMP TABLE big AS SELECT '{PLANTED} ' || i || repeat('x', 900) AS text"
                " FROM range(90000) t(i)"
            )
            files = list((home.tmp / "duckdb").glob("*"))
            spilled.append(b"".join(path.read_bytes() for path in files))
        lease(home).close()
    assert [len(data) > 10_000_000 for data in spilled] == [True, True]
    assert [PLANTED.encode() in data for data in spilled] == [True, False]
    keybox.forget(home)
