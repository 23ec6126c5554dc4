"""Sealed files: what was written comes back, anything else is an error; keys and their box."""

import base64
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from store import keybox
from store.errors import RadoncError
from store.home import Home
from store.keybox import Lock, Locked
from store.keys import home_secret
from store.lines import line_writer, read_lines, sha256_content, sha256_file, write_lines
from store.sealing import is_sealed

QUICK = Lock(cost=1 << 10)
ROWS = [{"diagnosis": f"Carcinoma number {n}", "n": n} for n in range(30)]


@pytest.fixture
def sealed_home(home: Home) -> Home:
    name, key = keybox.new_key()
    keybox.write_box(home, keybox.locked(QUICK, b"pass", {name: key}, name))
    keybox.remember(home, {name: key})
    return home


def test_lines_come_back_and_are_not_in_the_file(sealed_home: Home) -> None:
    path = sealed_home.folder("runs") / "samples.jsonl"
    assert write_lines(path, ROWS) == len(ROWS)
    assert list(read_lines(path)) == ROWS
    raw = path.read_bytes()
    decoded = b"".join(base64.b64decode(line) for line in raw.splitlines()[1:])
    assert b"Carcinoma" not in raw + decoded
    again = sealed_home.folder("runs") / "again.jsonl"
    write_lines(again, ROWS)
    assert sha256_content(again) == sha256_content(path)
    assert sha256_file(again) != sha256_file(path)
    assert {p.name for p in again.parent.iterdir()} == {"samples.jsonl", "again.jsonl"}


@settings(deadline=None)
@given(rows=st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=40)), max_size=6))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[object]) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    name, key = keybox.new_key()
    keybox.write_box(home, keybox.Box(QUICK, {name: ""}, name))
    keybox.remember(home, {name: key})
    path = home.path / "any.jsonl"
    with line_writer(path) as write:
        for row in rows:
            write(row)
    assert is_sealed(path)
    assert list(read_lines(path)) == rows


def _flipped(lines: list[bytes], place: int) -> list[bytes]:
    raw = bytearray(base64.b64decode(lines[place]))
    raw[len(raw) // 2] ^= 1
    return [*lines[:place], base64.b64encode(raw) + b"\n", *lines[place + 1 :]]


def _swapped(lines: list[bytes], place: int) -> list[bytes]:
    lines = list(lines)
    lines[place - 1], lines[place] = lines[place], lines[place - 1]
    return lines


TAMPERINGS: dict[str, Callable[[list[bytes], int], list[bytes]]] = {
    "a bit": _flipped,
    "swapped": _swapped,
    "deleted": lambda lines, place: lines[:place] + lines[place + 1 :],
    "doubled": lambda lines, place: [*lines[:place], lines[place], *lines[place:]],
    "cut off": lambda lines, place: lines[:place],
    "no base64": lambda lines, place: [*lines[:place], b"{}\n", *lines[place + 1 :]],
    "torn": lambda lines, place: [*lines[:place], lines[place][:9]],
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_what_was_tampered_with_is_an_error(how: str, sealed_home: Home) -> None:
    path = sealed_home.folder("runs") / "samples.jsonl"
    write_lines(path, ROWS)
    lines = path.read_bytes().splitlines(keepends=True)
    for place in (2, random.Random(how).randrange(3, len(ROWS)), len(ROWS)):
        path.write_bytes(b"".join(TAMPERINGS[how](lines, place)))
        with pytest.raises(RadoncError, match=r"samples\.jsonl was changed or cut short"):
            list(read_lines(path))


def test_a_file_in_the_place_of_another_is_an_error(sealed_home: Home) -> None:
    one, two = (sealed_home.folder("runs") / f"{name}.jsonl" for name in ("one", "two"))
    write_lines(one, ROWS)
    one.rename(two)
    with pytest.raises(RadoncError, match=r"two\.jsonl was changed"):
        list(read_lines(two))


def test_without_the_key_nothing_is_read_or_written(sealed_home: Home) -> None:
    path = sealed_home.folder("runs") / "samples.jsonl"
    write_lines(path, ROWS)
    secret = home_secret(sealed_home)
    assert is_sealed(sealed_home.path / "secret.key")
    keybox.forget(sealed_home)
    for use in (
        lambda: list(read_lines(path)),
        lambda: write_lines(path, ROWS),
        lambda: home_secret(sealed_home),
    ):
        with pytest.raises(Locked, match="its key was not given"):
            use()
    with pytest.raises(Locked, match="not the key of the home"):
        keybox.unlock(sealed_home, b"Pass")
    with pytest.raises(Locked):
        keybox.unlock_with(sealed_home, b"k" * 32)
    keybox.unlock(sealed_home, b"pass")
    assert list(read_lines(path)) == ROWS
    assert home_secret(sealed_home) == secret


def test_outside_of_an_encrypted_home_nothing_is_sealed(tmp_path: Path, home: Home) -> None:
    for path in (tmp_path / "answers.jsonl", home.folder("runs") / "samples.jsonl"):
        write_lines(path, ROWS)
        assert not is_sealed(path)
        assert sha256_content(path) == sha256_file(path)
        path.write_bytes(b'{"a": 1}\n\xff\n')
        with pytest.raises(RadoncError, match="is damaged"):
            list(read_lines(path))
