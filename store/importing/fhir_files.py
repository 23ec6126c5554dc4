"""The resources of FHIR files by the references that name them, read again when they are asked for.

A first pass notes where each resource stands, so that an export of any size is held as addresses
and not as resources. A reference is only ever looked up here: it is never opened, whatever path
or address it spells. What is no radiotherapy and no part of it is passed over, and counted.
"""

import json
import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from store.importing.fhir_json import SNOMED, WORDS, Json, check_resource, codes, references
from store.reasons import Lost

LARGEST_FILE = 1 << 26
LONGEST_LINE = 1 << 24
HELD_FILES = 4
NEEDED = ("Patient", "Condition", "BodyStructure", "ServiceRequest", "Procedure", "Observation")
_TYPE = re.compile(r"[A-Z][A-Za-z]{2,40}")
COURSE, PHASE = "1217123003", "1222565005"
_COURSES = ("radiotherapy-course-summary", "radiotherapy-course-prescription",
            "radiotherapy-planned-course")  # fmt: skip
_PHASES = ("radiotherapy-phase-prescription", "radiotherapy-planned-phase")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource stands: file, byte of its line (or of the file's whole text), entry."""

    file: int
    start: int
    entry: int
    row: int


@dataclass(frozen=True)
class Damaged:
    """A part of a file that could not be read; ``row`` counts lines, and is 1 for a whole file."""

    file: int
    row: int
    detail: str


@dataclass
class Resources:
    """All resources of some files.

    ``summaries`` and ``requests`` are the courses in the order of the files; ``phases`` are the
    requests of phases by the place of the course they are based on; ``cited`` are the places of
    requests that a course is based on, or that a later one replaces; ``with_condition`` are the
    patients of conditions.
    """

    files: Sequence[Path]
    passed_over: Counter[str] = field(default_factory=Counter[str])
    places: dict[str, list[Place]] = field(default_factory=dict[str, list[Place]])
    summaries: list[Place] = field(default_factory=list[Place])
    requests: list[Place] = field(default_factory=list[Place])
    phases: dict[Place, list[Place]] = field(default_factory=dict[Place, list[Place]])
    cited: set[Place] = field(default_factory=set[Place])
    with_condition: set[str] = field(default_factory=set[str])
    damaged: list[Damaged] = field(default_factory=list[Damaged])
    _citing: list[tuple[str, Place]] = field(default_factory=list[tuple[str, Place]])
    _based: list[tuple[str, Place]] = field(default_factory=list[tuple[str, Place]])
    _held: OrderedDict[tuple[int, int], list[Json]] = field(
        default_factory=OrderedDict[tuple[int, int], list[Json]]
    )

    def look(self) -> None:
        """The first pass: note every resource that may be needed."""
        for number, path in enumerate(self.files):
            with path.open("rb") as file:
                parts = _lines(file) if _is_lines(path) else _whole(file)
                for row, start, line in parts:
                    try:
                        entries = _entries(line)
                    except (ValueError, RecursionError) as error:
                        said = (
                            str(error)
                            if isinstance(error, _NoFhirError)
                            else "It is no JSON in UTF-8."
                        )
                        self.damaged.append(Damaged(number, row, said))
                        continue
                    for at, (url, resource) in enumerate(entries):
                        where = row if _is_lines(path) else at + 1
                        self._note(url, resource, Place(number, start, at, where))
        for address, place in self._citing:
            self.cited.update(self._named(address, place))
        for address, place in self._based:
            for course in self._named(address, place):
                self.phases.setdefault(course, []).append(place)

    def _note(self, url: str, resource: Json, place: Place) -> None:
        kind, name = (
            str(resource["resourceType"]),
            f"{resource['resourceType']}/{resource.get('id')}",
        )
        if kind not in NEEDED:
            self.passed_over[kind if _TYPE.fullmatch(kind) else "no type of FHIR"] += 1
            return
        for key in {url, name} - {""}:
            self.places.setdefault(key, []).append(place)
        try:
            if kind == "Condition":
                self.with_condition.add(_address(resource["subject"]["reference"]))
            elif kind in ("Procedure", "ServiceRequest"):
                self._note_treatment(kind, resource, place)
        except (KeyError, TypeError, AttributeError, ValueError):
            self.damaged.append(Damaged(place.file, place.row, f"The {WORDS[kind]} is no FHIR R4."))

    def _note_treatment(self, kind: str, resource: Json, place: Place) -> None:
        bases = [(address, place) for address in references(resource, "basedOn")]
        if _is_a(resource, COURSE, _COURSES):
            self._citing += bases
            if kind == "Procedure":
                self.summaries.append(place)
            else:
                self.requests.append(place)
                self._citing += [(a, place) for a in references(resource, "replaces")]
        elif kind == "ServiceRequest" and _is_a(resource, PHASE, _PHASES):
            self._based += bases
        else:
            self.passed_over[kind] += 1

    def load(self, place: Place) -> Json:
        """The resource that stands there, checked against FHIR R4.

        Raises:
            Lost: it breaks the rules of FHIR.
        """
        resource = self._read(place)
        check_resource(resource)
        return resource

    def find(self, address: str, place: Place, kinds: tuple[str, ...] = ()) -> tuple[Json, Place]:
        """The resource that ``address`` names, and where it stands, seen from ``place``.

        One in the same file counts before others; others count if they say the same.

        Raises:
            Lost: the files do not hold it, or hold different ones under that name.
        """
        wanted = WORDS.get(kinds[0], "record") if kinds else "record"
        found = self._named(address, place)
        if not found:
            raise Lost(
                "reference_dangling", f"The record points to a {wanted} that is not in the files."
            )
        if len(found) > 1:
            first = _content(self._read(found[0]))
            if any(_content(self._read(other)) != first for other in found[1:]):
                raise Lost("reference_dangling", "The files hold different records of one name.")
        resource = self.load(found[0])
        if kinds and resource["resourceType"] not in kinds:
            raise Lost(
                "reference_dangling", f"The record points to something else than a {wanted}."
            )
        return resource, found[0]

    def _named(self, address: str, place: Place) -> list[Place]:
        """Where the resources of this name stand; small numbers name others in every bundle."""
        found = self.places.get(address) or self.places.get(_address(address)) or []
        return [p for p in found if p.file == place.file] or found

    def _read(self, place: Place) -> Json:
        key = (place.file, place.start)
        if key not in self._held:
            path = self.files[place.file]
            with path.open("rb") as file:
                file.seek(place.start)
                line = file.readline(LONGEST_LINE) if _is_lines(path) else file.read(LARGEST_FILE)
            self._held[key] = [resource for _, resource in _entries(line)]
            while len(self._held) > HELD_FILES:
                self._held.popitem(last=False)
        return self._held[key][place.entry]


class _NoFhirError(ValueError):
    """JSON that holds no FHIR resource."""


def name_of(resource: Json) -> str:
    """``Type/id``, by which other resources refer to this one."""
    return f"{resource['resourceType']}/{resource.get('id')}"


def _is_lines(path: Path) -> bool:
    return path.suffix.casefold() in (".ndjson", ".jsonl")


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Row, first byte and text of each line; of one that is too long, an empty object."""
    row, start = 0, 0
    while line := file.readline(LONGEST_LINE):
        row += 1
        length = len(line)
        if length == LONGEST_LINE and not line.endswith(b"\n"):
            while rest := file.readline(LONGEST_LINE):
                length += len(rest)
                if rest.endswith(b"\n"):
                    break
            line = b"{}"
        if line.strip():
            yield row, start, line
        start += length


def _whole(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    text = file.read(LARGEST_FILE + 1)
    yield 1, 0, text if len(text) <= LARGEST_FILE else b"{}"


def _entries(line: bytes) -> list[tuple[str, Json]]:
    """The resources of a JSON text with their addresses: of a bundle its entries, else itself."""
    parsed: object = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    if b"\\u" in line:  # half of a surrogate pair is legal in JSON and no text
        json.dumps(parsed, ensure_ascii=False).encode()
    if not isinstance(parsed, dict):
        raise _NoFhirError("It holds no FHIR resource.")
    resource = cast(Json, parsed)
    if not isinstance(resource.get("resourceType"), str):
        raise _NoFhirError("It holds no FHIR resource, or one that is too long.")
    if resource["resourceType"] != "Bundle":
        return [("", resource)]
    entries = cast(object, resource.get("entry", []))
    if not isinstance(entries, list):
        raise _NoFhirError("Its bundle has no list of entries.")
    found: list[tuple[str, Json]] = []
    for entry in cast(list[object], entries):
        inner = cast(Json, entry).get("resource") if isinstance(entry, dict) else None
        if not isinstance(inner, dict) or not isinstance(
            cast(Json, inner).get("resourceType"), str
        ):
            raise _NoFhirError("An entry of its bundle holds no FHIR resource.")
        found.append((str(cast(Json, entry).get("fullUrl", "")), cast(Json, inner)))
    return found


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _address(reference: str) -> str:
    """``Type/id`` of any spelling of a reference to a resource, or the reference itself."""
    bare = reference.split("/_history/", maxsplit=1)[0]
    parts = bare.rsplit("/", 2)
    return "/".join(parts[-2:]) if len(parts) > 1 else bare


def _is_a(resource: Json, code: str, profiles: tuple[str, ...]) -> bool:
    named = [str(profile) for profile in resource.get("meta", {}).get("profile", ())]
    return code in codes(resource.get("code", {}), SNOMED) or any(
        profile.split("|")[0].endswith(profiles) for profile in named
    )


def _content(resource: Json) -> Json:
    return {key: value for key, value in resource.items() if key not in ("meta", "text")}
