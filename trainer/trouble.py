"""What torch and the system say when memory or disk is not enough, as a sentence and a way on.

Each such run can be resumed: what was trained until its last checkpoint is kept.
"""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager

from store.errors import FULL, RadoncError
from store.work import ROOM_FOR_WORDS, Work
from trainer.asked import settings_of
from trainer.batches import share_of
from trainer.fitting import cheaper, read_fit

NO_MEMORY = ("can't allocate memory", "out of memory", "cannot allocate memory", "bad_alloc")
NO_PRIMITIVE = "could not create a primitive"
"""All that oneDNN says where it gets no memory; with more words after it, it is another trouble."""
NOT_WRITTEN = ("PytorchStreamWriter", "file write failed", "I/O error", "IoError")
"""How torch and safetensors say that a file could not be written."""


class NotEnoughMemory(RadoncError):
    """The batch does not fit into the memory that there is."""


@contextmanager
def in_sentences(work: Work) -> Generator[None]:
    """Raise errors of memory and disk as what a person can do about them.

    Raises:
        NotEnoughMemory: of the card or of the machine.
        RadoncError: the disk is full.
    """
    try:
        yield
    except RadoncError:
        raise
    except (RuntimeError, OSError, MemoryError) as error:
        told = sentence(work, error)
        if told is None:
            raise
        raise told from error
    except Exception as error:
        # safetensors has an exception of its own, which is none of these
        told = sentence(work, error) if type(error).__name__ == "SafetensorError" else None
        if told is None:
            raise
        raise told from error


def _with_less(work: Work) -> str:
    """What the run can do with less memory; what changes what it learns is a new run's."""
    spec, fit = work.spec, read_fit(work)
    settings = settings_of(spec)
    at_once = share_of(settings.batch_cases, fit.micro_cases or settings.micro_cases)
    if at_once > 1 and not fit.allowed:
        return (
            f"`radonc runs resume {work.id} --fit` goes on with fewer cases at once, which learns "
            "the same."
        )
    four_bit = (spec.get("estimate") or {}).get("four_bit", bool(settings.load_in_4bit))
    options = " ".join(f"--set {option}" for option in cheaper(settings, four_bit))
    if not options:
        return "Close other programs, or take a smaller base model."
    return f"A run that needs less: `radonc train --base {spec['base']['name']} --fit {options}`."


def sentence(work: Work, error: BaseException) -> RadoncError | None:
    """The sentence about an error of memory or disk; None where it is about something else."""
    text = str(error)
    memory = isinstance(error, MemoryError) or any(said in text for said in NO_MEMORY)
    if memory or text == NO_PRIMITIVE:
        return NotEnoughMemory(f"{work.id} needs more memory than there is.", _with_less(work))
    full = isinstance(error, OSError) and error.errno in (*FULL, errno.EFBIG)
    full = full or any(os.strerror(code) in text for code in (*FULL, errno.EFBIG))
    if not full and any(said in text for said in NOT_WRITTEN):
        full = shutil.disk_usage(work.path).free < ROOM_FOR_WORDS * 16
    if full:
        return RadoncError(
            f"The disk of {work.path.parent} is full.",
            f"Make room there; `radonc runs resume {work.id}` goes on from the last checkpoint.",
        )
    return None
