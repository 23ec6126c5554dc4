"""Finding a model by its name, and noticing that its file is not what was checked."""

from pathlib import Path

import pytest

from exports.bundle import (
    base_file_or_wanted,
    base_files,
    find_model,
    list_bundles,
    list_models,
    record_base_files,
    verify_model,
)
from store.errors import BadUsage
from store.home import Home, open_home
from store.lines import sha256_file, write_json
from store.work import create, seal_manifest
from trainer.bases import find_base


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a finished bundle, an unfinished one, and a base with one file of its own."""
    home = open_home(tmp_path / "home")
    bundle = create(home, "bundle", "bundle-20261123-00000a", {})
    (bundle.path / "gguf").mkdir()
    verdicts = {}
    for quant in ("Q6_K", "Q4_K_M"):
        path = bundle.path / "gguf" / f"{quant}.gguf"
        path.write_text(f"tuned {quant}")
        verdicts[quant] = {"sha256": sha256_file(path)}
    seal_manifest(
        bundle, [], quants=verdicts, recommended="Q6_K", synthetic=True, labels={"icd10": ["C61"]}
    )
    create(home, "bundle", "bundle-20261123-00000b", {})
    base = home.folder("models") / "tiny"
    (base / "gguf").mkdir(parents=True)
    write_json(base / "manifest.json", {"files": {"a": {"sha256": "1"}}})
    return home


def add_base_file(home: Home, quant: str) -> None:
    base = find_base(home, "tiny")
    path = base.path / "gguf" / f"{quant}.gguf"
    path.write_text(f"base {quant}")
    record_base_files(base, {quant: {"sha256": sha256_file(path)}})


def test_only_a_finished_bundle_is_one(home: Home) -> None:
    [bundle] = list_bundles(home)
    assert bundle.id == "bundle-20261123-00000a"
    assert bundle.synthetic
    assert bundle.labels == {"icd10": ["C61"]}


def test_a_name_alone_means_the_recommended_file(home: Home) -> None:
    add_base_file(home, "Q4_K_M")
    add_base_file(home, "Q8_0")
    assert find_model(home, "bundle-20261123-00000a").quant == "Q6_K"
    assert find_model(home, "tiny").quant == "Q8_0"
    assert find_model(home, "tiny").kind == "base"


def test_a_quant_is_meant_in_any_case(home: Home) -> None:
    found = find_model(home, "bundle-20261123-00000a:q4_k_m")
    assert found.label == "bundle-20261123-00000a:Q4_K_M"
    assert found.path.read_text() == "tuned Q4_K_M"
    assert found.kind == "bundle"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nope", "There is no model 'nope'. The newest bundles are bundle-20261123-00000a."),
        ("", "There is no model ''."),
        ("../models/tiny", "There is no model"),
        ("bundle-20261123-00000b", "There is no model"),
        ("bundle-20261123-00000a:Q8_0", "There is bundle-20261123-00000a:Q6_K, "),
        ("tiny", "No GGUF file of the base model tiny has been made yet."),
    ],
)
def test_a_model_that_is_not_there_is_said(home: Home, name: str, sentence: str) -> None:
    with pytest.raises(BadUsage) as raised:
        find_model(home, name)
    assert sentence in str(raised.value)


def test_base_files_are_added_to_those_recorded(home: Home) -> None:
    add_base_file(home, "Q8_0")
    add_base_file(home, "Q4_K_M")
    assert [file.quant for file in base_files(find_base(home, "tiny"))] == ["Q8_0", "Q4_K_M"]
    assert len(list_models(home)) == 4


def test_a_base_file_that_is_still_to_be_made_has_no_hash(home: Home) -> None:
    wanted = base_file_or_wanted(home, "tiny:q6_k")
    assert (wanted.label, wanted.sha256, wanted.kind) == ("tiny:Q6_K", "", "base")
    add_base_file(home, "Q8_0")
    made = base_file_or_wanted(home, "tiny")
    assert made == find_model(home, "tiny:Q8_0")
    made.path.unlink()
    assert base_file_or_wanted(home, "tiny").sha256 == ""
    bundle = "bundle-20261123-00000a:Q6_K"
    assert base_file_or_wanted(home, bundle) == find_model(home, bundle)
    for name in ("tiny:Q3_K", "nope", "bundle-20261123-00000a:Q8_0"):
        with pytest.raises(BadUsage):
            base_file_or_wanted(home, name)


def test_a_changed_or_missing_file_is_noticed(home: Home) -> None:
    model = find_model(home, "bundle-20261123-00000a")
    assert verify_model(model) == []
    with model.path.open("r+b") as file:
        file.write(b"T")
    assert "has changed since it was checked" in verify_model(model)[0]
    model.path.unlink()
    assert "is missing" in verify_model(model)[0]
