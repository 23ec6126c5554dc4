"""What a reviewer may say of a regimen, and which of their answers stand.

The words of clinical review, without a table or a file: pure values and functions, so that the
command line, a screen and the summary mean the same by them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from store.errors import BadUsage

Word = TypeVar("Word", bound=StrEnum)

UNDO = "undo"
"""The judgement of a row that takes the reviewer's last standing answer back."""


class Judgement(StrEnum):
    ACCEPTABLE = "acceptable"
    WITH_CHANGES = "with-changes"
    NOT_ACCEPTABLE = "not-acceptable"
    CANNOT_JUDGE = "cannot-judge"

    @property
    def words(self) -> str:
        """The judgement as a reviewer reads it."""
        longer = {"with-changes": "acceptable with changes"}
        longer["cannot-judge"] = "cannot judge from this text"
        return longer.get(self.value, self.value.replace("-", " "))

    @property
    def needs_reason(self) -> bool:
        """Whether it is given with a reason and a severity."""
        return self in (Judgement.WITH_CHANGES, Judgement.NOT_ACCEPTABLE)


class Coded(StrEnum):
    """A word that is kept as it is typed, and read with spaces."""

    @property
    def words(self) -> str:
        return self.value.replace("-", " ")


class Reason(Coded):
    DOSE = "dose"
    FRACTIONATION = "fractionation"
    TARGET = "target"
    MODALITY = "modality"
    INTENT = "intent"
    MISSING_CONSTRAINT = "missing-constraint"


class Severity(Coded):
    STYLE = "style"
    WOULD_CHANGE = "would-change"
    WOULD_HARM = "would-harm"


JUDGEMENT_KEYS = {
    "a": Judgement.ACCEPTABLE,
    "c": Judgement.WITH_CHANGES,
    "n": Judgement.NOT_ACCEPTABLE,
    "j": Judgement.CANNOT_JUDGE,
}
REASON_KEYS = {
    "d": Reason.DOSE,
    "f": Reason.FRACTIONATION,
    "t": Reason.TARGET,
    "m": Reason.MODALITY,
    "i": Reason.INTENT,
    "x": Reason.MISSING_CONSTRAINT,
}
SEVERITY_KEYS = {"s": Severity.STYLE, "w": Severity.WOULD_CHANGE, "h": Severity.WOULD_HARM}
"""The key that says each word, on the screen and on a page that was sent alike."""


@dataclass(frozen=True)
class Answer:
    """One reviewer's judgement of one card; ``reason`` and ``severity`` only where needed."""

    card: str
    judgement: Judgement
    reason: Reason | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Step:
    """One row as it was written: an answer, or None where the last one was taken back."""

    answer: Answer | None


def read_answer(card: str, judgement: str, reason: str = "", severity: str = "") -> Answer:
    """The answer in the words it was given in.

    Raises:
        BadUsage: an unknown word, or a reason and severity that are missing or too many.
    """
    said = _known(Judgement, "judgement", judgement)
    if not said.needs_reason:
        if reason or severity:
            raise BadUsage(f"{said.words!r} takes no reason and no severity.", "Leave them out.")
        return Answer(card, said)
    why, how = _known(Reason, "reason", reason), _known(Severity, "severity", severity)
    return Answer(card, said, why, how)


def _known(kind: type[Word], name: str, value: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        problem = f"There is no {name} {value!r}." if value else f"A {name} is needed."
        raise BadUsage(problem, f"Choose one of {', '.join(kind)}.") from None


def standing(steps: Iterable[Step]) -> dict[str, Answer]:
    """The answers that count, by card, after all steps in their order.

    The newest answer to a card counts; an undo takes back the newest answer that is left, so
    that one before it to the same card counts again.
    """
    return {answer.card: answer for answer in given(steps)}


def given(steps: Iterable[Step]) -> list[Answer]:
    """The answers that were not taken back, in the order they were given."""
    left: list[Answer] = []
    for step in steps:
        if step.answer is not None:
            left.append(step.answer)
        elif left:
            left.pop()
    return left


def majority(said: Sequence[Judgement]) -> Judgement | None:
    """What more than half of them say, "cannot judge" being one of the four things to say.

    None where no judgement has more than half.
    """
    counted = Counter(said).most_common(1)
    return counted[0][0] if counted and 2 * counted[0][1] > len(said) else None
