"""What must not cross from training into test, and what a question must not say.

The whole gate, over cases and their parts: the same person on two sides, near-duplicate texts,
and the rules of ``leakage_cases`` over each case. It is asked before a data set is frozen and
again before one is trained on. Pure functions over frozen cases; nothing is read or changed
here, and what is found names cases by id and no text.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.errors import Refused
from store.leakage_cases import SENTENCES, Leak, leaks_of_case
from store.leakage_texts import NEAR, NearTexts, near_texts

PATIENT, TWO_KEYS, NEAR_TEXT = "same_patient", "same_person_two_keys", "near_duplicate"
RULES: Mapping[str, str] = {
    PATIENT: "The same patient is in training or validation and in test.",
    TWO_KEYS: "Two keys are probably one person: same sex and birth year, and alike long texts.",
    NEAR_TEXT: "A long text is nearly that of a case in training or validation.",
    **SENTENCES,
}
"""The rules of the gate by key, each with what is wrong where it is broken."""

ALIKE = 0.5
"""Share of word runs from which two long texts, with sex and birth year equal, are one person's."""
EVERY = 500


@dataclass(frozen=True)
class Leakage:
    """What the gate found; ``same_texts`` (test cases) is reported and refuses nothing."""

    cases: int
    leaks: tuple[Leak, ...]
    same_texts: int

    @property
    def counts(self) -> dict[str, int]:
        """Cases by the key of the rule they break, in the order of the rules."""
        found = Counter(leak.key for leak in self.leaks)
        return {key: found[key] for key in RULES if found[key]}


def find_leakage(
    cases: Sequence[Mapping[str, Any]], parts: Mapping[str, str]
) -> Generator[tuple[int, int], None, Leakage]:
    """Ask every rule of the gate; yields (texts read, texts in all) now and then.

    Each case has case_id, patient, diagnosis, regimen, icd10, year, age and sex; ``parts`` gives
    train, validation or test by case id. 100,000 texts of 110 words take some 20 s.
    """
    test = [case for case in cases if parts[case["case_id"]] == "test"]
    seen = [case for case in cases if parts[case["case_id"]] != "test"]
    train = [case for case in seen if parts[case["case_id"]] == "train"]
    both = patients_on_both_sides(seen, test)
    found = [
        Leak(PATIENT, str(case["case_id"]), RULES[PATIENT])
        for case in test
        if case["patient"] in both
    ]
    near = yield from near_texts(test, seen, ALIKE)
    found += [_of_pair(pair) for pair in near if _refused(pair)]
    for number, case in enumerate(cases):
        if number % EVERY == 0:
            yield number, len(cases)
        found += leaks_of_case(case)
    return Leakage(len(cases), tuple(found), len(same_texts(train, test)))


def refuse(found: Leakage, what: str, way_out: str) -> None:
    """Let nothing pass that leaks.

    Raises:
        Refused: something leaks; the sentence counts by rule, ``way_out`` is its hint.
    """
    if found.leaks:
        many = len({leak.case_id for leak in found.leaks})
        said = ", ".join(f"{count:,} {key}" for key, count in found.counts.items())
        raise Refused(
            f"{many:,} case{'s' * (many != 1)} of {what} leak{'s' * (many == 1)}: {said}.", way_out
        )


def _refused(pair: NearTexts) -> bool:
    return pair.case["patient"] != pair.other["patient"] and (
        pair.share >= NEAR or _one_person(pair.case, pair.other)
    )


def _of_pair(pair: NearTexts) -> Leak:
    case_id, other = str(pair.case["case_id"]), str(pair.other["case_id"])
    shared = f"{pair.share:.0%} of its word runs are those of {other}"
    if _one_person(pair.case, pair.other):
        return Leak(TWO_KEYS, case_id, f"Sex and birth year are equal, and {shared}.", other)
    return Leak(NEAR_TEXT, case_id, f"The long text is nearly the same: {shared}.", other)


def _one_person(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether what is kept of two persons fits one: sex, and birth year to a year.

    Age and year give the birth year to one year; where either is not kept, nothing can be said.
    """
    if not one["sex"] or one["sex"] != other["sex"]:
        return False
    known = [case for case in (one, other) if case["year"] and case["age"] is not None]
    births = [int(case["year"]) - int(case["age"]) for case in known]
    return len(births) == 2 and abs(births[0] - births[1]) <= 1


def patients_on_both_sides(
    train: Iterable[Mapping[str, Any]], test: Iterable[Mapping[str, Any]]
) -> set[str]:
    """Patients (keyed hashes) with a case in training and a case in test."""
    return {str(case["patient"]) for case in train} & {str(case["patient"]) for case in test}


def same_texts(
    train: Iterable[Mapping[str, Any]], test: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Test cases whose diagnosis text, but for case and spaces, is that of a training case.

    Different patients may well have the same words in their files; it is a caution, not a leak.
    """
    known = {plain_text(case["diagnosis"]) for case in train}
    return [case for case in test if plain_text(case["diagnosis"]) in known]


def plain_text(diagnosis: object) -> str:
    """A diagnosis as it is compared: without differences of case and spaces."""
    return " ".join(str(diagnosis).casefold().split())
