"""Looks for planted words and token ids in every byte of a folder, in whatever they are wrapped.

Words are found in any case, as UTF-8, UTF-16 and UTF-32, in hex and in base64 (at any place of a
file, broken into lines or not), behind JSON's escapes, and inside of what gzip, zlib, zip, bzip2
or xz packed, base64 around it or not. Token ids are found as little-endian integers of two, four
and eight bytes and as decimal numbers in text. ``test_searching.py`` hides words in each of these.
"""

import base64
import bz2
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DEPTH = 3
"""Wrappings within each other that are opened."""
MOST = 1 << 26
"""Bytes that one packed stream may open to; what is behind is not looked at."""
RUN = 6
"""Token ids that follow one another: with fewer, chance would find them."""

_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_PACKED = re.compile(
    rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04|BZh[1-9]1AY&SY|\xfd7zXZ\x00", re.DOTALL
)
"""How gzip, zlib (RFC 1950, with the window that everybody uses), zip, bzip2 and xz begin."""
_BETWEEN = b"\r\n\t \"',"
"""What may stand between two lines of base64."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for, by name: bytes in data folded to small letters, and bytes as they are."""

    folded: tuple[tuple[str, bytes], ...]
    exact: tuple[tuple[str, bytes], ...]


def wanted(words: Sequence[str], ids: Mapping[str, Sequence[int]] | None = None) -> Wanted:
    """The patterns of words, and of the token ids by the name of what they are of."""
    folded: list[tuple[str, bytes]] = []
    exact: list[tuple[str, bytes]] = []
    for word in words:
        # letters that are not ASCII are not folded, so they are looked for small and capital
        for text in dict.fromkeys((word, word.lower(), word.upper())):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
                folded.append((f"{word!r} in {encoding}", text.encode(encoding).lower()))
            folded.append((f"{word!r} in hex", text.encode().hex().encode()))
            for encoding in ("utf-8", "utf-16-le"):
                name = f"{word!r} as {encoding} in base64"
                exact += [(name, pattern) for pattern in _in_base64(text.encode(encoding))]
    for name, numbers in (ids or {}).items():
        for at in range(len(numbers) - RUN + 1):
            run = numbers[at : at + RUN]
            for size in (2, 4, 8):
                pattern = b"".join(number.to_bytes(size, "little") for number in run)
                exact.append((f"token ids of {name!r} in {size} bytes", pattern))
            for between in (",", ", ", " "):
                said = between.join(map(str, run)).encode()
                folded.append((f"token ids of {name!r} as numbers", said))
    return Wanted(tuple(folded), tuple(exact))


def search(folder: Path, sought: Wanted) -> list[str]:
    """``place: what`` of everything that is found under ``folder``, names of files included."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        place = str(path.relative_to(folder))
        found += [f"{place}, its name: {what}" for what in hits(place.encode(), sought)]
        if path.is_file() and not path.is_symlink():
            found += [f"{place}: {what}" for what in hits(path.read_bytes(), sought)]
    return found


def hits(data: bytes, sought: Wanted) -> list[str]:
    """What is in the bytes, and in what they wrap."""
    found: dict[str, None] = {}
    for how, view in views(data):
        low = view.lower()
        for name, pattern in sought.folded:
            if pattern in low:
                found[f"{name}{how}"] = None
        for name, pattern in sought.exact:
            if pattern in view:
                found[f"{name}{how}"] = None
    return list(found)


def views(data: bytes, depth: int = DEPTH, how: str = "") -> Iterator[tuple[str, bytes]]:
    """The data, and what it is behind escapes, line breaks, base64 and packing."""
    yield how, data
    if depth == 0:
        return
    plain = _unescaped(data)
    if plain != data:
        yield f"{how}, unescaped", plain
    joined = data.replace(rb"\n", b"").translate(None, _BETWEEN)
    if joined != data:
        yield f"{how}, in broken lines", joined
    for unpacked in _unpacked(data):
        yield from views(unpacked, depth - 1, f"{how}, unpacked")
    for decoded in _decoded(joined):
        yield from views(decoded, depth - 1, f"{how}, out of base64")


def _in_base64(raw: bytes) -> Iterable[bytes]:
    """What of base64 the bytes decide alone, whichever of three places they begin at."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        yield whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _unescaped(data: bytes) -> bytes:
    """JSON's escapes undone, also those that were escaped again."""
    if b"\\" not in data:
        return data

    def character(match: re.Match[bytes]) -> bytes:
        return chr(int(match[1], 16)).encode("utf-8", "replace")

    return _ESCAPE.sub(character, data).replace(b"\\/", b"/")


def _unpacked(data: bytes) -> Iterator[bytes]:
    """What packed streams that begin anywhere in the data hold, torn ones as far as they go."""
    for match in _PACKED.finditer(data):
        at, head = match.start(), match[0]
        if head == b"PK\x03\x04":
            name, extra = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (26, 28))
            at += 30 + name + extra
            opened = _opened(zlib.decompressobj(-15), data, at)
        elif head.startswith(b"\x1f"):
            opened = _opened(zlib.decompressobj(31), data, at)
        elif head.startswith(b"BZ"):
            opened = _opened(bz2.BZ2Decompressor(), data, at)
        elif head.startswith(b"\xfd"):
            opened = _opened(lzma.LZMADecompressor(), data, at)
        else:
            opened = _opened(zlib.decompressobj(), data, at)
        if len(opened) >= RUN:
            yield opened


def _opened(
    opener: "zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor", data: bytes, at: int
) -> bytes:
    out: list[bytes] = []
    size = 0
    try:
        for start in range(at, len(data), 4096):
            out.append(opener.decompress(data[start : start + 4096]))
            size += len(out[-1])
            if opener.eof or size > MOST:
                break
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        pass  # chance looks like a header now and then; what came until here is searched
    return b"".join(out)


def _decoded(data: bytes) -> Iterator[bytes]:
    """What runs of base64, of either alphabet, say where something packed begins in it."""
    for match in _BASE64_RUN.finditer(data):
        run = match[0].replace(b"-", b"+").replace(b"_", b"/")
        for before in range(4):
            whole = run[before:]
            decoded = base64.b64decode(whole[: len(whole) // 4 * 4])
            if _PACKED.search(decoded):
                yield decoded
