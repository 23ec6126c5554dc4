"""What training does on a CUDA card, measured: ``python3 tests/gpu/check.py OUT``.

Its parts, each in a process of its own:

``rows``         packed rows beside separate rows (torch, transformers and peft alone);
``program``      what ``radonc train`` does: rows, plan, pace, memory, kill and going on, ``--fit``;
``four_bit``     it beside Transformers' Trainer with PEFT, both in 4 bit, 8 cases a step;
``four_bit_32``  the same with 32 cases a step.

All but the first need Unsloth, bitsandbytes and duckdb, and say so where they are not there. No
network: models have random weights and are made here. ``--device cpu`` runs small models, to try
the check itself. A part that failed says why, and the others are measured all the same.
"""

import argparse
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("unsloth", "duckdb")
NEEDED = {"rows": (), "program": PROGRAM, "four_bit": PROGRAM, "four_bit_32": PROGRAM}
PARTS = tuple(NEEDED)
GRACE_SECONDS = 10
PACKAGES = ("torch", "transformers", "peft", "unsloth", "bitsandbytes", "triton")


def missing(part: str, device: str) -> list[str]:
    """Packages that a part needs and that are not installed."""
    needed = (*NEEDED[part], "bitsandbytes") if NEEDED[part] and device == "cuda" else NEEDED[part]
    return [name for name in needed if importlib.util.find_spec(name) is None]


def measured(part: str, device: str, seconds: float) -> dict[str, Any]:
    """What a part found in so many seconds, and why it found no more."""
    lacking = missing(part, device)
    if lacking:
        return {"not measured": f"{' and '.join(lacking)} not installed"}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [sys.executable, "-m", "tests.gpu.part", part, device, str(out)]
        with (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=_env(), stdout=log, stderr=log, start_new_session=True
            )
            failed = ended(process, seconds)
            log.seek(0)
            told = log.read().splitlines()[-25:]
        found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    found |= {"failed": told} if failed else {}
    return {**found, "took_s": round(time.perf_counter() - began, 1)}


def _env() -> dict[str, str]:
    """The environment, where workers of a part find the program too if it is not installed."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def ended(process: "subprocess.Popen[bytes]", seconds: float) -> int:
    """The exit status; after so many seconds it is interrupted, so that it says where it was."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
    try:
        return process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def versions() -> dict[str, str]:
    found: dict[str, str] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=900, help="most that a part may take")
    asked = parser.parse_args()
    import torch

    if asked.device == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA card here; nothing was measured.", file=sys.stderr)
        return 1
    name = torch.cuda.get_device_name() if asked.device == "cuda" else platform.processor()
    found: dict[str, Any] = {"device": name, "versions": versions()}
    for part in asked.parts:
        found[part] = measured(part, asked.device, asked.seconds)
        # after each part, so that what was measured is there whatever becomes of the next
        asked.out.write_text(json.dumps(found, indent=1) + "\n")
        print(f"{part}: {json.dumps(found[part])[:2000]}", flush=True)
    return 1 if any("failed" in found[part] for part in asked.parts) else 0


if __name__ == "__main__":
    sys.exit(main())
