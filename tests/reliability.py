"""``python -m tests.reliability [PART ...]``: every long test of what may not be lost or let out.

Runs both the seeded parts, which CI runs too, and the long forms, and prints for each part how many
tests there were and how long they took, as the lines of the table in ``docs/reliability.md``. The
exit code is 1 where a test failed.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.result import machine

REPO = Path(__file__).resolve().parents[1]
PARTS: dict[str, tuple[str, ...]] = {
    "killed at write points": ("tests/unit/test_writes_killed.py", "-k", "point"),
    "killed at random moments": (
        *("tests/unit/test_writes_killed.py", "tests/unit/test_store_kill_moments.py"),
        *("tests/integration/test_import_killed.py", "tests/unit/test_store_killed.py"),
        *("-k", "not point"),
    ),
    "killed while keys change": ("tests/unit/test_keys_killed.py",),
    "migrations": ("tests/unit/test_migrations.py",),
    "audit log tampered with": ("tests/unit/test_audit.py",),
    "encryption searched": (
        *("tests/integration/test_searching.py", "tests/integration/test_encrypted_job.py"),
        *("tests/unit/test_store_keys.py", "tests/unit/test_sealing.py"),
    ),
    "backup and withdrawal": ("tests/unit/test_backup.py", "tests/unit/test_crosswalk.py"),
    "malformed files": ("tests/malformed",),
    "damaged models": ("tests/integration/test_damaged_models.py",),
    "privacy": ("tests/privacy",),
    "soak": ("tests/integration/test_soak.py",),
    "a million rows": ("tests/unit/test_importing_large.py",),
}


def run(part: str) -> tuple[str, bool]:
    """Run one part; returns its line of the table, and whether all of it passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = ["-m", "pytest", "-q", "-m", "not gpu", "-o", "addopts=--strict-markers"]
        made = subprocess.run(
            [sys.executable, *command, f"--junitxml={report}", *PARTS[part]],
            cwd=REPO,
            capture_output=True,
            text=True,
            check=False,
        )
        (suite,) = ET.parse(report).getroot().iter("testsuite")
    counts = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    wrong, skipped = counts["failures"] + counts["errors"], counts["skipped"]
    if wrong:
        print(made.stdout[-5000:], file=sys.stderr)
    passed = counts["tests"] - wrong - skipped
    return (
        f"| {part} | {passed} | {wrong} | {skipped} | {float(suite.get('time', 0)):,.0f} |",
        not wrong,
    )


def main(chosen: Sequence[str]) -> int:
    unknown = [part for part in chosen if part not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    on = machine()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {on['cores']} cores of {on['cpu']}, Python {on['python']}"
    )
    print("\n| what | passed | failed | skipped | s |\n|---|---|---|---|---|")
    well = True
    for part in chosen or PARTS:
        line, passed = run(part)
        print(line, flush=True)
        well &= passed
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
