"""A backup comes back as it was, and only whole; the key goes with it only when asked."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from radonc_tui.actions.stored import lease
from store import keybox, rekeying
from store.audit import record
from store.audit_check import verify
from store.backup import MANIFEST, back_up
from store.database import Lease
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home, open_home
from store.keybox import Lock
from store.keys import home_secret
from store.lines import read_lines, write_lines
from store.opening import RESTORING
from store.restoring import restore

ROWS = [{"diagnosis": f"Carcinoma {n}"} for n in range(20)]
SAMPLES = "runs/run-1/samples.jsonl"


def quiet(*_: object) -> None:
    """Say nothing."""


@pytest.fixture
def filled(home: Home) -> Iterator[Home]:
    with lease(home).use() as connection:
        record(connection, "case edit", "case-1", {"n": 1}, {"n": 2})
    run = home.folder("runs") / "run-1"
    (run / "cache").mkdir(parents=True)
    (run / "cache" / "kernel").write_text("compiled")
    (run / "half.jsonl.part").write_text("half")
    (run / "link").symlink_to("/etc/passwd")
    write_lines(home.path / SAMPLES, ROWS)
    (home.path / "settings.toml").write_text('theme = "x"\n')
    yield home
    lease(home).close()


def entries(home: Home) -> tuple[int, bool]:
    use = Lease(home)
    with use.use() as connection:
        found = verify(connection, home)
    use.close()
    return found.entries, found.whole


def test_a_backup_with_its_key_comes_back_in_another_home(filled: Home, tmp_path: Path) -> None:
    made = back_up(filled, lease(filled).use, tmp_path / "copy", True, quiet)
    names = {"audit.json", "store.duckdb", "secret.key", "settings.toml", SAMPLES}
    assert set(made.files) == names
    assert made.size == sum((tmp_path / "copy" / n).stat().st_size for n in names)
    new = open_home(tmp_path / "new")
    restore(new, tmp_path / "copy", quiet)
    assert list(read_lines(new.path / SAMPLES)) == ROWS
    assert home_secret(new) == home_secret(filled)
    assert entries(new) == (1, True)
    # the home that it was made of says that it was
    assert entries(filled) == (2, True)
    with pytest.raises(Refused, match="not empty"):
        restore(new, tmp_path / "copy", quiet)


def test_without_the_key_it_needs_the_homes_own(filled: Home, tmp_path: Path) -> None:
    back_up(filled, lease(filled).use, tmp_path / "copy", False, quiet)
    assert not (tmp_path / "copy" / "secret.key").exists()
    new = open_home(tmp_path / "new")
    with pytest.raises(RadoncError, match=r"has none. Copy secret.key"):
        restore(new, tmp_path / "copy", quiet)
    (new.path / "secret.key").write_bytes(b"x" * 32)
    with pytest.raises(Refused, match="another home"):
        restore(new, tmp_path / "copy", quiet)
    shutil.copy(filled.path / "secret.key", new.path)
    restore(new, tmp_path / "copy", quiet)
    assert entries(new) == (1, True)


def test_an_encrypted_home_is_backed_up_encrypted(filled: Home, tmp_path: Path) -> None:
    lease(filled).close()
    rekeying.encrypt(filled, Lock(cost=1 << 10), b"pass", quiet)
    back_up(filled, lease(filled).use, tmp_path / "copy", False, quiet)
    assert not any(b"case edit" in p.read_bytes() for p in (tmp_path / "copy").glob("store*"))
    assert b"Carcinoma" not in (tmp_path / "copy" / SAMPLES).read_bytes()
    new = open_home(tmp_path / "new")
    shutil.copy(filled.path / "secret.key", new.path)
    with pytest.raises(RadoncError, match=r"Copy radonc-keys\.json"):
        restore(new, tmp_path / "copy", quiet)
    shutil.copy(filled.path / keybox.FILE, new.path)
    keybox.unlock(new, b"pass")
    restore(new, tmp_path / "copy", quiet)
    assert list(read_lines(new.path / SAMPLES)) == ROWS
    assert entries(new) == (2, True)


def test_a_home_that_was_opened_and_never_used_takes_a_backup(filled: Home, tmp_path: Path) -> None:
    back_up(filled, lease(filled).use, tmp_path / "with", True, quiet)
    back_up(filled, lease(filled).use, tmp_path / "without", False, quiet)
    new = open_home(tmp_path / "new")
    assert entries(new) == (0, True)
    with pytest.raises(RadoncError, match=r"has none\. Copy secret\.key"):
        restore(new, tmp_path / "without", quiet)
    restore(new, tmp_path / "with", quiet)
    assert entries(new) == (1, True)
    third = open_home(tmp_path / "third")
    shutil.copy(filled.path / "secret.key", third.path)
    assert entries(third) == (0, True)
    restore(third, tmp_path / "without", quiet)
    assert entries(third) == (2, True)


@pytest.mark.parametrize("damage", ["changed", "gone", "outside"])
def test_a_backup_that_is_not_whole_is_not_restored(
    damage: str, filled: Home, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    back_up(filled, lease(filled).use, copy, True, quiet)
    if damage == "changed":
        with (copy / SAMPLES).open("ab") as file:
            file.write(b"{}\n")
    elif damage == "gone":
        (copy / SAMPLES).unlink()
    else:
        kept = json.loads((copy / MANIFEST).read_text())
        (tmp_path / "else").write_text("")
        kept["files"]["../else"] = {"bytes": 0, "sha256": kept["files"][SAMPLES]["sha256"]}
        (copy / MANIFEST).write_text(json.dumps(kept))
    new = open_home(tmp_path / "new")
    with pytest.raises(RadoncError, match="missing or not what was written"):
        restore(new, copy, quiet)
    assert not new.database.exists()


def test_what_is_interrupted_leaves_nothing_that_could_be_taken_for_whole(
    filled: Home, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"

    def stop(stage: str, done: int, *_: object) -> None:
        if stage in ("hash", "restore") and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(filled, lease(filled).use, copy, True, stop)
    assert not list(tmp_path.glob("*copy*"))
    back_up(filled, lease(filled).use, copy, True, quiet)
    new = open_home(tmp_path / "new")
    with pytest.raises(KeyboardInterrupt):
        restore(new, copy, stop)
    assert (new.path / RESTORING).exists()
    with pytest.raises(RadoncError, match=r"restore into the home .* was interrupted"):
        entries(new)
    restore(new, copy, quiet)
    assert entries(new) == (1, True)


def test_where_a_backup_may_not_go(filled: Home, tmp_path: Path) -> None:
    for out in (filled.path / "copy", tmp_path, tmp_path / "none" / "copy"):
        with pytest.raises(BadUsage):
            back_up(filled, lease(filled).use, out, False, quiet)
    with pytest.raises(BadUsage, match="is no backup"):
        restore(open_home(tmp_path / "new"), tmp_path, quiet)


def test_a_home_in_use_is_not_changed(filled: Home) -> None:
    with (
        lease(filled).use(),
        pytest.raises(RadoncError, match="is in use"),
    ):
        rekeying.encrypt(filled, Lock(cost=1 << 10), b"pass", quiet)
    assert not (filled.path / keybox.FILE).exists()


def test_a_broken_log_stays_broken_in_its_backup(filled: Home, tmp_path: Path) -> None:
    with lease(filled).use() as connection:
        connection.execute("DELETE FROM audit_log")
    made = back_up(filled, lease(filled).use, tmp_path / "copy", True, quiet)
    assert made.audit["count"] == 1
    new = open_home(tmp_path / "new")
    restore(new, tmp_path / "copy", quiet)
    assert entries(new) == (0, False)
