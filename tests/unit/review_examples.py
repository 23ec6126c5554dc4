"""A finished evaluation of synthetic cases, with answers whose equality is known.

Of every four cases the tuned model repeats the reference in two, and the base model in one;
another of base is no regimen at all, so that all ways of merging occur.
"""

from dataclasses import asdict
from itertools import islice
from typing import Any, TypeVar

from exports.evaluation.facts import CaseFacts, write_facts
from store.home import Home
from store.lines import write_json, write_lines
from store.synthetic.cases import synthesize
from store.work import Work, create, seal_manifest
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task

T = TypeVar("T")
SITES = ("breast", "breast", "breast", "prostate", "bone")
RAMBLING = "The patient\nwas \x1b[31mseen\x1b[0m and\twill be discussed."
MODELS = {
    "tuned": {"name": "bundle-9", "path": "Q8_0.gguf", "sha256": "a" * 64, "quant": "Q8_0"},
    "base": {"name": "smollm2", "path": "Q8_0.gguf", "sha256": "b" * 64, "quant": "Q8_0"},
}


def review_pairs(count: int) -> list[Pair]:
    """The regimen and modality pairs of ``count`` synthetic cases, each of its own patient."""
    legible = (raw for raw in synthesize(4 * count, 3, "demo") if "Gy" in raw.regimen)
    return [
        Pair(f"case-{i}", f"patient-{i}", task, raw.diagnosis, answer)
        for i, raw in enumerate(islice(legible, count))
        for task, answer in ((Task.REGIMEN, raw.regimen), (Task.MODALITY, raw.modality))
    ]


def predictions(pairs: list[Pair]) -> list[dict[str, Any]]:
    """What tuned, base and a baseline said, as lines of ``predictions.jsonl``."""
    regimens = [pair for pair in pairs if pair.task is Task.REGIMEN]
    found: list[dict[str, Any]] = []
    for i, pair in enumerate(regimens):
        tuned = pair.answer if i % 4 < 2 else "30 Gy in 10 fractions, photon, spine"
        base = (pair.answer, "8 Gy in 1 fraction", RAMBLING, "30Gy/10#, photon, spine")[i % 4]
        for by, text in (("tuned", tuned), ("base", base), ("majority", "20 Gy in 5 fractions")):
            record = {"by": by, "case_id": pair.case_id, "task": pair.task.value, "text": text}
            record["reference"] = pair.answer
            modality = {"task": "modality", "text": "photon", "reference": "photon"}
            found += [record, {**record, **modality}]
    return found


def review_facts(pairs: list[Pair]) -> list[CaseFacts]:
    """Facts of the cases: three sites, palliative intent in bone alone, attending D0 to D3."""
    regimens = [pair for pair in pairs if pair.task is Task.REGIMEN]
    return [
        CaseFacts(
            *(pair.case_id, pair.patient, pair.diagnosis, pair.answer, "photon", "C50.9"),
            site=SITES[i % 5],
            intent="palliative" if i % 5 == 4 else "curative",
            attending=f"D{i % 4}",
        )
        for i, pair in enumerate(regimens)
    ]


def finished_evaluation(
    home: Home, count: int = 20, name: str = "eval-20261123-0a0a0a", facts: bool = False
) -> Work:
    """An evaluation in ``home`` as its worker leaves it; ``facts``: with those of its cases."""
    spec = {"dataset": "data-1", "synthetic": True, **MODELS}
    made = create(home, "eval", name, spec)
    pairs = review_pairs(count)
    write_pairs(made.path / "test.jsonl", pairs)
    write_lines(made.path / "predictions.jsonl", predictions(pairs))
    if facts:
        write_facts(made.path / "test-facts.jsonl", (asdict(one) for one in review_facts(pairs)))
    evaluation = {"id": name, "synthetic": True, "tuned": MODELS["tuned"]}
    tasks = {"regimen": {"pairs": count}}
    write_json(made.path / "evaluation.json", {**evaluation, "tasks": tasks})
    seal_manifest(made, [made.path / "predictions.jsonl", made.path / "evaluation.json"])
    return made
