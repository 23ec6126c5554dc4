"""What targets name, how two stand to each other, and which phases are boosts."""

import pytest
from hypothesis import given, strategies as st

from store.clinical.regimen_reader import parse_regimen
from store.clinical.target_names import CODE_REGIONS, CONTAINS, TARGET_NAMES, TOUCHES
from store.clinical.targets import (
    Relation,
    apart,
    boosts,
    code_region,
    read_target,
    regions,
    relation,
    side_of,
)


@pytest.mark.parametrize(
    ("text", "site", "parts"),
    [
        ("whole breast", "", {"breast"}),
        ("Left breast and regional nodes", "", {"breast", "nodes"}),
        ("primary and involved nodes", "lung", {"lung", "nodes"}),
        ("primary and involved nodes", "", {"primary", "nodes"}),
        ("tumour bed with 2 cm margin", "breast", {"breast bed"}),
        ("lumpectomy cavity", "", {"tumour bed"}),
        ("prostatic fossa", "prostate", {"prostate bed"}),
        ("prostate and base of seminal vesicles", "", {"prostate", "seminal vesicles"}),
        ("pelvic lymph nodes", "", {"pelvic nodes"}),
        ("whole brain", "", {"whole brain"}),
        ("3 cerebral metastases", "", {"brain metastasis"}),
        ("T12-L2", "", {"spine"}),
        ("supraclavicular fossa", "", {"supraclavicular nodes"}),
        ("larynx / elective neck", "", {"larynx", "elective neck"}),
        ("head and neck", "", {"head and neck"}),
        ("frobnicated area", "lung", {"frobnicated area"}),
        ("", "lung", set()),
    ],
)
def test_parts(text: str, site: str, parts: set[str]):
    assert read_target(text, site).parts == parts


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("left breast", "left"),
        ("L breast", "left"),
        ("Rt lung", "right"),
        ("RT pelvis", ""),
        ("L5 vertebra", ""),
        ("both orbits", "both"),
        ("left and right hip", "both"),
        ("prostate", ""),
    ],
)
def test_sides(text: str, side: str):
    assert side_of(text) == side


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("breast", "whole breast", Relation.SAME),
        ("left breast", "breast", Relation.SAME),
        ("left breast", "right breast", Relation.DIFFERENT),
        ("prostate", "prostate bed", Relation.DIFFERENT),
        ("prostate", "prostate and pelvic nodes", Relation.OVERLAP),
        ("prostate", "", Relation.UNKNOWN),
        ("tumour", "lung", Relation.UNKNOWN),
        ("brain", "whole brain", Relation.DIFFERENT),
        ("frobnicated area", "frobnicated area", Relation.SAME),
    ],
)
def test_relations(one: str, other: str, how: Relation):
    assert relation(read_target(one), read_target(other)) is how
    assert relation(read_target(other), read_target(one)) is how


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("46 Gy in 23, photon, pelvis; then 32 Gy in 16, photon, prostate", (False, True)),
        ("50 Gy in 25, photon, breast; then 10 Gy in 5, electron, tumour bed", (False, True)),
        ("45 Gy in 25, photon, pelvis; then 28 Gy in 4 fractions HDR, brachytherapy, cervix",
         (False, True)),
        ("50 Gy in 25, photon; then 10 Gy in 5, photon", (False, True)),
        ("20 Gy in 5, photon, left hip; then 30 Gy in 10, photon, whole brain", (False, False)),
        ("20 Gy in 5, photon, left hip; then 20 Gy in 5, photon, right hip", (False, False)),
        ("36 Gy in 20, proton, craniospinal axis; then 18 Gy in 10, proton, posterior fossa",
         (False, True)),
        ("10 Gy in 5 fractions, photon, tumour bed boost", (False,)),
    ],
)  # fmt: skip
def test_boosts(text: str, found: tuple[bool, ...]):
    assert boosts(parse_regimen(text), "breast") == found


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("C50.911", "breast"),
        ("C79.31", "brain"),
        ("C79.51", "bone"),
        ("C61", "prostate"),
        ("C34.1", "lung"),
        ("C80.1", ""),
        ("C83.3", ""),
        ("", ""),
    ],
)
def test_codes_lie_somewhere(code: str, region: str):
    assert code_region(code) == region


def test_places_apart():
    def places(text: str) -> frozenset[str]:
        return regions(read_target(text))

    assert apart(places("prostate"), places("breast"))
    assert apart(places("liver"), places("kidney"))
    assert not apart(places("prostate"), places("pelvis"))
    assert not apart(places("scalp skin"), places("neck"))


def test_every_region_in_the_tables_is_one_of_a_target():
    known = {region for _, region, _ in TARGET_NAMES}
    assert {region for _, region in CODE_REGIONS} <= known
    for table in (CONTAINS, TOUCHES):
        assert {*table, *(region for within in table.values() for region in within)} <= known


def test_every_canonical_name_reads_as_itself():
    for name, region, _ in TARGET_NAMES:
        read = read_target(name)
        assert relation(read, read_target(name.upper())) is Relation.SAME
        assert read.parts == {name} or " and " in name
        assert regions(read) == ({region} if region else set())


@given(st.text(max_size=60), st.sampled_from(["", "lung", "prostate"]))
def test_any_text_is_read_and_never_differs_from_itself(text: str, site: str):
    read = read_target(text, site)
    assert relation(read, read) is (Relation.SAME if read.parts else Relation.UNKNOWN)
