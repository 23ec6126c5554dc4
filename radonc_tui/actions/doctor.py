"""What this workstation can do, what is missing, and the command that adds it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from exports.device import REBUILD
from exports.kernels import REBUILD_TILES, has_tiles, tiles_work
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import opened
from store.case_table import CaseFilter, count_cases
from store.errors import RadoncError
from store.home import Home
from trainer.bases import DEFAULT, list_bases
from trainer.machine import cores

GIB = 2**30
FREE_DISK_GIB = 20
OPTIONAL = {
    **{"keyring": "keyring", "fhir": "fhir.resources", "dicom": "pydicom", "sweep": "optuna"},
    "serve": "openai",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ok, note (works, but worth knowing) or missing, with the way out."""

    what: str
    state: str
    finding: str
    command: str = ""


def doctor(home: Home) -> Action[list[Finding]]:
    """Look at the machine, the parts and the home; changes nothing but an empty home's store."""
    looks: tuple[Callable[[Home], list[Finding]], ...] = (
        _machine,
        _accelerator,
        _llama,
        _tiles,
        _home,
        _bases,
        _optional,
    )
    findings: list[Finding] = []
    for done, look in enumerate(looks):
        yield Progress("look", done, len(looks))
        findings += look(home)
    return findings


def _machine(home: Home) -> list[Finding]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    free = shutil.disk_usage(home.path).free / GIB
    disk_state = "ok" if free >= FREE_DISK_GIB else "note"
    return [
        Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}"),
        Finding("cores", "ok", f"{cores()} cores, {memory:.0f} GiB of memory"),
        Finding(
            "disk",
            disk_state,
            f"{free:.0f} GiB free in {home.path}",
            "" if disk_state == "ok" else "radonc --home FOLDER_WITH_SPACE ...",
        ),
    ]


def _accelerator(_: Home) -> list[Finding]:
    code = (
        "import torch; c = torch.cuda; there = c.is_available(); "
        "print(torch.__version__, there, c.get_device_name() if there else '')"
    )
    made = _python(code)
    if made.returncode:
        return [Finding("torch", "missing", "torch cannot be imported", "uv sync")]
    name, cuda, device = (*made.stdout.strip().split(" ", 2), "")[:3]
    if cuda == "True":
        return [Finding("gpu", "ok", f"{device} (torch {name}); training is in 4 bit by default")]
    return [
        Finding(
            "gpu",
            "note",
            f"no CUDA GPU that torch {name} can use; training runs on the CPU",
            "install the NVIDIA driver, then look again with: nvidia-smi",
        )
    ]


def _python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a line in a process of its own: what it imports is heavy and would stay."""
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _llama(_: Home) -> list[Finding]:
    code = (
        "import llama_cpp as l; "
        "cuda = b'CUDA' in l.llama_print_system_info(); "
        "print(l.__version__, cuda, l.llama_supports_gpu_offload())"
    )
    made = _python(code)
    if made.returncode:
        return [Finding("llama.cpp", "missing", "llama-cpp-python cannot be imported", "uv sync")]
    name, cuda, offload = made.stdout.split()
    if cuda == "True":
        where = "a CUDA device is there" if offload == "True" else "no CUDA device is there"
        return [Finding("llama.cpp", "ok", f"{name}, built with CUDA; {where}")]
    return [
        Finding(
            "llama.cpp", "note", f"{name}, built without CUDA: models answer on the CPU", REBUILD
        )
    ]


def _tiles(_: Home) -> list[Finding]:
    if not has_tiles():
        return []
    if tiles_work():
        return [Finding("amx", "ok", "llama.cpp computes in the tiles of this processor")]
    return [Finding("amx", "note", "llama.cpp cannot use AMX: answers take longer", REBUILD_TILES)]


def _home(home: Home) -> list[Finding]:
    mode = home.path.stat().st_mode & 0o777
    findings = [
        Finding("home", "ok", f"{home.path}, mode {mode:o}")
        if mode == 0o700
        else Finding(
            "home",
            "note",
            f"{home.path} is open to others (mode {mode:o})",
            f"chmod 700 {home.path}",
        )
    ]
    try:
        with opened(home) as connection:
            count = count_cases(connection, CaseFilter())
        findings.append(Finding("store", "ok", f"{count} cases"))
    except RadoncError as error:
        findings.append(Finding("store", "missing", error.message, error.hint))
    return findings


def _bases(home: Home) -> list[Finding]:
    names = [base.name for base in list_bases(home)]
    if names:
        return [Finding("base models", "ok", ", ".join(names))]
    return [
        Finding("base models", "note", f"none yet; {DEFAULT} is made on first use", "radonc demo")
    ]


def _optional(_: Home) -> list[Finding]:
    findings: list[Finding] = []
    for extra, package in OPTIONAL.items():
        try:
            findings.append(Finding(extra, "ok", f"{package} {version(package)}"))
        except PackageNotFoundError:
            command = f"uv sync --extra {extra}"
            findings.append(Finding(extra, "note", f"{package} is not installed", command))
    return findings
