"""What is said of models, and what may be removed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from exports.bundle import base_again, base_file_or_wanted, record_base_files
from exports.removing import REMOVED
from radonc_tui.actions.models import add_model, list_models, remove_model, verify_models
from radonc_tui.actions.progress import Progress
from radonc_tui.cli.main import run
from store.errors import BadUsage, Refused
from store.home import Home
from store.lines import sha256_file, write_json
from store.work import create, seal_manifest
from tests.driven import ended
from trainer.bases import DEFAULT, find_base

T = TypeVar("T")
BUNDLE = "bundle-20261123-00000a"
SIZE = 3_000_000
"""Bytes of each model file, so that progress has some megabytes to count."""


def make_base(home: Home, name: str) -> None:
    folder = home.folder("models") / name
    (folder / "gguf").mkdir(parents=True)
    weights = folder / "weights"
    weights.write_bytes(b"w" * SIZE)
    entry = {"bytes": SIZE, "sha256": sha256_file(weights)}
    facts = {"family": "llama", "vocab_size": 64, "licence": "mit", "source": "/somewhere"}
    write_json(folder / "manifest.json", {**facts, "files": {"weights": entry}})


def verdict(path: Path) -> dict[str, Any]:
    path.write_bytes(path.stem.encode() * (SIZE // len(path.stem)))
    return {"sha256": sha256_file(path), "top_token": 0.99, "mean_kl": 0.004, "worst_kl": 0.1}


def make_run(home: Home, name: str, base: str, whole: bool = True) -> None:
    run = create(home, "run", name, {"base": {"name": base}})
    if whole:
        seal_manifest(run, [])


def make_bundle(home: Home, name: str, base: str) -> None:
    bundle = create(home, "bundle", name, {"base": str(home.folder("models") / base)})
    (bundle.path / "gguf").mkdir()
    quants = {q: verdict(bundle.path / "gguf" / f"{q}.gguf") for q in ("Q8_0", "Q4_K_M")}
    facts: dict[str, Any] = {
        "run": "run-1",
        "dataset": {"id": "data-1"},
        "base": {"name": base, "licence": "mit"},
        "tasks": ["regimen"],
        "labels": {},
        "synthetic": True,
        "recommended": "Q8_0",
        "refused": {"Q5_K_M": {"failures": ["mean KL 0.3000 nats, limit 0.1"]}},
    }
    seal_manifest(bundle, sorted((bundle.path / "gguf").iterdir()), quants=quants, **facts)


@pytest.fixture
def clinic(home: Home) -> Home:
    """Two bases, one of them the embedded one; a run and a bundle of the other."""
    make_base(home, "mistral")
    make_base(home, DEFAULT)
    make_run(home, "run-1", "mistral")
    make_bundle(home, BUNDLE, "mistral")
    return home


@contextmanager
def working(path: Path) -> Iterator[None]:
    """Hold the lock of a piece of work, as its worker does."""
    with (path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_model_is_listed_with_its_sizes_and_what_was_measured(clinic: Home) -> None:
    record_base_files(
        find_base(clinic, "mistral"),
        {"Q8_0": verdict(clinic.folder("models") / "mistral" / "gguf" / "Q8_0.gguf")},
    )
    mistral, embedded, bundle = ended(list_models(clinic))
    assert (mistral["name"], mistral["bytes"], mistral["licence"]) == ("mistral", 2 * SIZE, "mit")
    assert (embedded["name"], embedded["embedded"], embedded["files"]) == (DEFAULT, True, [])
    assert (bundle["run"], bundle["dataset"], bundle["base"]) == ("run-1", "data-1", "mistral")
    assert bundle["bytes"] == sum(file["bytes"] for file in bundle["files"])
    assert bundle["refused"] == ["Q5_K_M: mean KL 0.3000 nats, limit 0.1"]
    best, smaller = bundle["files"]
    assert (best["recommended"], smaller["recommended"]) == (True, False)
    assert (best["top_token"], best["mean_kl"], best["clear_top_token"]) == (0.99, 0.004, None)
    assert best["sha256"] == sha256_file(Path(best["path"]))


def test_a_missing_file_is_listed_as_missing(clinic: Home) -> None:
    (clinic.folder("exports") / BUNDLE / "gguf" / "Q4_K_M.gguf").unlink()
    files = ended(list_models(clinic))[-1]["files"]
    assert [(file["missing"], file["bytes"] > 0) for file in files] == [
        (False, True),
        (True, False),
    ]


def test_verifying_counts_megabytes_and_names_what_changed(clinic: Home) -> None:
    heard: list[Progress] = []
    assert all(found["ok"] for found in ended(verify_models(clinic, ()), heard))
    last = heard[-1]
    assert (last.done, last.total, last.unit) == (12, 12, "MB")
    assert [p.done for p in heard] == sorted(p.done for p in heard)
    path = clinic.folder("exports") / BUNDLE / "gguf" / "Q8_0.gguf"
    with path.open("r+b") as file:
        file.write(b"x")
    assert [found["ok"] for found in ended(verify_models(clinic, ("mistral",)))] == [True]
    found = {each["name"]: each for each in ended(verify_models(clinic, ()))}
    assert [name for name, each in found.items() if not each["ok"]] == [BUNDLE]
    assert "Q8_0" in found[BUNDLE]["mismatches"][0]
    with pytest.raises(BadUsage, match="no model 'nobody'"):
        ended(verify_models(clinic, ("nobody",)))


def test_a_bundle_goes_with_all_its_files(clinic: Home) -> None:
    gone = ended(remove_model(clinic, BUNDLE))
    assert gone["bytes"] > 2 * SIZE - 100
    assert [model["name"] for model in ended(list_models(clinic))] == ["mistral", DEFAULT]
    assert not (clinic.folder("exports") / BUNDLE).exists()
    assert list(clinic.tmp.iterdir()) == []
    with pytest.raises(BadUsage, match="no model"):
        ended(remove_model(clinic, BUNDLE))


def test_a_base_that_is_needed_stays(clinic: Home) -> None:
    with pytest.raises(Refused, match=f"run-1, {BUNDLE} need it") as refused:
        ended(remove_model(clinic, "mistral"))
    assert refused.value.hint
    assert find_base(clinic, "mistral").path.is_dir()


def test_the_embedded_base_goes_unless_a_run_waits_for_it(clinic: Home) -> None:
    make_bundle(clinic, "bundle-20261123-00000b", DEFAULT)
    make_run(clinic, "run-2", DEFAULT)
    make_run(clinic, "run-3", DEFAULT, whole=False)
    with pytest.raises(Refused, match="run-3 needs it"):
        ended(remove_model(clinic, DEFAULT))
    seal_manifest(create(clinic, "run", "run-4", {"base": {"name": DEFAULT}}), [])
    (clinic.folder("runs") / "run-3" / "manifest.json").write_text("{}")
    ended(remove_model(clinic, DEFAULT))
    assert not (clinic.folder("models") / DEFAULT).exists()
    # an evaluation can still ask for its file, which is made then
    wanted = base_file_or_wanted(clinic, f"{DEFAULT}:Q8_0")
    assert (wanted.name, wanted.sha256) == (DEFAULT, "")
    with pytest.raises(BadUsage):
        base_again(clinic, "nobody", lambda *_: None)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("eval", {"tuned": {"name": BUNDLE}, "base": None}),
        ("predict", {"model": {"name": BUNDLE}}),
    ],
)
def test_what_is_at_work_keeps_its_model(clinic: Home, kind: str, spec: dict[str, Any]) -> None:
    made = create(clinic, kind, f"{kind}-1", spec)
    with working(made.path), pytest.raises(Refused, match=f"while {kind}-1 works with it"):
        ended(remove_model(clinic, BUNDLE))
    ended(remove_model(clinic, BUNDLE))


def test_work_that_cannot_be_read_keeps_nothing(clinic: Home) -> None:
    made = create(clinic, "predict", "predict-1", {"model": {"name": BUNDLE}})
    (made.path / "spec.json").write_text("{")
    assert ended(remove_model(clinic, BUNDLE))["name"] == BUNDLE


def test_what_a_killed_removal_left_goes_with_the_next(clinic: Home) -> None:
    left = clinic.tmp / f"{REMOVED}bundle-x"
    (left / "gguf").mkdir(parents=True)
    ended(remove_model(clinic, BUNDLE))
    assert not left.exists()


def test_adding_can_be_cancelled_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    write_json(source / "config.json", {"architectures": ["LlamaForCausalLM"], "vocab_size": 64})
    vocabulary = {f"t{number}": number for number in range(64)}
    write_json(source / "tokenizer.json", {"model": {"vocab": vocabulary}})
    header = b'{"w": {"shape": [9000000], "data_offsets": [0, 9000000]}}'
    weights = len(header).to_bytes(8, "little") + header + bytes(9_000_000)
    (source / "model.safetensors").write_bytes(weights)
    adding = add_model(home, source, "llama")
    stages = {next(adding).stage}
    while "hash files" not in stages:
        stages.add(next(adding).stage)
    adding.close()
    assert list(home.folder("models").iterdir()) == []
    assert list(home.tmp.iterdir()) == []
    heard: list[Progress] = []
    assert ended(add_model(home, source, "llama"), heard)["name"] == "llama"
    assert {p.unit for p in heard if p.total} == {"MB"}
    assert {"take files", "hash files"} <= {p.stage for p in heard}


def test_the_command_line_removes_only_what_it_is_sure_of(
    clinic: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(clinic.path)]
    assert run([*home, "models", "remove", BUNDLE]) == 2
    assert "--yes" in capsys.readouterr().err
    assert run([*home, "models", "remove", "mistral", "--yes"]) == 3
    assert BUNDLE in capsys.readouterr().err
    assert run([*home, "models", "list"]) == 0
    listed = capsys.readouterr().out
    assert "3 MB Q8_0* 99.0% 0.0040" in " ".join(listed.split())
    assert max(map(len, listed.splitlines())) <= 80
    assert run([*home, "models", "remove", BUNDLE, "--yes"]) == 0
    assert not (clinic.folder("exports") / BUNDLE).exists()
    assert list(clinic.tmp.iterdir()) == []
