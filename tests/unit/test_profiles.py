"""Profiles: saved, shared, shown, used; and what is wrong with one, in a sentence."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from radonc_tui.actions.importing import add_profile, keep_profile, known_profiles, preview_import
from radonc_tui.cli.main import radonc
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.importing.profiles import (
    BUILT_IN,
    Profile,
    built_in,
    find_profile,
    parse_profile,
    save_profile,
)
from store.importing.readers import reader_of
from tests.driven import ended
from tests.unit.importing_examples import TABLES

MISNAMED = (
    "Number,Text,Plan,Diagnosis,Kind,Patient Name\n1,Glioma,60 Gy in 30,C71.9,photon,Okafor\n"
)
CHOSEN = {"patient": "Number", "diagnosis": "Text", "icd10": "Diagnosis", "modality": "Kind"}


def run(home: Home, *words: str) -> tuple[int, str]:
    """The command line's answer."""
    made = CliRunner().invoke(radonc, ["--home", str(home.path), *words], standalone_mode=False)
    if isinstance(made.exception, RadoncError):
        return made.exception.exit_code, str(made.exception)
    assert made.exception is None, made.exception
    return 0, made.stdout


def table(folder: Path) -> Path:
    path = folder / "misnamed.csv"
    path.write_text(MISNAMED)
    return path


def test_every_built_in_profile_is_whole() -> None:
    for name in BUILT_IN:
        profile = built_in(name)
        assert profile.about
        assert reader_of(profile).endings
    assert built_in("") == built_in("table")


def test_a_mapping_is_saved_shown_shared_and_used(home: Home, tmp_path: Path) -> None:
    file = table(tmp_path)
    pairs = [word for field, column in CHOSEN.items() for word in ("--map", f"{field}={column}")]
    code, said = run(
        home, "cases", "import", str(file), *pairs, "--save-profile", "ours", "--dry-run", "--json"
    )
    assert (code, json.loads(said)["cases"]) == (0, 1)
    code, toml = run(home, "cases", "profiles", "show", "ours")
    assert 'icd10 = "Diagnosis"' in toml
    assert 'identifiers = ["Patient Name"]' in toml
    assert "Okafor" not in toml
    # another home takes it in and reads the file by it
    shared = tmp_path / "Shared.toml"
    shared.write_text(toml)
    assert run(home, "cases", "profiles", "add", str(shared))[0] == 0
    listed = json.loads(run(home, "cases", "profiles", "list", "--json")[1])
    assert [one["name"] for one in listed] == [*BUILT_IN, "ours", "shared"]
    code, said = run(home, "cases", "import", str(file), "--profile", "shared", "--json")
    assert (code, json.loads(said)["cases"]) == (0, 1)
    code, said = run(home, "cases", "columns", str(file), "--profile", "shared", "--json")
    assert json.loads(said)[0]["mapping"]["identifier:Patient Name"] == "Patient Name"
    assert (home.path / "profiles").stat().st_mode & 0o777 == 0o700


def test_what_is_chosen_counts_more_than_the_profile(home: Home, tmp_path: Path) -> None:
    file = table(tmp_path)
    save_profile(home, Profile("ours", "table", columns={**CHOSEN, "site": "Nowhere"}))
    code, said = run(home, "cases", "import", str(file), "--profile", "ours")
    assert code == 1
    assert "misnamed.csv has no column 'Nowhere' (for site)" in said
    code, said = run(
        home, "cases", "import", str(file), "--profile", "ours", "--map", "site=@brain", "--json"
    )
    assert (code, json.loads(said)["cases"]) == (0, 1)


def test_a_profile_is_the_same_after_it_was_written(home: Home) -> None:
    columns = {"patient": 'a "b"', "site": "@Köln\\", "identifier:É\tx\x7f": "É\tx\x7f"}
    one = Profile("ours", "table", "of us", columns)
    save_profile(home, one)
    assert find_profile(home, "ours") == one


@pytest.mark.parametrize("name", ["aria", "", "../x", "A b", "x" * 41, ".x"])
def test_names_that_are_refused(home: Home, name: str) -> None:
    with pytest.raises(BadUsage):
        ended(keep_profile(home, name, [TABLES / "courses.csv"], {}))
    assert not (home.path / "profiles").exists()


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("reader = ", "The profile a is no TOML"),
        ('reader = "excel"', "names no reader that there is"),
        ('[columns]\ntumour = "Dx"', "There is no field 'tumour'"),
        ("[columns]\nsite = 3", "does not name its columns as text"),
        ("columns = 3", "does not name its columns as text"),
        ('colums = { site = "x" }', "has 'colums', which no table's profile has"),
        ('reader = "courses"', "The profile a is not whole"),
        (
            'reader = "courses"\n[course]\ncourse = "C"\n[tumour]\nx = "y"',
            "'tumour', which is none",
        ),
        ('reader = "courses"\n[course]\ncourse = "C"\nfoo = "y"', "'course.foo', which is none"),
        ('reader = "courses"\n[course]\ncourse = 3', "no list of names as course.course"),
        ("a = " + "[" * 5000, "The profile a is no TOML"),
    ],
)
def test_profiles_that_are_none(toml: str, sentence: str) -> None:
    with pytest.raises(RadoncError, match=r"\w") as error:
        parse_profile("a", toml)
    assert sentence in str(error.value)


def test_files_that_are_no_profile(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RadoncError, match=r"a\.toml is not UTF-8 text"):
        ended(add_profile(home, tmp_path / "a.toml"))
    with pytest.raises(RadoncError, match="cannot be read"):
        ended(add_profile(home, tmp_path / "b.toml"))
    (tmp_path / "aria.toml").write_text('reader = "table"')
    with pytest.raises(BadUsage, match="aria is a built-in profile"):
        ended(add_profile(home, tmp_path / "aria.toml"))
    (tmp_path / "big.toml").write_bytes(b"#" * (1 << 19))
    with pytest.raises(RadoncError, match="too large for a profile"):
        ended(add_profile(home, tmp_path / "big.toml"))


def test_a_copy_of_a_built_in_profile_with_a_clinic_s_own_names(home: Home, tmp_path: Path) -> None:
    toml = next(one.toml for one in ended(known_profiles(home)) if one.name == "aria")
    file = tmp_path / "our-aria.toml"
    file.write_text(toml.replace('"CourseId"', '"Kurs"').replace('"CourseId",', '"Kurs",'))
    assert ended(add_profile(home, file)).reader == "courses"
    columns = "PatientId,Kurs,PrescriptionName,NumberOfFractions,DiagnosisDescription,DiagnosisCode"
    (tmp_path / "x.csv").write_text(columns + "\n")
    seen = ended(preview_import(home, [tmp_path / "x.csv"], "our-aria"))
    assert not seen.known.mapped
    assert seen.files[0].guess["course"] == "Kurs"


def test_a_fixed_profile_has_no_mapping_to_save(home: Home, tmp_path: Path) -> None:
    file = table(tmp_path)
    with pytest.raises(RadoncError, match="there is no mapping to save"):
        ended(keep_profile(home, "ours", [file], {}, "aria"))
    with pytest.raises(RadoncError, match=r"No column of misnamed\.csv is the patient"):
        ended(keep_profile(home, "ours", [file], {}))
