"""What the screen of training knows before a run is started: no widget, no file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from radonc_tui.actions.plans import TrainRequest
from store.errors import BadUsage
from trainer.bases import DEFAULT
from trainer.settings import STANDARD, as_text, parse_settings, preset_settings
from trainer.tasks import Task

ALL_TASKS = tuple(task.value for task in Task)
TASKS: Mapping[str, tuple[str, ...]] = {
    ", ".join(chosen): chosen
    for chosen in (
        ALL_TASKS,
        *((task,) for task in ALL_TASKS),
        *((one, two) for n, one in enumerate(ALL_TASKS) for two in ALL_TASKS[n + 1 :]),
    )
}
"""Every choice of tasks by the words it is shown in, all three first."""

THEN: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "export": ("export",),
    "export and evaluate": ("export", "evaluate"),
}


@dataclass(frozen=True)
class Draft:
    """What was chosen so far; ``typed`` holds the settings that differ from the preset's."""

    base: str = DEFAULT
    dataset: str = ""
    tasks: str = ", ".join(ALL_TASKS)
    preset: str = STANDARD
    then: str = "nothing"
    typed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def wrong(self) -> Mapping[str, str]:
        """One sentence for each setting that does not fit."""
        found = {name: what_is_wrong(name, text) for name, text in self.typed.items()}
        return {name: sentence for name, sentence in found.items() if sentence}

    @property
    def request(self) -> TrainRequest:
        """What is asked of the actions; only of use where nothing is wrong."""
        return TrainRequest(
            base=self.base,
            dataset=self.dataset or "latest",
            tasks=TASKS[self.tasks],
            settings=tuple(f"{name}={text}" for name, text in self.typed.items()),
            detach=True,
            preset=self.preset,
            then=THEN[self.then],
        )

    def texts(self) -> dict[str, str]:
        """Every setting as it stands: the preset's, and over it what was typed."""
        return as_text(preset_settings(self.preset)) | dict(self.typed)

    def type(self, name: str, text: str) -> "Draft":
        """One setting typed; the preset's own value is no change."""
        same = as_text(preset_settings(self.preset))[name] == text.strip()
        rest = {key: value for key, value in self.typed.items() if key != name}
        return replace(self, typed=rest if same else {**rest, name: text.strip()})


def what_is_wrong(name: str, text: str) -> str:
    """The sentence about a setting that does not fit; "" where it does."""
    try:
        parse_settings((f"{name}={text}",))
    except BadUsage as error:
        # the row says the name already
        return error.message.partition("does not fit: ")[2] or error.message
    return ""


def beside(options: tuple[str, ...], chosen: str, by: int) -> str:
    """The option beside the chosen one, round and round."""
    place = options.index(chosen) if chosen in options else 0
    return options[(place + by) % len(options)]
