"""What flags are held against: the department's table and what the training cases were given.

Made once for a data set and then asked for every case. Only regimens that at least two patients of
a code were given count as usual, so that one odd course does not make itself usual.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from exports.evaluation.facts import CaseFacts
from exports.flags.said import ADULT
from exports.nearest import Index
from store.clinical.regimen import Regimen, exact_key
from store.clinical.regimen_reader import legible_regimen
from store.clinical.targets import phase_target, regions
from store.department.ranges import rows_of
from store.department.table import Table
from trainer.tasks import Task

LEAST_PATIENTS = 2
"""Patients of a code who were given a regimen before it counts as usual there."""


@dataclass(frozen=True)
class Given:
    """A regimen that is usual for a code, with the intents for which it is.

    ``alpha_beta_gy`` is the tumour's where a row of the table says it.
    """

    regimen: Regimen
    intents: frozenset[str]
    alpha_beta_gy: float | None = None
    row: str = ""


@dataclass(frozen=True)
class Ground:
    """The table, what training cases were given by ``category``, and what they were.

    ``minors`` counts training cases under 18 by category, under "" all of them. ``modalities`` and
    ``places`` are those of training cases by category. ``describe`` gives a code's description.
    ``index`` finds the nearest training cases; None where there are none. ``off`` are rules that
    an evaluation has found to fire too often, ``sure_from`` the scores from which on answers to a
    task are sure enough.
    """

    table: Table | None = None
    given: Mapping[str, tuple[Given, ...]] = field(default_factory=dict[str, tuple[Given, ...]])
    minors: Mapping[str, int] = field(default_factory=dict[str, int])
    modalities: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    places: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    describe: Callable[[str], str] = lambda code: ""
    index: Index | None = None
    off: frozenset[str] = frozenset()
    sure_from: Mapping[Task, float] = field(default_factory=dict[Task, float])

    def usual(self, code: str, intent: str) -> list[Given]:
        """What is usual for a code and an intent; "" is any intent."""
        rows = rows_of(self.table, intent, code) if self.table and code else []
        found = [
            Given(regimen, row.intents, row.alpha_beta_gy, row.name)
            for row in rows
            for regimen in row.regimens
        ]
        trained = self.given.get(category(code), ())
        return found + [one for one in trained if not intent or intent in one.intents]

    def modalities_at(self, code: str) -> frozenset[str]:
        """Modalities of a code in the table and in training."""
        rows = rows_of(self.table, "", code) if self.table and code else []
        of_rows = {
            p.modality.value for r in rows for g in r.regimens for p in g.phases if p.modality
        }
        return frozenset(of_rows) | self.modalities.get(category(code), frozenset())


def category(code: str) -> str:
    """Cases of one category are of one site: three characters, five for secondary neoplasms."""
    code = code.strip().upper()
    return code[:5] if code[:3] in ("C77", "C78", "C79") else code[:3]


def make_ground(
    train: Iterable[CaseFacts],
    table: Table | None,
    describe: Callable[[str], str],
    *,
    validation: Iterable[str] = (),
    off: Iterable[str] = (),
    sure_from: Mapping[Task, float] | None = None,
) -> Ground:
    """The ground of a data set.

    Args:
        train: its training cases.
        table: the department's table in force.
        describe: a code's description, "" where it is unknown.
        validation: diagnoses of its validation cases, from which the index learns how near a
            case of the same kind is.
        off: rules that are not to be used.
        sure_from: by task the score from which on an answer is sure enough.
    """
    train = list(train)
    minors: Counter[str] = Counter()
    modalities: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    by_code: dict[str, list[CaseFacts]] = defaultdict(list)
    for case in train:
        kind = category(case.icd10)
        by_code[kind].append(case)
        modalities[kind].add(case.modality)
        minors.update(["", kind] if case.age is not None and case.age < ADULT else [])
    given: dict[str, tuple[Given, ...]] = {}
    for kind, cases in by_code.items():
        given[kind] = tuple(_given(cases))
        for one in given[kind]:
            places[kind] |= {r for p in one.regimen.phases for r in regions(phase_target(p))}
    return Ground(
        table=table,
        given=given,
        minors=minors,
        modalities={kind: frozenset(names) for kind, names in modalities.items()},
        places={kind: frozenset(names) for kind, names in places.items()},
        describe=describe,
        index=Index(train, validation) if train else None,
        off=frozenset(off),
        sure_from=sure_from or {},
    )


def _given(cases: Iterable[CaseFacts]) -> Iterable[Given]:
    """What at least two patients were given; the intents are those of all who were."""
    read: dict[str, Regimen | None] = {}
    patients: dict[object, set[str]] = defaultdict(set)
    intents: dict[object, set[str]] = defaultdict(set)
    regimens: dict[object, Regimen] = {}
    for case in cases:
        if case.regimen not in read:
            read[case.regimen] = legible_regimen(case.regimen)
        regimen = read[case.regimen]
        if regimen is None:
            continue
        key = exact_key(regimen), tuple(phase.technique for phase in regimen.phases)
        regimens[key] = regimen
        patients[key].add(case.patient)
        intents[key].add(case.intent)
    for key, regimen in regimens.items():
        if len(patients[key]) >= LEAST_PATIENTS:
            yield Given(regimen, frozenset(intents[key]))
