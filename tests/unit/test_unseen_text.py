"""Every metric is also given on the test cases whose text does not occur in training."""

from dataclasses import replace

import pytest

from exports.evaluation.evaluate import evaluate
from exports.evaluation.unseen_text import texts_of
from exports.report.markdown import markdown
from exports.report.table import lines
from exports.report.unseen import unseen_title
from tests.unit.evaluation_examples import RESULT, SPEC, TEST, answered
from trainer.tasks import Pair, Task

TRAIN = [
    Pair(f"train-{n}", f"t{n}", Task.ICD10, f"DIAGNOSIS  {n}", "C34.11") for n in range(0, 60, 3)
]
"""Every third text of the test pairs, written in another way."""
SEEN = texts_of(TRAIN)
NEW = [pair for pair in TEST if int(pair.diagnosis.split()[1]) % 3]


def test_the_subset_is_what_an_evaluation_of_it_alone_gives() -> None:
    tuned, base, other = (
        answered(TEST, share, seed) for share, seed in ((0.9, 1), (0.3, 2), (0.5, 3))
    )
    whole = evaluate(TEST, base, tuned, {"majority": other}, replace(SPEC, seen_texts=SEEN))
    ids = {pair.case_id for pair in NEW}
    parts = [[p for p in said if p.case_id in ids] for said in (base, tuned, other)]
    alone = evaluate(NEW, parts[0], parts[1], {"majority": parts[2]}, SPEC)
    checked = 0
    for task, block in whole["tasks"].items():
        assert block["unseen_text_pairs"] == alone["tasks"][task]["pairs"] == 40
        for group in ("metrics", "free_running"):
            for name, entry in block.get(group, {}).items():
                expected = alone["tasks"][task][group][name]
                for value in ("tuned", "base", "difference"):
                    assert entry["unseen_text"][value] == pytest.approx(expected[value]), name
                    checked += 1
        for name, entry in whole["baselines"]["majority"][task]["metrics"].items():
            expected = alone["baselines"]["majority"][task]["metrics"][name]["value"]
            assert entry["unseen_text"]["value"] == pytest.approx(expected), name
    assert checked > 60


def test_where_every_text_is_new_the_subset_is_the_whole() -> None:
    for block in RESULT["tasks"].values():
        assert block["unseen_text_pairs"] == block["pairs"]
        assert unseen_title(block) == ""
        for entry in block["metrics"].values():
            assert entry["unseen_text"]["tuned"] == pytest.approx(entry["tuned"])
    assert "does not occur in training" not in "\n".join(lines(RESULT))


def test_where_no_text_is_new_nothing_is_said_of_them() -> None:
    tuned = answered(TEST, 0.9, 1)
    seen = texts_of(TEST)
    found = evaluate(TEST, None, tuned, {}, replace(SPEC, base=None, seen_texts=seen))
    entry = found["tasks"]["modality"]["metrics"]["f1_macro"]
    assert entry["unseen_text"] == {"tuned": None}
    assert "nothing can be said" in unseen_title(found["tasks"]["modality"])


def test_the_report_says_it_beside_the_whole() -> None:
    spec = replace(SPEC, seen_texts=SEEN)
    found = evaluate(TEST, answered(TEST, 0.3, 2), answered(TEST, 0.9, 1), {}, spec)
    assert "On the 40 cases whose text does not occur in training" in " ".join(lines(found))
    assert markdown(found).count("On the 40 cases whose text does not occur in training:") == 3
