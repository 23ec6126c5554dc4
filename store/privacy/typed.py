"""What a person types is freed of identifiers by the code of an import, and made legible by it.

A correction or a remark comes out of somebody's head or off the chart, and may name the patient
as any letter does. It is scrubbed before it gets near the store or its log; who then looks at it
is ``looks``' to say.
"""

from collections.abc import Mapping
from dataclasses import replace

from store.cases import RawCase
from store.legible import legible, legible_raw
from store.privacy.scrubber import TEXTS, make_scrubber, scrub_raw


def typed(changes: Mapping[str, str], patient: str = "") -> dict[str, str]:
    """The values by field, as an import would have kept them.

    Args:
        changes: field to value; fields that hold no text come back as they are.
        patient: the record number, where the person gave it; it goes from the text as well.
    """
    texts = {name: text for name, text in changes.items() if name in TEXTS}
    raw = replace(RawCase(patient, "", ""), **texts)  # pyright: ignore[reportArgumentType]
    clean = scrub_raw(legible_raw(raw), make_scrubber(b""))
    return {
        name: str(getattr(clean, name)) if name in texts else text for name, text in changes.items()
    }


def remark(text: str) -> str:
    """A reason or remark in one line, legible and without identifiers."""
    return make_scrubber(b"").scrub(legible(" ".join(text.split()))).text
