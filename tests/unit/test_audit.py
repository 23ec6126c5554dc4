"""The audit log: written with what it records, and any tampering with it is found."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import duckdb
import pytest

from store.audit import FIELDS, entries, record
from store.audit_check import Checked, verify
from store.audit_head import FILE, read_head, write_head
from store.audit_pages import AuditFilter, AuditPage, page
from store.database import Lease, open_store
from store.home import Home

COUNT = 40
TOGETHER = 4


@pytest.fixture
def lease(home: Home) -> Iterator[Lease]:
    """A log of 40 entries, four in each transaction."""
    lease = Lease(home)
    for number in range(0, COUNT, TOGETHER):
        with lease.use() as connection:
            for one in range(number, number + TOGETHER):
                record(connection, "case edit", f"case-{one}", {"n": one}, {"n": one + 1}, "mp")
    yield lease
    lease.close()


def checked(lease: Lease, home: Home) -> Checked:
    with lease.use() as connection:
        return verify(connection, home)


def test_entries_say_who_what_and_from_which_to_which(lease: Lease, home: Home) -> None:
    with lease.use() as connection:
        newest = entries(connection, kind="case", subject="case-39")
        assert len(entries(connection, limit=7)) == 7
        assert entries(connection, kind="data set") == []
    assert [(e["number"], e["who"], e["before"], e["after"]) for e in newest] == [
        (40, "mp", {"n": 39}, {"n": 40})
    ]
    assert checked(lease, home) == Checked(COUNT, read_head(home), True)


def test_pages_are_found_by_words_and_fit_while_entries_come(lease: Lease) -> None:
    with lease.use() as connection:
        first = page(connection, AuditFilter(), limit=15)
        record(connection, "data set frozen", "data-1", {}, {"by": "Patient"}, "mp")
    with lease.use() as connection:
        rest = page(connection, AuditFilter(), 100, 15, first.newest)
        numbers = [entry["number"] for entry in (*first.entries, *rest.entries)]
        assert numbers == list(range(COUNT, 0, -1))
        assert (first.total, rest.total, first.newest) == (COUNT, COUNT, COUNT)
        assert page(connection, AuditFilter()).newest == COUNT + 1
        found = page(connection, AuditFilter(words="patient FROZEN"))
        assert [entry["subject"] for entry in found.entries] == ["data-1"]
        assert page(connection, AuditFilter(words="patient frozen 41 x")).total == 0
        assert page(connection, AuditFilter(kind="case", subject="case-7")).total == 1


def test_an_empty_log_has_an_empty_page(home: Home) -> None:
    use = Lease(home)
    with use.use() as connection:
        assert page(connection, AuditFilter()) == AuditPage([], 0, 0)
    use.close()


def test_what_is_rolled_back_is_not_logged(lease: Lease, home: Home) -> None:
    def half() -> None:
        with lease.use() as connection:
            record(connection, "case edit", "case-x")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        half()
    assert checked(lease, home) == Checked(COUNT, read_head(home), True)


def test_threads_that_write_at_once_make_one_log(lease: Lease, home: Home) -> None:
    together = threading.Barrier(4)

    def write(name: str) -> None:
        for number in range(5):
            together.wait(10)
            with lease.use() as connection:
                record(connection, "case edit", f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert checked(lease, home) == Checked(COUNT + 20, read_head(home), True)


def moved(numbers: dict[int, int]) -> list[str]:
    """SQL that gives entries other numbers."""
    cases = " ".join(f"WHEN {old} THEN {new}" for old, new in numbers.items())
    listed = ", ".join(map(str, numbers))
    return [
        f"""CREATE TABLE a AS SELECT * REPLACE (CASE number {cases} END AS number) FROM audit_log
            WHERE number IN ({listed})""",
        f"DELETE FROM audit_log WHERE number IN ({listed})",
        "INSERT INTO audit_log SELECT * FROM a",
    ]


def changed(draw: random.Random) -> tuple[list[str], int]:
    """One character of one value of one entry is another."""
    number, column = draw.randrange(1, COUNT + 1), draw.choice([*FIELDS, "values_mac", "mac"])
    at = draw.randrange(1, 65)
    new = f"left({column}, {at} - 1) || chr(unicode(substr({column}, {at}, 1)) + 1)"
    new = f"if(length({column}) < {at}, {column} || 'x', {new} || substr({column}, {at} + 1))"
    return [f"UPDATE audit_log SET {column} = {new} WHERE number = {number}"], number


def emptied(draw: random.Random) -> tuple[list[str], int]:
    """An entry's values are gone, as those of a person who was forgotten, but none was."""
    number = draw.randrange(1, COUNT + 1)
    return [f"UPDATE audit_log SET before = '', after = '' WHERE number = {number}"], number


def deleted(draw: random.Random) -> tuple[list[str], int]:
    """A few entries that follow one another are gone, from before the last."""
    first = draw.randrange(1, COUNT)
    last = draw.randrange(first, COUNT)
    return [f"DELETE FROM audit_log WHERE number BETWEEN {first} AND {last}"], first


