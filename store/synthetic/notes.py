"""How a synthetic note says its facts: wordings, abbreviations, order, untidiness.

Everything is drawn from the generator that is handed in, so a note depends on nothing else. No
code, dose or number of fractions may get in here: those are the answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from store.synthetic.tables import Code, Fact, Setting, asides, code_groups, wordings

_SLOT = re.compile(r"\{([^{}]*)\}")
_SIDES = {"right": ("right", "right", "R", "rt"), "left": ("left", "left", "L", "lt")}
_JOINTS = (", ", ", ", "; ", ". ", " - ")
_LONG_WORD = re.compile(r"\b[a-z]{7,}\b")


@dataclass(frozen=True)
class Person:
    """Who the note is about and when: age in years, sex, where the disease sits, its primary."""

    age: int
    sex: str
    year: int
    code: Code
    primary: Code | None = None

    @property
    def kind(self) -> str:
        if self.age < 18:
            return "boy" if self.sex == "male" else "girl"
        return "man" if self.sex == "male" else "woman"


def write_note(setting: Setting, person: Person, facts: Sequence[Fact], rng: Random) -> str:
    """One note of the facts given, the first of which is the disease.

    The disease and the person come first, mostly; the other facts and what is beside the point
    follow in any order.
    """
    disease = say(facts[0], person, rng)
    who = fill(rng.choice(wordings()["person", person.kind]), "", person, rng)
    rest = [say(fact, person, rng) for fact in facts[1:]]
    rest += [fill(text, "", person, rng) for text in _beside(setting, person, rng)]
    rng.shuffle(rest)
    if rng.random() < 0.2:
        clauses = [disease, *rest, who]
    else:
        clauses = [f"{who}{rng.choice((' with ', ', ', ': ', ' '))}{disease}", *rest]
    return _untidy(clauses, rng)


def say(fact: Fact, person: Person, rng: Random) -> str:
    """One wording of a fact with a value drawn from those it may take."""
    chosen = rng.choice(fact.values)
    if fact.literal:
        return fill(chosen, "", person, rng)
    value = draw(chosen, rng)
    table = wordings()
    known = table.get((fact.name, value)) or table[fact.name, ""]
    return fill(rng.choice(known), value, person, rng)


def draw(values: str, rng: Random) -> str:
    """A value: of ``2.0..9.8`` a number in that range with one decimal, else the text itself."""
    low, dots, high = values.partition("..")
    if not dots:
        return values
    decimals = len(low.partition(".")[2])
    scale = 10**decimals
    number = rng.randint(round(float(low) * scale), round(float(high) * scale))
    return f"{number / scale:.{decimals}f}"


def fill(wording: str, value: str, person: Person, rng: Random) -> str:
    """The wording with its slots filled.

    ``{}`` is the value, ``{mm}`` ten times the value, ``{2.0..9.8}`` a number of that range,
    ``{-9..-1}`` a year so long before the note's; the rest are names (``_named``).
    """

    def slot(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "":
            return value
        if ".." in name:
            drawn = draw(name, rng)
            return str(person.year + int(drawn)) if name.startswith("-") else drawn
        return _named(name, value, person, rng)

    return _SLOT.sub(slot, wording)


def _named(name: str, value: str, person: Person, rng: Random) -> str:
    match name:
        case "mm":
            said = f"{round(float(value) * 10)}"
        case "age":
            said = str(person.age)
        case "side":
            said = rng.choice(_SIDES[person.code.side])
        case "S":
            said = person.code.side[0].upper()
        case "either":
            said = rng.choice(_SIDES[rng.choice(("left", "right"))])
        case "place":
            said = fill(rng.choice(person.code.places), "", person, rng)
        case "primary" if person.primary:
            said = rng.choice(person.primary.places)
        case _:
            said = rng.choice(wordings()[name, ""])
    return said


def primary(disease: Fact, sex: str, rng: Random) -> Code | None:
    """The primary behind a metastasis, where the wordings of the disease name one."""
    said = disease.values if disease.literal else wordings()[disease.name, ""]
    if not any("{primary}" in wording for wording in said):
        return None
    group = code_groups()[f"primary-{sex}"]
    return rng.choices(group, [code.weight for code in group])[0]


def _beside(setting: Setting, person: Person, rng: Random) -> list[str]:
    fitting = [
        aside
        for aside in asides()
        if aside.sex in ("any", person.sex)
        and aside.ages[0] <= person.age <= aside.ages[1]
        and setting.site not in aside.unless
    ]
    taken = rng.sample(fitting, rng.choices((0, 1, 2), (35, 45, 20))[0])
    return [rng.choice(aside.wordings) for aside in taken]


def _untidy(clauses: list[str], rng: Random) -> str:
    """The clauses joined as one of several hands would, now and then with a slip of the keys."""
    joint = rng.choice(_JOINTS)
    if joint == ". ":
        clauses = [_sentence(clause) for clause in clauses]
    text = joint.join(clauses)
    if rng.random() < 0.25:
        text = text.lower()
    if rng.random() < 0.08:
        text = _slip(text, rng)
    return text + ("." if rng.random() < 0.4 else "")


def _sentence(clause: str) -> str:
    """The clause with a capital, unless its first letter means something (cT2, s/p)."""
    return clause[0].upper() + clause[1:] if clause[1:2].islower() else clause


def _slip(text: str, rng: Random) -> str:
    """Two neighbouring letters of one long word exchanged."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
