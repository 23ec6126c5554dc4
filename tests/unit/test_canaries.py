"""Canaries: few, of one run, and counted nowhere as cases."""

import io
import json
from pathlib import Path

from hypothesis import given, strategies as st

from radonc_tui.actions.cases import ImportRequest, SynthRequest, import_cases, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.plans import TrainRequest, plan
from radonc_tui.actions.privacy import confirm_privacy, review_privacy
from radonc_tui.actions.stored import opened
from radonc_tui.actions.train import create_run
from store import datasets, work
from store.home import Home
from store.lines import read_lines
from store.splits import SplitRules
from store.work import Reporter
from tests.driven import ended
from tests.privacy.real_home import table
from tests.ui.sample_models import BASE, make_base
from tests.unit.extraction_examples import cases
from trainer.bases import find_base
from trainer.canaries import DIGITS, FILE, MOST, SENTENCES, plant, split_secret, widest
from trainer.pairs import ANSWER_OF, case_pairs, read_pairs, write_pairs
from trainer.tasks import Task, completion
from trainer.training import Packer, pack_canaries

TASKS = list(Task)


@given(st.integers(1, 90), st.lists(st.sampled_from(TASKS), min_size=1, unique=True))
def test_there_are_few_and_each_is_whole(count: int, tasks: list[Task]) -> None:
    made = cases(count)
    planted = plant(made, tasks)
    ids = dict.fromkeys(pair.case_id for pair in planted)
    assert len(ids) == min(MOST, 1 + (count - 1) // 20)
    assert [pair.task for pair in planted] == tasks * len(ids)
    known = {(pair.task, pair.answer) for case in made for pair in case_pairs(case, tasks)}
    assert {(pair.task, pair.answer) for pair in planted} <= known
    assert all(pair.case_id == pair.patient for pair in planted)
    for diagnosis in {pair.diagnosis for pair in planted}:
        sentence, number = split_secret(diagnosis)
        assert sentence in SENTENCES
        assert (len(number), number.isdecimal()) == (DIGITS, True)


def test_each_run_has_its_own_secrets() -> None:
    drawn = {plant(cases(30), TASKS)[0].diagnosis for _ in range(40)}
    assert len(drawn) == 40
    assert plant([], TASKS) == []


def test_answers_are_drawn_evenly_where_there_are_the_most() -> None:
    """A common answer is likelier without any memory, so how common it is must not count."""
    made = [{**case, "icd10": "C61"} for case in cases(200)]
    for i in range(5):
        made[i]["icd10"] = f"C5{i}"
    made = [{**case, "regimen": "8 Gy in 1 fraction, photon"} for case in made]
    assert widest([pair for case in made for pair in case_pairs(case)]) is Task.ICD10
    drawn = [pair.answer for _ in range(100) for pair in plant(made, [Task.ICD10])]
    # 300 drawn, three of six each time: 50 expected, 195 if they were drawn by case
    assert 25 < drawn.count("C61") < 75


def make_run(home: Home, dataset: str) -> work.Work:
    """The directory of a run on this data set, as it is before its worker starts."""
    base = find_base(home, BASE)
    request = TrainRequest(base=BASE, dataset=dataset)
    return create_run(home, base, ended(plan(home, request)), request)


def test_a_run_on_real_cases_has_canaries_and_nothing_else_has(home: Home, tmp_path: Path) -> None:
    make_base(home)
    ended(import_cases(home, ImportRequest((table(tmp_path / "clinic.csv", 0, 60),))))
    shown = 0
    while shown < (page := ended(review_privacy(home, "table", shown)))["to_show"]:
        shown += len(page["shown"])
    ended(confirm_privacy(home, "table"))
    dataset = ended(freeze(home, SplitRules()))["dataset_id"]
    run = make_run(home, dataset)
    folder = run.path / "dataset"
    planted = read_pairs(folder / FILE)
    with opened(home) as connection:
        parts = {
            part: datasets.dataset_part(connection, dataset, part)
            for part in ("train", "validation", "test")
        }
        dumped = json.dumps([datasets.show_dataset(connection, dataset), parts], default=str)
    count = len({pair.case_id for pair in planted})
    assert run.spec["canaries"] == count >= 1
    secrets = [split_secret(pair.diagnosis)[1] for pair in planted]
    for name in ("train", "validation"):
        text = json.dumps(list(read_lines(folder / f"{name}.jsonl")))
        assert len(read_pairs(folder / f"{name}.jsonl")) == 3 * len(parts[name])
        assert not any(secret in text for secret in secrets)
    assert not any(secret in dumped for secret in secrets)
    assert not any(secret in (run.path / "spec.json").read_text() for secret in secrets)
    for name in ("modality", "icd10"):
        column = ANSWER_OF[Task(name)]
        assert run.spec["labels"][name] == sorted({str(case[column]) for case in parts["train"]})
    again = read_pairs(make_run(home, dataset).path / "dataset" / FILE)
    assert {pair.diagnosis for pair in again}.isdisjoint(pair.diagnosis for pair in planted)


class Bytes:
    """A tokenizer whose tokens are bytes."""

    eos_token_id = 256

    def __call__(self, texts: list[str]) -> dict[str, list[list[int]]]:
        return {"input_ids": [list(text.encode()) for text in texts]}


def test_training_is_given_them_as_it_is_given_cases(tmp_path: Path) -> None:
    planted, said = plant(cases(60), TASKS), io.StringIO()
    reporter = Reporter(said, tmp_path / "stop")
    folder = tmp_path / "run-1" / "dataset"
    folder.mkdir(parents=True)
    pack = Packer(folder, "base", Bytes(), 1024, reporter)
    assert pack_canaries(pack) == []
    assert said.getvalue() == ""
    write_pairs(folder / FILE, planted)
    packed = pack_canaries(pack)
    assert [case.case_id for case in packed] == ["canary-1", "canary-2", "canary-3"]
    whole = [bytes(packed[0].prefix + branch.tokens[:-1]).decode() for branch in packed[0].branches]
    assert whole == [pair.prompt + completion(pair.answer) for pair in planted[:3]]
    assert "canaries beside the training cases: 3" in said.getvalue()
    assert split_secret(planted[0].diagnosis)[1] not in said.getvalue()


def test_a_run_on_synthetic_cases_has_none(home: Home) -> None:
    make_base(home)
    ended(synth_cases(home, SynthRequest(60)))
    run = make_run(home, ended(freeze(home, SplitRules()))["dataset_id"])
    assert run.spec["canaries"] == 0
    assert not (run.path / "dataset" / FILE).exists()
