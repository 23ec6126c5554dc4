"""The screen ``predict``: a diagnosis in, a regimen, a modality and codes out."""

from dataclasses import replace
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import Static

from exports.inference.predictor import MOST_CHARACTERS, refusal
from exports.report.words import SAFETY
from radonc_tui.actions.all_codes import search_codes
from radonc_tui.actions.asking import PredictSession, describe_codes, end_session
from radonc_tui.actions.models import list_models
from radonc_tui.actions.progress import Progress
from radonc_tui.performing import Job, perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.predict.files import FileLine
from radonc_tui.screens.predict.panel import AnswerPanel
from radonc_tui.screens.predict.state import Choice, Question, choices, chosen, model_line
from radonc_tui.screens.predict.text import DiagnosisText
from radonc_tui.widgets.dialogs import Choose
from store.errors import RadoncError
from store.privacy.kinds import told

IDLE_SECONDS = 600.0
"""A model that nobody asks for so long gives its memory back; the next question loads it again."""
SHORT = "For study and research only: see ?"
NO_MODEL = "There is no model to ask yet: 2 trains one, 3 exports it."
BEFORE = (
    "Type or paste a diagnosis, then F5 or ctrl+j. esc leaves the text; then f answers a whole "
    "table, m chooses the model."
)
COPIED = "Copied, with its model, date and “suggestion, not a prescription”."


