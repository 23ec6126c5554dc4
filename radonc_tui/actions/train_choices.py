"""What a training can be made of: the bases and data sets that there are."""

from dataclasses import dataclass
from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import datasets
from store.errors import RadoncError
from store.home import Home
from trainer.bases import DEFAULT, Base, list_bases
from trainer.shape import EMBEDDED, shape_of


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its name, and what to know of it in a line."""

    name: str
    about: str


@dataclass(frozen=True)
class Choices:
    """Bases, the embedded one first; data sets, the newest first."""

    bases: tuple[Choice, ...]
    datasets: tuple[Choice, ...]


def train_choices(home: Home) -> Action[Choices]:
    """The bases and data sets of the home; the embedded base is there before it is made."""
    yield from ()
    bases = list_bases(home)
    embedded = [base for base in bases if base.name == DEFAULT]
    first = (
        _base(embedded[0])
        if embedded
        else Choice(DEFAULT, f"{_size(EMBEDDED.parameters)} parameters, made on first use")
    )
    with opened(home) as connection:
        frozen = datasets.list_datasets(connection)
    return Choices(
        (first, *(_base(base) for base in bases if base.name != DEFAULT)),
        tuple(_dataset(dataset) for dataset in reversed(frozen)),
    )


def _base(base: Base) -> Choice:
    try:
        size = f"{_size(shape_of(base.path).parameters)} parameters"
    except RadoncError:
        # choosing it says what is wrong with it
        size = "! its weights cannot be read"
    return Choice(base.name, f"{size}, {base.licence}")


def _size(parameters: int) -> str:
    """``135 M``, ``7.2 B``."""
    if parameters < 10**9:
        return f"{parameters / 10**6:.0f} M"
    return f"{parameters / 10**9:.1f} B"


def _dataset(dataset: dict[str, Any]) -> Choice:
    card = dataset["card"]
    parts = ", ".join(f"{name} {count}" for name, count in card["parts"].items())
    kind = ", synthetic" if card["synthetic"] else ""
    return Choice(str(dataset["dataset_id"]), f"{parts}{kind}")
