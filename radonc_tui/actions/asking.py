"""A model that stays loaded between questions: the one way in which a diagnosis is asked.

The command line asks and leaves; a screen keeps its session, so that the second question costs
no loading. The model lives in the engine's own process (``exports.inference.engine``) and is
never loaded into this one.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from exports.bundle import Bundle, ModelFile, find_model, list_bundles
from exports.flags.flag import flag_line
from exports.inference.engine import Engine
from exports.inference.predictor import (
    SUGGESTION,
    ModelPredictor,
    Prediction,
    Question,
    refusal,
)
from exports.report.words import SAFETY, task_name
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import when_free
from store import signoffs
from store.clinical.icd10 import load_codes
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.privacy.kinds import Scrubbed, counted
from trainer.bases import Report
from trainer.tasks import Task

if TYPE_CHECKING:
    from exports.flags.ground import Ground

T = TypeVar("T")
HINT = "Describe the disease alone, in a few sentences."
MOST_LABELS = 5
"""How many of the allowed labels an answer lists, the most probable first."""
TURN_SECONDS = 0.1
DRAFTED = 8
"""Regimens of the nearest training cases from which an answer is drafted, as in the benchmark."""


@dataclass(frozen=True)
class Answering(Progress):
    """A diagnosis being answered, whole at every yield, so that missing one loses nothing.

    ``regimen`` is what is written of it so far, ``answers`` the finished answers by task, as
    they stand in the result.
    """

    regimen: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict[str, Any])


def newest_model(home: Home, name: str) -> str:
    """``name``, or the newest bundle where none is named.

    Raises:
        BadUsage: there is no bundle yet.
    """
    bundles = list_bundles(home)
    if not name and not bundles:
        raise BadUsage(
            "There is no model to ask yet.", "Run `radonc demo`, or train and export one."
        )
    return name or bundles[-1].id


class PredictSession:
    """One model file, loaded when it is first asked and kept until ``close``.

    Questions are answered one after the other, whichever threads ask. A model whose process died,
    or whose file was replaced, is checked and loaded again at the next question.
    """

    def __init__(self, home: Home, model: str = "") -> None:
        """``model`` is NAME[:QUANT] of a bundle; without one the newest there is at first."""
        self.home = home
        self._name = model
        self._turn = threading.Lock()
        self._engine: Engine | None = None
        self._loaded: tuple[Any, ...] = ()
        self._ground: tuple[str, Ground] | None = None
        self._closed = False

    def ask(self, text: str) -> Action[dict[str, Any]]:
        """As ``ask_all`` for one diagnosis."""
        return (yield from self.ask_all((text,)))

    def ask_all(self, texts: Sequence[str]) -> Action[dict[str, Any]]:
        """Regimen, modality and code for each diagnosis, each with its score, and the flags.

        What a flag stops has no text (``exports.flags.given``). A diagnosis is freed of what
        identifies a person by the code that training's texts go through; ``taken_out`` of its
        prediction counts by kind, {} where nothing was.

        Yields ``Answering`` as the answers are written. Closing it leaves the model loaded.

        Raises:
            BadUsage: an empty or overlong diagnosis, or no such model.
            RadoncError: the file is not what was exported, or the model's process ended.
        """
        cleaned = scrubbed(texts)
        result = yield from self.in_turn(self._answer([made.text for made in cleaned]))
        for answer, made in zip(result["predictions"], cleaned, strict=True):
            answer["taken_out"] = counted(made.spans)
        return result

    def in_turn(self, asking: Action[T]) -> Action[T]:
        """Do this when nobody else asks; a model that failed is loaded anew for the next."""
        while not self._turn.acquire(timeout=TURN_SECONDS):
            yield Progress("wait for the answer before")
        try:
            return (yield from asking)
        except (BadUsage, Refused):
            raise
        except RadoncError:
            self._unload()
            raise
        finally:
            if self._closed:
                self._unload()
            self._turn.release()

    def loaded(self) -> Action[tuple[ModelFile, Bundle, Engine]]:
        """The file to ask, its bundle, and the engine that holds it; for use ``in_turn``."""
        model, bundle = self.model()
        return model, bundle, (yield from self._ready(model))

    def model(self) -> tuple[ModelFile, Bundle]:
        """The file to ask and its bundle, not loaded.

        Raises:
            BadUsage: there is no such model.
            RadoncError: the session is closed.
        """
        if self._closed:
            raise RadoncError("This prediction session is closed.", "Begin another.")
        self._name = newest_model(self.home, self._name)
        model = find_model(self.home, self._name)
        return model, bundle_of(self.home, model)

    def ground(self, model: ModelFile, bundle: Bundle) -> "Action[Ground]":
        """What flags are held against, read once for a file; for use ``in_turn``."""
        from radonc_tui.actions.flagging import ground_for

        if self._ground is None or self._ground[0] != model.sha256:
            ground = yield from ground_for(self.home, bundle, model.sha256)
            self._ground = model.sha256, ground
        return self._ground[1]

    def check_unchanged(self, model: ModelFile) -> None:
        """Raise ``RadoncError`` if the file was written to while it was asked.

        It is mapped into memory, so that what it answered may be another file's answer.
        """
        if self._loaded != _stamp(model):
            raise RadoncError(
                f"The model file of {self._name} changed while it answered.",
                "The answer was dropped; ask again, and the file is checked first.",
            )

    def close(self) -> None:
        """End the model's process; an answer under way ends with an error. For any thread."""
        self._closed = True
        if self._turn.acquire(blocking=False):
            self._unload()
            self._turn.release()
        elif engine := self._engine:
            engine.interrupt()

    def _answer(self, texts: Sequence[str]) -> Action[dict[str, Any]]:
        # what reads regimens is not needed to paint a screen either
        from exports.flags.given import given, to_ask

        model, bundle = self.model()
        tasks = [Task(name) for name in bundle.manifest["tasks"]]
        ground = yield from self.ground(model, bundle)
        engine = yield from self._ready(model)
        labels = {Task(name): list(known) for name, known in bundle.labels.items()}
        index = ground.index

        def earlier(text: str) -> list[str]:
            near = index.nearest(text, DRAFTED) if index else []
            return [one.case.regimen for one in near]

        predictor = ModelPredictor(engine, labels, earlier=earlier)
        asked = [[Question(str(i), text, task) for task in tasks] for i, text in enumerate(texts)]
        for questions in asked:
            refuse(predictor.refusal(questions))
        answers: list[dict[str, Any]] = []
        total = len(texts) * len(tasks)
        for text, questions in zip(texts, asked, strict=True):
            wanted = to_ask(ground, text, tasks)
            put = [question for question in questions if question.task in wanted]
            told = yield from _watched(predictor, put, len(answers) * len(tasks), total)
            answers.append(given(ground, text, tasks, told))
        self.check_unchanged(model)
        signed = yield from signed_for(self.home, model)
        return _result(model, bundle, engine.info().device, texts, answers, signed)

    def _ready(self, model: ModelFile) -> Action[Engine]:
        """The engine with this file, loaded where it is not there yet, or no longer."""
        engine = self._engine
        if engine is not None and not (engine.alive and self._loaded == _stamp(model)):
            self._unload()
        if self._engine is None:

            def load(report: Report) -> None:
                stamp = _stamp(model)
                self._engine = Engine.open(model.path, model.sha256, report=report)
                self._loaded = stamp

            yield from reported(load, "load model")
        assert self._engine is not None
        return self._engine

    def _unload(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def copy_text(answer: Mapping[str, Any]) -> str:
    """An answer as text for the clipboard: it says what made it, and what it is not for.

    The diagnosis is not in it: it is a patient's, and whoever copies has it.
    """
    model = answer["model"]
    lines: list[str] = []
    for number, made in enumerate(answer["predictions"], 1):
        before = f"{number}. " if len(answer["predictions"]) > 1 else ""
        for task in Task:
            if task.value in made:
                named = task_name(task.value)
                lines.append(f"{before}{named[0].upper()}{named[1:]}: {scored(made[task.value])}")
        lines += [f"{before}{flag_line(flag)}" for flag in made.get("flags", [])]
    synthetic = ", trained on synthetic cases" if answer["synthetic"] else ""
    lines.append(
        f"This is a {answer['note']}. Model {model['name']}:{model['quant']} "
        f"(SHA-256 {model['sha256'][:12]}), {sign_off(answer)}{synthetic}. {answer['made'][:10]}."
    )
    return "\n".join([*lines, *answer["safety"]]) + "\n"


def scored(made: Mapping[str, Any]) -> str:
    """One answer with what its number is: a label's probability, or how sure of its words."""
    if made.get("abstained"):
        return "not given"
    if made["score"] is None:
        return f"{made['text']} (no score)"
    return (
        f"{made['text']} ({'probability' if made['scores'] else 'model score'} {made['score']:.2f})"
    )


def sign_off(answer: Mapping[str, Any]) -> str:
    """Whether the model that answered may be used, as its institution has said."""
    signed = [task_name(task) for task in answer["signed_tasks"]]
    if answer["signed_off"]:
        return "signed off"
    return f"signed off for {', '.join(signed)} only" if signed else "not signed off"


def signed_for(home: Home, model: ModelFile) -> Action[list[str]]:
    """The tasks for which this very file is signed off now.

    Raises:
        StoreBusy: another process holds the store for longer.
    """
    return (
        yield from when_free(
            home, lambda connection: sorted(signoffs.signed_tasks(connection, model.sha256))
        )
    )


def _watched(
    predictor: ModelPredictor, questions: Sequence[Question], before: int, total: int
) -> Action[dict[str, Any]]:
    """The answers to one diagnosis by task, told as they are made."""
    answers: dict[str, Any] = {}
    regimen = ""
    done = before
    yield Answering("predict", done, total, "answers")
    for question in questions:
        for made in predictor.watch(question):
            if isinstance(made, Prediction):
                answers[made.task.value] = _as_record(made)
                done += 1
            else:
                regimen = made
            yield Answering(
                "predict", done, total, "answers", regimen=regimen, answers=dict(answers)
            )
    return answers


def _as_record(made: Prediction) -> dict[str, Any]:
    """One answer; ``scores`` are the most probable labels, where labels were scored."""
    best = sorted(made.probabilities.items(), key=lambda item: -item[1])[:MOST_LABELS]
    return {
        "text": made.text,
        "score": None if made.score is None else round(made.score, 4),
        "scores": {label: round(value, 4) for label, value in best},
    }


def _result(
    model: ModelFile,
    bundle: Bundle,
    device: str,
    texts: Sequence[str],
    answers: Sequence[Mapping[str, Any]],
    signed: Sequence[str],
) -> dict[str, Any]:
    result = {
        **about(model, bundle, device, signed),
        "predictions": [
            {"diagnosis": text, **made} for text, made in zip(texts, answers, strict=True)
        ],
    }
    return {**result, "copy_text": copy_text(result)}


def about(model: ModelFile, bundle: Bundle, device: str, signed: Sequence[str]) -> dict[str, Any]:
    """What every answer says of the model that made it, and of what it is not for."""
    return {
        "model": {
            "name": model.name,
            "quant": model.quant,
            "sha256": model.sha256,
            "file": str(model.path),
            "device": device,
        },
        "signed_off": set(bundle.manifest["tasks"]) <= set(signed),
        "signed_tasks": list(signed),
        "synthetic": bundle.synthetic,
        "note": SUGGESTION,
        "safety": list(SAFETY),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def scrubbed(texts: Sequence[str]) -> list[Scrubbed]:
    """The diagnoses as training's texts were read: freed of what identifies a person.

    Raises:
        BadUsage: one is empty or overlong then.
    """
    # the lists of words are not needed to paint a screen
    from store.privacy.scrubber import make_scrubber

    scrubber = make_scrubber(b"")
    cleaned = [scrubber.scrub(text) for text in texts]
    for made in cleaned:
        refuse(refusal(made.text))
    return cleaned


def refuse(why: str) -> None:
    """Raise ``BadUsage`` where there is a reason not to ask."""
    if why:
        raise BadUsage(why, HINT)


def _stamp(model: ModelFile) -> tuple[Any, ...]:
    """Changes when another file takes the place of the one that was checked."""
    path = Path(model.path)
    if not path.exists():
        return (model.sha256,)
    found = path.stat()
    return (model.sha256, found.st_ino, found.st_size, found.st_mtime_ns)


def describe_codes(home: Home, codes: Sequence[str]) -> Action[dict[str, str]]:
    """What ICD-10 codes mean, in the words of their system; a code that is none is left out."""
    yield Progress("codes")
    table = load_codes(home)
    found = {**table.who, **table.cm}
    return {code: found[code] for code in codes if code in found}


def end_session(session: PredictSession) -> Action[None]:
    """End a session; for a screen, since its process may take a moment to go."""
    yield from ()
    session.close()
