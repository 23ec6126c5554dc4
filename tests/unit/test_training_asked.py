"""What a run was asked, edited by hand, written by a newer version, or on a base that changed."""

import io
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from store import work
from store.errors import RadoncError
from store.home import Home
from store.line_edits import drop_rows
from store.lines import read_json, sha256_file, write_json, write_lines
from store.work import SPEC_HASH, Reporter, Work
from trainer.asked import FILES, check_base, check_data, freeze_data, settings_of
from trainer.bases import Base
from trainer.fitting import Fit, keep_fit, read_fit
from trainer.outcome import against_estimate
from trainer.settings import TrainSettings
from trainer.trouble import NotEnoughMemory, in_sentences


@pytest.fixture
def run(home: Home) -> Work:
    """A run with data and a base that is one small file."""
    folder = home.folder("models") / "b"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    entry = {"bytes": 7, "sha256": sha256_file(folder / "model.safetensors")}
    write_json(folder / "manifest.json", {"files": {"model.safetensors": entry}})
    base = Base("b", folder, read_json(folder / "manifest.json"))
    spec = {
        "home": str(home.path),
        "settings": asdict(TrainSettings()),
        "base": {"name": "b", "path": str(folder), "sha256": base.sha256},
    }
    made = work.create(home, "run", "run-1", spec)
    (made.path / "dataset").mkdir()
    rows = [{"case_id": f"c{n}", "patient": f"p{n}"} for n in range(3)]
    write_lines(made.path / "dataset" / "train.jsonl", rows)
    write_json(made.path / "dataset" / FILES, freeze_data(made.path / "dataset"))
    return made


def reporter(run: Work) -> Reporter:
    return Reporter(io.StringIO(), run.path / "stop")


def edit(run: Work, **changed: Any) -> Work:
    """As if another version had made it; without the hash, which would tell."""
    path = run.path / "spec.json"
    spec = {**json.loads(path.read_text()), **changed}
    path.write_text(json.dumps({key: spec[key] for key in spec if key != SPEC_HASH}))
    return run


def test_what_was_asked_is_what_is_done(run: Work) -> None:
    assert settings_of(run.spec) == TrainSettings()
    check_data(run)
    check_base(run, reporter(run))


def test_a_setting_of_an_older_version_has_its_default(run: Work) -> None:
    edit(run, settings={"steps": 7})
    assert settings_of(run.spec) == TrainSettings(steps=7)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"steps": 5, "warp": 9}, "has the settings warp, unknown to this version"),
        ({"steps": "many"}, "has steps='many', which does not fit"),
        ({"steps": True}, "has steps=True, which does not fit"),
        ({"learning_rate": 0}, "learning_rate=0 does not fit"),
        (["steps"], "has no settings in its spec.json"),
    ],
)
def test_edited_settings_are_a_sentence(run: Work, settings: Any, sentence: str) -> None:
    with pytest.raises(RadoncError, match=sentence):
        settings_of(edit(run, settings=settings).spec)


def test_a_spec_of_a_newer_version_names_the_version(run: Work) -> None:
    with pytest.raises(RadoncError, match=r"made by another version \(schema 2\)") as raised:
        _ = edit(run, schema=2).spec
    assert "Use the version" in raised.value.hint


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_edited_data_are_found(run: Work, harm: str) -> None:
    file = run.path / "dataset" / "train.jsonl"
    if harm == "gone":
        file.unlink()
    else:
        file.write_text(file.read_text().replace("c1", "c9"))
    with pytest.raises(RadoncError, match=r"dataset/train.jsonl is not what was frozen"):
        check_data(run)


def test_a_withdrawal_is_no_edit(run: Work) -> None:
    assert drop_rows(run.home, "p1", {"c1"}) == 1
    check_data(run)


def test_another_base_is_refused_by_its_hash(run: Work) -> None:
    manifest = Path(run.spec["base"]["path"]) / "manifest.json"
    whole = read_json(manifest)
    entry = {"bytes": 7, "sha256": "0" * 64}
    write_json(manifest, {**whole, "files": {"model.safetensors": entry}})
    with pytest.raises(RadoncError, match="is not the one that run-1 was started with"):
        check_base(run, reporter(run))
    manifest.unlink()
    with pytest.raises(RadoncError, match="not in this home any more"):
        check_base(run, reporter(run))


def test_a_shard_that_changed_is_refused(run: Work) -> None:
    (Path(run.spec["base"]["path"]) / "model.safetensors").write_bytes(b"weighty")
    with pytest.raises(RadoncError, match=r"model.safetensors has changed since it was added"):
        check_base(run, reporter(run))


