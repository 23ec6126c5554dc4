"""Which encoding a text table is in: UTF-8, UTF-16 with or without its mark, or Windows-1252.

Nearly any bytes decode as Windows-1252, so a file is read so only where all of it looks like text
of western Europe: accented letters inside of words, usual signs, and nothing else. What most other
code pages make of such letters fails this, and such a file is refused. What passes is noted with
each record that it concerns (``NOTE``), because one of a few Slavic pages may pass too.
"""

import codecs
import re
from pathlib import Path

BLOCK = 1 << 20
NOTE = "text read as Windows-1252"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LETTERS = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœšž"
_SIGNS = "°µ±²³·’‘“”–—…½¼¾€£§«»´\xa0"
_ODD = re.compile(
    rf"[^\x00-\x7f{_LETTERS}{_LETTERS.upper()}{_SIGNS}]"
    rf"|(?<![A-Za-z{_LETTERS}{_LETTERS.upper()}])[{_LETTERS}](?![A-Za-z{_LETTERS}])"
    rf"|(?<=[a-z])[{_LETTERS.upper().replace('SS', '')}]"
    r"|(?<=[A-Za-z])[½¼¾µ«»£³²·´§°±](?=[a-z])"
)


def find_encoding(path: Path, head: bytes, whole: bool) -> str:
    """The name of the encoding, or "" where it is none of these.

    ``head`` are the first bytes; only with ``whole`` is the rest of the file looked at, in blocks.
    """
    if head.startswith(UTF16):
        return "utf-16"
    if b"\0" in head:
        return _without_mark(head)
    if _decodes(path, head, whole, "utf-8"):
        return "utf-8-sig"
    return "cp1252" if _decodes(path, head, whole, "cp1252") else ""


def _without_mark(head: bytes) -> str:
    """UTF-16 shows by every other byte being zero in text that is mostly ASCII."""
    pairs = len(head) // 2
    first, second = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    for name, zeros, others in (("utf-16-le", second, first), ("utf-16-be", first, second)):
        if pairs and zeros > 0.6 * pairs and not others:
            return name
    return ""


def _decodes(path: Path, head: bytes, whole: bool, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        if not whole:
            return _plain(decoder.decode(head), encoding)
        before = ""
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                text = decoder.decode(block)
                if not _plain(before + text, encoding):
                    return False
                before = text[-1:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _plain(text: str, encoding: str) -> bool:
    return encoding == "utf-8" or not _ODD.search(text)
