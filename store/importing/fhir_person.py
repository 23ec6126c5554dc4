"""A FHIR Patient: the key that groups records of one person, age, sex, and what identifies them.

What identifies a person is handed on only to be taken out of text; it is stored nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from store.importing.fhir_json import Json, date
from store.reasons import Lost

_MRN = "MR"
_SHORTEST = 2
MOST = 200
"""Names, numbers and addresses of one person; each is looked for in all of the text."""


@dataclass(frozen=True)
class Person:
    """A patient: ``key`` is the record number (else the resource's id), ``birth`` a date."""

    key: str
    resource: str
    sex: str
    birth: str
    identifiers: tuple[str, ...]


def person_of(patient: Json) -> Person:
    """The person that a Patient resource describes.

    Raises:
        Lost: it has more names and numbers than any person.
    """
    numbers = [
        str(identifier["value"])
        for identifier in patient.get("identifier", ())
        if identifier.get("value") and _is_record_number(identifier)
    ]
    found = dict.fromkeys(text.strip() for text in _identifiers(patient))
    if len(found) > MOST:
        raise Lost("damaged_file", f"The Patient has {len(found)} names and numbers.")
    return Person(
        key=numbers[0] if numbers else str(patient.get("id", "")),
        resource=str(patient.get("id", "")),
        sex=str(patient.get("gender", "")),
        birth=date(patient.get("birthDate")),
        identifiers=tuple(text for text in found if len(text) >= _SHORTEST),
    )


def age_at(birth: str, day: str) -> int | None:
    """Whole years from a birth date to a day; from the years alone where no more is known."""
    if not birth or not day:
        return None
    years = int(day[:4]) - int(birth[:4])
    known = min(len(birth), len(day))
    years -= known > 4 and day[5:known] < birth[5:known]
    return years if 0 <= years < 130 else None


def _is_record_number(identifier: Json) -> bool:
    return any(
        coding.get("code") == _MRN for coding in identifier.get("type", {}).get("coding", ())
    )


def _identifiers(patient: Json) -> Iterator[str]:
    """Names, numbers, dates, telephones, mail and postal addresses of patient and contacts."""
    for identifier in patient.get("identifier", ()):
        yield str(identifier.get("value", ""))
    yield str(patient.get("birthDate", ""))
    yield from _ways_to_reach(patient, patient.get("name", []), patient.get("address", []))
    for contact in patient.get("contact", ()):
        # of a contact there is one name and one address
        yield from _ways_to_reach(contact, [contact.get("name", {})], [contact.get("address", {})])


def _ways_to_reach(person: Json, names: list[Json], addresses: list[Json]) -> Iterator[str]:
    for name in names:
        yield str(name.get("text", ""))
        yield str(name.get("family", ""))
        yield from (str(given) for given in name.get("given", ()))
    yield from (str(telecom.get("value", "")) for telecom in person.get("telecom", ()))
    for address in addresses:
        yield str(address.get("text", ""))
        yield from (str(line) for line in address.get("line", ()))
        yield str(address.get("city", ""))
        yield str(address.get("postalCode", ""))
