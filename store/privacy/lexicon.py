"""Which words are language, which are the field's, and which are people's.

A name that is on no list can only be told by what it is not: a word with a capital that is no
word of English, of medicine or of this field. So the lists here are mostly of what is *not* a
name. ``words.txt`` holds English and ICD-10 words without those that are common surnames,
``clinical.txt`` this field's, ``eponyms.txt`` people after whom diseases, scores and devices are
called. The US census names come from the package ``names``.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from store.privacy.groups import BEFORE_A_NAME, INSTITUTIONS, MONTHS, PLACES_KEPT, TITLES

_LATIN = re.compile(
    r"(?:oma|omas|omatous|itis|osis|oses|ectomy|otomy|ostomy|plasty|oscopy|ography|ogram|therapy"
    r"|[ae]emia|[ae]emic|uria|opathy|plegia|paresis|algia|trophy|trophic|plasia|plastic|ogenic"
    r"|cytic|blastic|blastoma|cyte|cytes|ological|ologist|ology|ectasis|megaly|penia|rrhea|rrhoea"
    r"|mab|mabs|tinib|ciclib|parib|platin|taxel|rubicin|mycin|cillin|statin|azole|prazole|sartan"
    r"|lutamide|citabine|trexate|mustine|tecan|setron|dronate|oxacin|gliptin|gliflozin|glutide)$"
)
_BEFORE = re.compile(
    r"(?:non|un|re|pre|post|peri|intra|extra|sub|supra|infra|para|trans|hyper|hypo|multi|bi|anti"
    r"|inter|over|under|micro|macro|neo|retro|endo|mid|super|ultra|de|dis|mis|co)"
)
_AFTER = re.compile(r"(?:s|es|d|ed|ing|ly|er|ers|al|ally|ic|ness|ity|able|ation|ations|tion|ion)$")


@dataclass(frozen=True)
class Lexicon:
    """Words in lower case: ``known`` of language and field, the rest people's."""

    known: Set[str]
    clinical: Set[str]
    eponyms: Set[str]
    first_names: Set[str]
    last_names: Set[str]

    def is_name(self, word: str) -> bool:
        """On a list of names."""
        return word in self.first_names or word in self.last_names

    def is_word(self, word: str) -> bool:
        """A word of English, of medicine, or made of one by a common ending or beginning."""
        if word in self.known:
            return True
        if self.is_name(word):
            return False
        return bool(len(word) > 6 and _LATIN.search(word)) or self._derived(word)

    def _derived(self, word: str) -> bool:
        before = _BEFORE.match(word)
        if before and len(word) - before.end() > 4 and word[before.end() :] in self.known:
            return True
        after = _AFTER.search(word)
        if not after or after.start() < 4:
            return False
        stem = word[: after.start()]
        doubled = stem[:-1] if stem[-1] == stem[-2] else stem
        return bool({stem, f"{stem}e", doubled, f"{stem}y"} & self.known)

    def is_slip(self, word: str) -> bool:
        """A known word with two neighbouring letters exchanged, and no name."""
        if len(word) < 5 or self.is_name(word):
            return False
        return any(
            word[:i] + word[i + 1] + word[i] + word[i + 2 :] in self.known
            for i in range(len(word) - 1)
        )


@cache
def lexicon() -> Lexicon:
    """The lists, read once a process (about 0.1 s)."""
    clinical = _words("clinical.txt")
    first = _census("dist.female.first") | _census("dist.male.first")
    return Lexicon(
        known=_words("words.txt")
        | clinical
        | PLACES_KEPT
        | TITLES
        | BEFORE_A_NAME
        | INSTITUTIONS
        | MONTHS.keys(),
        clinical=clinical,
        eponyms=_words("eponyms.txt"),
        first_names=first,
        last_names=_census("dist.all.last"),
    )


def _words(name: str) -> frozenset[str]:
    return frozenset(files("store.privacy").joinpath(name).read_text(encoding="utf-8").split())


def _census(name: str) -> frozenset[str]:
    lines = files("names").joinpath(name).read_text(encoding="ascii").splitlines()
    return frozenset(line.split(None, 1)[0].lower() for line in lines if line.strip())
