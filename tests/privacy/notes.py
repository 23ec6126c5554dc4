"""Radiotherapy notes with identifiers of all kinds planted in them, at places that are known.

Nothing is imported from the program: what an identifier looks like is said here a second time, by
other means, so that the measurement does not ask the scrubber what it knows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from faker import Faker

from tests.privacy.wordings import Wording

KINDS = (
    *("name", "place", "date", "age", "phone", "fax", "e-mail", "ssn", "mrn", "plan id", "account"),
    *("licence", "vehicle", "device", "url", "ip", "biometric", "photo", "id"),
)
"""The eighteen of Safe Harbor; dates and ages over 89 are one there."""


@dataclass(frozen=True)
class Planted:
    """An identifier in a note: its kind, where it stands, and what it is."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Note:
    """``clinical`` are the stretches of the text that hold no identifier."""

    text: str
    planted: tuple[Planted, ...]
    clinical: tuple[tuple[int, int], ...]


def notes(count: int, seed: int, wording: Wording) -> Iterator[Note]:
    """``count`` notes of five clinical sentences and five identifiers, kinds in turn."""
    for number in range(count):
        rng = Random(f"{seed}:{number}")
        kinds = [KINDS[(number * 5 + i) % len(KINDS)] for i in range(5)]
        yield _note(kinds, rng, wording)


def _note(kinds: list[str], rng: Random, wording: Wording) -> Note:
    pieces: list[tuple[str, str, str]] = [
        ("", said, "") for said in rng.sample(wording.clinical, 5)
    ]
    for kind in kinds:
        value = VALUES[kind](rng, rng.choice(wording.locales))
        pieces.append((kind, rng.choice(wording.kinds[kind]), value))
    rng.shuffle(pieces)
    joint = rng.choice((" ", " ", "\n"))
    text = ""
    planted: list[Planted] = []
    clinical: list[tuple[int, int]] = []
    for kind, said, value in pieces:
        at = len(text)
        if not kind:
            clinical.append((at, at + len(said)))
            text += said + joint
            continue
        before, after = said.split("{}")
        begin = at + len(before)
        planted.append(Planted(kind, begin, begin + len(value), value))
        ended = joint if after.endswith((".", ",")) or joint == "\n" else ". "
        text += before + value + after + ended
    return Note(text, tuple(planted), tuple(clinical))


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _fake(locale: str, rng: Random) -> Faker:
    fake = _faker(locale)
    fake.seed_instance(rng.randrange(2**32))
    return fake


def _name(rng: Random, locale: str) -> str:
    fake = _fake(locale, rng)
    first, last = fake.first_name(), fake.last_name()
    return rng.choice(
        (
            f"{first} {last}",
            f"{first} {last}",
            f"{first} {last}",
            f"{first} {rng.choice('ABCDEFGHJKLMNPRSTW')}. {last}",
            f"{last}, {first}",
            f"{first[0]}. {last}",
            last,
            f"{first} {last}".upper(),
        )
    )


def _place(rng: Random, locale: str) -> str:
    fake, american = _fake(locale, rng), _fake("en_US", rng)
    british = _fake("en_GB", rng)
    return rng.choice(
        (
            lambda: (
                american.address().replace("\n", ", ")
                if "Box" not in american.address()
                else american.city()
            ),
            lambda: (
                f"{american.street_address()}, {american.city()}, {american.state_abbr()}"
                f" {american.zipcode()}"
            ),
            lambda: f"{fake.city()}",
            lambda: f"{american.city()}",
            lambda: f"{british.street_address()}, {british.city()} {british.postcode()}".replace(
                "\n", ", "
            ),
            lambda: f"{fake.last_name()} Hospital",
            lambda: f"St. {american.first_name()}'s Medical Center",
            lambda: f"University Hospital {fake.city()}",
            lambda: f"{american.city()} Cancer Institute",
            lambda: f"{american.city()}, {american.state_abbr()}",
        )
    )()


def _date(rng: Random, locale: str) -> str:
    del locale
    day = _fake("en_US", rng).date_between("-30y", "today")
    return day.strftime(
        rng.choice(
            (
                *(
                    "%m/%d/%Y",
                    "%d/%m/%Y",
                    "%Y-%m-%d",
                    "%d.%m.%Y",
                    "%m/%d/%y",
                    "%B %d, %Y",
                    "%b %d, %Y",
                ),
                *(
                    "%d %B %Y",
                    "%d-%b-%Y",
                    "%d %b %Y",
                    "%B %d",
                    "%m-%d-%Y",
                    "%Y/%m/%d",
                    "%B %Y",
                    "%A, %B %d, %Y",
                ),
                *("%d-%b-%y", "%m/%Y", "%B %dth, %Y"),
            )
        )
    )


