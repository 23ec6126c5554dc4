"""The import process: ``python -P -m store.worker IMPORT_DIRECTORY``."""

import sys
from pathlib import Path

from store.home import open_home
from store.lines import read_json
from store.work import Reporter, Work, run_worker


def _import(work: Work, reporter: Reporter) -> None:
    from store.importing.job import import_work

    import_work(work, reporter)


def main(directory: str) -> int:
    path = Path(directory).resolve()
    open_home(read_json(path / "spec.json")["home"])
    return run_worker(path, {"import": _import})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
