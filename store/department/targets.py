"""Whether two names of a target mean the same, however they are worded.

Names are compared by what decides: the organ, the side, whether nodes are in it, the whole brain
against part of it, part of the breast against all, the bed of a prostate against the prostate. A
name that is missing agrees with any, and so does a word for no organ in particular (primary,
tumour, pelvis). Nothing here knows a dose.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_ORGANS = {
    "breast": r"breasts?|mammary",
    "chest wall": r"chest wall",
    "prostate": r"prostat\w*|seminal vesicles?",
    "lung": r"lungs?|thora\w+|bronch\w+|pulmonary",
    "brain": r"brain|cerebr\w+|crani\w+|gliom\w*|hemispheres?|cavity",
    "neuraxis": r"craniospinal|neuraxis|CSI",
    "pons": r"pons|pontine|brainstem",
    "oesophagus": r"o?esophag\w+",
    "stomach": r"stomach|gastric",
    "rectum": r"rect\w*|mesorect\w*",
    "anus": r"anus|anal",
    "bladder": r"bladder",
    "cervix": r"cervix|cervical cancer|uterus|uterine|HR-?CTV|endometri\w+",
    "vagina": r"vagina\w*|cuff",
    "vulva": r"vulva\w*",
    "liver": r"liver|hepat\w+",
    "pancreas": r"pancrea\w+",
    "kidney": r"kidneys?|renal|flank",
    "adrenal": r"adrenals?",
    "larynx": r"larynx|laryngeal|glott\w+",
    "pharynx": r"tonsils?|tonsillar|tongue base|base of tongue|oropharyn\w+|hypopharyn\w+",
    "nasopharynx": r"nasopharyn\w+",
    "thyroid": r"thyroid",
    "salivary": r"parotid|salivary",
    "skin": r"skin|scalp|keloid",
    "eye": r"eyes?|uvea\w*|choroid\w*|conjunctiva\w*|sclera\w*|globe|retina\w*",
    "orbit": r"orbits?|orbital",
    "bone": r"bones?|vertebra\w*|spine|femur|femoral|ribs?|sacr\w+|lytic|ilium|iliac crest",
    "limb": r"limbs?|thigh|calf|arm",
    "body": r"total body",
}
_FLAGS = {
    "nodes": r"nod(?:es?|al)|neck|axilla\w*|supraclavicular|groins?|regional|elective"
    r"|para-?aortic|dog-?leg|mediastin\w+",
    "whole": r"whole|hippocampal\w*",
    "partial": r"partial",
    "bed": r"bed|cavity",
    "left": r"left",
    "right": r"right",
}
_ORGAN_WORDS = {name: re.compile(rf"\b(?:{said})\b", re.I) for name, said in _ORGANS.items()}
_FLAG_WORDS = {name: re.compile(rf"\b(?:{said})\b", re.I) for name, said in _FLAGS.items()}


@dataclass(frozen=True)
class Target:
    """What decides about a target: its organs, and the flags that its name carries."""

    organs: frozenset[str]
    flags: frozenset[str]


@lru_cache(maxsize=4096)
def read_target(name: str) -> Target:
    """What decides in the name of a target."""
    return Target(
        frozenset(organ for organ, pattern in _ORGAN_WORDS.items() if pattern.search(name)),
        frozenset(flag for flag, pattern in _FLAG_WORDS.items() if pattern.search(name)),
    )


def same_target(one: str, other: str) -> bool:
    """Whether two names may mean one target; true where either is missing."""
    if not one.strip() or not other.strip() or one.casefold() == other.casefold():
        return True
    first, second = read_target(one), read_target(other)
    differing = first.flags ^ second.flags
    if {"left", "right"} <= differing or "nodes" in differing:
        return False
    organs = first.organs | second.organs
    if ("brain" in organs and "whole" in differing) or (
        "prostate" in organs and "bed" in differing
    ):
        return False
    if "breast" in organs and _partial(first) is not _partial(second):
        return False
    return not (first.organs and second.organs) or bool(first.organs & second.organs)


def _partial(target: Target) -> bool:
    """Whether only part of the breast is meant: so named, or its tumour bed."""
    return "partial" in target.flags or ("bed" in target.flags and "whole" not in target.flags)