def _age(rng: Random, locale: str) -> str:
    del locale
    return str(rng.choice((90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 103, 105)))


def _shape(*shapes: str) -> Callable[[Random, str], str]:
    """``#`` a figure, ``%`` a figure but 0, ``?`` a capital letter, ``^`` a hexadecimal figure."""

    def make(rng: Random, locale: str) -> str:
        del locale
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
        draw = {
            "#": lambda: rng.choice("0123456789"),
            "%": lambda: rng.choice("123456789"),
            "?": lambda: rng.choice(letters),
            "^": lambda: rng.choice("0123456789abcdef"),
        }
        return "".join(draw[char]() if char in draw else char for char in rng.choice(shapes))

    return make


def _email(rng: Random, locale: str) -> str:
    fake = _fake(locale, rng)
    return rng.choice((fake.email, fake.company_email, fake.free_email))()


def _url(rng: Random, locale: str) -> str:
    fake = _fake(locale, rng)
    return rng.choice(
        (
            fake.url,
            fake.uri,
            lambda: f"www.{fake.domain_name()}",
            lambda: f"{fake.domain_name()}/{fake.uri_path()}",
        )
    )()


def _ip(rng: Random, locale: str) -> str:
    fake = _fake(locale, rng)
    return rng.choice((fake.ipv4, fake.ipv4, fake.ipv6))()


def _photo(rng: Random, locale: str) -> str:
    kind = rng.choice(("jpg", "png", "jpeg", "tif", "heic"))
    name = re.sub(r"\W", "", _fake(locale, rng).last_name().lower())
    made = _shape("IMG_####", "DSC0####", "face-######", "PHOTO_%###_##")(rng, locale)
    return rng.choice(
        (
            f"{made}.{kind}",
            f"{name}_face.{kind}",
            f"{name}{rng.randrange(100)}.{kind}",
            _shape("P-######", "#######")(rng, locale),
        )
    )


_PHONES = _shape(
    *(
        "(%##) %##-####",
        "%##-%##-####",
        "%##.%##.####",
        "+1 %## %## ####",
        "+49 %### #######",
        "+44 20 #### ####",
    ),
    *("%##-####", "0%## #######", "1-800-%##-####", "(%##) %##-#### ext. ###", "+1-%##-%##-####"),
)

VALUES: dict[str, Callable[[Random, str], str]] = {
    "name": _name,
    "place": _place,
    "date": _date,
    "age": _age,
    "phone": _PHONES,
    "fax": _PHONES,
    "e-mail": _email,
    "ssn": _shape("###-##-####", "### ## ####", "#########", "XXX-XX-####"),
    "mrn": _shape(
        "########",
        "#######",
        "%#####",
        "???######",
        "?#######",
        "##-##-##-##",
        "%####-%",
        "E%########",
    ),
    "plan id": _shape(
        "%?#?-?#?-??##", "???#########", "##########", "W#########", "?-######-##", "%##-##-####A"
    ),
    "account": _shape(
        "##########",
        "AC-#######",
        "%###-####-####-####",
        "GB## ???? #### #### #### ##",
        "########-##",
        "?########",
    ),
    "licence": _shape(
        "?#######",
        "???-##-####",
        "??#######",
        "##########",
        "D####-#####-#####",
        "?????######??#??",
        "##-####-##",
    ),
    "vehicle": _shape(
        "%?????##?%?######", "?????##?%%?######", "???-####", "??## ???", "%???###", "?-?? ####"
    ),
    "device": _shape(
        "??-#####-?",
        "PM########",
        "???######",
        "#########",
        "SN-####-####",
        "(01)##############",
        "?##?-#####",
    ),
    "url": _url,
    "ip": _ip,
    "biometric": _shape(
        "FP-#####-??",
        "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "BIO-######",
        "#######",
        "T##-###-###",
        "VP_######",
    ),
    "photo": _photo,
    "id": _shape(
        "S##-#####",
        "ACC########",
        "########",
        "CT-####-#####",
        "?##-####-?",
        "2019-####-###",
        "SP##-####",
        "R#######",
    ),
}
