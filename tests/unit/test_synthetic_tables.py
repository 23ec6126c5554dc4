"""The generator's tables: complete, canonical, and with codes that exist and mean their side."""

import re

import pytest
import simple_icd_10_cm

from store.clinical.icd10 import laterality
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import parse_regimen
from store.synthetic.tables import Code, Setting, code_groups, settings, wordings

ALL = settings("full")
GROUPS = code_groups()


def test_the_demo_mix_is_a_part_of_the_full_mix():
    demo = {setting.name: setting.variants for setting in settings("demo")}
    full = {setting.name: setting.variants for setting in ALL}
    assert demo.items() <= full.items()
    assert len(full) >= 80


@pytest.mark.parametrize("setting", ALL, ids=lambda s: s.name)
def test_a_regimen_is_canonical_and_says_its_modality(setting: Setting):
    regimen = parse_regimen(setting.regimen)
    assert print_regimen(regimen) == setting.regimen
    assert regimen.modality is not None
    assert regimen.modality.value == setting.modality


@pytest.mark.parametrize("setting", ALL, ids=lambda s: s.name)
def test_every_fact_of_a_setting_can_be_said(setting: Setting):
    assert setting.rule
    for variant in setting.variants:
        disease = variant.facts[0]
        assert not disease.decisive
        assert not disease.optional
        for fact in variant.facts:
            if fact.literal or fact.name == "age":
                assert all(fact.values)
                assert not (fact.name == "age" and fact.decisive), "an age is always said"
            else:
                known = {value for name, value in wordings() if name == fact.name}
                assert "" in known or set(fact.values) <= known, fact


@pytest.mark.parametrize("setting", ALL, ids=lambda s: s.name)
def test_a_disease_always_says_its_place_where_the_code_depends_on_it(setting: Setting):
    for variant in setting.variants:
        disease = variant.facts[0]
        said = disease.values if disease.literal else wordings()[disease.name, ""]
        if len(setting.codes) > 1:
            assert all("{place}" in wording for wording in said)
        assert len({"{primary}" in wording for wording in said}) == 1


@pytest.mark.parametrize("group", GROUPS.values(), ids=list(GROUPS))
def test_a_code_is_billable_and_its_places_say_its_side(group: tuple[Code, ...]):
    for code in group:
        assert simple_icd_10_cm.is_valid_item(code.code), code
        assert simple_icd_10_cm.is_leaf(code.code), code
        side = laterality(simple_icd_10_cm.get_description(code.code))
        assert code.side == (side if side in ("left", "right") else code.side), code
        for place in code.places:
            if side in ("left", "right"):
                assert re.search(r"\{side\}|\{S\}|O[DS]|lingula", place), (code, place)
            else:
                assert "{either}" in place or not re.search(r"\{S\}", place) or code.side, code
