"""A new training: what it is made of, and what it would do, before it is started.

It shows a draft and says what was changed; it asks no action.
"""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static

from radonc_tui.actions.plans import RunPlan
from radonc_tui.actions.train_choices import Choices
from radonc_tui.screens.train.advanced import Advanced
from radonc_tui.screens.train.field import Field
from radonc_tui.screens.train.state import TASKS, THEN, Draft
from radonc_tui.screens.train.texts import plan_text
from radonc_tui.widgets.going import Going
from store.errors import RadoncError
from trainer.settings import PRESETS

ABOUT_THEN = {
    "nothing": "the run is kept; the Runs screen exports it",
    "export": "model files are made when it is done",
    "export and evaluate": "and the model is evaluated on the test patients",
}


class FormPanel(Vertical):
    """The draft on the left, the plan on the right; narrow, the plan below."""

    HELP: ClassVar[str | None] = """\
**A new training.** Choose the base model, the data set and the tasks; a preset explains what it
is for, and `v` shows every setting behind it. The plan says at once what would be done: pairs and
steps, the split, whether a patient is on both sides, and about how long it takes. `ctrl+s` starts
it. It trains by itself, also when this program is closed; several wait for one another.
"""
    BINDINGS = [
        Binding("ctrl+s", "screen.start", "Start", id="train.start", priority=True),
        Binding("v", "advanced", "Advanced", id="train.advanced", tooltip="Every setting"),
        Binding("w", "screen.watch", "Watch a run", id="train.form_watch"),
    ]

    class Changed(Message):
        """The draft is another."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.draft = Draft()
        self.plan: RunPlan | None = None

    def compose(self) -> ComposeResult:
        draft = self.draft
        with VerticalScroll(id="choices", can_focus=False):
            yield Field("Base model", {}, draft.base, "base")
            yield Field("Data set", {}, draft.dataset, "dataset")
            yield Field("Tasks", dict.fromkeys(TASKS, ""), draft.tasks, "tasks")
            presets = {preset.name: preset.purpose for preset in PRESETS}
            yield Field("Preset", presets, draft.preset, "preset")
            yield Field("Then", {name: ABOUT_THEN[name] for name in THEN}, draft.then, "then")
            yield Advanced(id="advanced")
            yield Button("Start training  (ctrl+s)", id="start", compact=True)
        with VerticalScroll(id="plan"):
            yield Static(markup=False)
        yield Going("", id="starting")

    def offer(self, choices: Choices) -> None:
        """What there is to choose from; what is chosen stays, where it is still there."""
        for name, found in (("base", choices.bases), ("dataset", choices.datasets)):
            field = self.query_one(f"#{name}", Field)
            field.options = {choice.name: choice.about for choice in found}
            if field.chosen not in field.options and found:
                field.chosen = found[0].name
                self.draft = replace(self.draft, **{name: found[0].name})
        self._change(self.draft)

    def show_plan(self, plan: RunPlan | None, error: RadoncError | None = None) -> None:
        """The plan of the draft, or why there is none."""
        self.plan = plan
        said = plan_text(plan) if plan else f"! {error}" if error else "…"
        self.query_one("#plan > Static", Static).update(said)

    def action_advanced(self) -> None:
        """Show every setting, or hide them."""
        advanced = self.query_one(Advanced)
        advanced.toggle_class("-on")
        if advanced.has_class("-on"):
            advanced.show(self.draft.texts(), self.draft.wrong)
            # once it has a place, so that it is scrolled to
            self.call_after_refresh(advanced.query("Input").first().focus)
        else:
            self.query_one("#preset").focus()

    @on(Field.Turned)
    def _turned(self, event: Field.Turned) -> None:
        event.stop()
        self._change(replace(self.draft, **{str(event.field.id): event.chosen}))

    @on(Advanced.Typed)
    def _typed(self, event: Advanced.Typed) -> None:
        event.stop()
        name, text = event.name, event.text
        # an empty field is the preset's value again
        typed = {key: value for key, value in self.draft.typed.items() if key != name}
        draft = self.draft.type(name, text) if text else replace(self.draft, typed=typed)
        self._change(draft)

    @on(Button.Pressed, "#start")
    async def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.run_action("screen.start")

    def _change(self, draft: Draft) -> None:
        self.draft = draft
        self.query_one(Advanced).show(draft.texts(), draft.wrong)
        self.post_message(self.Changed(draft))
