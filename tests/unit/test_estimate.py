"""Time and memory said before a training: arithmetic that can be checked by hand."""

import json
from dataclasses import replace
from math import prod
from pathlib import Path

import pytest

from store.errors import RadoncError
from trainer.estimate import CHARACTERS_A_TOKEN, Asked, Pace, Text, estimate, memory_parts
from trainer.machine import Machine, this_machine
from trainer.plan import make_plan
from trainer.settings import TrainSettings
from trainer.shape import EMBEDDED, BaseShape, shape_of

TWO_CORES = Machine("2 cores of a processor", False, 2, 24_000)
CARD = Machine("a card", True, 16, 24_000)
SEVEN_BILLION = BaseShape(7_241_732_096, 6_979_321_856, 2_621_440, 32, 4096, 14336, 32000)
PACE = Pace("run-before", "abc", 134_515_008, False, 0, 200.0, 30.0, 2.0, 3.0)


def asked(
    machine: Machine = TWO_CORES, shape: BaseShape = EMBEDDED, base: str = "abc", **settings: int
) -> Asked:
    chosen = replace(TrainSettings(), **settings)
    plan = make_plan(800, ["regimen", "modality", "icd10"], 100, chosen)
    return Asked(base, shape, chosen, plan, Text(300.0, 400, 75.0), machine)


def test_the_time_is_that_of_the_stages_at_a_measured_pace() -> None:
    found = estimate(asked(steps=100, evaluations=4), [PACE])
    assert found.tokens == 100 * 8 * 100
    assert found.stages == {"load": 30, "train": 400, "validate": 67, "samples": 8}
    assert found.seconds == 505
    assert "run-before" in found.basis
    assert "rough" not in found.basis


def test_of_the_newest_runs_the_middle_one_counts() -> None:
    runs = [
        replace(PACE, run_id=f"run-{p}", tokens_per_second=p) for p in (20.0, 180.0, 200.0, 9.0)
    ]
    assert "run-180" in estimate(asked(), runs).basis


def test_another_base_is_scaled_by_its_size_and_says_so() -> None:
    twice = replace(EMBEDDED, parameters=2 * EMBEDDED.parameters)
    found = estimate(asked(shape=twice, base="other"), [PACE])
    assert found.tokens_per_second == pytest.approx(100)
    assert found.basis.startswith("rough")
    four_bit = estimate(asked(base="other", load_in_4bit=True), [PACE])
    assert four_bit.tokens_per_second == pytest.approx(200 / 1.5, abs=0.1)


def test_a_base_of_quite_another_size_says_nothing() -> None:
    tiny = replace(PACE, parameters=EMBEDDED.parameters // 100)
    assert estimate(asked(base="other"), [tiny]).basis.startswith("very rough")
    # one that is near counts, whatever came after it
    assert "run-before" in estimate(asked(base="other"), [tiny, PACE]).basis


def test_without_an_earlier_run_it_is_very_rough_and_says_so() -> None:
    two, four = (estimate(asked(threads=threads)) for threads in (2, 4))
    assert two.basis.startswith("very rough")
    assert four.tokens_per_second == pytest.approx(2 * two.tokens_per_second, rel=0.01)
    # what the embedded base was measured at, on two cores that have bfloat16, and on two without
    assert two.tokens_per_second == pytest.approx(370 / 1.5, rel=0.05)
    halves = replace(TWO_CORES, bf16=True)
    assert estimate(asked(halves)).tokens_per_second == pytest.approx(370, rel=0.05)


def test_a_run_without_validation_cases_spends_nothing_on_them() -> None:
    settings = TrainSettings(steps=10)
    plan = make_plan(800, ["icd10"], 0, settings)
    found = estimate(Asked("abc", EMBEDDED, settings, plan, Text(300.0, 400, 20.0), TWO_CORES))
    assert found.stages["validate"] == found.stages["samples"] == 0


def test_memory_is_counted_from_the_shapes() -> None:
    parts = memory_parts(asked())
    assert parts["base model"] == round(134_515_008 * 4 / 2**20)
    assert parts["adapter and optimizer"] == round(16 * 305_280 * 16 / 2**20)
    four_bit = memory_parts(asked(CARD, SEVEN_BILLION))
    plain = memory_parts(asked(CARD, SEVEN_BILLION, load_in_4bit=False))
    assert plain["base model"] == round(7_241_732_096 * 2 / 2**20)
    assert four_bit["base model"] < plain["base model"] / 3
    # a 7B model in 4 bit is known to train on a card of 24 GB, and not in 16 bit on one of 12
    assert sum(four_bit.values()) < 12_000 < sum(plain.values())


def test_products_in_16_bit_halve_the_frozen_projections_on_a_cpu() -> None:
    halves = replace(TWO_CORES, bf16=True)
    projected, rest = 106_168_320, 134_515_008 - 106_168_320
    wanted = round((projected * 2 + rest * 4) / 2**20)
    assert memory_parts(asked(halves))["base model"] == wanted
    # with dropout projections are not fused, and nothing is kept in 16 bit
    plain = memory_parts(asked())
    settings = replace(TrainSettings(), lora_dropout=0.1)
    assert memory_parts(replace(asked(halves), settings=settings)) == plain


def test_longer_rows_and_larger_batches_need_more() -> None:
    small = sum(memory_parts(asked()).values())
    assert sum(memory_parts(asked(batch_cases=16)).values()) > small
    longer = replace(asked(), text=Text(300.0, 4000, 75.0))
    assert sum(memory_parts(longer).values()) > small
    assert memory_parts(asked(), CHARACTERS_A_TOKEN) == memory_parts(asked())


def test_a_shape_is_read_from_headers_alone(tmp_path: Path) -> None:
    shapes = {
        "model.embed_tokens.weight": [100, 8],
        "model.layers.0.self_attn.q_proj.weight": [8, 8],
        "model.layers.0.self_attn.q_proj.bias": [8],
        "model.layers.0.mlp.up_proj.weight": [32, 8],
        "model.layers.0.mlp.down_proj.weight": [8, 32],
        "model.norm.weight": [8],
    }
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    header |= {
        name: {"dtype": "F16", "shape": shape, "data_offsets": [0, 0]}
        for name, shape in shapes.items()
    }
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    found = shape_of(tmp_path)
    assert found.parameters == sum(prod(shape) for shape in shapes.values())
    assert found.projected == 8 * 8 + 2 * 8 * 32
    assert found.sides == 8 + 8 + 2 * (8 + 32)
    assert (found.layers, found.vocabulary, found.hidden, found.intermediate) == (1, 100, 8, 32)


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(RadoncError, match="no weights"):
        shape_of(tmp_path)
    for damage in (b"", b"\xff" * 30, (5).to_bytes(8, "little") + b"[1, 2"):
        (tmp_path / "model.safetensors").write_bytes(damage)
        with pytest.raises(RadoncError, match="cannot be read"):
            shape_of(tmp_path)


def test_this_machine_is_named() -> None:
    machine = this_machine()
    assert machine.cores > 0
    assert machine.memory_mb > 100
    assert machine.cuda or "cores of" in machine.name
