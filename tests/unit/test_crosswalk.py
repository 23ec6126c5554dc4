"""The way back to the chart, in an encrypted home only; and a person whose data is withdrawn."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.stored import lease
from radonc_tui.cli.main import run
from store import keybox, rekeying, work
from store.datasets import dataset_part, freeze
from store.home import Home
from store.keybox import Lock
from store.lines import read_lines, sha256_content, write_lines
from store.splits import SplitRules
from tests.unit.test_store_keys import MAPPED

HEAD = "Diagnosis,Prescription,ICD10,Modality,MRN\n"
ROWS = [
    f"Carcinoma of variant q{n}z,{20 + n} Gy in {10 + n} fractions,C61,photon,MRN {n // 2}\n"
    for n in range(60)
]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Call]:
    def radonc(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = run(["--home", str(home.path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    (tmp_path / "clinic.csv").write_text(HEAD + "".join(ROWS))
    yield radonc
    lease(home).close()
    keybox.forget(home)


def done(call: Call, *arguments: str, typed: str = "") -> Any:
    code, out, err = call(*arguments, "--json", typed=typed)
    assert code == 0, out + err
    return json.loads(out)


def encrypt(home: Home) -> None:
    lease(home).close()
    rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)


def take(call: Call, tmp_path: Path) -> None:
    assert done(call, "cases", "import", str(tmp_path / "clinic.csv"), *MAPPED)["cases"] == 60


def test_the_way_back_exists_in_an_encrypted_home_only(
    call: Call, home: Home, tmp_path: Path
) -> None:
    encrypt(home)
    take(call, tmp_path)
    found = done(call, "cases", "find", "--mrn", typed="mrn  7\n")["cases"]
    assert len(found) == 2
    assert {done(call, "cases", "find", case)["mrn"] for case in found} == {"MRN 7"}
    kinds = [e["kind"] for e in done(call, "audit", "list")]
    assert kinds[-3:] == ["cases looked up by record number", *["chart looked up"] * 2]
    lease(home).close()
    plain = b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())
    assert b"MRN 7" not in plain
    done(call, "store", "decrypt")
    code, _, err = call("cases", "find", found[0])
    assert (code, "in an encrypted home only" in err) == (3, True)
    lease(home).close()
    assert b"MRN 7" not in home.database.read_bytes()


def _no_way_back(call: Call, home: Home) -> None:
    """A plain home finds cases by a record number, and keeps none."""
    found = done(call, "cases", "find", "--mrn", typed="MRN 7")["cases"]
    assert len(found) == 2
    assert call("cases", "find", found[0])[0] == 3
    for wrong in (("cases", "find"), ("cases", "find", found[0], "--mrn")):
        assert call(*wrong)[0] == 2
    lease(home).close()
    assert b"MRN 7" not in b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())


def _made_with(home: Home, dataset: str) -> list[work.Work]:
    """A run and a bundle as they lie in a home, with the data set's train lines."""
    with lease(home).use() as connection:
        cases = dataset_part(connection, dataset, "train")
    named = {"id": dataset}
    trained = work.create(home, "run", "run-1", {"dataset": named})
    path = trained.path / "dataset" / "train.jsonl"
    path.parent.mkdir()
    write_lines(path, cases)
    work.seal_manifest(trained, [path])
    bundle = work.create(home, "bundle", "bundle-1", {"run": str(trained.path)})
    work.seal_manifest(bundle, [], dataset=named)
    work.create(home, "run", "run-other", {"dataset": {"id": "data-other"}})
    return [trained, bundle]


def _shown_first(call: Call, case_id: str, run_id: str) -> None:
    """Who is asked sees what was trained on the person, and saying no changes nothing."""
    code, _, err = call("cases", "forget", case_id, "--reason", "withdrawn", typed="n\n")
    assert (code, run_id in err) == (130, True)
    assert "cannot unlearn" in err
    assert call("cases", "show", case_id)[0] == 0


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_person_is_forgotten_everywhere(
    encrypted: bool, call: Call, home: Home, tmp_path: Path
) -> None:
    if encrypted:
        encrypt(home)
    take(call, tmp_path)
    if not encrypted:
        _no_way_back(call, home)
    with lease(home).use() as connection:
        dataset = freeze(connection, SplitRules(), b"k" * 32)["dataset_id"]
        train = dataset_part(connection, dataset, "train")
    trained, _ = _made_with(home, dataset)
    victim = train[0]
    done(call, "cases", "exclude", victim["case_id"], "--reason", f"is {victim['diagnosis']}")
    own = [case for case in train if case["patient"] == victim["patient"]]
    _shown_first(call, victim["case_id"], trained.id)
    gone = done(call, "cases", "forget", victim["case_id"], "--reason", "withdrawn", "--yes")
    assert victim["case_id"] in gone["cases"]
    assert (gone["runs"], gone["bundles"]) == (["run-1"], ["bundle-1"])
    assert (gone["datasets"], gone["lines"]) == ([dataset], len(own))
    left = list(read_lines(trained.path / "dataset" / "train.jsonl"))
    assert len(left) == len(train) - len(own)
    assert trained.manifest
    entry = trained.manifest["files"]["dataset/train.jsonl"]
    assert entry["sha256"] == sha256_content(trained.path / "dataset" / "train.jsonl")
    assert done(call, "audit", "verify")["whole"]
    assert call("cases", "show", victim["case_id"])[0] == 2
    code, _, err = call("cases", "forget", "--mrn", "--reason", "r", "--yes", typed="MRN 999\n")
    assert (code, "Nothing is known" in err) == (2, True)
    number = f"MRN {int(victim['diagnosis'].split('q')[1].rstrip('z')) // 2}\n"
    again = done(call, "cases", "forget", "--mrn", "--reason", "r", "--yes", typed=number)
    assert (again["cases"], again["lines"], again["runs"]) == ([], 0, [])
    if not encrypted:
        # taken in again by mistake, they are forgotten again, and the log still verifies
        take(call, tmp_path)
        again = done(call, "cases", "forget", "--mrn", "--reason", "r", "--yes", typed=number)
        assert len(again["cases"]) == 2
        assert done(call, "audit", "verify")["whole"]
    lease(home).close()
    texts = [case["diagnosis"].encode() for case in own]
    everything = b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())
    assert not any(text in everything for text in texts)
    # the others are still there
    assert (train[-1]["diagnosis"].encode() in everything) == (not encrypted)
    assert done(call, "cases", "list")["total"] == 60 - len(gone["cases"])
