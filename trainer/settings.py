"""What may be set for a training run, with the defaults and what each setting means.

Values come from a preset, from ``--set key=value`` and from the screens; all of them go through
``parse_settings``.
"""

import types
import typing
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from store.errors import BadUsage

AUTO = "auto"
PRECISIONS = ("auto", "bf16", "fp32")


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class TrainSettings:
    """LoRA on all linear projections, AdamW, linear warm-up and cosine decay."""

    steps: int = _setting(0, "optimizer steps; 0: as many as the epochs need")
    epochs: float = _setting(2.0, "passes over the training cases, where steps is 0")
    batch_cases: int = _setting(8, "cases in a step; each brings its tasks' pairs")
    micro_cases: int = _setting(
        0, "cases computed at once, 0: the whole batch; fewer need less memory and learn the same"
    )
    learning_rate: float = _setting(1e-3, "peak learning rate")
    warmup: float = _setting(0.05, "share of the steps that warm up")
    weight_decay: float = _setting(0.0, "AdamW weight decay")
    lora_rank: int = _setting(16, "rank of the adapter")
    lora_alpha: int = _setting(32, "scale of the adapter (alpha)")
    lora_dropout: float = _setting(0.0, "dropout inside the adapter")
    max_length: int = _setting(
        1024, "longest sequence in tokens; longer cases are left out, counted"
    )
    load_in_4bit: bool | None = _setting(None, "4-bit (NF4) base weights; auto: on a CUDA GPU only")
    precision: str = _setting("auto", "bf16, fp32, or auto: bf16 where the hardware computes in it")
    seed: int = _setting(0, "order of the cases and start of the adapter")
    evaluations: int = _setting(4, "how often validation loss is taken, evenly over the run")
    patience: int = _setting(
        3, "looks at validation in a row without a better one that end the run; 0: never"
    )
    validation_cases: int = _setting(128, "at most so many validation cases each time")
    samples: int = _setting(2, "validation cases answered each time, to be looked at; 0: none")
    checkpoints: int = _setting(4, "how many checkpoints are written, evenly over the run")
    threads: int = _setting(0, "CPU threads; 0: all cores")


@dataclass(frozen=True)
class Preset:
    """A named choice of settings; ``purpose`` is one sentence for whoever chooses."""

    name: str
    purpose: str
    options: tuple[str, ...] = ()


PRESETS = (
    Preset(
        "fast",
        "A first look, as short for any data set: does it train, does the loss fall? Not for "
        "conclusions.",
        (
            *("steps=60", "learning_rate=2e-3"),
            *("evaluations=3", "validation_cases=32", "checkpoints=2"),
        ),
    ),
    Preset("standard", "Two passes over the training cases with the defaults: start here."),
    Preset(
        "thorough",
        "Four passes, a larger adapter, a lower learning rate and a closer look at validation, "
        "over twice as long as standard; whether it is better, only the evaluation says.",
        (
            *("epochs=4", "learning_rate=5e-4", "lora_rank=32", "lora_alpha=64"),
            *("evaluations=8", "validation_cases=512", "checkpoints=8"),
        ),
    ),
)
STANDARD = "standard"


def preset_settings(name: str) -> TrainSettings:
    """The settings of a preset.

    Raises:
        BadUsage: there is none of this name.
    """
    for preset in PRESETS:
        if preset.name == name:
            return parse_settings(preset.options)
    names = ", ".join(preset.name for preset in PRESETS)
    raise BadUsage(f"There is no preset {name!r}.", f"There are {names}.")


def parse_settings(options: Sequence[str], base: TrainSettings | None = None) -> TrainSettings:
    """Settings from ``key=value`` options over ``base``.

    Raises:
        BadUsage: an unknown key (the sentence lists the known ones) or a value that does not fit.
    """
    settings = base or TrainSettings()
    kinds = typing.get_type_hints(TrainSettings)
    for option in options:
        key, sign, value = option.partition("=")
        if not sign or key not in kinds:
            known = ", ".join(f.name for f in fields(TrainSettings))
            raise BadUsage(f"There is no setting {option!r}.", f"Known: {known}.")
        settings = replace(settings, **{key: _value(key, value, kinds[key])})
    check_settings(settings)
    return settings


def as_text(settings: TrainSettings) -> dict[str, str]:
    """Every setting as it would be typed."""
    return {name: _text(value) for name, value in asdict(settings).items()}


def _text(value: Any) -> str:
    if value is None:
        return AUTO
    return str(value).casefold() if isinstance(value, bool) else f"{value}"


def meanings() -> dict[str, str]:
    """What each setting means, in the order in which they are shown."""
    return {field.name: field.metadata["meaning"] for field in fields(TrainSettings)}


def _value(key: str, text: str, kind: Any) -> Any:
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if text.strip().casefold() == AUTO and types.NoneType in kinds:
        return None
    try:
        if bool in kinds:
            return {"true": True, "false": False}[text.casefold()]
        return kinds[0](text)
    except (ValueError, KeyError) as error:
        word = "true, false or auto" if bool in kinds else _WORDS[kinds[0]]
        raise BadUsage(f"{key}={text} does not fit: it must be {word}.") from error


_WORDS = {int: "a whole number", float: "a number"}


def check_settings(settings: TrainSettings) -> None:
    """Raises BadUsage for a value that can be no setting."""
    positive = ("batch_cases", "learning_rate", "lora_rank", "lora_alpha", "max_length", "epochs")
    for key in positive:
        if not getattr(settings, key) > 0:
            raise BadUsage(f"{key}={getattr(settings, key)} does not fit: it must be above 0.")
    if settings.precision not in PRECISIONS:
        raise BadUsage(f"precision={settings.precision} does not fit: use {', '.join(PRECISIONS)}.")
    for key, value in asdict(settings).items():
        if isinstance(value, float | int) and value < 0:
            raise BadUsage(f"{key}={value} does not fit: it cannot be negative.")
