"""Whether a text says a thing or denies it, by the words just before and after.

Errs on the side of "said": a denial reaches four words and no further than "and", "but" or a verb,
so that "no chemotherapy and she is pregnant" is not taken for a denial of the last word.
"""

import re

_REACH = (
    r"(?:\W+(?!(?:and|but|however|who|she|he|they|is|are|was|has|had|have|now|with|since|after"
    r"|yes|positive|pos|confirmed)\b)[\w'/+-]+){0,4}"
)
_BEFORE = re.compile(
    r"\b(?:no|not|non|never|nil|without|nor|den(?:y|ies|ied)|exclud(?:es?|ed|ing)|neg(?:ative)?"
    r"|rul(?:es?|ed) out|isn't|wasn't|hasn't|unlikely|avoid(?:s|ing|ed)?|against|prevent\w*)\b"
    rf"{_REACH}\W*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^(?: (?:test|status|result|history|exposure)s?)?\W{0,3}"
    r"(?:(?:is|was|were|has been|have been) )?"
    r"(?:not (?:done|given|had|applicable|pregnant|present|received|yet)|never\b|none\b|nil\b"
    r"|neg(?:ative)?\b|absent\b|excluded\b|ruled out\b|denied\b|n/?a\b)",
    re.IGNORECASE,
)
_AFTER_COLON = re.compile(r"^ ?[:=?] ?(?:no|not|never)\b", re.IGNORECASE)
_PART = re.compile(r"[,;\n]|\.(?![0-9])|\s-\s|[?!]")


def said(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The matches of ``pattern`` in ``text`` that are not denied."""
    return [match for match in pattern.finditer(text) if not denied(match)]


def denied(match: re.Match[str]) -> bool:
    """Whether the text around a match denies it."""
    text = match.string
    before = _PART.split(text[: match.start()])[-1]
    after = text[match.end() :]
    return bool(_BEFORE.search(before) or _AFTER.match(after) or _AFTER_COLON.match(after))
