import pytest

from store.errors import BadUsage
from trainer.plan import make_plan, steps_of
from trainer.settings import TrainSettings, parse_settings


def test_options_are_read_as_what_they_are() -> None:
    settings = parse_settings(["steps=100", "learning_rate=2e-3", "load_in_4bit=true", "seed=7"])
    assert (settings.steps, settings.learning_rate, settings.seed) == (100, 2e-3, 7)
    assert settings.load_in_4bit is True
    assert parse_settings([]) == TrainSettings()


@pytest.mark.parametrize(
    "option",
    ["speed=9", "steps", "steps=many", "load_in_4bit=maybe", "learning_rate=0", "steps=-1"],
)
def test_what_does_not_fit_is_one_sentence(option: str) -> None:
    with pytest.raises(BadUsage, match=option.split("=", maxsplit=1)[0]):
        parse_settings([option])


def test_the_plan_counts_pairs_steps_and_passes() -> None:
    plan = make_plan(837, ["regimen", "icd10"], 500, TrainSettings(epochs=2, batch_cases=8))
    assert (plan.pairs, plan.steps, plan.validation_cases) == (1674, 210, 128)
    assert plan.passes == pytest.approx(2.0, abs=0.01)
    assert steps_of(837, TrainSettings(steps=5)) == 5
    assert steps_of(1, TrainSettings(epochs=0.1)) == 1
