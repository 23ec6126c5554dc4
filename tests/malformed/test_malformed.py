"""A seeded part of the long form, and what the long form's own judgement is worth."""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import ImportRequest, SynthRequest, import_cases, synth_cases
from radonc_tui.actions.stored import lease, opened
from store.audit_check import verify
from store.errors import RadoncError
from store.home import Home
from store.importing.stage import stage
from tests.driven import ended
from tests.malformed.long_form import run
from tests.malformed.trial import sample, unclear, write_files
from tests.malformed.wholesome import KINDS
from tests.unit.importing_examples import SECRET, codes, quiet

CI_SEED = 20


def test_a_seeded_part() -> None:
    tally = run(CI_SEED, range(150))
    assert tally.failures == []
    assert tally.count == 150
    assert min(tally.results[name] for name in ("error", "rejects", "cases")) > 5


@pytest.mark.slow
def test_the_long_form() -> None:
    assert run(1, range(10_000)).failures == []


@pytest.mark.parametrize("name", [*KINDS])
def test_what_is_damaged_was_whole(name: str, tmp_path: Path) -> None:
    """Else the damage would show nothing."""
    kind, out = KINDS[name], tmp_path / "out"
    out.mkdir()
    paths = [tmp_path / file for file in kind.make()]
    for path, data in zip(paths, kind.make().values(), strict=True):
        path.write_bytes(data)
    assert stage(paths, kind.profile, {}, codes(), SECRET, out, quiet).cases > 0


def test_the_same_seed_makes_the_same_file() -> None:
    assert sample(3, 5).files == sample(3, 5).files
    assert [sample(3, n).what for n in range(9)] != [sample(4, n).what for n in range(9)]


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("The file is empty.", ""),
        ("KeyError: 'x'", "no sentence"),
        ("The patient is Okonkwo.", "quotes a person"),
    ],
)
def test_an_unclear_error_is_seen(message: str, wrong: str) -> None:
    assert unclear(RadoncError(message, "Export it again.")).startswith(wrong)
    assert bool(unclear(RadoncError(message))) is bool(wrong)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_the_store_through_the_whole_action(count: int, home: Home, tmp_path: Path) -> None:
    """Worker and all: an error changes no byte of the store, all else adds what its funnel says."""
    ended(synth_cases(home, SynthRequest(5, 1)))
    results: Counter[str] = Counter()
    for number in range(count):
        made = sample(CI_SEED, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        paths = tuple(write_files(made, folder))
        before = _store(home)
        about = f"{number}: {made.reader}, {made.what}"
        funnel, unlike = _imported(home, paths, made.profile)
        after = _store(home)
        assert unlike == "", about
        if funnel is None:
            assert after == before, about
            results["error"] += 1
        else:
            assert funnel["read"] == funnel["cases"] + funnel["rejects"], about
            assert after.cases - before.cases == funnel["cases"] - funnel["duplicates"], about
            # a reject with the same content is the same reject, however often it comes
            assert 0 <= after.rejects - before.rejects <= funnel["rejects"], about
            assert after.rows[: len(before.rows)] == before.rows, about
            results["cases" if funnel["cases"] else "rejects"] += 1
        left = [path.name for path in home.folder("imports").rglob("*.jsonl*")]
        assert set(left) <= {"events.jsonl"}, about
        shutil.rmtree(folder)
    assert min(results["error"], results["cases"] + results["rejects"]) >= count // 10, results
    with opened(home) as connection:
        assert verify(connection, home).whole


def _imported(
    home: Home, paths: tuple[Path, ...], profile: str
) -> tuple[dict[str, Any] | None, str]:
    """The funnel, or None where there was an error; then what is wrong with its sentence."""
    try:
        return ended(import_cases(home, ImportRequest(paths, profile))).funnel, ""
    except RadoncError as error:
        return None, unclear(error)


@dataclass(frozen=True)
class Kept:
    """What the store is: the SHA-256 of its file, its cases in order, and counts."""

    sha256: str
    rows: list[tuple[Any, ...]]
    cases: int
    rejects: int


def _store(home: Home) -> Kept:
    with opened(home) as connection:
        rows = connection.execute("SELECT * FROM cases ORDER BY seq").fetchall()
        rejects = connection.execute("SELECT count(*) FROM rejects").fetchone()
    lease(home).close()
    assert rejects
    whole = hashlib.sha256((home.path / "store.duckdb").read_bytes()).hexdigest()
    return Kept(whole, rows, len(rows), int(rejects[0]))
