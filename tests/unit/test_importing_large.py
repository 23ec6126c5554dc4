"""A million rows are read, curated and staged in memory that does not grow with them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 1_000_000
MOST_MB = 900
"""Of the whole process, code table included; measured in docs/importing.md."""

WORK = """
import json, resource, sys, time
from pathlib import Path
from store.importing.stage import stage
from tests.unit.importing_examples import SECRET, codes, quiet

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

table, before = codes(), peak()
out = Path(sys.argv[1]).with_suffix(".out")
out.mkdir()
began = time.monotonic()
funnel = stage([Path(sys.argv[1])], "", {}, table, SECRET, out, quiet)
seconds = time.monotonic() - began
print(json.dumps({"read": funnel.read, "cases": funnel.cases, "rejects": funnel.rejects,
                  "before": before, "peak": peak(), "seconds": round(seconds, 1)}))
"""


def write_rows(path: Path, count: int) -> None:
    """Rows of made-up people, three courses each; every tenth has no legible plan."""
    with path.open("w", newline="", encoding="utf-8") as file:
        row = csv.writer(file).writerow
        row(["MRN", "Course ID", "Dx", "Prescription", "ICD10", "Modality", "Note date"])
        for n in range(count):
            plan = f"{2 * (n % 15 + 15)} Gy in {n % 15 + 15} fractions" if n % 10 else "as planned"
            text = f"Glioblastoma, {n % 40 + 10} mm, resected"
            row([f"M{n // 3}", f"C{n % 3}", text, plan, "C71.9", "photon", "2021-03-01"])


def staged(path: Path) -> dict[str, float]:
    """What a process of its own says of staging the file; sizes in MB."""
    made = subprocess.run(
        [sys.executable, "-c", WORK, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(made.stdout)


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_a_million_rows_in_bounded_memory(tmp_path: Path) -> None:
    write_rows(tmp_path / "large.csv", ROWS)
    found = staged(tmp_path / "large.csv")
    print(found)
    assert found["read"] == ROWS == found["cases"] + found["rejects"]
    assert found["rejects"] == ROWS // 10
    assert found["peak"] < MOST_MB
