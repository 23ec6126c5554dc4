"""Who takes part in a review: reviewers, and the third person who decides where they differ.

The one place that writes this table, of which the newest row of a person counts. A physician is
known by the code under which they stand as ``attending`` in their own cases, so that these are
not given to them.
"""

from dataclasses import dataclass

from store import audit
from store.case_table import Connection
from store.errors import Refused

REVIEWER, ADJUDICATOR = "reviewer", "adjudicator"


@dataclass(frozen=True)
class Person:
    """Somebody in a review; ``attending`` is their code in cases that they treated, or ""."""

    name: str
    role: str = REVIEWER
    attending: str = ""


def people(connection: Connection, review_id: str) -> list[Person]:
    """Whoever was asked, is registered or has answered, by name."""
    found = connection.execute(
        """SELECT name, arg_max(role, seq), arg_max(attending, seq) FROM (
               SELECT name, role, attending, seq FROM review_people WHERE review_id = $1
               UNION ALL SELECT reviewer, $2, '', -1 FROM review_answers WHERE review_id = $1
               UNION ALL SELECT reviewer, $2, '', -1 FROM reviews WHERE review_id = $1)
           GROUP BY name ORDER BY name""",
        [review_id, REVIEWER],
    ).fetchall()
    return [Person(*map(str, row)) for row in found]


def find_person(connection: Connection, review_id: str, name: str) -> Person:
    """The person of this name; who is not known yet is a reviewer."""
    known = (person for person in people(connection, review_id) if person.name == name)
    return next(known, Person(name))


def register(connection: Connection, review_id: str, person: Person) -> None:
    """Keep that a person takes part, and under which code they treated cases.

    Registering the same again changes nothing; with another code, the cases of that are left out
    instead.

    Raises:
        Refused: they take part in the other role.
    """
    known = {one.name: one for one in people(connection, review_id)}.get(person.name)
    if known == person:
        return
    if known and known.role != person.role:
        raise Refused(
            f"{person.name} is {known.role} of {review_id} and cannot be {person.role} too.",
            "A third person decides where reviewers differ.",
        )
    connection.execute(
        """INSERT INTO review_people (made, review_id, name, role, attending)
           VALUES (now()::TIMESTAMP, ?, ?, ?, ?)""",
        [review_id, person.name, person.role, person.attending],
    )
    before = {"attending": known.attending} if known else None
    after = {"name": person.name, "role": person.role, "attending": person.attending}
    audit.record(connection, "review person registered", review_id, before, after)
