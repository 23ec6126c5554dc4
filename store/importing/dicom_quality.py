"""Telling plans of quality assurance and of phantoms from those of patients.

No single sign decides: patients are called Test, clinics leave the intent on its default, and a
diagnosis may simply be missing. Two of four signs have to come together; that a plan was made to
verify another, which it states by reference, is enough by itself.
"""

import re

from store.importing.dicom_plan import Plan

_PERSON = re.compile(
    r"phantom|(?<![a-z])(?:qa|qc|test|dummy|anonymous|catphan|cheese|arccheck|mapcheck|delta ?4"
    r"|octavius|matrixx|solid ?water|water ?tank|slab|commission\w*|physics)(?![a-z])|^test|_test",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"phantom|(?<![a-z])(?:qa|qc|dqa|psqa|test|verif\w*|commission\w*|mlc|picket|output|calib\w*"
    r"|constancy|winston|physics)(?![a-z])",
    re.IGNORECASE,
)
_INTENTS = {"VERIFICATION", "MACHINE_QA", "RESEARCH", "SERVICE"}


def quality_signs(plan: Plan, undiagnosed: bool) -> list[str]:
    """The signs that a plan is none of a patient's treatment, in words.

    ``undiagnosed`` says that a table of diagnoses is there and has no row of the patient; where
    there is no such table, that a diagnosis is missing says nothing.
    """
    # an underscore parts words in labels, and would count as a letter of a word otherwise
    person, words = plan.person.replace("^", " "), plan.words.replace("_", " ")
    signs = {
        "the patient's name or number": bool(_PERSON.search(person)),
        "the label": bool(_WORDS.search(words)),
        "the intent": plan.intent in _INTENTS,
        "the missing diagnosis": undiagnosed,
    }
    return [name for name, there in signs.items() if there]


def is_quality(plan: Plan, undiagnosed: bool) -> str:
    """Why a plan is one of quality assurance, as a sentence; "" where it is not."""
    if plan.verifies:
        return "The plan was made to verify another plan."
    signs = quality_signs(plan, undiagnosed)
    if len(signs) < 2:
        return ""
    return f"The plan is one of quality assurance by {' and '.join(signs)}."