class PredictArea(Area):
    """One diagnosis at a time, or a file of them."""

    HELP = """\
**Predict.** Ask a tuned model about a diagnosis. The answer names the file that gave it, by its
SHA-256, and that nobody has signed it off. The model stays loaded between questions. A table of
diagnoses is answered by a worker; its answers go into one file, whole or not at all, and what was
answered before a stop is not asked again. *Flags* say what to check, and what stops an answer.
"""
    CSS_PATH = "predict.tcss"
    BINDINGS = [
        Binding(
            "f5,ctrl+j,ctrl+enter",
            "ask",
            "Ask",
            key_display="F5 ^j",
            id="predict.ask",
            tooltip="Works in the text as well; ctrl+enter too, where the terminal knows it",
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.question = Question()
        self.known: list[Choice] = []
        self._looked = False
        self.model: Choice | None = None
        self._wanted = ""
        self._session: tuple[str, PredictSession] | None = None
        self._job: Job[Any] | None = None
        self._idle: Timer | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(" ".join(SAFETY), id="safety", markup=False)
        yield Static(SHORT, id="safety-short", markup=False)
        yield Static("Looking for models …", id="model")
        with Container(id="panes"):
            yield DiagnosisText(id="diagnosis")
            yield AnswerPanel()
        yield FileLine()

    def on_mount(self) -> None:
        self.text.border_title = "Diagnosis"
        self._draw()
        self.text.focus()

    def on_unmount(self) -> None:
        if self._session:
            self._session[1].close()

    @property
    def text(self) -> DiagnosisText:
        return self.query_one(DiagnosisText)

    @property
    def panel(self) -> AnswerPanel:
        return self.query_one(AnswerPanel)

    # the model

    def reload(self) -> None:
        perform(self, lambda: list_models(self.radonc.home), self._know, group="models")

    def _know(self, models: list[dict[str, Any]]) -> None:
        self._looked = True
        self.known = choices(models)
        self._use(self._wanted)
        self._draw()
        if not (self.known or self.text.text):
            # so that the keys which lead to a model are keys and not text
            self.panel.focus()

    def _use(self, label: str) -> None:
        self.model = chosen(self.known, label)
        self.query_one("#model", Static).update(model_line(self.model))
        if self._session and (not self.model or self._session[0] != self.model.label):
            self._let_go()

    def _let_go(self) -> None:
        """End the session; the next question begins another."""
        if self._session:
            perform(self, partial(end_session, self._session[1]))
            self._session = None

    def action_choose_model(self) -> None:
        """Ask which file of which bundle answers."""
        if not self.known:
            self.say(NO_MODEL)
            return

        def use(label: str | None) -> None:
            if label:
                self._wanted = label
                self._use(label)

        options = [(choice.label, str(choice)) for choice in self.known]
        self.app.push_screen(Choose("Which model file answers?", options), use)

    def action_use_model(self, name: str) -> None:
        """Let the recommended file of this bundle answer; for other screens."""
        self._wanted = name
        self._use(name)
        self.text.focus()

    # one diagnosis

    def action_ask(self) -> None:
        """Ask the model about the text; an answer under way is left."""
        text = self.text.text
        if why := refusal(text):
            self.say(f"! {why}", bad=True)
        elif self.model is None:
            self.say(NO_MODEL)
        else:
            self._ask(text, self.model)

    def _asked(self, model: Choice) -> PredictSession:
        """The session to ask, which stays for the next question."""
        if self._session is None:
            self._session = (model.label, PredictSession(self.radonc.home, model.label))
        self.say("")
        self._keep_awake()
        return self._session[1]

    def _ask(self, text: str, model: Choice) -> None:
        session = self._asked(model)
        self.question = Question(text, doing="ask")
        self._job = perform(
            self,
            lambda: session.ask(text),
            self._answered,
            failed=self._not_answered,
            progress=self._heard,
            group="ask",
        )
        self.panel.focus()
        self._draw()

    def action_all_codes(self) -> None:
        """Look among all ICD-10-CM codes; an answer to the same text stays."""
        text = self.text.text
        if why := refusal(text):
            self.say(f"! {why}", bad=True)
        elif self.model is None:
            self.say(NO_MODEL)
        elif self.question.busy:
            self.say("The answer comes first; x stops it.")
        else:
            self._search(text, self.model)

    def _search(self, text: str, model: Choice) -> None:
        session = self._asked(model)
        before = self.question if self.question.diagnosis == text else Question(text)
        self.question = replace(before, searching="search", found=None)
        self._job = perform(
            self,
            lambda: search_codes(session, text),
            self._searched,
            failed=self._not_answered,
            progress=self._hunting,
            group="ask",
        )
        self.panel.focus()
        self._draw()

    def _hunting(self, progress: Progress) -> None:
        self.question = self.question.hunting(progress)
        self._draw()

    def _searched(self, result: dict[str, Any]) -> None:
        self.question = self.question.searched(result)
        self._keep_awake()
        self._draw()
        self.call_after_refresh(self.panel.scroll_end, animate=False)

    def _heard(self, progress: Progress) -> None:
        self.question = self.question.heard(progress)
        self._draw()

    def _answered(self, result: dict[str, Any]) -> None:
        self.question = self.question.answered(result)
        self._keep_awake()
        self._draw()
        if removed := result["predictions"][0].get("taken_out"):
            self.say(f"Taken out before it was asked: {told(removed)}.")
        codes = list(self.question.answers.get("icd10", {}).get("scores", {}))
        if codes:
            home = self.radonc.home
            perform(self, lambda: describe_codes(home, codes), self._described, group="codes")

    def _described(self, words: dict[str, str]) -> None:
        self.question = self.question.with_words(words)
        self._draw()

    def _not_answered(self, error: RadoncError) -> None:
        self.question = self.question.left()
        self.fail(error)
        self._draw()

    def _keep_awake(self) -> None:
        if self._idle:
            self._idle.stop()
        self._idle = self.set_timer(IDLE_SECONDS, self._let_go)

    def _draw(self) -> None:
        self.panel.show(self.question, BEFORE if self.model or not self._looked else NO_MODEL)
        self.refresh_bindings()

    @on(DiagnosisText.Changed)
    def count(self) -> None:
        characters = len(self.text.text)
        said = f"{characters:,} of at most {MOST_CHARACTERS:,} characters"
        self.text.border_subtitle = said if characters else ""

    @on(DiagnosisText.TooLong)
    def refuse_paste(self, event: DiagnosisText.TooLong) -> None:
        self.say(
            f"! The text would have {event.characters:,} characters; at most {MOST_CHARACTERS:,} "
            "are read, so the paste was left out. Paste the diagnosis alone.",
            bad=True,
        )

    def action_edit(self) -> None:
        """Into the text."""
        self.text.focus()

    def action_new(self) -> None:
        """An empty text; the answer goes as well."""
        self.action_stop_answer()
        self.question = Question()
        self.text.clear()
        self.text.focus()
        self._draw()

    def action_copy(self) -> None:
        """The answer to the clipboard (OSC 52, which works over SSH)."""
        if self.question.result is None:
            self.say("There is no whole answer to copy yet.")
            return
        self.app.copy_to_clipboard(self.question.result["copy_text"])
        self.say(COPIED)

    def action_back(self) -> None:
        if self.focused is self.text:
            self.panel.focus()
        else:
            super().action_back()

    # ending what goes on

    def action_stop(self) -> None:
        """The answer under way, or else the file."""
        if self.question.busy or self.question.searching:
            self.action_stop_answer()
        elif self.query_one(FileLine).stop():
            self.say("Stopped; no file was written. The same file again goes on from here.")

    def action_stop_answer(self) -> None:
        """Leave the answer as far as it is; the model stays loaded."""
        if self._job and (self.question.busy or self.question.searching):
            self._job.cancel()
            self.question = self.question.left()
            self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "copy":
            return self.question.result is not None
        if action == "stop":
            going = self.question.busy or bool(self.question.searching)
            return going or any(line.busy for line in self.query(FileLine))
        return True

    # a file of diagnoses

    def action_file(self) -> None:
        """Ask for a table and where its answers go, then have them made."""
        if self.model is None:
            self.say(NO_MODEL)
        else:
            self.query_one(FileLine).ask(self.model.label)

    @on(FileLine.Said)
    def say_of_file(self, event: FileLine.Said) -> None:
        self.say(event.text, event.bad)

    @on(FileLine.Turned)
    def renew_keys(self) -> None:
        self.refresh_bindings()
