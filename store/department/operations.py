"""Which operations were done, and what they left, as a question states them.

An operation that is planned, refused or impossible was not done. A pathological stage and a
statement on margins are taken for an operation: the AJCC gives pT only after a resection. A
biopsy, a TURBT and a TURP are none.
"""

import re
from dataclasses import dataclass

from store.clinical.whole_words import word
from store.department.question import LENGTH, clauses, prepare

_NAMES = {
    "lumpectomy": (
        r"lumpectomy|WLE|wide local excision|BCS|breast[- ]conserving surgery|partial mastectomy"
        r"|segmental mastectomy|quadrantectomy"
    ),
    "mastectomy": r"(?<!partial )(?<!segmental )mastectomy|MRM",
    "prostatectomy": r"(?:radical )?prostatectomy|RARP|RRP|LRP|RP(?= ?(?:in )?[12][0-9]{3})",
    "hysterectomy": r"(?:radical )?hysterectomy|TLH|TAH|BSO",
    "fixation": (
        r"nailed|(?:IM|intramedullary) nail|fixed with (?:a )?nail|internal fixation|plated"
    ),
}
_OTHER = (
    r"resected|resections?|re-?excised|excised|excisions?|GTR|STR|debulked|debulking|craniotomy"
    r"|lobectomy|pneumonectomy|gastrectomy|o?esophagectomy|nephrectomy|orchi\w*ectomy|thymectomy"
    r"|maxillectomy|laryngectomy|cystectomy|thyroidectomy|parotidectomy|glossectomy|Whipple|TORS"
    r"|neck dissection|ND|lymphadenectomy|axillary dissection|(?:node )?dissection done|enucleation"
    r"|operated|post[- ]?op(?:erative)?|(?:s/p|after|status post) surgery"
)
_PATTERNS = {name: word(pattern) for name, pattern in _NAMES.items()} | {"yes": word(_OTHER)}
_NOT_DONE = re.compile(
    r"\b(?:no|not|never|without|for|to|before|awaiting|planned?|planning|declin\w+|refus\w+|unfit"
    r"|cannot|if|consider\w*|keen|avoid|possible|offered)\b",
    re.IGNORECASE,
)
_NOT_DONE_AFTER = re.compile(
    r"^\W*(?:is |was )?(?:planned|possible|refused|declined|later|not\b|after\b|cavity\?)",
    re.IGNORECASE,
)
_PATHOLOGICAL = re.compile(
    r"(?<![A-Za-z0-9])y?pT(?:is|[0-4])|\bpathologic(?:al)? (?:stage|T)", re.IGNORECASE
)

_POSITIVE = word(
    r"R1|R2|margins? (?:is |are |was |were )?(?:pos(?:itive)?|involved)|positive (?:\w+ )?margins?"
    r"|(?:tumou?r )?at (?:the )?inked margin|(?:micro|macro)scopic residual tumou?r|into margin"
)
_CLEAR = word(
    r"R0|(?:closest |deep )?margins? (?:is |are |was |were )?(?:clear|free|neg(?:ative)?)"
    r"|clear (?:\w+ )?margins?|negative margins?|no residual tumou?r|wide excision clear"
)
_MARGIN = re.compile(rf"\bmargins? (?:of |at )?{LENGTH}", re.IGNORECASE)
_CLOSE = word(r"margins? (?:is |are |was |were )?close|close margins?")
_OTHER_MARGIN = re.compile(r"\b(?:CRM|MRF|circumferential|threatened)\b", re.IGNORECASE)
CLOSE_MM = 5.0
"""A margin of the head and neck below this is close (NCCN)."""
OPERATIONS = frozenset({*_NAMES, "yes", "no"})


@dataclass(frozen=True)
class Operation:
    """What was done and left; ``margin`` is positive, close, clear or "", ``margin_mm`` in mm."""

    names: frozenset[str] = frozenset()
    margin: str = ""
    margin_mm: float | None = None

    @property
    def words(self) -> frozenset[str]:
        """The operations, and yes where there is one; no where none is stated."""
        return self.names | {"yes"} if self.names else frozenset({"no"})


def read_operations(diagnosis: str, icd10: str) -> Operation:
    """What the question states; with a cancer of the prostate, pT means a prostatectomy."""
    text = prepare(diagnosis)
    found = {name for clause in clauses(text) for name in _done(clause)}
    margin, millimetre = _margin(text)
    if margin or _PATHOLOGICAL.search(text):
        found.add("yes")
        if icd10.startswith("C61") and _PATHOLOGICAL.search(text):
            found.add("prostatectomy")
    return Operation(frozenset(found), margin, millimetre)


def _done(clause: str) -> set[str]:
    found: set[str] = set()
    for name, pattern in _PATTERNS.items():
        for match in pattern.finditer(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            if not _NOT_DONE.search(before) and not _NOT_DONE_AFTER.search(after):
                found.add(name)
    return found


def _margin(text: str) -> tuple[str, float | None]:
    """The worst margin that is stated; the margin to the mesorectal fascia on MRI is none."""
    told = [clause for clause in clauses(text) if not _OTHER_MARGIN.search(clause)]
    sizes = [
        float(match["value"]) * (10 if match["unit"].casefold() == "cm" else 1)
        for clause in told
        for match in _MARGIN.finditer(clause)
    ]
    smallest = min(sizes, default=None)
    if any(_POSITIVE.search(clause) for clause in told):
        return "positive", smallest
    if smallest is not None:
        return ("close" if smallest <= CLOSE_MM else "clear"), smallest
    if any(_CLOSE.search(clause) for clause in told):
        return "close", None
    return ("clear" if any(_CLEAR.search(clause) for clause in told) else ""), None
