"""The machine that a training would run on, known without torch.

So that a plan can be shown before anything heavy is imported, and so that what earlier runs
measured is used only where it was measured.
"""

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MB = 2**20
CARD_CONTEXT_MB = 600
"""What the driver and its compiled programs take of a card for a process, before any tensor."""


@dataclass(frozen=True)
class Machine:
    """Where a training runs: the card where there is one, else the processor.

    ``memory_mb`` is what there is of the memory that the training fills: the card's, or the
    machine's. ``bf16``: its processor multiplies in bfloat16.
    """

    name: str
    cuda: bool
    cores: int
    memory_mb: int
    bf16: bool = False


@cache
def this_machine() -> Machine:
    """What this machine has; asks ``nvidia-smi`` once a process."""
    card = _card()
    if card:
        return Machine(card[0], True, cores(), card[1])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB
    return Machine(f"{cores()} cores of {_processor()}", False, cores(), memory, has_bf16())


def cores() -> int:
    """The cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def processor_flags() -> frozenset[str]:
    """The instruction sets that the processor names (Linux on x86); empty where it names none."""
    return frozenset(word for line in _facts("flags") for word in line.split())


def has_bf16() -> bool:
    """Whether the processor multiplies in bfloat16; without that it is emulated, and slow."""
    return bool({"avx512_bf16", "amx_bf16"} & processor_flags())


def give_back_memory() -> None:
    """Return to the system what lies free in this process; does nothing where there is no glibc.

    Rows of many lengths leave holes that nothing fits into: over 200 steps they grew to 1.5 GB.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def _card() -> tuple[str, int] | None:
    """(name, memory in MiB) of the first CUDA card; None where there is none that answers."""
    asked = shutil.which("nvidia-smi")
    if not asked:
        return None
    command = [asked, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        name, memory = made.stdout.splitlines()[0].rsplit(",", 1)
        return name.strip(), int(memory)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _processor() -> str:
    names = _facts("model name")
    return names[0] if names else os.uname().machine


def _facts(key: str) -> list[str]:
    """What ``/proc/cpuinfo`` says of ``key``, a value a core."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(key)]
