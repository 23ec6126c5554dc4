"""Before real cases are trained on, a person looks at the scrubbed text, redacts, confirms."""

from collections.abc import Sequence
from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit
from store.errors import BadUsage
from store.home import Home
from store.privacy import gate
from store.privacy.redacting import Redaction


def privacy_sources(home: Home) -> Action[list[dict[str, Any]]]:
    """Each source that is not synthetic, with what of it waits for a person."""
    yield from ()
    with opened(home) as connection:
        return gate.sources(connection)


def review_privacy(home: Home, source: str, start: int = 0) -> Action[dict[str, Any]]:
    """A page of what has to be seen of a source: every doubtful case, then a sample of the rest.

    That they were shown is kept; a source is confirmed only when all of them were.

    Raises:
        BadUsage: no such source, or a synthetic one.
    """
    yield from ()
    with opened(home) as connection:
        return gate.to_look_at(connection, source, start, audit.login())


def confirm_privacy(
    home: Home, source: str, redactions: Sequence[Redaction] = ()
) -> Action[dict[str, Any]]:
    """Redact words of cases, and confirm that those of a source that wait identify nobody.

    Raises:
        BadUsage: no such source or case, or words that are not in it; then nothing is confirmed.
        Refused: doubtful cases were not shown to anybody.
    """
    yield from ()
    with opened(home) as connection:
        return gate.confirm(connection, source, redactions, audit.login())


def redact_case(home: Home, redaction: Redaction) -> Action[list[str]]:
    """Take words that identify somebody out of a case; returns the data sets that still hold them.

    Raises:
        BadUsage: no such case, or the words are not in it.
    """
    yield from ()
    with opened(home) as connection:
        return gate.redact(connection, redaction, audit.login())


def parse_redaction(text: str) -> Redaction:
    """``CASE:WORDS`` of the command line.

    Raises:
        BadUsage: there is no colon, or nothing on one side of it.
    """
    case_id, colon, words = text.partition(":")
    if not (colon and case_id.strip() and words.strip()):
        raise BadUsage(f"{text!r} is no CASE:WORDS.", "An example: case-1f:Jones")
    return Redaction(case_id.strip(), words.strip())
