"""``python -m tests.gpu.part PART DEVICE OUT``: one part of the check in a process of its own."""

import json
import sys
from importlib import import_module
from pathlib import Path


def main(part: str, device: str, out: str) -> None:
    # after each step, so that what was measured is there whatever becomes of the next
    for found in import_module(f"tests.gpu.{part}").measure(device):
        Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
