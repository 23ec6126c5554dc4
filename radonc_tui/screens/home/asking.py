"""The questions of the screen of the home: passphrases, folders, persons, words that confirm.

What is typed into a hidden field goes to whoever asked and is kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Checkbox, Input, Label

from radonc_tui.widgets.dialogs import Answer, Dialog
from radonc_tui.widgets.paths import PathInput


class Asking(Dialog[Answer]):
    """A question that says what is wrong with an answer, and stays until it is right."""

    DEFAULT_CSS = """
    Asking {
        & #refusal { color: $text-error; text-style: bold; display: none; }
        & #refusal.-said { display: block; }
        & Checkbox { border: none; padding: 0; background: $surface; }
    }
    """

    def refuse(self, why: str) -> None:
        """Say why this is no answer yet."""
        refusal = self.query_one("#refusal", Label)
        refusal.update(f"! {why}")
        refusal.add_class("-said")

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{name}", Input).value


class AskPassphrase(Asking[str | None]):
    """A new passphrase, typed twice; or with ``again`` false, the one that opens something."""

    HELP: ClassVar[str | None] = (
        "**A passphrase.** At least 12 characters; four or five words that make no sentence do "
        "well. Nobody can read the home without it, and nobody can recover it."
    )

    def __init__(self, title: str, hint: str, again: bool = True, refusal: str = "") -> None:
        super().__init__()
        self.question, self.hint, self.again, self.refusal = title, hint, again, refusal

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            yield Label(self.hint, classes="hint", markup=False)
            yield Input(password=True, placeholder="passphrase", id="first")
            if self.again:
                yield Input(password=True, placeholder="the same again", id="again")
            yield Label(id="refusal", markup=False)

    def on_mount(self) -> None:
        self.query_one("#first").focus()
        if self.refusal:
            self.refuse(self.refusal)

    @on(Input.Submitted, "#first")
    def go_on(self) -> None:
        if self.again:
            self.query_one("#again").focus()
        elif self.value("first"):
            self.dismiss(self.value("first"))

    @on(Input.Submitted, "#again")
    def answer(self) -> None:
        if self.value("first") == self.value("again"):
            self.dismiss(self.value("first"))
            return
        self.refuse("The two are not the same. Type both again.")
        for field in self.query(Input):
            field.value = ""
        self.query_one("#first").focus()


class AskWord(Asking[bool | None]):
    """A word that must be typed, so that nothing that cannot be undone is done by one key."""

    def __init__(self, title: str, hint: str, word: str) -> None:
        super().__init__()
        self.question, self.hint, self.word = title, hint, word

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            yield Label(self.hint, classes="hint", markup=False)
            yield Input(placeholder=f"type {self.word}", id="word")
            yield Label(id="refusal", markup=False)

    def on_mount(self) -> None:
        self.query_one("#word").focus()

    @on(Input.Submitted)
    def answer(self) -> None:
        if self.value("word").strip().casefold() == self.word:
            self.dismiss(True)
        else:
            self.refuse(f"Type {self.word}, or leave with esc.")


class AskPath(Asking[Path | None]):
    """One path, completed while it is typed."""

    def __init__(self, title: str, hint: str, placeholder: str) -> None:
        super().__init__()
        self.question, self.hint, self.placeholder = title, hint, placeholder

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            yield PathInput("", self.placeholder, id="path")
            yield Label(self.hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#path").focus()

    @on(Input.Submitted)
    def answer(self) -> None:
        if self.value("path").strip():
            self.dismiss(self.query_one(PathInput).path)


@dataclass(frozen=True)
class BackupWanted:
    """Where a backup goes, and whether the key goes with it."""

    out: Path
    with_key: bool


class AskBackup(Asking[BackupWanted | None]):
    """A new folder, and whether the key goes into it; what that means is said at once."""

    HELP: ClassVar[str | None] = (
        "**Back up.** The store and everything made with it, without base models, each file with "
        "its SHA-256. `tab` goes to the key, `space` takes it in or leaves it out, `enter` in the "
        "field begins. Work that is going on is left out and named."
    )

    def __init__(self, encrypted: bool) -> None:
        super().__init__()
        self.encrypted = encrypted

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label("Back up into which folder?", markup=False)
            yield PathInput("", "/media/backup/radonc-2026-11-23", id="path")
            yield Label("A new one, best on another disk.", classes="hint", markup=False)
            yield Checkbox("with the key", id="key")
            yield Label(key_words(self.encrypted, False), id="meaning", markup=False)

    def on_mount(self) -> None:
        self.query_one("#path").focus()

    @on(Checkbox.Changed)
    def say_meaning(self, event: Checkbox.Changed) -> None:
        self.query_one("#meaning", Label).update(key_words(self.encrypted, event.value))

    @on(Input.Submitted)
    def answer(self) -> None:
        if self.value("path").strip():
            with_key = self.query_one(Checkbox).value
            self.dismiss(BackupWanted(self.query_one(PathInput).path, with_key))


def key_words(encrypted: bool, with_key: bool) -> str:
    """What a backup with or without the key can do, said plainly."""
    files = "secret.key and radonc-keys.json" if encrypted else "secret.key"
    if not with_key:
        return (
            f"Without the key: it can be restored only where {files} of this home is at hand. "
            "Keep a copy of that apart."
        )
    if encrypted:
        return "With the key: whoever has the folder and what opens this home can read it all."
    return "With the key: whoever has the folder can read it all; nothing in it is encrypted."


@dataclass(frozen=True)
class Person:
    """A person by one of their cases, or by their record number; the other is empty."""

    case_id: str
    mrn: str


class AskPerson(Asking[Person | None]):
    """A case, or a record number that nobody sees; ``enter`` in either answers."""

    HELP: ClassVar[str | None] = (
        "**A person.** By the id of a case, or by the record number of their chart, which is not "
        "shown while it is typed and not kept. Who asked, and for which case, is kept in the "
        "audit log."
    )

    def __init__(self, title: str, of_case: str, of_number: str, why_not: str = "") -> None:
        """``why_not`` stands in place of the field for a case where that leads nowhere."""
        super().__init__()
        self.question, self.of_case, self.of_number = title, of_case, of_number
        self.why_not, self.case_id = why_not, ""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            if self.why_not:
                yield Label(self.why_not, classes="hint", id="why-not", markup=False)
            else:
                yield Label(self.of_case, classes="hint", markup=False)
                yield Input(self.case_id, placeholder="the id of a case", id="case")
            yield Label(self.of_number, classes="hint", markup=False)
            yield Input(password=True, placeholder="a record number, hidden", id="number")
            yield Label(id="refusal", markup=False)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def answer(self) -> None:
        case = "" if self.why_not else self.value("case").strip()
        number = self.value("number").strip()
        if case and number:
            self.refuse("It is one case or one record number: empty one of the two.")
        elif case or number:
            self.dismiss(Person(case, number))


class AskForget(Asking[str | None]):
    """What would go and what was trained on it; the reason, and the word that confirms."""

    HELP: ClassVar[str | None] = (
        "**Forget a person.** Their cases, rejects, annotations and reviews leave the home, its "
        "data sets and the files of runs and evaluations. What was trained on them stays as it "
        "is, and is named here. The reason is kept in the audit log: name nobody in it."
    )
    WORD = "forget"

    def __init__(self, said: Sequence[str]) -> None:
        super().__init__()
        self.said = tuple(said)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label("Forget this person? It cannot be undone.", markup=False)
            for line in self.said:
                yield Label(line, classes="said", markup=False)
            yield Input(placeholder="why: kept in the audit log, so name nobody", id="reason")
            yield Input(placeholder=f"type {self.WORD}", id="word")
            yield Label(id="refusal", markup=False)

    def on_mount(self) -> None:
        self.query_one("#reason").focus()

    @on(Input.Submitted, "#reason")
    def go_on(self) -> None:
        self.query_one("#word").focus()

    @on(Input.Submitted, "#word")
    def answer(self) -> None:
        reason = self.value("reason").strip()
        if self.value("word").strip().casefold() != self.WORD:
            self.refuse(f"Type {self.WORD}, or leave with esc.")
        elif not reason:
            self.refuse("Say why.")
            self.query_one("#reason").focus()
        else:
            self.dismiss(reason)


class Said(Dialog[None]):
    """Some lines to be read, which are gone when the box is closed."""

    HELP: ClassVar[str | None] = "`enter` or `esc` closes it; what it shows is kept nowhere."
    BINDINGS = [("enter", "leave", "Close")]

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.lines = tuple(lines)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box"):
            for number, line in enumerate(self.lines):
                yield Label(line, classes="hint" if number else "", markup=False)
