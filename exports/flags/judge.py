"""All flags of one case: those that its text raises alone, then those of the answers.

``before`` is known without asking a model; what it stops need not be asked. ``judge`` has
everything, in the order of ``RULES``. A rule that is off never fires, one of ``ALWAYS`` cannot be
switched off.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exports.evaluation.answers import read_label
from exports.flags import said
from exports.flags.flag import ALL, ALWAYS, RULES, TREATMENT, Flag, Level, check, stop
from exports.flags.ground import Ground, category
from exports.flags.places import modality_flags, place_flags
from exports.flags.usual import dose_flags
from exports.nearest import Closeness
from store.clinical.regimen_reader import legible_regimen
from store.clinical.targets import apart, code_region
from trainer.tasks import Task

LEAST_MINORS = 20
"""Training cases under 18 of the same category, below which nothing is said of one."""
MOST_UNKNOWN_WORDS = 0.5
_STUTTER = re.compile(r"\b([A-Za-z][\w ,/-]{1,60}?)(?:\W+\1\b){2,}", re.IGNORECASE)
"""The same words three times on end: a model that finds no end, whatever dose stands before."""


@dataclass(frozen=True)
class Answered:
    """A diagnosis and what was answered to it by task; a task that was not asked is not there."""

    diagnosis: str
    answers: Mapping[Task, str]

    @property
    def code(self) -> str:
        text = self.answers.get(Task.ICD10, "")
        return read_label(Task.ICD10, text) if text else ""


def before(ground: Ground, diagnosis: str) -> list[Flag]:
    """The flags that hold whatever is answered, from the text alone."""
    close = ground.index.closeness(diagnosis) if ground.index else None
    found = [*_text(diagnosis), *_prior(diagnosis, None), *_minor(ground, diagnosis, None)]
    return _kept(ground, [*found, *_outside(close)])


def judge(ground: Ground, asked: Answered) -> list[Flag]:
    """Every flag of a case and its answers."""
    text, code = asked.diagnosis, asked.code
    close = ground.index.closeness(text) if ground.index else None
    found = [*_text(text), *_prior(text, code), *_minor(ground, text, code), *_outside(close)]
    written = asked.answers.get(Task.REGIMEN)
    regimen = legible_regimen(written) if written else None
    if written is not None and regimen is None:
        found.append(stop("illegible", "The regimen is none that can be read."))
    elif written and (again := _STUTTER.search(written)):
        found.append(stop("illegible", f"The regimen repeats “{again[1]}” and finds no end."))
    elif regimen:
        found += dose_flags(ground, text, code, regimen)
    modality = read_label(Task.MODALITY, asked.answers.get(Task.MODALITY, ""))
    found += modality_flags(ground, code, regimen, modality)
    found += place_flags(ground, text, code, regimen)
    return _kept(ground, found)


def stopped(flags: Iterable[Flag]) -> frozenset[Task]:
    """The tasks whose answers are not given."""
    stops = (flag for flag in flags if flag.level is Level.STOP)
    return frozenset(task for flag in stops for task in flag.tasks)


def _kept(ground: Ground, flags: Iterable[Flag]) -> list[Flag]:
    """Each rule once, the worst first found, without those that are off."""
    order = list(RULES)
    worst: dict[str, Flag] = {}
    for flag in sorted(flags, key=lambda flag: flag.level is Level.CHECK):
        if flag.rule in ALWAYS or flag.rule not in ground.off:
            worst.setdefault(flag.rule, flag)
    return sorted(worst.values(), key=lambda flag: order.index(flag.rule))


def _text(text: str) -> list[Flag]:
    found: list[Flag] = []
    if said.pregnancy(text):
        found.append(stop("pregnant", "The text speaks of a pregnancy.", TREATMENT))
    if not said.indication(text):
        found.append(stop("no_indication", "No cancer and no benign indication is stated.", ALL))
    if said.instructs(text):
        found.append(stop("instructs", "The text speaks to a model, not about a patient.", ALL))
    return found


def _prior(text: str, code: str | None) -> list[Flag]:
    """A stop, or a check where each earlier treatment was in a region apart from the disease's.

    The disease's regions are that of the code and all others that the text names. Without a code
    (``None``: not answered yet) only what no code could undo is a stop.
    """
    places = said.prior_radiotherapy(text)
    if not places:
        return []
    named = said.other_regions(text)
    here = code_region(code) if code else ""
    near = not all(places) or any(not apart(there, named) for there in places if named)
    if code is None and not near:
        return []
    if near or not here or any(not apart(there, frozenset([here])) for there in places):
        sentence = "Earlier radiotherapy is mentioned, to this region or to one that is not stated."
        return [stop("prior_rt", sentence, TREATMENT)]
    where = " and ".join(sorted({region for there in places for region in there}))
    return [check("prior_rt", f"Earlier radiotherapy is mentioned, to {where}.")]


def _minor(ground: Ground, text: str, code: str | None) -> list[Flag]:
    if not said.minor(text):
        return []
    like = ground.minors.get(category(code) if code else "", 0)
    if like >= LEAST_MINORS:
        return []
    sentence = f"Under 18 years, and training had {like} such cases (20 are needed)."
    return [stop("minor", sentence, TREATMENT)]


def _outside(close: Closeness | None) -> list[Flag]:
    if close is None:
        return []
    if close.unknown_words > MOST_UNKNOWN_WORDS:
        share = f"{close.unknown_words:.0%}"
        return [stop("outside", f"{share} of its words were in no training case.", ALL)]
    if close.threshold is not None and close.similarity < close.threshold:
        return [
            check(
                "unlike",
                f"Unlike every training case: similarity {close.similarity:.2f}, of validation "
                f"cases all but one in fifty have {close.threshold:.2f}.",
            )
        ]
    return []
