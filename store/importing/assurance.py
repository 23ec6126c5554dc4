"""Which plans are of quality assurance or of a phantom, and not of a patient's treatment.

No single sign decides: a verification intent is also given to real patients' plans, ``QA`` may be
part of a target's name, and a diagnosis may only be missing. Two of the four signs together do,
and one of them has to be a name.
"""

import re
from collections.abc import Iterable

_PATIENT = re.compile(
    r"phantom|\bqa\b|(?:^|[^a-z])(?:zz+|xx+)(?:[^a-z]|$)|\btest(?:ing)?\b|dummy|commission"
    r"|\bdo not (?:use|treat)|physics|arc-?check|delta ?4|octavius|mapcheck|catphan|\brando\b"
    r"|solid ?water",
    re.I,
)
_LABEL = re.compile(
    r"(?:^|[^a-z])(?:qa|psqa|dqa|imrt ?qa|vqa|pdqa)(?:[^a-z]|$)|phantom|verif|arc-?check|delta ?4"
    r"|octavius|mapcheck|portal ?dos|commission|\btest(?:ing)?\b|water ?tank|output ?check",
    re.I,
)
_INTENT = re.compile(r"verif|quality|\bqa\b|phantom|machine|research|service|physics", re.I)


def is_assurance(
    patient: Iterable[str], labels: Iterable[str], intents: Iterable[str], diagnosis: bool
) -> bool:
    """Whether these signs together say that nobody was to be treated.

    ``patient`` are names and numbers, ``labels`` those of course and plan; ``diagnosis`` says
    whether there is one.
    """
    named = any(map(_PATIENT.search, _words(patient)))
    labelled = any(map(_LABEL.search, _words(labels)))
    meant = any(map(_INTENT.search, _words(intents)))
    return (named or labelled) and named + labelled + meant + (not diagnosis) >= 2


def _words(texts: Iterable[str]) -> list[str]:
    return [text.replace("_", " ").replace("^", " ") for text in texts]
