"""An import that is given up, refused or cannot be written leaves the store as it was."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import ImportRequest, ImportResult, import_cases
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import lease, opened
from store import work
from store.case_table import reject_counts
from store.database import StoreBusy
from store.errors import RadoncError
from store.home import Home
from tests.driven import ended
from tests.unit.importing_examples import write_synthetic

REPO = Path(__file__).parents[2]


def in_store(home: Home) -> tuple[int, int]:
    with opened(home) as connection:
        row = connection.execute("SELECT count(*) FROM cases").fetchone()
        assert row
        return int(row[0]), sum(reject_counts(connection).values())


def test_given_up_among_fifty_thousand_rows(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    assert write_synthetic(file, 42_000) > 50_000
    action = import_cases(home, ImportRequest((file,)))
    looked: list[Progress] = []
    for progress in action:
        if progress.stage == "look":
            looked.append(progress)
        if progress.stage == "curate" and 5_000 < progress.done < progress.total:
            break
    else:
        pytest.fail("the import ended before it was given up")
    (running,) = work.everything(home, "import")
    assert running.alive()
    assert {(p.total, p.unit) for p in looked} == {(file.stat().st_size, "bytes")}
    action.close()
    assert not running.alive()
    assert not list(home.folder("imports").iterdir())
    assert in_store(home) == (0, 0)


def almost_done(home: Home, folder: Path) -> Action[ImportResult]:
    """An import whose worker has finished, and that nobody has followed to its end."""
    file = folder / "cases.csv"
    write_synthetic(file, 20)
    action = import_cases(home, ImportRequest((file,)))
    for _ in action:
        if any(made.manifest_exists for made in work.everything(home, "import")):
            break
    return action


def test_given_up_at_its_very_end(home: Home, tmp_path: Path) -> None:
    action = almost_done(home, tmp_path)
    action.close()
    assert in_store(home) == (0, 0)


def test_given_up_after_somebody_took_it_in(home: Home, tmp_path: Path) -> None:
    action = almost_done(home, tmp_path)
    taken = in_store(home)
    assert taken[0] >= 20
    with pytest.raises(RadoncError, match="was done before it could be stopped"):
        action.close()
    assert in_store(home) == taken


def test_a_dry_run_shows_rejects_and_leaves_no_text(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    read = write_synthetic(file, 200)
    result = ended(import_cases(home, ImportRequest((file,), dry_run=True)))
    assert result.funnel["read"] == read
    assert set(result.examples) == set(result.funnel["by_reason"])
    for reason, examples in result.examples.items():
        assert len(examples) == min(5, result.funnel["by_reason"][reason])
        for example in examples:
            assert set(example) == {"file", "row", "detail"}
            assert str(example["detail"]).startswith(f"cases.csv, row {example['row']}")
    assert in_store(home) == (0, 0)
    assert not list(home.folder("imports").iterdir())


def test_a_busy_store_is_said_before_the_work(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    write_synthetic(file, 20)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    in_store(home)
    lease(home).close()
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(StoreBusy, match=f"process {holder.pid}"):
            next(import_cases(home, ImportRequest((file,))))
        assert not list(home.folder("imports").iterdir())
        # the rules of an import are in the store, so a trial needs it as well
        with pytest.raises(StoreBusy, match=f"process {holder.pid}"):
            next(import_cases(home, ImportRequest((file,), dry_run=True)))
        holder.communicate(b"\n")


FULL = """
import sys
from radonc_tui.actions.cases import ImportRequest, ImportResult, import_cases
from store.errors import RadoncError
from store.home import open_home
from pathlib import Path

home = open_home(sys.argv[1])
try:
    for _ in import_cases(home, ImportRequest((Path(sys.argv[2]),), dry_run=True)):
        pass
except RadoncError as error:
    print(error)
"""


@pytest.mark.parametrize("megabytes", [3, 5])
def test_a_full_disk_is_a_sentence(tmp_path: Path, megabytes: int) -> None:
    disk, file = tmp_path / "disk", tmp_path / "cases.csv"
    disk.mkdir()
    write_synthetic(file, 4000)
    mounted = [
        "unshare",
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o "size=$0m" t "$1" && shift && exec "$@"',
    ]
    mounted += [str(megabytes), str(disk)]
    tried: Any = shutil.which("unshare") and subprocess.run(
        [*mounted, "true"], capture_output=True, check=False
    )
    if not tried or tried.returncode:
        pytest.skip("no small disk can be mounted here")
    said = subprocess.run(
        [*mounted, sys.executable, "-c", FULL, str(disk / "home"), str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert "disk" in said.stdout, said.stdout + said.stderr
    assert "is full" in said.stdout
    assert "Make room" in said.stdout


def test_a_file_that_vanishes_is_a_sentence(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    write_synthetic(file, 20)
    action = import_cases(home, ImportRequest((file,)))
    file.unlink()
    with pytest.raises(RadoncError, match="There is no file or folder"):
        next(action)
    assert in_store(home) == (0, 0)
