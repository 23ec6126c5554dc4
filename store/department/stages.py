"""T, N, M, overall stage and grade as a question states them.

TNM is read in the notation of the AJCC and UICC, with or without the prefixes c, p and y; of two
that disagree the pathological one counts, and where those disagree nothing is said. What is
stated in other words (a fixed cord, the depth of invasion) is in ``stages_in_words``.
"""

import re
from dataclasses import dataclass

from store.clinical.whole_words import word
from store.department.question import clauses, matches, prepare, says

_BEFORE = r"(?<![A-Za-z0-9/-])(?P<kind>yp|yc|rp|ap|[cpyra])?"
_AFTER = r"(?![A-Za-z0-9]|-?/?[TN]?[0-9])"
_T = re.compile(rf"{_BEFORE}T(?P<value>is|[0-4](?:mi|[a-d][12]?)?){_AFTER}", re.IGNORECASE)
_N = re.compile(
    rf"{_BEFORE}N(?P<value>[0-3](?:mi|[a-c])?|\+)(?:\((?:i|mol|sn)[+-]?\))?{_AFTER}", re.IGNORECASE
)
_M = re.compile(rf"{_BEFORE}M(?P<value>[01][a-d]?){_AFTER}", re.IGNORECASE)
_NO_T = re.compile(
    r"^ ?(?:mets?\b|vertebr|lesion|fractur|compress|level|body|collapse|weighted|signal|root|pain)",
    re.IGNORECASE,
)
_NO_T_BEFORE = re.compile(r"(?:pain|root|level|vertebra|spine|painful|lytic|mets) $", re.IGNORECASE)
_NO_N = re.compile(r"^ (?:palsy|nerve|deficit)", re.IGNORECASE)
_SPINE = ("C79.4", "C79.5", "C90", "G95", "M")
"""Codes with which T4 or T8 is a vertebra."""

_STAGE = re.compile(
    r"(?<![A-Za-z])(?:stage|FIGO) (?P<roman>IV|I{1,3}|[0-4])(?P<letter>[A-E]|S(?=\b))?"
    r"(?P<digit>[1-3])?(?![A-Za-z0-9]|-[0-9I])",
    re.IGNORECASE,
)
_OTHER_STAGE = re.compile(r"\b(?:CKD|kidney|decubitus|pressure|ulcer)\b", re.IGNORECASE)
_ROMAN = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV"}

_GRADE = re.compile(
    r"(?<![A-Za-z0-9])(?P<of>\w+ )?grade (?P<grade>[1-4]|I{1,3}|IV)(?![A-Za-z0-9/]|-[1-4I])"
    r"|(?<![A-Za-z0-9])(?:G|gr\.? ?)(?P<short>[1-4])(?![A-Za-z0-9/]|-[1-4])"
    r"|(?<![A-Za-z0-9])WHO (?P<who>[1-4])(?![A-Za-z0-9/])",
    re.IGNORECASE,
)
_OTHER_GRADE = {"bilsky", "escc", "dysphagia", "toxicity", "group", "koos", "ecog", "ctcae"}
_HIGH_GRADE = word(r"high[- ]grade")

_NODE_COUNT = re.compile(
    r"(?<![0-9/.])(?P<some>[0-9]{1,2}) ?(?:/|of|out of) ?[0-9]{1,2} (?:lymph )?nodes?\b"
    r"|\b(?:nodes?|SLNB?|sentinel(?: nodes?)?|ALND|ax(?:illa|illary)?(?: dissection)?"
    r"|node positive) (?P<more>[0-9]{1,2}) ?(?:/|of|out of) ?[0-9]{1,2}\b",
    re.IGNORECASE,
)
_FREE_NODES = word(
    r"node[- ]negative|nodes? neg(?:ative)?|(?:sentinel|SLNB?|EBUS|ND|axilla) neg(?:ative)?"
    r"|nodes? not (?:enlarged|involved)|groins? clear|no (?:enlarged |involved |lymph )*nodes?"
    r"|nodes? clear"
)
_INVOLVED_NODES = word(
    r"node[- ]positive|nodes? pos(?:itive)?|nodes? positive|(?:sentinel|SLNB?) pos(?:itive)?"
    r"|positive (?:lymph )?nodes?|nodes? involved|involved nodes?|bilateral nodes?"
    r"|(?:[1-9]|one|two|single) (?:pelvic |groin )?nodes?(?: [0-9.]+ cm)?|node [0-9.]+ cm"
    r"|groin nodes? [1-9]"
)
_DISTANT = word(
    r"(?:distant|visceral|liver|hepatic|lung|bone|bony|osseous|brain|adrenal)"
    r"(?: and (?:lung|liver|bone|brain|adrenal))? (?:mets?|metasta[st]\w+)"
    r"|metastatic(?! (?:to )?(?:the )?(?:regional|lymph|nod))|bone scan [1-9] spots?"
    r"|with distant metastasis"
)
_NOT_DISTANT = word(
    r"no (?:distant )?(?:mets?|metasta[st]\w+)|no distant disease|no disease outside chest"
)


