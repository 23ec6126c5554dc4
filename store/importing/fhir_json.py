"""What every part of a FHIR resource's JSON is asked for: extensions, codings, quantities, dates.

The types are those of FHIR R4 (http://hl7.org/fhir/R4/datatypes.html). ``fhir.resources`` says
whether a resource keeps to them (``check_resource``); its classes are made while they are
imported, so that no type checker knows their fields, and what is read is read here, from the JSON.
Nothing here follows a reference or opens a file.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from store.reasons import Lost

Json: TypeAlias = dict[str, Any]

ICD10_CM = "icd-10-cm"
ICD10 = "icd-10"
SNOMED = "snomed"
_SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10-cm": ICD10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD10_CM,
    "http://hl7.org/fhir/sid/icd-10": ICD10,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "http://snomed.info/sct": SNOMED,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
}
_TAGS = (
    "body structure|disorder|procedure|finding|morphologic abnormality|qualifier value|substance"
    "|regime/therapy|observable entity"
)
_TAG = re.compile(rf"\s*\((?:{_TAGS})\)\s*$", re.I)
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
UNDATED = ""
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
WORDS = {
    "Patient": "patient",
    "Condition": "diagnosis",
    "BodyStructure": "volume",
    "ServiceRequest": "prescription or plan",
    "Procedure": "course summary",
}
"""The types of resources as a person calls them."""


def check_resource(resource: Json) -> None:
    """Whether the resource keeps to the types of FHIR R4.

    R4B (4.3) is the version of ``fhir.resources`` nearest to R4; the resources that are read here
    are the same in both.

    Raises:
        Lost: it does not; the detail names the elements and quotes nothing that stands in them.
    """
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    kind = str(resource["resourceType"])
    if _holds_null(resource):
        # JSON has null and FHIR has not, though the library lets it pass
        raise Lost("damaged_file", f"The {WORDS.get(kind, 'record')} has an element that is null.")
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValidationError as error:
        places = {".".join(str(part) for part in e["loc"] if part) for e in error.errors()}
        named = ", ".join(sorted(place[:60] for place in places if place)[:3]) or "its structure"
        what = WORDS.get(kind, "record")
        raise Lost("damaged_file", f"The {what} breaks the rules of FHIR R4 at {named}.") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        what = WORDS.get(kind, "record")
        raise Lost("damaged_file", f"The {what} cannot be read as FHIR R4.") from error


def _holds_null(resource: Json) -> bool:
    left: list[Any] = [resource]
    while left:
        value = left.pop()
        if value is None:
            return True
        if isinstance(value, dict):
            left += cast(Json, value).values()
        elif isinstance(value, list):
            left += cast(list[Any], value)
    return False


def extensions(element: Json, name: str) -> Iterator[Json]:
    """The extensions whose address ends in ``name``."""
    for extension in element.get("extension", ()):
        if str(extension.get("url", "")).rsplit("/", 1)[-1] == name:
            yield extension


def extension_value(element: Json, name: str, kind: str) -> Any:
    """The value of the first such extension, as ``valueQuantity`` and the like; None without."""
    return next((e[kind] for e in extensions(element, name) if kind in e), None)


def codes(concept: Json, system: str) -> list[str]:
    """The codes of a CodeableConcept in one system."""
    return [
        str(coding["code"])
        for coding in concept.get("coding", ())
        if _SYSTEMS.get(str(coding.get("system"))) == system and coding.get("code")
    ]


def words(concept: Json) -> str:
    """What a CodeableConcept says in words: its text, or the first display; no semantic tag."""
    displays = [
        str(coding["display"]) for coding in concept.get("coding", ()) if coding.get("display")
    ]
    said = str(concept.get("text") or next(iter(displays), ""))
    return _TAG.sub("", " ".join(said.split()))


def snomed_names(concept: Json) -> dict[str, str]:
    """The words of each coding of SNOMED CT by its code; what is no such code is left out."""
    return {
        str(coding["code"]): _TAG.sub("", str(coding.get("display", "")))
        for coding in concept.get("coding", ())
        if _SYSTEMS.get(str(coding.get("system"))) == SNOMED and is_snomed(str(coding.get("code")))
    }


def is_snomed(code: str) -> bool:
    """Whether the check digit is that of a SNOMED CT identifier (Verhoeff, J. 1969)."""
    if not re.fullmatch(r"[1-9][0-9]{5,17}", code):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _times(check, _turned(place, int(digit)))
    return check == 0


def _times(one: int, other: int) -> int:
    """The product of two digits in the dihedral group of the pentagon."""
    if one < 5:
        return (one + other) % 5 if other < 5 else (one + other) % 5 + 5
    return (one - other) % 5 + 5 if other < 5 else (one - other) % 5


def _turned(place: int, digit: int) -> int:
    """The digit after ``place`` turns of Verhoeff's permutation."""
    for _ in range(place % 8):
        digit = _TURN[digit]
    return digit


def gray(quantity: Json) -> float:
    """The dose of a Quantity in Gy; the unit stands in ``code``, or in ``unit`` alone.

    Raises:
        Lost: there is no number, no unit, or the two units contradict each other.
    """
    value = quantity.get("value")
    named = {str(quantity[key]).strip().casefold() for key in ("code", "unit") if quantity.get(key)}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Lost("dose_unreadable", "The dose has no number.")
    if len(named) != 1 or not named <= {"gy", "cgy"}:
        raise Lost("dose_unreadable", "The dose has no unit, or one that is neither Gy nor cGy.")
    dose = float(value) / (100 if named == {"cgy"} else 1)
    if not 0 < dose < float("inf"):
        raise Lost("dose_unreadable", "The dose is no positive number.")
    return round(dose, 4)


def count(value: object) -> int | None:
    """A number of fractions; None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def date(text: object) -> str:
    """A date or date and time as far as the day, in ISO form; "" where there is none."""
    found = _DATE.match(str(text or ""))
    return found[0] if found else UNDATED


def surely_by(written: str, decision: str) -> bool:
    """Whether what was written on one date was written on or before another.

    A date that is known to the year or month alone is taken as that period's last day, so that
    nothing from after the decision passes; without either date it cannot be said.
    """
    if not written or not decision:
        return False
    return written + "-12-31"[len(written) - 4 :] <= decision + "-01-01"[len(decision) - 4 :]


def surely_after(written: str, decision: str) -> bool:
    """Whether one date is of a later year, month or day than another, as far as both are known."""
    known = min(len(written), len(decision))
    return known > 0 and written[:known] > decision[:known]


def day_of(text: str) -> datetime.date | None:
    """The day of a date in ISO form; None where no more than its year or month is known."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def reference(element: Json, key: str) -> str:
    """The address that an element's Reference holds; "" where there is none."""
    return str(element.get(key, {}).get("reference", ""))


def references(element: Json, key: str) -> list[str]:
    """The addresses that an element's list of References holds."""
    return [str(item.get("reference", "")) for item in element.get(key, ())]
