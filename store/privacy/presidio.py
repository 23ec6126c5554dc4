"""The scrubber in Presidio's terms, for whoever runs a Presidio analyzer.

Presidio is imported only when this is asked for, and never while cases are taken in: its import
takes seconds, brings torch and transformers along where they are installed, and its own e-mail
recognizer asks the network. What is found is what ``scrubber`` finds.
"""

from typing import TYPE_CHECKING, Any

from store.privacy.kinds import Kind
from store.privacy.patterns import FORMS
from store.privacy.scrubber import Scrubber

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, PatternRecognizer

ENTITIES = {
    Kind.NAME: "PERSON",
    Kind.PLACE: "LOCATION",
    Kind.DATE: "DATE_TIME",
    Kind.PHONE: "PHONE_NUMBER",
    Kind.EMAIL: "EMAIL_ADDRESS",
    Kind.SSN: "US_SSN",
    Kind.IP: "IP_ADDRESS",
}
"""Presidio's own names of entities; the other kinds are their own in capitals."""


def entity(kind: Kind) -> str:
    """The name that Presidio knows a kind by: ``PERSON``, ``MRN``, ``PLAN_ID``."""
    return ENTITIES.get(kind, kind.name if kind is not Kind.PLAN else "PLAN_ID")


def recognizer(scrubber: Scrubber) -> "EntityRecognizer":
    """All that the scrubber finds, as one recognizer to be added to an analyzer's registry."""
    from presidio_analyzer import LocalRecognizer, RecognizerResult

    class ScrubberRecognizer(LocalRecognizer):
        """Radonc's scrubber."""

        def load(self) -> None:
            """The lists are read with the first text."""

        def analyze(
            self, text: str, entities: list[str], nlp_artifacts: Any = None
        ) -> list[RecognizerResult]:
            del nlp_artifacts
            return [
                RecognizerResult(entity(span.kind), span.start, span.end, span.score)
                for span in scrubber.scrub(text).spans
                if not entities or entity(span.kind) in entities
            ]

    return ScrubberRecognizer([entity(kind) for kind in Kind], name="radonc")


def pattern_recognizers() -> "list[PatternRecognizer]":
    """The identifiers that have a form, each kind as a Presidio pattern recognizer."""
    from presidio_analyzer import Pattern, PatternRecognizer

    by_kind: dict[Kind, list[Pattern]] = {}
    for form in FORMS:
        by_kind.setdefault(form.kind, []).append(
            Pattern(form.name, rf"(?<![a-z0-9])(?:{form.regex})", form.score)
        )
    return [
        PatternRecognizer(entity(kind), name=f"radonc {kind}", patterns=patterns)
        for kind, patterns in by_kind.items()
    ]
