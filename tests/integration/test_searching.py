"""Each disguise in which words may lie about is seen through, wherever in a file it is."""

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.integration.searching import hits, search, wanted

WORDS = "Quadrilobed Ångström petiolation"
IDS = [17, 300, 5, 611, 2, 40, 9]
SOUGHT = wanted([WORDS], {"the case": IDS})
TEXT = f"She has a {WORDS}, and pain.".encode()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", data)
    return out.getvalue()


def as_numbers(size: int) -> bytes:
    return b"".join(number.to_bytes(size, "little") for number in IDS)


DISGUISES: dict[str, bytes] = {
    "as it is": TEXT,
    "in capitals": TEXT.decode().upper().encode(),
    "in small letters": TEXT.decode().lower().encode(),
    "UTF-16": TEXT.decode().encode("utf-16"),
    "UTF-16, other order": TEXT.decode().encode("utf-16-be"),
    "UTF-32": TEXT.decode().encode("utf-32"),
    "hex": TEXT.hex().encode(),
    "hex in capitals": TEXT.hex().upper().encode(),
    "JSON": json.dumps({"a": TEXT.decode()}).encode(),
    "JSON in JSON": json.dumps(json.dumps(TEXT.decode())).encode(),
    "every letter escaped": "".join(f"\\u{ord(c):04X}" for c in TEXT.decode()).encode(),
    "base64": base64.b64encode(TEXT),
    "base64 for addresses": base64.urlsafe_b64encode(b"\xff\xfe" + TEXT),
    "base64 in lines": base64.encodebytes(b"x" * 38 + TEXT),
    "base64 in lines of JSON": json.dumps(base64.encodebytes(b"x" * 38 + TEXT).decode()).encode(),
    "base64 of UTF-16": base64.b64encode(b"x" + TEXT.decode().encode("utf-16-le")),
    "base64 of capitals": base64.b64encode(TEXT.decode().upper().encode()),
    "gzip": gzip.compress(TEXT * 3),
    "zlib": zlib.compress(TEXT * 3),
    "zlib, quick": zlib.compress(TEXT, 1),
    "zip": zipped(TEXT * 3),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "gzip in zip": zipped(gzip.compress(TEXT)),
    "base64 of gzip": base64.b64encode(gzip.compress(TEXT * 9)),
    "gzip of base64": gzip.compress(base64.b64encode(TEXT)),
    "gzip of JSON": gzip.compress(json.dumps(TEXT.decode()).encode()),
    "gzip of UTF-16": gzip.compress(TEXT.decode().encode("utf-16-le")),
    "a torn gzip": gzip.compress(TEXT + random.Random(1).randbytes(9000))[:-2000],
    "token ids of 2 bytes": as_numbers(2),
    "token ids of 4 bytes": as_numbers(4),
    "token ids of 8 bytes": as_numbers(8),
    "token ids as JSON": json.dumps({"input_ids": IDS}).encode(),
    "token ids in short JSON": json.dumps(IDS, separators=(",", ":")).encode(),
    "token ids in gzip": gzip.compress(as_numbers(8)),
    "token ids in base64 of zlib": base64.b64encode(zlib.compress(as_numbers(4))),
}


@pytest.mark.parametrize("how", DISGUISES)
def test_every_disguise_is_seen_through(how: str, tmp_path: Path) -> None:
    noise = random.Random(how)
    (tmp_path / "inner").mkdir()
    data = noise.randbytes(noise.randrange(5000)) + DISGUISES[how] + noise.randbytes(3000)
    if how == "every letter escaped" or how.startswith("token ids as"):
        data = DISGUISES[how]
    (tmp_path / "inner" / "file.bin").write_bytes(data)
    (tmp_path / "clean.bin").write_bytes(noise.randbytes(50_000))
    found = search(tmp_path, SOUGHT)
    assert found
    assert all(line.startswith("inner/file.bin: ") for line in found)


def test_a_name_of_a_file_is_searched(tmp_path: Path) -> None:
    (tmp_path / f"{WORDS.lower()}.txt").touch()
    assert len(search(tmp_path, SOUGHT)) == 1


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_base64_is_seen_through_at_every_place(before: bytes, after: bytes) -> None:
    assert hits(base64.b64encode(before + TEXT + after), SOUGHT)
    # the words alone, so that nothing around them is the same
    assert hits(base64.b64encode(before + WORDS.encode() + after), SOUGHT)


@given(st.binary(max_size=3000))
def test_what_is_not_there_is_not_found(data: bytes) -> None:
    for made in (data, gzip.compress(data), base64.b64encode(data), zipped(data)):
        assert hits(made, SOUGHT) == []


@pytest.mark.parametrize("change", [str.title, str.upper, str.lower])
def test_words_are_found_in_any_case(change: Callable[[str], str]) -> None:
    assert hits(change(WORDS).encode("utf-16-le"), SOUGHT)
