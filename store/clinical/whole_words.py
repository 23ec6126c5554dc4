"""Patterns of whole words, so that every reader of clinical text means the same by a word."""

import re


def word(pattern: str) -> re.Pattern[str]:
    """``pattern`` as whole words, in any case."""
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])", re.IGNORECASE)
