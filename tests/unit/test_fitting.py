"""What makes a run fit: fewer cases at once first, then 4 bit, then a shorter context."""

from dataclasses import replace
from typing import Any

from tests.unit.test_estimate import CARD, SEVEN_BILLION, TWO_CORES, asked
from trainer.estimate import BESIDE, Pace, Text, estimate, memory_parts
from trainer.fitting import fits, options_that_fit

WIDE = Text(300.0, 6000, 75.0)


def on(memory_mb: int, **settings: Any) -> tuple[str, ...]:
    small = replace(CARD, memory_mb=memory_mb)
    made = replace(asked(small, SEVEN_BILLION, **settings), text=WIDE)
    found = options_that_fit(made, [], 1.0)
    if found:
        from trainer.settings import parse_settings

        tried = replace(made, settings=parse_settings(found, made.settings))
        assert fits(estimate(tried), 1.0)
    return found


def test_the_least_change_that_is_enough_is_offered() -> None:
    whole = sum(memory_parts(replace(asked(CARD, SEVEN_BILLION), text=WIDE)).values())
    single = sum(
        memory_parts(replace(asked(CARD, SEVEN_BILLION, micro_cases=1), text=WIDE)).values()
    )
    assert single < whole
    assert on(whole - 1) == ("micro_cases=4",)
    assert on(single) == ("micro_cases=1",)
    assert on(single - 1) == ("micro_cases=1", "max_length=512")
    assert on(3000) == ()


def test_4_bit_is_offered_where_the_base_is_not_in_it() -> None:
    settings = asked(CARD, SEVEN_BILLION, load_in_4bit=False).settings
    need = memory_parts(replace(asked(CARD, SEVEN_BILLION), settings=settings))["base model"]
    made = replace(
        asked(replace(CARD, memory_mb=need), SEVEN_BILLION), settings=settings, text=WIDE
    )
    found = options_that_fit(made, [], 1.0)
    assert found[:2] == ("micro_cases=1", "load_in_4bit=true")


def test_fewer_at_once_than_a_batch_need_less() -> None:
    need = [sum(memory_parts(asked(micro_cases=n)).values()) for n in (0, 4, 1)]
    assert need == sorted(need, reverse=True)


def test_what_was_measured_before_corrects_the_memory() -> None:
    pace = Pace("r", "abc", 134_515_008, False, 0, 200.0, 30.0, 2.0, 3.0, memory_beside=-400)
    plain, found = estimate(asked()), estimate(asked(), [pace])
    assert found.memory[BESIDE] == -400
    parts = memory_parts(asked(TWO_CORES), 3.0)
    assert found.memory_mb == sum(parts.values()) - 400
    assert BESIDE not in plain.memory


def test_a_base_whose_tokenizer_was_asked_counts_by_it() -> None:
    coarse = replace(asked(steps=10), characters_a_token=6.0)
    assert estimate(coarse).tokens == 10 * 8 * 50
