"""A look at a sample bundle at work: real counts over made-up cases and answers, no model asked."""

from functools import partial

from exports.evaluation.facts import CaseFacts
from exports.evaluation.monitoring import monitoring
from exports.inference.predictor import Prediction
from store import work
from store.home import Home
from store.lines import write_json
from store.work import Reporter, Work, seal_manifest
from tests.ui.sample import BUNDLE, DATASET
from tests.ui.sample_work import at, finish_work
from trainer.tasks import Task

MONITOR = "monitor-20261120-000001"
REGIMENS = ("60 Gy in 30 fractions, photon", "8 Gy in 1 fraction, photon")
PLACES = (("lung", "C34.11", "photon"), ("breast", "C50.911", "electron"))


def make_monitor(home: Home, monitor_id: str = MONITOR, cases: int = 60) -> Work:
    """A look at ``cases`` cases of three years, which get less like those known."""
    spec = {
        "home": str(home.path),
        "model": {"name": BUNDLE, "path": "", "sha256": "a" * 64},
        "quant": "Q8_0",
        "labels": {},
        "tasks": [task.value for task in Task],
        "dataset": DATASET,
        "synthetic": True,
        "since": "2026-11-06",
    }
    made = work.create(home, "monitor", monitor_id, spec)
    finish_work(made, partial(_look, cases=cases), at(20, 9), seconds=2.0)
    return made


def _case(number: int, place: int, year: int) -> CaseFacts:
    site, code, modality = PLACES[place]
    return CaseFacts(
        *(f"case-{number}", f"patient-{number}", f"carcinoma of the {site}"),
        *(REGIMENS[place], modality, code),
        site=site,
        year=year,
    )


def _look(made: Work, reporter: Reporter, cases: int) -> None:
    known = [_case(1000 + n, int(n % 4 == 0), 2022) for n in range(80)]
    arrived = [_case(n, int(n % 4 < n % 3 + 1), 2024 + n % 3) for n in range(cases)]
    answers = [
        Prediction(case.case_id, task, text)
        for n, case in enumerate(arrived)
        for task, text in (
            (Task.REGIMEN, case.regimen if n % 4 else "66 Gy in 33 fractions, photon"),
            (Task.MODALITY, case.modality if n % 5 else "proton"),
            (Task.ICD10, case.icd10 if n % (3 + n % 3) else "C61"),
        )
    ]
    everything = [(case.regimen, case.year) for case in (*known, *arrived)]
    reporter.progress("ask", len(answers), len(answers), "answers")
    found = made.path / "monitoring.json"
    write_json(found, monitoring(known, arrived, answers, everything))
    seal_manifest(made, [found])