def closed_up(draw: random.Random) -> tuple[list[str], int]:
    """One entry is gone, and those after it have moved up."""
    number = draw.randrange(1, COUNT)
    up = moved({n: n - 1 for n in range(number + 1, COUNT + 1)})
    return [f"DELETE FROM audit_log WHERE number = {number}", *up], number


def swapped(draw: random.Random) -> tuple[list[str], int]:
    """Two entries have changed places."""
    one, other = sorted(draw.sample(range(1, COUNT + 1), 2))
    return moved({one: other, other: one}), one


def turned(draw: random.Random) -> tuple[list[str], int]:
    """Some entries stand in another order."""
    first, last = sorted(draw.sample(range(1, COUNT + 1), 2))
    order = list(range(first, last + 1))
    draw.shuffle(order)
    if order[0] == first:
        order = order[1:] + order[:1]
    return moved(dict(zip(order, range(first, last + 1), strict=True))), first


def doubled(draw: random.Random) -> tuple[list[str], int]:
    """An entry stands at the end once more."""
    sql = f"INSERT INTO audit_log SELECT * REPLACE ({COUNT + 1} AS number) FROM audit_log"
    return [f"{sql} WHERE number = {draw.randrange(1, COUNT + 1)}"], COUNT + 1


def cut_off(draw: random.Random) -> tuple[list[str], int]:
    """The end is gone, from one entry to all."""
    left = draw.randrange(COUNT)
    return [f"DELETE FROM audit_log WHERE number > {left}"], left + 1


TAMPERINGS = (changed, emptied, deleted, closed_up, swapped, turned, doubled, cut_off)
PLACES, MANY_PLACES = 4, 60


@pytest.mark.parametrize("how", TAMPERINGS)
@pytest.mark.parametrize("places", [PLACES, pytest.param(MANY_PLACES, marks=pytest.mark.slow)])
def test_tampering_is_found_at_its_place(
    how: Callable[[random.Random], tuple[list[str], int]], places: int, lease: Lease, home: Home
) -> None:
    lease.close()
    whole = home.database.read_bytes()
    for seed in range(places):
        sql, first = how(random.Random(f"{how.__name__} {seed}"))
        home.database.write_bytes(whole)
        connection = open_store(home)
        for statement in sql:
            connection.execute(statement)
        found = verify(connection, home)
        connection.close()
        said = (found.whole, found.broken, found.entries)
        assert said == (False, first, first - 1), (sql, found.why)
        assert ("had 40" in found.why) == (how is cut_off)


def test_a_head_that_is_missing_or_made_up_is_found(lease: Lease, home: Home) -> None:
    path = home.path / FILE
    kept = path.read_text()
    with lease.use() as connection:
        connection.execute("DELETE FROM audit_log WHERE number = 40")
        mac = str(connection.execute("SELECT max_by(mac, number) FROM audit_log").fetchone())
    path.write_text(json.dumps({**json.loads(kept), "count": 39, "mac": mac}))
    assert "was changed" in checked(lease, home).why
    path.write_text("{}")
    assert not checked(lease, home).whole
    path.unlink()
    lease.close()
    assert "missing" in checked(lease, home).why


def test_a_head_left_behind_is_repaired_and_logged(lease: Lease, home: Home) -> None:
    old = read_head(home)
    with lease.use() as connection:
        record(connection, "case edit", "case-x")
    write_head(home, old)
    found = checked(lease, home)
    assert found.whole
    assert "40 of 41" in found.why
    assert checked(lease, home) == Checked(42, read_head(home), True)
    with lease.use() as connection:
        assert entries(connection, limit=1)[0]["kind"] == "audit head repaired"


KILLED = """
import os, signal, sys
import store.database
from store.audit import record
from store.home import open_home
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(store.database, sys.argv[1], killed)
with store.database.Lease(open_home()).use() as connection:
    record(connection, "case edit", "case-x")
"""


@pytest.mark.parametrize(("point", "count"), [("write_head", 42), ("chain", 40)])
def test_a_process_killed_before_or_after_the_commit(
    point: str, count: int, lease: Lease, home: Home
) -> None:
    lease.close()
    made = subprocess.run(
        [sys.executable, "-c", KILLED, point], check=False, env={**os.environ}, capture_output=True
    )
    assert made.returncode == -signal.SIGKILL, made.stderr
    assert checked(lease, home).whole
    assert checked(lease, home) == Checked(count, read_head(home), True)


def test_a_store_without_its_log_is_not_taken_for_a_new_one(home: Home) -> None:
    lease = Lease(home)
    with lease.use() as connection:
        record(connection, "case edit", "case-x")
    lease.close()
    home.database.unlink()
    found = checked(lease, home)
    lease.close()
    assert (found.whole, found.broken) == (False, 1)


def test_nobody_else_can_write_an_entry(home: Home) -> None:
    connection = open_store(home)
    values = "1, '2026-11-24', 'mp', 'case edit', 'case-1', '{}', '{}'"
    values += ", repeat('b', 64)"
    connection.execute(f"INSERT INTO audit_log VALUES ({values}, repeat('a', 64))")
    assert verify(connection, home).broken == 1
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(f"INSERT INTO audit_log VALUES ({values}, 'again')")
    connection.close()
