"""Synthetic records, endless and repeatable: record ``i`` of a seed is the same in any process.

Of every six records five become cases and one must be turned away by curation, so that the
funnel has something to show: with ``count`` cases come about a fifth as many rejects, of which

* 30 % have two diagnosis records (two such records may share a patient),
* 25 % have two or three plans and 15 % have none,
* 12 % are not annotated with a code, 8 % not with a regimen,
* 10 % have a regimen that nobody can read.

Each case has its own patient, so no split can tear one apart. Whether a record is a case is
curation's to say; nothing here decides it twice.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from random import Random

from store.cases import RawCase
from store.synthetic import notes
from store.synthetic.tables import Setting, settings

BLOCK = 6
"""Records in a block, one of which is turned away."""

AMBIGUOUS = 0.035
"""Share of cases whose note leaves out a fact that decides, and which are marked so."""

YEARS = (2014, 2024)
"""Years of treatment, both included."""

REJECTS = {
    "several diagnoses": 30,
    "several plans": 25,
    "no plan": 15,
    "no code": 12,
    "illegible regimen": 10,
    "no regimen": 8,
}
"""What is wrong with the records to be turned away, in parts of a hundred."""

_ILLEGIBLE = ("see plan", "as per protocol", "?? in 25", "dose per MD", "standard fx", "[scan]")


def synthesize(count: int, seed: int, mix: str) -> Iterator[RawCase]:
    """Yield records of which ``count`` are cases, and the rejects that lie between them.

    Args:
        count: number of records that curation should include.
        seed: the same seed gives the same records, a smaller count the first of them.
        mix: "demo" (24 common settings) or "full".

    Raises:
        RadoncError: there is no such mix.
    """
    table = settings(mix)
    cases = index = 0
    while cases < count:
        record = make(index, seed, mix, table)
        cases += not _turned_away(index, seed, mix)
        index += 1
        yield record


def make(index: int, seed: int, mix: str, table: tuple[Setting, ...]) -> RawCase:
    """Record ``index`` of a seed: a case, or one to be turned away."""
    rng = Random(f"{mix}:{seed}:{index}")
    record = _case(rng, table)
    record = replace(record, patient=f"synthetic-{mix}-{seed}-{index}", row=index + 1)
    return _spoil(record, index, rng) if _turned_away(index, seed, mix) else record


@lru_cache(maxsize=1024)
def _place_of_reject(block: int, seed: int, mix: str) -> int:
    return Random(f"{mix}:{seed}:block:{block}").randrange(BLOCK)


def _turned_away(index: int, seed: int, mix: str) -> bool:
    return index % BLOCK == _place_of_reject(index // BLOCK, seed, mix)


def _case(rng: Random, table: tuple[Setting, ...]) -> RawCase:
    setting = rng.choices(table, [setting.weight for setting in table])[0]
    variant = rng.choices(setting.variants, [v.weight for v in setting.variants])[0]
    ambiguous = rng.random() < AMBIGUOUS and any(fact.decisive for fact in variant.facts)
    facts = [
        fact
        for fact in variant.facts
        if fact.name != "age"
        and not (fact.optional and rng.random() < 0.5)
        and not (ambiguous and fact.decisive)
    ]
    sex = rng.choice(("male", "female")) if setting.sex == "any" else setting.sex
    person = notes.Person(
        age=rng.randint(*variant.age),
        sex=sex,
        year=rng.randint(*YEARS),
        code=rng.choices(setting.codes, [code.weight for code in setting.codes])[0],
        primary=notes.primary(facts[0], sex, rng),
    )
    return RawCase(
        patient="",
        diagnosis=notes.write_note(setting, person, facts, rng),
        regimen=setting.regimen,
        modality=setting.modality,
        icd10=person.code.code,
        course="1",
        primary_icd10=person.primary.code if person.primary else "",
        site=setting.site,
        target=setting.target,
        intent=setting.intent,
        prior_rt=setting.prior,
        year=person.year,
        age=person.age,
        sex=person.sex,
        setting=setting.name,
        synthetic=True,
        ambiguous=ambiguous,
    )


def _spoil(record: RawCase, index: int, rng: Random) -> RawCase:
    """The record with one thing wrong that curation must find."""
    match rng.choices(list(REJECTS), list(REJECTS.values()))[0]:
        case "several diagnoses":
            shared = record.patient.rpartition("-")[0] + f"-shared-{index // (2 * BLOCK)}"
            return replace(record, diagnoses=2, patient=shared, course=str(index % 2 + 1))
        case "several plans":
            return replace(record, plans=rng.choice((2, 2, 3)))
        case "no plan":
            return replace(record, plans=0, regimen="")
        case "no code":
            return replace(record, icd10="")
        case "illegible regimen":
            return replace(record, regimen=rng.choice(_ILLEGIBLE))
        case _:
            return replace(record, regimen="")
