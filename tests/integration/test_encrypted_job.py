"""The whole job in an encrypted home, from a clinic's table to a judged answer: no plain text.

Every byte that the program wrote is searched for planted words and token ids, in every disguise:
in the home, the current and the temporary folder, the person's own folder with its caches, shared
memory, a backup, and in whatever was deleted on the way. Weights are searched like the rest.
"""

import csv
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sandbox import Sandbox
from tests.integration.searching import Wanted, search, wanted
from tests.integration.tiny import tiny_model

PLANTED = "quadrilobed petiolation"
NAME, NUMBER = "Quistorpova", "QX7741"
TARGET, EDITED, REASON = "ventroquercal bed", "dorsoquercal bed", "perquisitely imprecise"
ASKED = "nasopetal strumation"
WORDS = (PLANTED, NAME, NUMBER, TARGET, EDITED, REASON, ASKED)
KEY = "correct horse battery"
CASES = 60
LARGE, LONG = 2000, 12
SETTINGS = ("steps=4", "batch_cases=4", "validation_cases=4", "samples=2", "checkpoints=2")


def clinic_table(path: Path, first: int, count: int, repeats: int = 1) -> Path:
    """A clinic's table whose every row names its patient and has the planted words."""
    sites = ("prostate, cT2a, PSA 8", "prostate, cT3b, PSA 21", "prostate, cT1c, PSA 5.5")
    plans = ("60 Gy in 20 fractions", "78 Gy in 39 fractions", "36.25 Gy in 5 fractions")
    with path.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(["MRN", "Name", "Diagnosis", "Prescription", "Modality", "ICD10", "Year", "Target"])
        for n in range(first, first + count):
            text = f"Mr {NAME}, {50 + n % 30} years old, adenocarcinoma of the {sites[n % 3]}"
            text += f", {PLANTED} {n}; MRN {NUMBER}{n:04}"
            text += "".join(f", {PLANTED} of {part} mm" for part in range(1, repeats))
            row = [
                f"{NUMBER}{n:04}",
                f"{NAME}, Zbigniew",
                text,
                plans[n % 3],
                "photon",
                "C61",
                2020,
            ]
            write([*row, f"{TARGET} {n % 7}"])
        write([f"{NUMBER}9999", NAME, f"{PLANTED} without a plan", "as planned", "photon", "C61"])
    return path


def to_look_for(base: Path) -> Wanted:
    """The planted words, and the token ids that the base model's tokenizer makes of them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    ids = {
        word: tokenizer.encode(f" {word}", add_special_tokens=False).ids
        for word in (PLANTED, TARGET, EDITED, ASKED)
    }
    return wanted(WORDS, ids)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "root", tmp_path / "out", tmp_path / "kept", KEY) as made:
        if not made.confined:
            warnings.warn("what is written outside of the sandbox is not seen here", stacklevel=1)
        yield made


def take_in(radonc: Callable[..., Any], given: Path) -> None:
    """Import, change, look at what was imported, and freeze it."""
    table = clinic_table(given / "clinic.csv", 0, CASES)
    taken = radonc("cases", "import", str(table))
    assert (taken["cases"], taken["rejects"]) == (CASES, 1)
    first, second = (case["case_id"] for case in radonc("cases", "list", "--limit", "2")["cases"])
    assert PLANTED in radonc("cases", "show", first)["diagnosis"]
    radonc("cases", "edit", first, "--set", f"target={EDITED}", "--reason", REASON)
    radonc("cases", "exclude", second, "--reason", REASON)
    radonc("cases", "rejects", "list")
    radonc("cases", "search", PLANTED)
    radonc("privacy", "review", "table")
    radonc("privacy", "confirm", "table")
    assert radonc("data", "freeze")["card"]["cases"] == CASES - 1
    radonc("data", "leakage", "latest")


def learn(radonc: Callable[..., Any], base: Path) -> str:
    """Train, export, evaluate, report; returns the bundle's id."""
    radonc("models", "add", str(base))
    chosen = [part for setting in SETTINGS for part in ("--set", setting)]
    run = radonc("train", "--base", base.name, *chosen)
    assert run["metrics"]["samples"] > 0
    bundle = radonc("export", run["run_id"], "--quant", "Q8_0")
    evaluation = radonc("evaluate", bundle["id"], "--limit", "6")["evaluation"]
    radonc("report", evaluation["id"])
    radonc("report", evaluation["id"], "--md", "report.md")
    return str(bundle["id"])


def ask_and_judge(sandbox: Sandbox, given: Path, bundle: str) -> None:
    """Predict from standard input and from a file, and judge answers blinded."""
    radonc = sandbox.radonc
    text = f"70-year-old man, {ASKED} of the prostate, cT2a"
    assert (
        ASKED in radonc("predict", "-", "--model", bundle, text=text)["predictions"][0]["diagnosis"]
    )
    table, answers = given / "ask.csv", sandbox.out / "answers.jsonl"
    table.write_text(f'MRN,Diagnosis\n1,"{text}"\n2,"{text}, {NAME}"\n')
    asked = ("--in", str(table), "--out", str(answers), "--model", bundle)
    assert radonc("predict", *asked)["answered"] == 2
    view = radonc("review", "new", "latest", "--cases", "2", "--reviewer", "Ada")
    for card in view["cards"]:
        judged = ("not-acceptable", "--reason", "dose", "--severity", "would-change")
        radonc("review", "answer", view["review"], card["card"], *judged)
    radonc("review", "next", view["review"])


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_job_leaves_no_plain_text(sandbox: Sandbox, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    base = tiny_model(tmp_path / "bases" / "llama3", "llama3")
    sought = to_look_for(base)
    assert sandbox.radonc("store", "encrypt") == {"done": "encrypt"}
    take_in(sandbox.radonc, given)
    bundle = learn(sandbox.radonc, base)
    ask_and_judge(sandbox, given, bundle)
    spill(sandbox, given)
    sandbox.radonc("store", "backup", str(sandbox.root / "backup"))
    assert sandbox.radonc("audit", "verify")["whole"]
    sandbox.__exit__()
    deleted = sandbox.deleted()
    assert list(deleted.glob("*safetensors")) + list(deleted.glob("*.part")), "nothing was kept"
    assert search(sandbox.root, sought) == []
    assert search(deleted, sought) == []
    # the same search on the same home finds what was there, once it lies open
    assert sandbox.radonc("store", "decrypt") == {"done": "decrypt"}
    lies_open = {Path(line.partition(": ")[0]).name for line in search(sandbox.home, sought)}
    assert lies_open >= {"store.duckdb", "train.jsonl", "validation.jsonl", "test.jsonl"}


def spill(sandbox: Sandbox, given: Path) -> None:
    """Take in more than DuckDB has memory for; what it put on the disk is kept beside the home."""
    table = clinic_table(given / "large.csv", 5000, LARGE, repeats=LONG)
    copies = sandbox.root / "spilled"
    copies.mkdir()
    command = ["-m", "tests.integration.spilling", str(sandbox.home), str(table), str(copies)]
    assert int(sandbox.run(command).stdout) == LARGE
    # it was more than a few pages, or nothing would be proven of it
    assert sum(path.stat().st_size for path in copies.iterdir()) > 1 << 21
