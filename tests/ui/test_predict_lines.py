"""The parts of the screen of predictions that need no screen: lines, bars, choices."""

from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.all_codes import proof_line
from radonc_tui.actions.asking import Answering
from radonc_tui.actions.progress import Progress
from radonc_tui.screens.predict.all_codes import code_lines
from radonc_tui.screens.predict.state import (
    Question,
    bar,
    bar_lines,
    choices,
    chosen,
    regimen_lines,
)
from radonc_tui.widgets.going import going_line
from radonc_tui.widgets.paths import complete
from tests.ui.predict_sample import ANSWERS, CODES, RESULT


@pytest.mark.parametrize("width", [20, 38, 100])
def test_codes_fit_their_width(width: int) -> None:
    lines = code_lines(Question().searched(CODES), width).plain.splitlines()
    assert max(map(len, lines[1:6])) <= width
    assert code_lines(Question().hunting(Progress("load model")), width).plain.endswith("model …")


def test_a_search_that_was_cut_off_claims_no_proof() -> None:
    cut_off = {**CODES["proof"], "proven": False, "tokens_computed": 4011}
    assert proof_line(cut_off).startswith("Not proven: the search was cut off after 4,011 tokens")
    assert proof_line({**cut_off, "others_at_most": None}) == "All of 74,719 codes were scored."


def test_a_question_is_whole_at_every_word() -> None:
    question = Question("lip", doing="ask").heard(Progress("load model", 40, 98, "MB"))
    assert question.doing == "load model 40 of 98 MB"
    half = question.heard(Answering("predict", 0, 3, "answers", regimen="60 Gy in"))
    assert (half.busy, half.regimen) == (True, "60 Gy in")
    assert "writing" in regimen_lines(half).plain
    assert "stopped, not whole" in regimen_lines(half.left()).plain
    whole = half.answered(RESULT)
    assert (whole.busy, whole.answers) == (False, ANSWERS)
    assert "model score 0.83" in regimen_lines(whole).plain


@pytest.mark.parametrize("width", [20, 38, 64, 100])
def test_bars_fit_their_width(width: int) -> None:
    words = {"C61": "Malignant neoplasm of prostate " * 4, "C67.9": "Bladder"}
    lines = bar_lines("ICD-10 code", ANSWERS["icd10"], width, words).plain.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[1:6]] == list(ANSWERS["icd10"]["scores"])


def test_a_bar_shows_a_sliver_of_what_is_more_than_nothing() -> None:
    assert bar(0, 4) == "░░░░"
    assert bar(0.02, 4) == "█░░░"
    assert bar(1, 4) == "████"


def test_the_newest_bundle_and_its_recommended_file_come_first() -> None:
    def model(name: str, kind: str = "bundle", missing: bool = False) -> dict[str, Any]:
        file = {"sha256": "", "bytes": 1, "mean_kl": None, "signed": {}}
        files = [
            {**file, "quant": "Q4_K_M", "recommended": False, "missing": False},
            {**file, "quant": "Q8_0", "recommended": True, "missing": missing},
        ]
        return {"name": name, "kind": kind, "synthetic": False, "files": files}

    known = choices([model("base", "base"), model("old"), model("new", missing=True)])
    assert [each.label for each in known] == ["new:Q4_K_M", "old:Q8_0", "old:Q4_K_M"]
    for label, found in (("", "new:Q4_K_M"), ("old", "old:Q8_0"), ("old:Q4_K_M", "old:Q4_K_M")):
        choice = chosen(known, label)
        assert choice is not None
        assert choice.label == found
    assert chosen([], "old") is None


def test_a_path_is_completed_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").touch()
    (tmp_path / "casebook").mkdir()
    (tmp_path / ".hidden").touch()
    assert complete(f"{tmp_path}/case") == f"{tmp_path}/casebook/"
    assert complete(f"{tmp_path}/cases") == f"{tmp_path}/cases.csv"
    assert complete(f"{tmp_path}/") == f"{tmp_path}/casebook/"
    assert complete(f"{tmp_path}/none/x") is None
    assert complete("") is None


def test_what_goes_on_is_said_in_one_line() -> None:
    assert going_line("verify", None, "x stops it") == "▶ verify  …  x stops it"
    half = going_line("verify", Progress("verify", 60, 120, "MB"), "")
    assert half == f"▶ verify  {'█' * 10}{'░' * 10} 60 of 120 MB"
    assert "load model" in going_line("predict a.csv", Progress("load model"), "")
