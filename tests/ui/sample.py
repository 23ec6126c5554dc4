"""A small finished home for tests of screens: the same ids, times and numbers each time.

Cases, data set and evaluation come from the real import, freeze and evaluation; what only hours
of training could make (losses, weights) is a formula or a few thousand bytes, and says so. The
answers called *tuned* are those of TF-IDF and logistic regression, those called *base* the
majority answer. Building one takes seconds: tests copy it with ``copy_home``.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from radonc_tui.actions.stored import drop_staged, lease, opened
from store import datasets, work
from store.home import Home, open_home
from store.importing.job import import_work
from store.keys import home_secret
from store.lines import read_json
from store.splits import SplitRules
from tests.ui.sample_evaluation import make_evaluation
from tests.ui.sample_models import make_base, make_bundle
from tests.ui.sample_runs import make_run
from tests.ui.sample_work import at, finish_work

IMPORT = "import-20261101-000001"
DATASET = "data-20261101-000001"
RUN = "run-20261102-000001"
STOPPED_RUN = "run-20261103-000002"
BUNDLE = "bundle-20261104-000001"
EVALUATION = "eval-20261105-000001"
SECRET = b"the sample home's secret, no. 60"
"""Of some dozens, one under which every part has cases and a test case gets worse."""


def empty_home(path: Path) -> Home:
    """A home as the first start makes it."""
    return open_home(path)


def make_sample(path: Path, cases: int = 60) -> Home:
    """A home with cases, a data set, a run that is done and one that was stopped, a bundle and
    its evaluation. The store is closed when this returns."""
    home = open_home(path)
    (home.path / "secret.key").write_bytes(SECRET)
    try:
        _import(home, cases)
        dataset = _freeze(home)
        base = make_base(home)
        for run_id, began, stop_at in ((RUN, at(2, 9), 0), (STOPPED_RUN, at(3, 9), 18)):
            make_run(home, run_id, base, dataset, began, stop_at)
        make_bundle(home, BUNDLE, RUN, base, at(4, 9))
        make_evaluation(home, EVALUATION, BUNDLE, base, dataset, at(5, 9))
        _take_in(home)
    finally:
        lease(home).close()
    return home


def copy_home(source: Home, path: Path) -> Home:
    """A copy that knows its own place: the paths in its specs are those of the copy.

    Without the specs' hashes, which would tell that somebody changed them.
    """
    shutil.copytree(source.path, path)
    for spec in path.glob("*/*/spec.json"):
        times = spec.stat()
        asked = read_json(spec)
        asked.pop(work.SPEC_HASH, None)
        text = json.dumps(asked).replace(str(source.path), str(path))
        spec.write_text(text, encoding="utf-8")
        os.utime(spec, ns=(times.st_atime_ns, times.st_mtime_ns))
    return open_home(path)


def _import(home: Home, cases: int) -> None:
    """Synthetic cases through the real import; its staged copies go, as after any import."""
    spec = {
        "home": str(home.path),
        "source": "synthetic",
        "synthetic": {"count": cases, "seed": 0, "mix": "demo"},
        "dry_run": False,
    }
    made = work.create(home, "import", IMPORT, spec)
    finish_work(made, import_work, at(1, 9), seconds=0.5)
    with opened(home) as connection:
        connection.execute("UPDATE imports SET made = '2026-11-01 09:00:30'")
    drop_staged(home)


def _freeze(home: Home) -> dict[str, Any]:
    """The data set of all cases, under an id and a time that do not change."""
    with opened(home) as connection:
        datasets.freeze(connection, SplitRules(), home_secret(home))
        for table in ("datasets", "dataset_cases"):
            connection.execute(f"UPDATE {table} SET dataset_id = ?", [DATASET])
        connection.execute("UPDATE datasets SET made = '2026-11-01 10:00:00'")
    with opened(home) as connection:
        parts = {part: datasets.dataset_part(connection, DATASET, part) for part in _PARTS}
        return {**datasets.show_dataset(connection, DATASET), "cases_of": parts}


_PARTS = ("train", "validation", "test")


def _take_in(home: Home) -> None:
    """Take the evaluation into the store at a time that does not change."""
    with opened(home) as connection:
        for table in ("evaluations", "test_reads"):
            connection.execute(f"UPDATE {table} SET made = '2026-11-05 09:10:00'")
