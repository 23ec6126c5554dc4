"""A home with one import that is not synthetic, at which nobody has looked."""

import csv
from collections.abc import Callable
from pathlib import Path

from radonc_tui.actions.cases import ImportRequest, import_cases
from radonc_tui.actions.privacy import privacy_sources
from radonc_tui.actions.stored import lease
from store.home import open_home
from tests.driven import ended

HEADER = ("MRN", "Name", "Diagnosis", "Prescription", "Modality", "ICD10", "Year")
SITES = ("prostate, cT2a, PSA 8", "prostate, cT3b, PSA 21", "prostate, cT1c, PSA 5.5")
CASES = 30


def table(path: Path, first: int, count: int) -> Path:
    """A clinic's table; the text of each row names its patient, and every third a Grace."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(first, first + count):
            name = f"Tamás Kőszegi{chr(97 + number % 26)}"
            said = (
                f"Mr {name}, 7{number % 10}-year-old man with adenocarcinoma of the"
                f" {SITES[number % 3]}; MRN 88{number:05}" + "; with Grace" * (number % 3 == 0)
            )
            cells = (f"88{number:05}", name, said, "60 Gy in 20 fractions", "photon", "C61", 2020)
            writer.writerow(cells)
    return path


def with_rejects(path: Path, first: int, count: int) -> Path:
    """The same table with a record that has no code, and one that names no patient."""
    table(path, first, count)
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        told = "60 Gy in 20 fractions", "photon"
        writer.writerow(("8899991", "Wu Li", "Prostate cancer, cT1c", *told, "", 2020))
        writer.writerow(("", "Wu Li", "Prostate cancer, code kqx7712", *told, "C61", 2020))
    return path


def make_real_home(
    folder: Path, make: Callable[[Path, int, int], Path] = table, cases: int = CASES
) -> Path:
    """The home's folder; so many cases wait in it, a third of them doubtful."""
    made = open_home(str(folder / "home"))
    result = ended(import_cases(made, ImportRequest((make(folder / "a.csv", 0, cases),))))
    assert result.funnel["cases"] == cases
    ended(privacy_sources(made))
    lease(made).close()
    return made.path
