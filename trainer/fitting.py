"""What makes a run fit into the memory that there is.

Fewer cases at once changes memory and time and not what is learned, so a run may do that by
itself, and keeps it beside its frozen spec, in ``fit.json``. 4 bit and a shorter context change
what is learned, so they are for a plan to offer.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from store.lines import read_json, write_json
from store.work import Work
from trainer.batches import share_of
from trainer.estimate import Asked, Estimate, Pace, estimate
from trainer.settings import TrainSettings, parse_settings

FILE = "fit.json"


@dataclass(frozen=True)
class Fit:
    """``micro_cases`` cases at once, 0: as the settings say; fewer by itself where ``allowed``."""

    allowed: bool = False
    micro_cases: int = 0


def read_fit(work: Work) -> Fit:
    """What was kept, else what the spec says."""
    path = work.path / FILE
    return Fit(**read_json(path)) if path.exists() else Fit(bool(work.spec.get("fit")))


def keep_fit(work: Work, fit: Fit) -> None:
    write_json(work.path / FILE, asdict(fit))


SHORTER = (512, 256)
"""Contexts to offer where nothing else is enough; longer cases are then left out."""


def fits(made: Estimate, room: float) -> bool:
    """Whether it takes no more than this share of the memory."""
    return made.memory_mb <= room * made.available_mb


def options_that_fit(asked: Asked, paces: list[Pace], room: float) -> tuple[str, ...]:
    """Settings under which the run fits, the least change first; () where none of them is enough.

    ``room`` is the share of the memory that it may take.
    """
    for options in _candidates(asked):
        tried = replace(asked, settings=parse_settings(options, asked.settings))
        if fits(estimate(tried, paces), room):
            return options
    return ()


def cheaper(settings: TrainSettings, four_bit: bool) -> tuple[str, ...]:
    """What a run can still give up of what it learns; () where that is nothing."""
    bits = () if four_bit else ("load_in_4bit=true",)
    shorter = [length for length in SHORTER if length < settings.max_length]
    return (*bits, *(f"max_length={length}" for length in shorter[-1:]))


def _candidates(asked: Asked) -> Iterator[tuple[str, ...]]:
    batch = asked.settings.batch_cases
    at_once = share_of(batch, asked.settings.micro_cases)
    fewer = [share_of(batch, n) for n in range(at_once - 1, 0, -1)]
    for micro in dict.fromkeys(fewer):
        yield (f"micro_cases={micro}",)
    least = ("micro_cases=1",)
    if not asked.four_bit:
        least = (*least, "load_in_4bit=true")
        yield least
    for length in SHORTER:
        if length < asked.settings.max_length:
            yield (*least, f"max_length={length}")
