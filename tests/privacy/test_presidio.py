"""The scrubber as Presidio's own kind of recognizer, in a process without torch."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
for name in ("torch", "transformers", "gliner", "stanza"):
    sys.modules[name] = None
from store.privacy.presidio import pattern_recognizers, recognizer
from store.privacy.scrubber import make_scrubber
text = "Mr Okonkwo, MRN 00123456, seen 3/12/2019, jo@clinic.org, Hodgkin lymphoma."
found = recognizer(make_scrubber(b"k")).analyze(text, [])
whole = [[each.entity_type, text[each.start:each.end]] for each in found]
formed = sorted(
    each.entity_type
    for made in pattern_recognizers()
    for each in made.analyze(text, made.supported_entities)
)
print(json.dumps([whole, formed]))
"""


@pytest.mark.slow
def test_presidio_can_use_what_the_scrubber_knows() -> None:
    made = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    whole, formed = json.loads(made.stdout.splitlines()[-1])
    assert whole == [
        ["PERSON", "Okonkwo"],
        ["MRN", "00123456"],
        ["DATE_TIME", "3/12/2019"],
        ["EMAIL_ADDRESS", "jo@clinic.org"],
    ]
    assert {"MRN", "EMAIL_ADDRESS"} <= set(formed)
