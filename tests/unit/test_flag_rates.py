"""How often flags fire on reference answers, and which are therefore off."""

from pathlib import Path

from exports.evaluation.facts import CaseFacts, write_facts
from exports.flags.flag import ALWAYS, RULES
from exports.flags.ground import make_ground
from exports.flags.rates import flag_rates, flag_section, rules_off
from exports.flags.unsure import UNSURE, thresholds, unsure_flags
from exports.report.flag_part import flag_lines, flag_report
from exports.report.markdown import markdown
from store.department.table import embedded_table
from store.home import Home, open_home
from store.lines import write_json
from store.work import create, seal_manifest
from tests.unit.evaluation_examples import RESULT
from trainer.pairs import write_pairs
from trainer.tasks import Task

GOOD, HIGH = "60 Gy in 20 fractions, photon, prostate", "140 Gy in 70 fractions, photon, prostate"
PROSTATE = "70 yo man, adenocarcinoma of the prostate"


def cases(*regimens: str, diagnosis: str = PROSTATE) -> list[CaseFacts]:
    return [
        CaseFacts(f"c{n}", f"p{n}", diagnosis, regimen, "photon", "C61")
        for n, regimen in enumerate(regimens)
    ]


def ground(train: list[CaseFacts]):
    return make_ground(train, embedded_table(), lambda code: "")


def test_a_rule_that_fires_on_more_than_one_in_twenty_is_off() -> None:
    for high, off in ((1, False), (2, True)):
        test = cases(*[GOOD] * (20 - high), *[HIGH] * high)
        found = flag_rates(ground([]), test)
        rows = {row["rule"]: row for row in found["rules"]}
        assert list(rows) == [rule for rule in RULES if rule != UNSURE]
        assert (rows["eqd2"]["count"], rows["eqd2"]["share"]) == (high, high / 20)
        assert rows["eqd2"]["off"] is off
        assert not rows["side"]["off"]


def test_what_always_stops_is_counted_and_never_off() -> None:
    test = cases(*[GOOD] * 4, diagnosis=f"{PROSTATE}, prior RT 2010")
    found = flag_rates(ground([]), test)
    row = next(row for row in found["rules"] if row["rule"] == "prior_rt")
    assert (row["count"], row["stops"], row["always"], row["off"]) == (4, 4, True, False)
    assert found["any_stop"] == 4
    assert {row["rule"] for row in found["rules"] if row["always"]} == set(ALWAYS)


def evaluated(home: Home, name: str, dataset: str, test: list[CaseFacts]) -> dict[str, object]:
    """An evaluation's directory with what its worker finds there, and the section."""
    made = create(home, "eval", name, {"dataset": dataset})
    write_facts(made.path / "test-facts.jsonl", [vars(case) for case in test])
    write_facts(made.path / "train-facts.jsonl", [vars(case) for case in cases(GOOD, GOOD)])
    write_pairs(made.path / "held.jsonl", [])
    section = flag_section(made.path, home)
    write_json(made.path / "evaluation.json", section)
    seal_manifest(made, [])
    return section


def test_the_newest_evaluation_of_the_data_set_says_what_is_off(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    assert rules_off(home, "data-1") == []
    strange = cases(*["45 Gy in 25 fractions, electron, prostate"] * 4)
    evaluated(home, "eval-20261101-000001", "data-1", strange)
    assert "modality_at_site" not in rules_off(home, "data-2")
    off = rules_off(home, "data-1")
    assert off
    assert not set(off) & set(ALWAYS)


def test_a_report_says_how_often_and_what_is_off() -> None:
    flags = flag_rates(ground([]), cases(*[GOOD] * 9, HIGH))
    evaluation = {**RESULT, "flags": flags}
    fired, off = flag_lines(evaluation)
    assert "eqd2 10.0%" in fired
    assert off == "Off, because they fire too often: eqd2."
    text = markdown(evaluation)
    assert "## Flags on the clinicians' own regimens" in text
    assert "| 1 / 10 | 10.0% |" in text
    assert flag_report(RESULT).parts == []
    assert flag_lines(RESULT) == []


def test_without_facts_nothing_is_counted(tmp_path: Path) -> None:
    assert flag_section(tmp_path, Home(tmp_path)) == {}


def test_an_answer_below_what_was_proven_is_to_be_checked(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    made = create(home, "eval", "eval-20261101-000001", {"tuned": {"sha256": "ab"}})
    found = {"icd10": 0.7, "modality": None}
    selective = {name: {"threshold": {"threshold": score}} for name, score in found.items()}
    write_json(made.path / "evaluation.json", {"selective": selective})
    assert thresholds(home, "ab") == {}
    seal_manifest(made, [])
    assert thresholds(home, "cd") == {}
    least = thresholds(home, "ab")
    assert least == {Task.ICD10: 0.7}
    for score, flagged in ((0.7, False), (0.69, True), (None, True)):
        (flag, *_) = [*unsure_flags(least, {"icd10": {"text": "C61", "score": score}}), None]
        assert bool(flag) is flagged
        assert flag is None or (flag.rule, flag.tasks) == ("unsure", (Task.ICD10,))
    assert unsure_flags(least, {"modality": {"text": "photon", "score": 0.1}}) == []
