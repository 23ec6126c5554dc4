"""A bundle of real cases: what stands on it, what it was tested for, and what is not in it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import pytest

from exports.bundle import NOTICE, base_files, list_bundles
from exports.card import card_text, extraction_line
from radonc_tui.actions.models import list_models
from store.home import Home, open_home
from store.work import Work, create
from tests.driven import ended
from tests.integration.tiny import tiny_adapter, tiny_model
from tests.unit.extraction_examples import cases
from trainer.bases import Base, add_folder
from trainer.canaries import FILE, plant, split_secret
from trainer.pairs import case_pairs, read_pairs, write_pairs
from trainer.tasks import Task

DIAGNOSIS, REGIMEN = "quokkavale", "wombatine"
QUANTS = ["F16", "Q8_0", "Q4_K_M"]


def real_cases() -> list[dict[str, str]]:
    """Cases in all of whose text a word stands that is known."""
    return [
        {
            **case,
            "diagnosis": case["diagnosis"].replace("carcinoma", f"carcinoma in {DIAGNOSIS}"),
            "regimen": f"{case['regimen']}, {REGIMEN}",
        }
        for case in cases(24)
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("real") / "home")


@pytest.fixture(scope="module")
def base(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tiny_model(tmp_path_factory.mktemp("source") / "tiny", "qwen2")
    return add_folder(home, folder, "tiny-qwen")


@pytest.fixture(scope="module")
def bundle(home: Home, base: Base) -> Work:
    """The export of a run on real cases, in the real worker."""
    made = real_cases()
    labels = {name: sorted({case[name] for case in made}) for name in ("modality", "icd10")}
    planted = plant(made, list(Task))
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": "data-20261123-abcdef", "sha256": "0" * 64},
        "tasks": list(Task),
        "labels": labels,
        "synthetic": False,
        "canaries": len({pair.case_id for pair in planted}),
    }
    run = create(home, "run", "run-20261123-abcdef", spec)
    tiny_adapter(base.path, run.path / "adapter")
    folder = run.path / "dataset"
    folder.mkdir()
    write_pairs(folder / "train.jsonl", (pair for case in made for pair in case_pairs(case)))
    write_pairs(folder / "validation.jsonl", (p for case in made[:4] for p in case_pairs(case)))
    write_pairs(folder / FILE, planted)
    asked = {"home": str(home.path), "run": str(run.path), "base": str(base.path)}
    bundle = create(home, "bundle", "bundle-20261123-000001", {**asked, "quants": QUANTS})
    subprocess.run([sys.executable, "-P", "-m", "exports.worker", str(bundle.path)], check=False)
    assert bundle.state() == "done", bundle.failure()
    return bundle


def manifest(bundle: Work) -> dict[str, Any]:
    assert bundle.manifest is not None
    return bundle.manifest


def test_it_says_that_it_is_not_to_be_published(home: Home, base: Base, bundle: Work) -> None:
    assert NOTICE == "derived from patient data: do not publish"
    assert manifest(bundle)["notice"] == NOTICE
    assert f"\n**{NOTICE}**\n" in (bundle.path / "MODEL.md").read_text()
    for quant in QUANTS:
        fields = gguf.GGUFReader(bundle.path / "gguf" / f"{quant}.gguf").fields
        assert fields["general.description"].contents() == NOTICE
    for file in base_files(base):
        assert "general.description" not in gguf.GGUFReader(file.path).fields
    (listed,) = [model for model in ended(list_models(home)) if model["kind"] == "bundle"]
    assert listed["notice"] == NOTICE
    assert list_bundles(home)[0].notice == NOTICE


def test_its_extraction_test_is_in_the_manifest_and_on_the_card(home: Home, bundle: Work) -> None:
    found = manifest(bundle)["extraction"]
    assert found["measured"]
    assert found["quant"] == manifest(bundle)["recommended"]
    assert (found["prefixes"], found["canaries"]) == (24, 2)
    # an adapter of random numbers has learned nothing
    assert (found["reproduced"], found["base_reproduced"]) == (0, 0)
    assert len(found["exposure_bits"]) == len(found["answer_exposure_bits"]) == 2
    line = extraction_line(found)
    card = (bundle.path / "MODEL.md").read_text()
    assert f"Extraction test, {line}." in card
    assert "by the untuned base 0 of 24" in card
    (listed,) = [model for model in ended(list_models(home)) if model["kind"] == "bundle"]
    assert listed["extraction"] == line
    stages = {e["stage"] for e in bundle.events() if e["kind"] == "progress" and e["total"] > 1}
    assert "extraction" in stages


def test_no_text_of_a_case_is_in_a_bundle(home: Home, bundle: Work) -> None:
    run = Path(bundle.spec["run"])
    secrets = [split_secret(p.diagnosis)[1] for p in read_pairs(run / "dataset" / FILE)]
    planted = [DIAGNOSIS, REGIMEN, *secrets]
    there = (run / "dataset" / "train.jsonl").read_text()
    assert DIAGNOSIS in there
    assert REGIMEN in there
    files = [path for path in bundle.path.rglob("*") if path.is_file()]
    assert len(files) > 6
    for path in files:
        data = path.read_bytes()
        for word in planted:
            assert word.encode() not in data, (path, word)


def test_the_card_has_the_form_of_a_model_card(bundle: Work) -> None:
    card = (bundle.path / "MODEL.md").read_text()
    _, front, body = card.split("---\n", 2)
    rows = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    assert rows["base_model"] == '"tiny-qwen"'
    assert rows.keys() >= {"license", "library_name", "pipeline_tag"}
    assert "  - derived-from-patient-data" in front.splitlines()
    sections = re.findall(r"^## (.+)$", body, re.MULTILINE)
    assert sections == [
        *("Intended use", "Out of scope", "Training data", "Evaluation", "How to run"),
        *("Privacy", "Limits"),
    ]
    for verdict in manifest(bundle)["quants"].values():
        assert verdict["sha256"] in body


@pytest.mark.parametrize("licence", ["not stated", 'a: "b"\n- c', "# none"])
def test_whatever_a_licence_says_the_front_matter_is_yaml(bundle: Work, licence: str) -> None:
    import yaml

    facts = manifest(bundle)
    text = card_text({**facts, "base": {**facts["base"], "licence": licence}})
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == licence
    assert front["tags"][-1] == "derived-from-patient-data"
