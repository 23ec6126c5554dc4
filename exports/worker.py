"""The process that exports, evaluates and predicts: ``python -P -m exports.worker DIRECTORY``."""

import os
import sys
from pathlib import Path

from store.home import open_home
from store.lines import read_json
from store.work import Reporter, Work, run_worker
from trainer.worker import offline_environment


def _export(work: Work, reporter: Reporter) -> None:
    from exports.exporting import export_run

    export_run(work, reporter)


def _evaluate(work: Work, reporter: Reporter) -> None:
    from exports.evaluation.job import evaluate_work

    evaluate_work(work, reporter)


def _predict(work: Work, reporter: Reporter) -> None:
    from exports.inference.job import predict_work

    predict_work(work, reporter)


def _monitor(work: Work, reporter: Reporter) -> None:
    from exports.watching import monitor_work

    monitor_work(work, reporter)


def main(directory: str) -> int:
    path = Path(directory).resolve()
    open_home(read_json(path / "spec.json")["home"])
    os.environ.update(offline_environment(path / "cache"))
    kinds = {"bundle": _export, "eval": _evaluate, "predict": _predict, "monitor": _monitor}
    return run_worker(path, kinds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
