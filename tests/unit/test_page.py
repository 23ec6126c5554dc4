"""The report's page stands by itself, says danger first, and holds no text of a case unasked."""

import re
from dataclasses import replace
from typing import Any

import pytest

from exports.evaluation.drift import drift
from exports.evaluation.sections import Ground, sections
from exports.inference.predictor import Prediction
from exports.report.flat import flat_csv
from exports.report.markdown import markdown
from exports.report.origin_part import Origin
from exports.report.page import html
from exports.report.table import lines
from store.clinical.icd10 import load_codes
from store.home import Home
from tests.unit.evaluation_examples import RESULT, TEST, answered, pairs
from trainer.tasks import Pair, Task

UNSAFE = {
    "rows": [
        {
            "key": key,
            "rule": rule,
            "models": {
                who: {"count": count, "n": 50, "upper95": 0.1, "not_judged": {}}
                for who in ("tuned", "base")
            },
        }
        for key, rule, count in (
            ("wrong_side", "the other side <b>", 0),
            ("any", "any of these", 2),
        )
    ],
    "illegible": {"tuned": 1, "base": 9},
}
SPOKEN = "moth orchid 4711"


@pytest.fixture
def evaluation(home: Home) -> dict[str, Any]:
    answers = {who: answered(TEST, right, seed) for who, right, seed in (("tuned", 0.9, 1),)}
    answers["tuned"] = [replace(a, score=0.9) for a in answers["tuned"]]
    answers |= {"base": answered(TEST, 0.2, 2), "majority": answered(TEST, 0.5, 3)}
    ground = Ground(
        test=TEST,
        train=pairs(80),
        answers=answers,
        baselines=("majority",),
        facts={},
        codes=load_codes(home),
        validation={"majority": {"regimen": 0.5}},
        resamples=100,
    )
    return {**RESULT, **sections(ground), "unsafe": UNSAFE}


@pytest.fixture
def origin() -> Origin:
    asked = [Pair(f"c{i}", f"p{i}", Task.MODALITY, "text", "photon") for i in range(30)]
    same = [Prediction(p.case_id, p.task, "photon", {"photon": 1.0}) for p in asked]
    steps = [{"step": "extracted", "count": 120}, {"step": "included", "count": 100}]
    return Origin(
        bundle={
            "quants": {"Q8_0": {"drift": {"cpu": drift(asked, same, same)}}},
            "recommended": "Q8_0",
        },
        metrics={"losses": [3.0, 2.0, 1.0], "validation": [{"step": 3, "loss": 1.2}]},
        dataset={"card": {"funnel": {"steps": steps}, "parts": {"train": 80, "test": 20}}},
        capsule={"commands": ["radonc evaluate x"], "schema": 1},
        doses=((60.0, 60.0), (50.0, 40.0)),
    )


def test_the_page_needs_nothing_but_itself(evaluation: dict[str, Any], origin: Origin) -> None:
    page = html(evaluation, origin)
    assert "<script" not in page
    assert "default-src" in page
    links = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(img|link|iframe|object)\b", page)


def test_it_opens_with_the_verdict_and_danger(evaluation: dict[str, Any], origin: Origin) -> None:
    page = html(evaluation, origin)
    assert re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[0] == "Unsafe answers"
    for wanted in ("Baselines", "The declared tests", "Limits", "Run capsule"):
        assert wanted in headings
    assert "2 / 50, 10.0%" in page
    assert "the other side &lt;b&gt;" in page


def test_every_picture_says_what_it_shows(evaluation: dict[str, Any], origin: Origin) -> None:
    pictures = re.findall(r"<svg[^>]*>", html(evaluation, origin))
    assert len(pictures) > 5
    for picture in pictures:
        assert re.search(r'role="img" aria-label="[^"]{10,}"', picture)


def test_text_of_cases_is_in_it_only_where_it_was_asked_for(
    evaluation: dict[str, Any], origin: Origin
) -> None:
    assert SPOKEN not in html(evaluation, origin)
    said = {"icd10": {"reference": "C61", "answers": {"tuned": "C61", "tfidf_lr": "C34.11"}}}
    cases = [{"case_id": "c1", "diagnosis": f"{SPOKEN} <i>", "tasks": said}]
    page = html({**evaluation, "cases": cases}, origin)
    assert f"{SPOKEN} &lt;i&gt;\nICD-10: C61\n  tuned: C61\n  TF-IDF" in page


def test_an_evaluation_without_the_newer_sections_is_shown() -> None:
    page = html(RESULT, Origin())
    assert "Not counted" in page
    assert "No blinded review" in page


def test_the_terminal_and_markdown_say_the_same(evaluation: dict[str, Any]) -> None:
    text = "\n".join(lines(evaluation))
    assert "2 of 50, 10.0%  any of these" in text
    assert "the other side" not in text
    assert max(map(len, text.splitlines())) <= 80
    written = markdown(evaluation)
    assert written.index("## Unsafe answers") < written.index("## What was evaluated")
    for title in ("## The declared tests", "## What the scores are worth"):
        assert title in written


def test_the_flat_table_has_every_number(evaluation: dict[str, Any]) -> None:
    rows = flat_csv(evaluation).splitlines()
    assert rows[0] == "place,value"
    accuracy = evaluation["tasks"]["icd10"]["metrics"]["accuracy"]["tuned"]
    assert f"tasks.icd10.metrics.accuracy.tuned,{accuracy}" in rows
    assert "unsafe.rows[1].models.tuned.count,2" in rows