@dataclass(frozen=True)
class Stage:
    """What is stated, "" or None where it is not: T2a, N1mi, M0, IIIA, grade 1 to 4.

    ``positive_nodes`` is a count from a dissection or a sentinel biopsy.
    """

    t: str = ""
    n: str = ""
    m: str = ""
    group: str = ""
    grade: int | None = None
    positive_nodes: int | None = None
    pathological: bool = False


def read_stage(diagnosis: str, icd10: str) -> Stage:
    """What the question states; a vertebra is no T, the grade of something else no grade."""
    text = prepare(diagnosis)
    spine = icd10.startswith(_SPINE)
    t, pathological = ("", False) if spine else _tnm(_T, text)
    n, _ = _tnm(_N, text)
    m, _ = ("", False) if spine else _tnm(_M, text)
    positive = _positive_nodes(text)
    return Stage(
        t=f"T{t}" if t else "",
        n=f"N{n}" if n else _nodes_in_words(text, positive),
        m=f"M{m}" if m else _distant(text),
        group=_group(text),
        grade=_grade(text, icd10),
        positive_nodes=positive,
        pathological=pathological
        or bool(re.search(r"\bpathologic(?:al)? (?:stage|T)", text, re.I)),
    )


def stage_words(stage: Stage) -> set[str]:
    """The words of a stage that a condition may ask for: T2 and T2a, N+, M1, III and IIIA, G2."""
    said: set[str] = set()
    if stage.t:
        said |= {stage.t, stage.t if stage.t == "Tis" else stage.t[:2]}
    if stage.n:
        said |= {stage.n[:2], stage.n} | ({"N+"} if stage.n != "N0" else set())
    if stage.m:
        said.add(stage.m[:2])
    if stage.group:
        roman = re.match("IV|I{1,3}|0", stage.group)
        said |= {stage.group[: len(roman[0])], stage.group[: len(roman[0]) + 1]} if roman else set()
        said.add(stage.group)
    if stage.grade:
        said.add(f"G{stage.grade}")
    return said


def is_stage_word(text: str) -> bool:
    """Whether ``stage_words`` may ever give this word."""
    return bool(
        re.fullmatch(
            r"Tis|T[0-4](?:mi|[a-d][12]?)?|N[0-3](?:mi|[a-c])?|N\+|M[01]|G[1-4]"
            r"|(?:0|IV|I{1,3})(?:[A-ES][1-3]?)?",
            text,
        )
    )


def _tnm(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    """The one value that is stated, and whether pathologically; "" where values disagree."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for match in pattern.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        bare = not match["kind"]
        if pattern is _T and bare and (_NO_T.match(after) or _NO_T_BEFORE.search(before)):
            continue
        if pattern is _N and _NO_N.match(after):
            continue
        pathological = "p" in (match["kind"] or "").casefold() or bool(
            re.search(r"\bpathologic(?:al)?\b[^.;]{0,30}$", before, re.IGNORECASE)
        )
        found[pathological].add(match["value"].casefold())
    for pathological in (True, False):
        values = found[pathological]
        longest = max(values, key=len, default="")
        if values:
            one = all(longest.startswith(value) for value in values)
            return (longest if one else ""), pathological
    return "", False


def _positive_nodes(text: str) -> int | None:
    """The positive nodes that are counted; None where no count, or two, are given."""
    counts = {int(match["some"] or match["more"]) for match in _NODE_COUNT.finditer(text)}
    return counts.pop() if len(counts) == 1 else None


def _nodes_in_words(text: str, positive: int | None) -> str:
    if positive is not None:
        return "N+" if positive else "N0"
    free = any(_FREE_NODES.search(clause) for clause in clauses(text))
    involved = any(
        _INVOLVED_NODES.search(clause) and not _FREE_NODES.search(clause)
        for clause in clauses(text)
    )
    if free == involved:
        return ""
    return "N+" if involved else "N0"


def _distant(text: str) -> str:
    if says(text, _DISTANT):
        return "M1"
    return "M0" if _NOT_DISTANT.search(text) else ""


def _group(text: str) -> str:
    found: set[str] = set()
    for clause in clauses(text):
        if _OTHER_STAGE.search(clause):
            continue
        for match in _STAGE.finditer(clause):
            roman = match["roman"].upper()
            rest = (match["letter"] or "").upper() + (match["digit"] or "")
            found.add(_ROMAN.get(roman, roman) + rest)
    return found.pop() if len(found) == 1 else ""


def _grade(text: str, icd10: str) -> int | None:
    """The histological grade; of a carcinoma in situ of the breast, high grade is 3."""
    found: set[int] = set()
    for match in matches(text, _GRADE):
        if (match["of"] or "").strip().casefold() in _OTHER_GRADE:
            continue
        said = match["grade"] or match["short"] or match["who"]
        found.add(int(said) if said.isdigit() else ["I", "II", "III", "IV"].index(said.upper()) + 1)
    if not found and icd10.startswith("D05") and says(text, _HIGH_GRADE):
        found = {3}
    return found.pop() if len(found) == 1 else None
