"""What a question states besides stage, histology and operation, where it decides between rows.

Each finding is asked for only with codes where it means something: a distance to the bronchial
tree with the lung, cord compression with bone. Thresholds are those of the trials that the rows
go back to, and stand beside their pattern. What is not stated is no finding.
"""

import re
from collections.abc import Callable

from store.clinical.icd10 import in_ranges
from store.clinical.whole_words import word
from store.department.measured import (
    airway,
    brain_lesions,
    bulk,
    chest_wall,
    cord,
    performance,
    residual,
    skin_extent,
    skin_lesion,
    to_midline,
)
from store.department.operations import Operation
from store.department.question import prepare, says

Reader = Callable[[str], set[str]]

_STATED: tuple[tuple[str, str, str], ...] = (
    # codes, finding, how it is said
    ("C61", "castration resistant", r"castrat\w+[- ]resistant|CRPC|mCRPC|on enzalutamide"),
    ("C61", "local symptoms", r"\w*ha?ematuria\w*|clot retention|retention|obstruct\w+|bleed\w*"),
    ("C50 C79.2 D05", "recurrence", r"recurren\w+|regrowth|nodule in (?:the )?(?:mastectomy )?scar"
     r"|chest wall nodule"),
    ("C50", "receptor negative", r"triple[- ]negative|TNBC|ER ?(?:-|neg(?:ative)?|0/8)(?= |$)"),
    ("D05", "comedo", r"comedo\w*(?: necrosis)?"),
    ("C33 C34", "endobronchial", r"endobronchial|endoluminal|lumen [0-9]+% blocked"
     r"|recurred inside"),
    ("C00-C14 C30-C32 C77.0", "extranodal", r"ENE|ECE|extranodal(?: (?:spread|extension))?"
     r"|extracapsular(?: (?:spread|extension))?"),
    ("C71", "spread", r"spine mets?|spinal mets?|CSF pos(?:itive)?|drop mets?|leptomeningeal"
     r"|M[1-3]|M\+"),
    ("C53 C54", "external beam done", r"(?:pelvic )?(?:chemo-?(?:RT|radio\w+)|RT|EBRT"
     r"|external (?:part|beam(?: \w+)?)) (?:is |was )?(?:finished|completed?|done)"),
    ("C77 C78 C79", "oligometastatic", r"oligo-?(?:metasta\w+|recurren\w+|progress\w+)"
     r"|[1-3] mets in all|no other disease|only site of progression|solitary|single region"
     r"|primary (?:is )?(?:controlled|treated|resected)(?: [12][0-9]{3})?"
     r"|relapse after [0-9]+ (?:yrs?|years)|[12] nodes?"),
    ("C77 C79", "PSMA avid", r"PSMA[- ](?:avid|positive|uptake|PET positive)"),
    ("C88 C82 C83", "conjunctiva", r"conjunctiv\w+|eyelid|ocular adnex\w+"),
    ("C88 C82 C83", "stomach", r"stomach|gastric"),
    ("C49", "catheters", r"catheters? (?:laid|in|placed)(?: at resection)?"
     r"|afterloading catheters?"),
    ("C50", "reconstruction", r"reconstruct\w+|tissue expander|mastectomy (?:with|and) implant"),
)  # fmt: skip
_MEASURED: tuple[tuple[str, Reader, tuple[str, ...]], ...] = (
    ("C34", airway, ("peripheral", "central", "ultracentral")),
    ("C34", chest_wall, ("at the chest wall",)),
    ("C34 C71 C15 C67", performance, ("fit", "frail", "poor performance")),
    ("C79.3", brain_lesions, ("few lesions", "many lesions", "large lesion", "cavity")),
    ("C79.4 C79.5 C90 G95", cord, ("cord compression",)),
    ("C09", to_midline, ("lateralised",)),
    ("C71", residual, ("residual tumour",)),
    ("C81", bulk, ("bulky",)),
    ("C84", skin_extent, ("widespread",)),
    ("C44", skin_lesion, ("shallow",)),
)
_OF_MARGIN = {"positive": "positive margin", "close": "close margin", "clear": "clear margin"}
FINDINGS = frozenset(
    {
        *(finding for _, finding, _ in _STATED),
        *(finding for _, _, findings in _MEASURED for finding in findings),
        *_OF_MARGIN.values(),
    }
)
_PATTERNS = [(tuple(codes.split()), finding, word(said)) for codes, finding, said in _STATED]
_READERS = [(tuple(codes.split()), reader) for codes, reader, _ in _MEASURED]
_ABSENT = re.compile(r"\b(?:ENE|ECE|extranodal spread) (?:absent|neg\w*|under 1 mm)", re.IGNORECASE)


def read_findings(diagnosis: str, icd10: str, operation: Operation) -> frozenset[str]:
    """The findings, of ``FINDINGS``, that the question states for a disease with this code."""
    text = _ABSENT.sub(" ", prepare(diagnosis))
    found = {
        finding
        for codes, finding, pattern in _PATTERNS
        if in_ranges(icd10, codes) and says(text, pattern)
    }
    for codes, reader in _READERS:
        if in_ranges(icd10, codes):
            found |= reader(text)
    if operation.margin:
        found.add(_OF_MARGIN[operation.margin])
    return frozenset(found)
