"""How often each flag fires on what clinicians prescribed: a flag that cries wolf is off.

Counted over the test cases with their reference answers, as the program would see them: the text,
the regimen, the modality and the code, and no recorded fact besides. A rule that fires on more than
one in twenty is off by default, unless it is one of those that always stop; those are printed too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.evaluation.facts import CaseFacts, read_facts
from exports.flags.flag import ALWAYS, RULES, Level
from exports.flags.ground import Ground, make_ground
from exports.flags.judge import Answered, judge
from exports.flags.unsure import UNSURE
from store.clinical.icd10 import describe_code
from store.department.table import read_table
from store.home import Home
from store.lines import read_json
from store.work import everything
from trainer.pairs import read_pairs
from trainer.tasks import Task

OFF_ABOVE = 0.05


def flag_section(folder: Path, home: Home) -> dict[str, Any]:
    """``{"flags": ...}`` of an evaluation, from what its directory holds; {} without facts.

    Reads ``test-facts.jsonl``, ``train-facts.jsonl``, ``held.jsonl`` and ``department.csv``.
    """
    if not (folder / "test-facts.jsonl").exists():
        return {}
    test = read_facts(folder / "test-facts.jsonl")
    ground = folder_ground(folder, home)
    return {"flags": flag_rates(ground, test)}


def folder_ground(
    folder: Path,
    home: Home,
    off: Iterable[str] = (),
    sure_from: Mapping[Task, float] | None = None,
) -> Ground:
    """The ground that was frozen into a work's directory; ``off`` and ``sure_from`` as there."""
    held = folder / "held.jsonl"
    pairs = read_pairs(held) if held.exists() else ()
    own = folder / "department.csv"
    return make_ground(
        read_facts(folder / "train-facts.jsonl"),
        read_table(own) if own.exists() else None,
        lambda code: describe_code(home, code),
        validation=list(dict.fromkeys(pair.diagnosis for pair in pairs)),
        off=off,
        sure_from=sure_from,
    )


def flag_rates(ground: Ground, test: Sequence[CaseFacts]) -> dict[str, Any]:
    """Count, share and whether it is off, for each rule over the references of test cases.

    ``any_stop`` counts cases with a stop. ``similarity`` is the threshold below which a case is
    unlike every training case; None where validation has too few.
    """
    fired: Counter[str] = Counter()
    stops: Counter[str] = Counter()
    any_stop = 0
    for case in test:
        answers = {
            Task.REGIMEN: case.regimen,
            Task.MODALITY: case.modality,
            Task.ICD10: case.icd10,
        }
        flags = judge(ground, Answered(case.diagnosis, answers))
        fired.update(flag.rule for flag in flags)
        stops.update(flag.rule for flag in flags if flag.level is Level.STOP)
        any_stop += any(flag.level is Level.STOP for flag in flags)
    return {
        "cases": len(test),
        "off_above": OFF_ABOVE,
        "any_stop": any_stop,
        "similarity": ground.index.threshold if ground.index else None,
        # a reference has no score
        "rules": [
            _row(rule, fired[rule], stops[rule], len(test)) for rule in RULES if rule != UNSURE
        ],
    }


def _row(rule: str, count: int, stops: int, cases: int) -> dict[str, Any]:
    share = count / cases if cases else None
    always = rule in ALWAYS
    return {
        "rule": rule,
        "says": RULES[rule],
        "count": count,
        "stops": stops,
        "share": share,
        "always": always,
        "off": not always and share is not None and share > OFF_ABOVE,
    }


def rules_off(home: Home, dataset: str) -> list[str]:
    """The rules that the newest evaluation on this data set found to fire too often."""
    for made in reversed(everything(home, "eval")):
        if made.manifest_exists and made.spec["dataset"] == dataset:
            found: Mapping[str, Any] = read_json(made.path / "evaluation.json").get("flags") or {}
            if found:
                return [row["rule"] for row in found["rules"] if row["off"]]
    return []
