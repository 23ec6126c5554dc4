"""The way back to the chart, in an encrypted home only; and a person whose data is withdrawn."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from radonc_tui.actions.stored import lease
from radonc_tui.cli.main import run
from store import case_events, crosswalk, keybox, rekeying, work
from store.audit_check import verify
from store.backup import back_up
from store.database import Lease
from store.datasets import dataset_part, freeze
from store.home import Home, open_home
from store.importing.job import import_work
from store.keybox import Lock
from store.keys import KEY_FILES
from store.lines import read_lines, sha256_content, write_lines
from store.restoring import restore
from store.sealing import is_sealed
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
    other = next(case for case in train if case["patient"] != victim["patient"])
    assert (other["diagnosis"].encode() in everything) == (not encrypted)
    assert done(call, "cases", "list")["total"] == 60 - len(gone["cases"])


def everywhere(*folders: Path) -> bytes:
    """Every byte of every file."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def leave(home: Home, name: str = "import-20261101-000001") -> Path:
    """What an import that nobody took in leaves of the patients that it met."""
    folder = home.folder("imports") / name
    folder.mkdir(exist_ok=True)
    write_lines(folder / crosswalk.FILE, [{"patient": "abc", "mrn": "MRN 990077"}])
    return folder


def known(home: Home) -> list[tuple[str, str]]:
    with lease(home).use() as connection:
        return connection.execute("SELECT * FROM crosswalk").fetchall()


def test_decrypting_drops_what_imports_left_of_it(call: Call, home: Home, tmp_path: Path) -> None:
    encrypt(home)
    take(call, tmp_path)
    folder = leave(home)
    assert is_sealed(folder / crosswalk.FILE)
    done(call, "store", "decrypt")
    assert not list(home.path.rglob(f"{crosswalk.FILE}*"))
    assert known(home) == []
    lease(home).close()
    plain = everywhere(home.path)
    assert b"MRN 990077" not in plain
    assert b"MRN 7" not in plain


def test_a_plain_store_takes_no_record_number_in(home: Home) -> None:
    folder = leave(home)
    assert not is_sealed(folder / crosswalk.FILE)
    with lease(home).use() as connection:
        assert not crosswalk.is_encrypted(connection)
        crosswalk.take_in(connection, folder)
        crosswalk.remember(connection, {"abc": "MRN 990077"})
    assert known(home) == []
    assert not (folder / crosswalk.FILE).exists()
    lease(home).close()
    assert b"MRN 990077" not in everywhere(home.path)


@pytest.mark.parametrize("with_key", [False, True])
def test_a_backup_has_it_only_with_its_key(
    with_key: bool, call: Call, home: Home, tmp_path: Path
) -> None:
    encrypt(home)
    take(call, tmp_path)
    leave(home)
    out = tmp_path / "copy"
    done(call, "store", "backup", str(out), *(["--with-key"] if with_key else []))
    names = [path.name for path in out.rglob("*")]
    assert (crosswalk.FILE in names) is with_key
    lease(home).close()
    new = open_home(tmp_path / "new")
    for name in KEY_FILES:
        shutil.copy(home.path / name, new.path)
    keybox.unlock(new, b"pass")
    restore(new, out, lambda *_: None)
    use = Lease(new)
    with use.use() as connection:
        assert bool(connection.execute("SELECT * FROM crosswalk").fetchall()) is with_key
        # all the rest is there, and goes on
        assert connection.execute("SELECT count(*) FROM cases").fetchone() == (60,)
        chosen = connection.execute("SELECT case_id FROM cases LIMIT 1").fetchone()
        case_events.exclude(connection, str(chosen and chosen[0]), "consent", "me")
        assert verify(connection, new).whole
    use.close()
    keybox.forget(new)


def test_no_block_of_a_backup_without_its_key_ever_held_it(home: Home, tmp_path: Path) -> None:
    with lease(home).use() as connection:
        connection.execute("INSERT INTO crosswalk VALUES ('abc', 'MRN 990077')")
        connection.execute("INSERT INTO selection_rules VALUES ('youngest', 18)")
    for with_key in (True, False):
        out = tmp_path / str(with_key)
        back_up(home, lease(home).use, out, with_key, lambda *_: None)
        assert (b"MRN 990077" in everywhere(out)) is with_key
    copy = duckdb.connect(str(tmp_path / "False" / "store.duckdb"))
    assert copy.execute("SELECT * FROM selection_rules").fetchall() == [("youngest", 18)]
    tables = "SELECT table_name FROM duckdb_tables() ORDER BY 1"
    with lease(home).use() as connection:
        assert copy.execute(tables).fetchall() == connection.execute(tables).fetchall()
    copy.close()


def test_a_dry_run_writes_none_of_it_at_any_moment(home: Home, tmp_path: Path) -> None:
    table = tmp_path / "clinic.csv"
    table.write_text(HEAD + "".join(ROWS * 5))
    encrypt(home)
    spec = {
        **{"home": str(home.path), "source": "table", "profile": "", "paths": [str(table)]},
        "mapping": {"diagnosis": "Diagnosis", "regimen": "Prescription", "patient": "MRN"},
    }
    seen: dict[bool, set[str]] = {}
    for dry in (True, False):
        made = work.create(home, "import", f"import-{dry}", {**spec, "dry_run": dry})
        met = seen[dry] = set[str]()

        class Watching:
            """Looks into the directory each time that progress is told."""

            def progress(self, *_: object, at: Path = made.path, met: set[str] = met) -> None:
                met |= {path.name for path in at.iterdir()}

        import_work(made, cast(work.Reporter, Watching()))
        met |= {path.name for path in made.path.iterdir()}
    assert not any(name.startswith(crosswalk.FILE) for name in seen[True])
    assert {crosswalk.FILE, f"{crosswalk.FILE}.part"} <= seen[False]
    left = {path.name for path in (home.folder("imports") / "import-True").iterdir()}
    assert not {"cases.jsonl", "rejects.jsonl"} & left


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_number_that_puts_a_record_right_is_known_in_an_encrypted_home_only(
    encrypted: bool, call: Call, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "clinic.csv").write_text(HEAD + ROWS[0] + ROWS[1].replace("MRN 0", ""))
    if encrypted:
        encrypt(home)
    done(call, "cases", "import", str(tmp_path / "clinic.csv"), *MAPPED)
    (reject,) = done(call, "cases", "rejects", "list")
    fix = ("cases", "rejects", "fix", reject["reject_id"])
    code, _, err = call(*fix, "--set", "patient=MRN 990077")
    assert (code, "--mrn" in err, "990077" in err) == (2, True, False)
    case = done(call, *fix, "--mrn", typed=" mrn   990077\n")
    code, out, _ = call("cases", "find", case["case_id"])
    assert (code, out.strip()) == ((0, "mrn 990077") if encrypted else (3, ""))
    found = done(call, "cases", "find", "--mrn", typed="MRN 990077")["cases"]
    assert found == [case["case_id"]]
    lease(home).close()
    assert b"990077" not in everywhere(home.path)
