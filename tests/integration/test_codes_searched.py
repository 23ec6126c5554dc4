"""The best of all codes by search, against scoring every one of them on a real model file.

``RADONC_TEST_MODEL`` names a file for the fifty cases, such as a tuned and quantized one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exports.inference import branches, codes
from exports.inference.codes import ROUNDING
from exports.inference.decoding import Decoder
from exports.inference.engine import CodeSearch, Engine, ScoreRequest
from exports.inference.llama import Log, Model
from store.clinical.icd10 import load_codes
from store.errors import BadUsage
from store.home import Home
from store.lines import sha256_file
from store.synthetic.cases import synthesize
from trainer.tasks import Task, prompt

FEW = ["C61", "C50.911", "C50.912", "C50.4", *(f"C{i:02}.{j}" for i in range(30) for j in range(4))]
CASES = [
    "Invasive ductal carcinoma of the left breast, upper outer quadrant, pT1c N0, age 61.",
    "Adenocarcinoma of the prostate, Gleason 4+3, PSA 12, cT2b, 71 years.",
]


@pytest.fixture(scope="module")
def engine(half: Path) -> Iterator[Engine]:
    with Engine.open(half, sha256_file(half)) as engine:
        yield engine


def compare(engine: Engine, asked: str, among: list[str], found: CodeSearch) -> None:
    """Hold a search against the scores of all codes; near ties may stand in either order."""
    (scores,) = engine.score([ScoreRequest(asked, among)])
    exhaustive = dict(zip(among, scores, strict=True))
    ranked = sorted(among, key=lambda code: -exhaustive[code])
    assert found.proven
    assert found.codes == len(among)
    best = dict(found.best)
    assert len(best) == 5
    for code, score in found.best:
        assert score == pytest.approx(exhaustive[code], abs=ROUNDING)
    for place, code in enumerate(ranked[:5]):
        last = found.best[-1][1]
        assert code in best or exhaustive[code] - last < ROUNDING, (place, code)
    assert found.bound is not None
    assert all(exhaustive[code] <= found.bound + ROUNDING for code in among if code not in best)


def test_the_best_are_those_of_scoring_every_code(engine: Engine):
    prompts = [prompt(case, Task.ICD10) for case in CASES]
    for asked, found in zip(prompts, list(engine.search(prompts, FEW, 5)), strict=True):
        compare(engine, asked, FEW, found)


def test_an_answer_does_not_depend_on_what_was_asked_before(engine: Engine, half: Path):
    prompts = [prompt(case, Task.ICD10) for case in CASES]
    first, second = engine.search(prompts, FEW, 3)
    list(engine.generate(prompts, 4))
    assert list(engine.search(prompts[::-1], FEW, 3)) == [second, first]
    with Engine.open(half, sha256_file(half)) as fresh:
        assert list(fresh.search(prompts[1:], FEW, 3)) == [second]
    # the score of a code is the one it has when it is scored alone
    alone = engine.score([ScoreRequest(prompts[0], [code]) for code, _ in first.best])
    assert [[score] for _, score in first.best] == list(alone)


def test_codes_must_be_different(engine: Engine):
    for none, most in (([], 5), (["C61", "C61"], 5), (["C61"], 0)):
        with pytest.raises(BadUsage, match="different codes"):
            list(engine.search([prompt(CASES[0], Task.ICD10)], none, most))
    (found,) = engine.search([prompt(CASES[0], Task.ICD10)], ["C61"], 5)
    assert [code for code, _ in found.best] == ["C61"]
    assert (found.proven, found.bound) == (True, None)


def test_little_memory_changes_the_work_and_not_the_answer(
    half: Path, monkeypatch: pytest.MonkeyPatch
):
    decoder = Decoder(Model(half, Log(), lambda: None), 1, 2048, lambda: None)
    decoder.learn(FEW)
    asked = prompt(CASES[0], Task.ICD10)
    whole = decoder.search(asked, 5)
    monkeypatch.setattr(codes, "BATCH", 4)
    gone: list[int] = []
    release = branches.Branches.release

    def told(self: branches.Branches, chain: int) -> None:
        gone.append(chain)
        release(self, chain)

    monkeypatch.setattr(branches.Branches, "release", told)
    # a batch of four with what it hangs on: older branches go, and are computed anew
    monkeypatch.setattr(branches, "LIVE", 9)
    little = decoder.search(asked, 5)
    assert len(gone) > len(set(gone))
    assert little.best == whole.best
    assert little.proven


@pytest.mark.slow
def test_fifty_cases_equal_scoring_all_malignant_neoplasms(half: Path, tmp_path: Path):
    """All billable codes from C00 to C96."""
    path = Path(os.environ.get("RADONC_TEST_MODEL") or half)
    chapter = malignant(tmp_path)
    assert len(chapter) > 1000
    cases = [case.diagnosis for case in synthesize(60, 11, "demo")]
    prompts = [prompt(case, Task.ICD10) for case in filter(None, cases)][:50]
    assert len(prompts) == 50
    with Engine.open(path, sha256_file(path)) as engine:
        for asked in prompts:
            (found,) = engine.search([asked], chapter, 5)
            compare(engine, asked, chapter, found)


def malignant(folder: Path) -> list[str]:
    (folder / "tmp").mkdir(exist_ok=True)
    table = load_codes(Home(folder))
    return sorted(code for code in table.cm_billable if code[0] == "C")
