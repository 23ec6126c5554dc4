"""How a freely written answer is read; base and tuned models are read by the same functions.

Reading is generous about case, dots and words around the answer and never guesses: what is not
there is the empty string. A regimen is kept as written, since reading it is the work of
``store.clinical``.
"""

import re

from store.clinical.regimen import Modality
from trainer.tasks import Task

_MODALITY = re.compile(rf"\b({'|'.join(Modality)})s?\b", re.IGNORECASE)
# three characters of a category, the third a digit or the A and B of the few categories that
# ICD-10-CM has them in; then up to four of a subdivision
_ICD10 = re.compile(
    r"\b((?:[A-TV-Z]\d|U0)\d|C4A|C7[AB]|D3A|M1A|O9A|Z3A)(?:\.?([0-9A-Z]{1,4}))?\b",
    re.IGNORECASE | re.ASCII,
)


def read_free(task: Task, text: str) -> str:
    """The answer to ``task`` in ``text``: the first modality word or code, "" if there is none.

    A code comes back in capitals with its dot after the third character; whether it exists is
    not checked.
    """
    match task:
        case Task.REGIMEN:
            return text.strip()
        case Task.MODALITY:
            found = _MODALITY.search(text)
            return found[1].lower() if found else ""
        case Task.ICD10:
            found = _ICD10.search(text)
            return ".".join(part.upper() for part in found.groups() if part) if found else ""
