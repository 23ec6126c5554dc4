"""What the prediction screen knows, and the lines it says it in; no widget and no action here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.text import Text

from exports.flags.flag import BESIDE, flag_line
from exports.report.words import task_name
from radonc_tui.actions.asking import Answering
from radonc_tui.actions.progress import Progress

FULL, EMPTY = "█", "░"
LEAST_BAR = 6
NONE_YET = "…"
NOT_GIVEN = "not given: a flag says why"


@dataclass(frozen=True)
class Choice:
    """One model file that can be asked."""

    label: str
    sha256: str
    bytes: int
    synthetic: bool
    recommended: bool
    mean_kl: float | None
    signed: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [f"{self.bytes / 1e6:.0f} MB"]
        said += [f"KL {self.mean_kl:.4f}"] if self.mean_kl is not None else []
        said += ["recommended"] if self.recommended else []
        said += ["synthetic"] if self.synthetic else []
        said += [self.standing] if self.signed else []
        return f"{self.label}  {', '.join(said)}"

    @property
    def standing(self) -> str:
        """For which tasks two people have signed this very file off."""
        tasks = ", ".join(task_name(task) for task in self.signed)
        return f"signed off for {tasks}" if tasks else "no sign-off"


def choices(models: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """The files of bundles that are there, the newest bundle and its recommended file first."""
    found = [
        Choice(
            f"{model['name']}:{file['quant']}",
            file["sha256"],
            file["bytes"],
            model["synthetic"],
            file["recommended"],
            file["mean_kl"],
            tuple(sorted(file["signed"])),
        )
        for model in reversed(models)
        if model["kind"] == "bundle"
        for file in sorted(model["files"], key=lambda file: not file["recommended"])
        if not file["missing"]
    ]
    return found


def chosen(known: Sequence[Choice], label: str) -> Choice | None:
    """The one with this label or the first of this name, else the first; none of none."""
    same = [choice for choice in known if label in (choice.label, choice.label.split(":")[0])]
    return next(iter([*same, *known]), None)


@dataclass(frozen=True)
class Question:
    """One diagnosis on the screen, from asked to answered.

    ``doing`` says what keeps an answer that does not come yet; ``words`` what the codes mean.
    ``searching`` and ``found`` are the same of the search over all codes.
    """

    diagnosis: str = ""
    doing: str = ""
    regimen: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    result: Mapping[str, Any] | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    searching: str = ""
    found: Mapping[str, Any] | None = None

    @property
    def flags(self) -> Sequence[Mapping[str, Any]]:
        """The flags of a whole answer, in their order."""
        return self.result["predictions"][0].get("flags", ()) if self.result else ()

    @property
    def evidence(self) -> Sequence[Mapping[str, Any]]:
        """The nearest training cases of a whole answer, the nearest first."""
        return self.result["predictions"][0].get("evidence", ()) if self.result else ()

    @property
    def busy(self) -> bool:
        return bool(self.doing)

    def heard(self, progress: Progress) -> "Question":
        """With what an answer under way has just said."""
        if isinstance(progress, Answering):
            return replace(
                self, doing="writing", regimen=progress.regimen, answers=progress.answers
            )
        count = f" {progress.done} of {progress.total} {progress.unit}" if progress.total else ""
        return replace(self, doing=f"{progress.stage}{count}")

    def answered(self, result: Mapping[str, Any]) -> "Question":
        """With the whole answer."""
        given = ("diagnosis", "taken_out", *BESIDE)
        made = {k: v for k, v in result["predictions"][0].items() if k not in given}
        regimen = made.get("regimen", {}).get("text", "")
        return replace(self, doing="", regimen=regimen, answers=made, result=result)

    def searched(self, found: Mapping[str, Any]) -> "Question":
        """With the best of all codes."""
        return replace(self, searching="", found=found)

    def hunting(self, progress: Progress) -> "Question":
        """With what the search under way has just said."""
        return replace(self, searching=progress.stage)

    def with_words(self, words: Mapping[str, str]) -> "Question":
        """With what its codes mean."""
        return replace(self, words=words)

    def left(self) -> "Question":
        """Nobody waits for the answer any more; what is there stays, and is not whole."""
        return replace(self, doing="", searching="")


def model_line(choice: Choice | None) -> Text:
    """What answers: the file, its hash, and what it is signed off for."""
    if choice is None:
        return Text("No model yet.")
    line = Text(choice.label, "bold")
    line.append(f"  SHA-256 {choice.sha256[:12]}", "not bold")
    line.append(f"  {choice.standing}")
    return line.append("  SYNTHETIC" if choice.synthetic else "")


def regimen_lines(question: Question) -> Text:
    """The regimen, as far as it is written, and how sure the model was of its words."""
    made = question.answers.get("regimen")
    text = Text("Regimen", "bold")
    if made and made.get("abstained"):
        return text.append(f"\n{NOT_GIVEN}", "not bold italic")
    if made and made["score"] is not None:
        text.append(f"  model score {made['score']:.2f}", "not bold")
    elif question.busy:
        text.append(f"  {question.doing} {NONE_YET}", "not bold italic")
    elif not made and question.regimen:
        text.append("  stopped, not whole", "not bold italic")
    return text.append(f"\n{question.regimen or ('' if made else NONE_YET)}", "not bold")


def flag_lines(question: Question) -> Text:
    """The flags, a line each: a stop stands out also where there is no colour."""
    text = Text()
    for flag in question.flags:
        style = "bold reverse" if flag["level"] == "stop" else "bold"
        text.append("\n" if text else "")
        text.append(f" {flag_line(flag)} ", style)
    return text


def evidence_lines(question: Question) -> Text:
    """The nearest training cases as fields: similarity, site and intent, regimen, code."""
    text = Text()
    for near in question.evidence:
        text.append("\n" if text else "Nearest training cases\n", "" if text else "bold")
        where = ", ".join(filter(None, (near["site"], near["intent"])))
        text.append(f"{near['similarity']:.2f}  {where}: {near['regimen']}", "not bold")
        text.append(f"  {near['icd10']}", "not bold")
    return text


def bar_lines(
    title: str, made: Mapping[str, Any] | None, width: int, words: Mapping[str, str]
) -> Text:
    """The most probable answers of a closed list: label, bar, probability, what a code means.

    ``width`` is in cells; where meanings do not fit beside the bars, that of the first is below.
    """
    text = Text(title, "bold", no_wrap=True)
    if not made:
        return text.append(f"\n{NONE_YET}", "not bold")
    if made.get("abstained"):
        return text.append(f"\n{NOT_GIVEN}", "not bold italic")
    scores: Mapping[str, float] = made["scores"]
    named = max(map(len, scores), default=0)
    beside = bool(words) and width >= 64
    room = min(max(width - named - 6, LEAST_BAR), 24)
    for place, (label, score) in enumerate(scores.items()):
        style = "bold" if place == 0 else "not bold"
        text.append(f"\n{label:<{named}} {bar(score, room)} {score:.2f}", style)
        if beside:
            text.append(f" {cut(words.get(label, ''), width - named - room - 7)}", "not bold")
    if words and not beside:
        first = next(iter(scores), "")
        text.append(f"\n{cut(words.get(first, ''), width)}", "not bold italic")
    return text


def bar(share: float, width: int) -> str:
    """``share`` of ``width`` cells full; a sliver where it is above nothing."""
    full = min(width, max(round(share * width), 1 if share >= 0.01 else 0))
    return FULL * full + EMPTY * (width - full)


def cut(text: str, width: int) -> str:
    """The text in so many cells, with an ellipsis where it is longer."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + NONE_YET
