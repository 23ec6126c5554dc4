"""A seeded part of the long form, and what the long form's own judgement is worth."""

import hashlib
from pathlib import Path

import pytest

from radonc_tui.actions.cases import ImportRequest, SynthRequest, import_cases, synth_cases
from radonc_tui.actions.stored import lease, opened
from store.errors import RadoncError
from store.home import Home
from store.importing.stage import stage
from tests.driven import ended
from tests.malformed.long_form import run
from tests.malformed.trial import attempt, sample, unclear, write_files
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


def test_the_store_stays_as_it_was(home: Home, tmp_path: Path) -> None:
    """Through the whole action, worker and all: what ends in an error changes no byte."""
    ended(synth_cases(home, SynthRequest(5, 1)))
    before = _store(home)
    refused = 0
    for number in range(40):
        made = sample(CI_SEED, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        if attempt(made, folder).result != "error":
            continue
        paths = tuple(write_files(made, folder))
        with pytest.raises(RadoncError):
            ended(import_cases(home, ImportRequest(paths, made.profile)))
        assert _store(home) == before
        refused += 1
        if refused == 2:
            break
    assert refused == 2


def _store(home: Home) -> tuple[str, int]:
    with opened(home) as connection:
        row = connection.execute("SELECT count(*) FROM cases").fetchone()
    lease(home).close()
    assert row
    return hashlib.sha256((home.path / "store.duckdb").read_bytes()).hexdigest(), int(row[0])
