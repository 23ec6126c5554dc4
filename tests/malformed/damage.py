"""Damage that any file may take: cut, overwritten, misencoded, misnamed, overgrown.

Each function takes the bytes of a file and a seeded source of chance, and returns other bytes.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

Damage: TypeAlias = Callable[[bytes, Random], bytes]

_TERMINAL = (
    *(b"\x1b[31m", b"\x1b]0;owned\x07", b"\x1b[2J", b"[red]", b"[/]", b"[bold", b"\x9b31m"),
    *(b"\r", b"\x08\x08", "\u202e".encode(), "\u2028".encode(), b"\x7f", b"[link=x]"),
)
_TRICKS = (
    *(b"../../../../etc/passwd", b"/dev/zero", b"file:///etc/shadow", b"C:\\Windows\\win.ini"),
    *(b"\\\\host\\share", b"http://127.0.0.1:9/x", b"%2e%2e%2f", b"~root", b"|id", b"$(id)"),
)
_FORMULAS = (
    *(b"=cmd|' /C calc'!A0", b'=HYPERLINK("http://127.0.0.1")', b"+1+1", b"-2+3"),
    *(b"@SUM(A1:A9)", b"=1/0", b"#REF!", b"#N/A", b"\t=1+1"),
)
_NUMBERS = (
    *(b"NaN", b"Infinity", b"-1", b"1e999", b"0", b"99999999999999999999", b"1e-400"),
    *(b"0x10", "\u0664\u0665".encode(), b"1_000", b"--5", b"4.5.6", b"9" * 5000),
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp037", "utf-7")


def _spot(data: bytes, rng: Random) -> int:
    return rng.randrange(len(data) + 1) if data else 0


def _put(data: bytes, rng: Random, what: bytes) -> bytes:
    at = _spot(data, rng)
    return data[:at] + what + data[at:]


def cut(data: bytes, rng: Random) -> bytes:
    """As a transfer that broke off leaves it."""
    return data[: _spot(data, rng)]


def cut_the_front(data: bytes, rng: Random) -> bytes:
    return data[_spot(data, rng) :]


def flip(data: bytes, rng: Random) -> bytes:
    """A few bytes are others."""
    out = bytearray(data or b"x")
    for _ in range(rng.choice([1, 3, 20, 200])):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def drop(data: bytes, rng: Random) -> bytes:
    """A piece is missing from the middle."""
    start = _spot(data, rng)
    return data[:start] + data[start + rng.randrange(1, 400) :]


def twice(data: bytes, rng: Random) -> bytes:
    return data + data[: _spot(data, rng)]


def repeat_a_piece(data: bytes, rng: Random) -> bytes:
    start = _spot(data, rng)
    return _put(data, rng, data[start : start + 300] * rng.randrange(1, 60))


def shuffle(data: bytes, rng: Random) -> bytes:
    """Its blocks in another order."""
    blocks = [data[n : n + 128] for n in range(0, len(data), 128)]
    rng.shuffle(blocks)
    return b"".join(blocks)


def noise(data: bytes, rng: Random) -> bytes:
    """The beginning of the right kind, then nothing that means anything."""
    return data[: rng.choice([0, 4, 132, 400])] + rng.randbytes(rng.randrange(1, 20_000))


def empty(data: bytes, rng: Random) -> bytes:
    return rng.choice([b"", b" ", b"\n" * 50, b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 512])


def zero_bytes(data: bytes, rng: Random) -> bytes:
    return _put(data, rng, b"\0" * rng.choice([1, 2, 3, 4096]))


def other_encoding(data: bytes, rng: Random) -> bytes:
    text = data.decode("utf-8", "replace") + "M\u00fcller \u2013 \u00df"
    return text.encode(rng.choice(_ENCODINGS), "replace")


def odd_bytes(data: bytes, rng: Random) -> bytes:
    """Bytes that are no UTF-8: halves of characters, surrogates, overlong forms."""
    what = rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80", b"\x80\x81"])
    return _put(data, rng, what)


def line_ends(data: bytes, rng: Random) -> bytes:
    end = rng.choice([b"\r", b"\r\r\n", b"\n\r", b"\x85", b"\x0b", b"\x0c", "\u2029".encode()])
    return data.replace(b"\n", end)


def gigantic(data: bytes, rng: Random) -> bytes:
    """A field, or a line, of hundreds of kilobytes to megabytes."""
    letter = rng.choice([b"A", b"9", b" ", b'"', b",", b"("])
    return _put(data, rng, letter * rng.choice([200_000, 3_000_000]))


def quotes(data: bytes, rng: Random) -> bytes:
    for _ in range(rng.randrange(1, 5)):
        data = _put(data, rng, rng.choice([b'"', b"'", b'""', b'"\n', b"\\"]))
    return data


def separators(data: bytes, rng: Random) -> bytes:
    for _ in range(rng.randrange(1, 30)):
        data = _put(data, rng, rng.choice([b",", b";", b"\t", b"|", b"\n", b"{", b"}", b"[", b"]"]))
    return data


def _words(words: tuple[bytes, ...]) -> Damage:
    def put(data: bytes, rng: Random) -> bytes:
        for _ in range(rng.randrange(1, 6)):
            data = _put(data, rng, rng.choice(words))
        return data

    return put


def numbers(data: bytes, rng: Random) -> bytes:
    """Numbers of the file become others that no number of a file should be."""
    spots = list(re.finditer(rb"\d+(?:\.\d+)?", data))
    for spot in reversed(rng.sample(spots, min(len(spots), rng.randrange(1, 6)))):
        data = data[: spot.start()] + rng.choice(_NUMBERS) + data[spot.end() :]
    return data


DAMAGES: Mapping[str, Damage] = {
    "cut": cut,
    "cut the front": cut_the_front,
    "flipped": flip,
    "dropped": drop,
    "twice": twice,
    "repeated": repeat_a_piece,
    "shuffled": shuffle,
    "noise": noise,
    "empty": empty,
    "zero bytes": zero_bytes,
    "encoding": other_encoding,
    "odd bytes": odd_bytes,
    "line ends": line_ends,
    "gigantic": gigantic,
    "quotes": quotes,
    "separators": separators,
    "terminal": _words(_TERMINAL),
    "paths": _words(_TRICKS),
    "formulas": _words(_FORMULAS),
    "numbers": numbers,
}
