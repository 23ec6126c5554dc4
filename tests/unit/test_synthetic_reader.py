"""Facts decide: rules that know only the text find the exact regimen of a demo note."""

import pytest

from store.cases import RawCase
from store.clinical.regimen import exact_key
from store.clinical.regimen_reader import parse_regimen
from store.synthetic.cases import synthesize
from tests.unit.rule_reader import read

SEEDS = (1, 2, 3)


def cases(seed: int) -> list[RawCase]:
    return [r for r in synthesize(1200, seed, "demo") if r.plans == 1 and r.regimen.count("Gy")]


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_find_the_exact_regimen_of_what_is_not_ambiguous(seed: int):
    clear = [case for case in cases(seed) if not case.ambiguous]
    found = [(read(case.diagnosis), case.regimen) for case in clear]
    right = sum(
        said is not None and exact_key(parse_regimen(said)) == exact_key(parse_regimen(true))
        for said, true in found
    )
    assert right / len(clear) >= 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_few_are_ambiguous_and_those_lack_a_fact(seed: int):
    everything = cases(seed)
    ambiguous = [case for case in everything if case.ambiguous]
    assert 0.01 < len(ambiguous) / len(everything) <= 0.05
    undecided = sum(read(case.diagnosis) != case.regimen for case in ambiguous)
    assert undecided / len(ambiguous) > 0.8