def test_a_spec_changed_by_hand_is_a_sentence(run: Work) -> None:
    path = run.path / "spec.json"
    whole = path.read_text()
    changed = json.loads(whole)
    changed["settings"]["learning_rate"] = 0.5
    path.write_text(json.dumps(changed))
    with pytest.raises(RadoncError, match=r"spec.json of run-1 was changed after"):
        _ = run.spec
    path.write_text(whole)
    assert settings_of(run.spec) == TrainSettings()


def test_data_whose_hashes_are_gone_are_refused(run: Work) -> None:
    (run.path / "dataset" / FILES).unlink()
    with pytest.raises(RadoncError, match=r"dataset/files.json is gone"):
        check_data(run)


def test_a_clock_set_back_makes_no_older_run_the_latest(home: Home, run: Work) -> None:
    tomorrow = time.time() + 86_400
    os.utime(run.path / "spec.json", (tomorrow, tomorrow))
    for name in ("run-0", "run-9"):
        work.create(home, "run", name, {})
        assert work.everything(home, "run")[-1].id == name


def test_a_clock_set_back_changes_no_order_of_steps(run: Work) -> None:
    """The newest checkpoint is that of the highest step, whatever the files' times say."""
    from trainer import checkpoints
    from trainer.numbers import Numbers

    folder = run.path / "checkpoints"
    for step, at in ((9, 2_000_000_000), (10, 1_000_000_000)):
        path = folder / f"checkpoint-{step}"
        path.mkdir(parents=True)
        checkpoints.seal(path, Numbers())
        os.utime(path, (at, at))
    newest, damaged = checkpoints.newest(folder)
    assert newest is not None
    assert (newest.name, damaged) == ("checkpoint-10", 0)
    checkpoints.trim(folder)
    assert [path.name for path in checkpoints.all_of(folder)] == ["checkpoint-9", "checkpoint-10"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "more memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "more memory"),
        (RuntimeError("could not create a primitive"), "more memory"),
        (MemoryError(), "more memory"),
        (OSError(28, "No space left on device"), "The disk of"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "The disk of"),
    ],
)
def test_memory_and_disk_are_sentences(run: Work, error: Exception, sentence: str) -> None:
    with pytest.raises(RadoncError, match=sentence) as raised, in_sentences(run):
        raise error
    assert "runs resume run-1" in raised.value.hint
    assert isinstance(raised.value, NotEnoughMemory) == ("memory" in sentence)


@pytest.mark.parametrize(
    ("settings", "fit", "way_out"),
    [
        ({}, Fit(), "`radonc runs resume run-1 --fit`"),
        # what has been tried is not offered again
        ({}, Fit(True, 1), "`radonc train --base b --fit --set load_in_4bit=true --set max_len"),
        (
            {"load_in_4bit": True},
            Fit(True, 1),
            "`radonc train --base b --fit --set max_length=256`",
        ),
        ({"load_in_4bit": True, "max_length": 256}, Fit(True, 1), "take a smaller base model"),
        ({"batch_cases": 1}, Fit(), "`radonc train --base b --fit --set load_in_4bit=true"),
    ],
)
def test_without_memory_what_needs_less_is_offered(
    run: Work, settings: dict[str, Any], fit: Fit, way_out: str
) -> None:
    edit(run, settings=settings)
    keep_fit(run, fit)
    with pytest.raises(NotEnoughMemory) as raised, in_sentences(run):
        raise MemoryError
    assert way_out in raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "shapes do not match",
        "could not create a primitive descriptor for the matmul primitive",
    ],
)
def test_other_errors_stay_what_they_are(run: Work, text: str) -> None:
    with pytest.raises(RuntimeError, match=text), in_sentences(run):
        raise RuntimeError(text)


def test_what_a_run_may_fit_is_kept_beside_its_spec(run: Work) -> None:
    assert read_fit(run) == Fit()
    assert read_fit(edit(run, fit=True)) == Fit(allowed=True)
    keep_fit(run, Fit(True, 4))
    assert read_fit(run) == Fit(True, 4)


def test_the_error_of_an_estimate_is_kept() -> None:
    asked = {"seconds": 110, "memory_mb": 900, "tokens": 1000, "basis": "rough"}
    metrics = {
        **{"steps": 4, "asked_steps": 4, "seconds": 100.0, "tokens": 1000, "memory_mb": 1000},
        "card_memory_mb": None,
    }
    found = against_estimate(asked, metrics)
    assert found["seconds"] == {"estimated": 110, "measured": 100.0, "error": 0.1}
    assert found["memory_mb"]["error"] == -0.1
    assert found["tokens"]["error"] == 0.0
    # a run that ended early has no time to compare
    assert set(against_estimate(asked, {**metrics, "steps": 3})) == {"memory_mb"}
    assert against_estimate(None, metrics) == {}
