"""What is kept of a mistake of the program: where it happened, and nothing of whom it happened to.

What was on the screen may be a patient's, so neither a local value nor the error's own text is
written down.
"""

import sys
import traceback
from pathlib import Path


def keep_mistake(log: Path) -> str:
    """Write down where the exception that is being handled was raised; a sentence says in what."""
    kind, _, frames = sys.exc_info()
    try:
        with log.open("a", encoding="utf-8") as file:
            name = kind.__name__ if kind else ""
            file.write(f"{''.join(traceback.format_tb(frames))}{name}\n")
    except OSError as error:
        # the sentence is all that is left to say it with
        return f"Where could not be written into {log}: {error.strerror}."
    return f"Where is in {log}."
