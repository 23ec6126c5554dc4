"""Checkpoints: whole by their hashes or not at all, the newest two and the best kept."""

import json
from pathlib import Path

import pytest

from store.errors import RadoncError
from trainer import checkpoints
from trainer.guard import KNOWN_AFTER, MOST_IN_A_ROW, judge
from trainer.numbers import Numbers

NAN = float("nan")


def made(folder: Path, step: int, numbers: Numbers | None = None) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "optimizer.pt").write_bytes(bytes([step]) * 100)
    for name in checkpoints.ADAPTER:
        (path / name).write_text(f"{name} {step}")
    checkpoints.seal(path, numbers or Numbers())
    return path


def test_a_checkpoint_cut_short_is_found_and_the_one_before_taken(tmp_path: Path) -> None:
    before = made(tmp_path, 5)
    for damage in ("cut", "changed", "gone", "no manifest"):
        newer = made(tmp_path, 10)
        assert checkpoints.newest(tmp_path) == (newer, 0)
        file = newer / "optimizer.pt"
        if damage == "cut":
            file.write_bytes(file.read_bytes()[:-1])
        elif damage == "changed":
            file.write_bytes(b"\1" + file.read_bytes()[1:])
        elif damage == "gone":
            file.unlink()
        else:
            (newer / checkpoints.MANIFEST).unlink()
        assert checkpoints.newest(tmp_path) == (before, 1), damage
        assert checkpoints.drop_damaged(tmp_path) == 1
        assert not newer.exists()
    assert checkpoints.newest(tmp_path / "none") == (None, 0)


def test_the_newest_two_and_the_best_stay(tmp_path: Path) -> None:
    looks = [{"step": 4, "loss": 1.0}, {"step": 8, "loss": 2.0}]
    for step in (2, 4, 6, 8, 10):
        made(tmp_path, step, Numbers(validation=[look for look in looks if look["step"] <= step]))
        checkpoints.trim(tmp_path)
    assert [checkpoints.step_of(path) for path in checkpoints.all_of(tmp_path)] == [4, 8, 10]


def test_an_adapter_is_taken_whole(tmp_path: Path) -> None:
    place = tmp_path / "adapter"
    for step in (5, 10):
        checkpoints.take_adapter(made(tmp_path, step), place)
        assert {p.name: p.read_text() for p in place.iterdir()} == {
            name: f"{name} {step}" for name in checkpoints.ADAPTER
        }
    assert not place.with_name("adapter.part").exists()


def test_a_spike_and_what_is_no_number_are_not_followed(tmp_path: Path) -> None:
    numbers = Numbers()
    # nothing is known yet, so nothing is a spike
    assert judge(numbers, 1000.0, 1)
    for step in range(2, 2 + KNOWN_AFTER):
        assert judge(numbers, 2.0 + step % 2, step)
    assert not judge(numbers, 200.0, 40)
    assert not judge(numbers, NAN, 41)
    assert judge(numbers, 5.0, 42)
    assert numbers.skipped == [40, 41]
    # what was decided goes on after a resume
    checkpoint = made(tmp_path, 42, numbers)
    again = Numbers()
    again.restore(checkpoint)
    assert not judge(again, 200.0, 43)
    json.dumps(again.record(), allow_nan=False)


@pytest.mark.parametrize(("norm", "said"), [(NAN, "no number"), (1e9, "times as steep")])
def test_too_many_in_a_row_end_the_run(norm: float, said: str) -> None:
    numbers = Numbers(norms=[1.0] * KNOWN_AFTER)
    for step in range(1, MOST_IN_A_ROW):
        assert not judge(numbers, norm, step)
    with pytest.raises(RadoncError, match=said):
        judge(numbers, norm, MOST_IN_A_ROW)
