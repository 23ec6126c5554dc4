"""Which phase of an answer stands for which phase of the reference: by target, never by dose.

Boosts are matched to boosts and the levels of a simultaneous boost to levels. Matching looks at
no dose, so that a wrong dose cannot choose the phase it is compared with, and nothing is added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.clinical.regimen import Level, Modality, Phase, Regimen
from store.clinical.targets import Relation, Target, boosts, phase_target, read_target, relation

_CLOSENESS = {Relation.SAME: 3, Relation.OVERLAP: 2, Relation.UNKNOWN: 1, Relation.DIFFERENT: 0}


@dataclass(frozen=True)
class LevelPair:
    """A level of the reference and the level of the answer that stands for it."""

    reference: Level
    answer: Level


@dataclass(frozen=True)
class PhasePair:
    """Two phases that stand for each other, and how their targets stand to each other.

    Of several levels ``targets`` is the worst of those whose target the reference names.
    ``same_levels`` is whether every level of both is in ``levels``.
    """

    reference: Phase
    answer: Phase
    targets: Relation
    boost: bool
    levels: tuple[LevelPair, ...]
    same_levels: bool


@dataclass(frozen=True)
class Matching:
    """The phases of two regimens: those in pairs, in the reference's order, and those left over."""

    pairs: tuple[PhasePair, ...]
    reference_only: tuple[Phase, ...]
    answer_only: tuple[Phase, ...]
    reference_boosts: tuple[bool, ...]
    answer_boosts: tuple[bool, ...]

    @property
    def complete(self) -> bool:
        """Whether each phase of either regimen stands in a pair."""
        return not self.reference_only and not self.answer_only


def match_phases(reference: Regimen, answer: Regimen, site: str = "") -> Matching:
    """The phases of both in pairs; ``site`` is the case's, for targets such as "primary".

    The closest targets first (the same, then overlapping, then one that names none), then the
    same kind of source, then the order; targets that differ are paired only where they are all
    that is left of their kind on both sides.
    """
    of_reference = [phase_target(phase, site) for phase in reference.phases]
    of_answer = [phase_target(phase, site) for phase in answer.phases]
    boost, answer_boost = boosts(reference, site), boosts(answer, site)
    kinds = [_kind(phase) for phase in reference.phases], [_kind(p) for p in answer.phases]
    ranked = sorted(
        (-_closeness(of_reference[i], of_answer[j]), kinds[0][i] != kinds[1][j], abs(i - j), i, j)
        for i in range(len(of_reference))
        for j in range(len(of_answer))
        if boost[i] == answer_boost[j]
    )
    chosen = _chosen(ranked)
    chosen |= _last_ones(chosen, boost, answer_boost)
    pairs = tuple(
        _pair(reference.phases[i], answer.phases[chosen[i]], boost[i], site) for i in sorted(chosen)
    )
    taken = set(chosen.values())
    return Matching(
        pairs=pairs,
        reference_only=tuple(p for i, p in enumerate(reference.phases) if i not in chosen),
        answer_only=tuple(p for j, p in enumerate(answer.phases) if j not in taken),
        reference_boosts=boost,
        answer_boosts=answer_boost,
    )


def _closeness(one: Target, other: Target) -> int:
    return _CLOSENESS[relation(one, other)]


def _kind(phase: Phase) -> tuple[bool, str]:
    return phase.modality is Modality.BRACHYTHERAPY, phase.dose_rate.value


def _chosen(ranked: Sequence[tuple[int, bool, int, int, int]]) -> dict[int, int]:
    """The best of the ranked (closeness, ..., i, j), each place once; no targets that differ."""
    chosen: dict[int, int] = {}
    for closeness, *_, i, j in ranked:
        if closeness and i not in chosen and j not in chosen.values():
            chosen[i] = j
    return chosen


def _last_ones(
    chosen: dict[int, int], boost: Sequence[bool], answer_boost: Sequence[bool]
) -> dict[int, int]:
    """The one phase left of a kind (boost or not) with the answer's one left of that kind."""
    found: dict[int, int] = {}
    for kind in (False, True):
        left = [i for i, b in enumerate(boost) if b is kind and i not in chosen]
        others = [j for j, b in enumerate(answer_boost) if b is kind and j not in chosen.values()]
        if len(left) == len(others) == 1:
            found[left[0]] = others[0]
    return found


def _pair(reference: Phase, answer: Phase, boost: bool, site: str) -> PhasePair:
    levels = _level_pairs(reference, answer, site)
    same = len(levels) == len(reference.levels) == len(answer.levels)
    how = relation(phase_target(reference, site), phase_target(answer, site))
    named = [_read(pair, site) for pair in levels if pair.reference.target]
    if same and named:
        how = min((relation(*both) for both in named), key=_CLOSENESS.__getitem__)
    return PhasePair(reference, answer, how, boost, levels, same)


def _read(pair: LevelPair, site: str) -> tuple[Target, Target]:
    return read_target(pair.reference.target, site), read_target(pair.answer.target, site)


def _level_pairs(reference: Phase, answer: Phase, site: str) -> tuple[LevelPair, ...]:
    """Levels by target; by rank where a target is not named, or is all that is left."""
    if len(reference.levels) == len(answer.levels) == 1:
        return (LevelPair(reference.levels[0], answer.levels[0]),)
    of_reference = [read_target(level.target, site) for level in reference.levels]
    of_answer = [read_target(level.target, site) for level in answer.levels]
    ranked = sorted(
        (-_closeness(one, other), False, abs(i - j), i, j)
        for i, one in enumerate(of_reference)
        for j, other in enumerate(of_answer)
    )
    chosen = _chosen(ranked)
    same = [False] * max(len(of_reference), len(of_answer))
    chosen |= _last_ones(chosen, same[: len(of_reference)], same[: len(of_answer)])
    return tuple(LevelPair(reference.levels[i], answer.levels[chosen[i]]) for i in sorted(chosen))
