"""The report's statistics: classes and codes, scores, tests, power and subgroups.

Words and rows for an evaluation's sections; computes nothing. Where there is no number the reason
stands in its place.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from exports.report import plots
from exports.report.clinical_part import who
from exports.report.document import Picture, Section
from exports.report.words import (
    NONE,
    baseline_name,
    counted,
    interval,
    number,
    p_value,
    task_name,
)

WHEN = ("before", "after")
MOST_GROUPS = 8
"""Groups of one grouping that the page lists, the largest first."""


def declared_section(evaluation: Mapping[str, Any]) -> Section:
    """The two declared families, and how small a difference could have been seen."""
    section = Section("The declared tests")
    for family in evaluation.get("families", []):
        rows = [
            (
                name.replace(".", ", "),
                number(test["difference"], sign=True),
                f"{test['better']} / {test['worse']} / {test['tied']}",
                p_value(test["p"]),
                p_value(test["p_holm"]),
                _wilcoxon(test["wilcoxon"]),
            )
            for name, test in family["tests"].items()
        ]
        section.table(
            ("", "difference", "better / worse / tied", "p, exact", "p, Holm", "Wilcoxon"),
            rows,
            f"Tuned model against {family['against']}, {family['alternative']}, "
            f"{family['correction']} over {len(family['members'])} tests declared beforehand.",
        )
    for task, found in evaluation.get("power", {}).items():
        section.say(f"{_capital(task)}: {_seen(found)}")
    rows = [
        (
            task_name(task),
            number(test["difference"], sign=True),
            f"{test['better']} / {test['worse']} / {test['tied']}",
            p_value(test["p"]),
            _wilcoxon(test["wilcoxon"]),
            number(test["wilcoxon"].get("rank_biserial"), 2, sign=True),
        )
        for task, test in evaluation.get("rouge_tests", {}).items()
    ]
    section.table(
        ("ROUGE-1", "difference", "better / worse / tied", "p, permutation", "Wilcoxon", "effect"),
        rows,
        "Outside of the families and not corrected: sign flips of patients' mean differences, "
        "tuned against base, one-sided; effect: rank-biserial correlation.",
    )
    section.say(
        "Beside these stands the paper's Wilcoxon test in its tables; everything else in this "
        "report has an interval and no p-value."
    )
    return section


def _capital(task: str) -> str:
    name = task_name(task)
    return name[:1].upper() + name[1:]


def _wilcoxon(found: Mapping[str, Any]) -> str:
    if found.get("p") is None:
        return str(found.get("reason", NONE))
    return f"{p_value(found['p'])} ({found['method']}, zeros by {found['zero_method']})"


def _seen(found: Mapping[str, Any]) -> str:
    seen = found["seen"]
    if seen["difference"] is None:
        first = f"{seen['reason']}."
    else:
        first = (
            f"with {seen['patients']} patients, {seen['discordance']:.0%} of whom differ, a "
            f"difference of {seen['difference']:.3f} would have been seen with "
            f"{seen['power']:.0%} power."
        )
    needed = [
        f"{plan['difference']:.2f}: {plan['patients']:,}"
        for plan in found["needed"]
        if plan["patients"]
    ]
    return f"{first} Patients needed for a difference of {'; '.join(needed)}." if needed else first


def class_section(evaluation: Mapping[str, Any]) -> Section:
    """Modality by class with its confusion matrix; codes by nearness, side and frequency."""
    section = Section("Classes and codes")
    classes = evaluation.get("classes", {})
    modality = classes.get("modality", {}).get("tuned")
    if modality:
        section.table(("modality", "cases", "precision", "recall", "F1"), _class_rows(modality, 20))
        section.say(modality["macro_caution"])
        matrix = modality["confusion"]
        cells = matrix["reference"], matrix["answered"], matrix["counts"]
        caption = "Modality: reference down, the tuned model's answer across."
        section.parts.append(Picture(partial(plots.confusion, *cells), caption))
    codes = evaluation.get("codes", {})
    names = list(next(iter(codes.values()))["metrics"]) if codes else []
    rows = [
        (name.replace("_", " "), *(_value(found["metrics"][name]) for found in codes.values()))
        for name in names
    ]
    section.table(("ICD-10", *map(who, codes)), rows)
    if codes:
        sides = [
            (who(model), str(f["laterality"]["cases"]), _value(f["laterality"]["errors"]))
            for model, f in codes.items()
        ]
        section.table(("laterality", "codes with a side", "the other side"), sides)
    bands = [
        (row["band"], row["training"], str(row["cases"]), _value(row))
        for row in classes.get("icd10", {}).get("by_frequency", [])
    ]
    section.table(("codes", "in training", "test cases", "right, tuned model"), bands)
    return section


def _class_rows(report: Mapping[str, Any], most: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in report["by_class"][:most]:
        rates = [row[name] for name in ("precision", "recall", "f1")]
        cells = [NONE if rate is None else _value(rate) for rate in rates]
        rows.append((row["class"], str(row["cases"]), *cells))
    return rows


def _value(entry: Mapping[str, Any]) -> str:
    if entry.get("value") is None:
        return str(entry.get("reason", NONE))
    return f"{number(entry['value'])} {interval(entry.get('ci95'))}"


def score_section(evaluation: Mapping[str, Any]) -> Section:
    """What a score is worth: calibration, reliability, risk against coverage, abstention."""
    section = Section("What the scores are worth")
    for task, found in evaluation.get("scores", {}).items():
        name = _capital(task)
        section.say(
            f"{name}: the number beside an answer is called {found['name']}"
            f"{'' if found['calibrated'] else ' and is not calibrated'}."
        )
        if "after" in found:
            rows = [
                (label.replace("_", " "), *(_value(found[when][label]) for when in WHEN))
                for label in ("log_loss", "brier")
            ]
            section.table((name, "as it is", "calibrated"), rows)
        diagram = found["reliability"]
        if diagram["bins"]:
            bins = [(b["mean"], b["share"], b["cases"]) for b in diagram["bins"]]
            caption = (
                f"{name}: expected calibration error {number(diagram['ece'])} "
                f"{interval(diagram['ci95'])}."
            )
            shown = [(mean, share) for mean, share, _ in bins]
            axes = ("mean score", "share right")
            section.parts.append(Picture(partial(plots.reliability, bins), caption, shown, axes))
        else:
            section.say(f"{name}: no calibration error, because {diagram['reason']}.")
        _abstention(section, name, evaluation["selective"][task])
    return section


def _abstention(section: Section, name: str, found: Mapping[str, Any]) -> None:
    threshold = found["threshold"]
    if threshold["threshold"] is None:
        section.say(
            f"{name}: no threshold found for an accuracy of {threshold['goal']:.0%} "
            f"({threshold['reason']})."
        )
    else:
        rows = [
            (
                row["by"] if row["by"] == "all" else f"{row['by']}: {row['group']}",
                str(row["cases"]),
                _value(row["coverage"]),
                _value(row["accuracy"]),
            )
            for row in found["at_threshold"]
        ]
        section.table(
            (name, "cases", "answered", "right of those"),
            rows,
            f"Answers with a score of {number(threshold['threshold'])} or more; on validation "
            f"proven to be right in {threshold['goal']:.0%}.",
        )
    curve = found["risk_coverage"]
    if curve.get("curve"):
        points = [(c, r) for c, r in curve["curve"]]
        area, chance = number(curve["area"]), number(curve["random"])
        caption = f"{name}: mean risk {area} (at random {chance})."
        axes = ("share answered", "share wrong")
        section.parts.append(Picture(partial(plots.risk_coverage, points), caption, points, axes))


def subgroup_section(evaluation: Mapping[str, Any]) -> Section:
    """Accuracy by site, intent, age, sex, year, source and attending."""
    section = Section("Subgroups")
    for task, groups in evaluation.get("subgroups", {}).items():
        shown: dict[str, int] = {}
        rows: list[tuple[str, ...]] = []
        for row in groups:
            shown[row["by"]] = shown.get(row["by"], 0) + 1
            if shown[row["by"]] <= MOST_GROUPS:
                value = f"{number(row['value'])} {interval(row['ci95'])}"
                cells = (row["by"], row["group"], str(row["patients"]), value, row["warning"])
                rows.append(cells)
        section.table(("", "group", "patients", "right", ""), rows, f"{_capital(task)}.")
    section.say(f"At most {MOST_GROUPS} groups of each kind; the JSON report has all.")
    return section


def prompt_lines(evaluation: Mapping[str, Any]) -> list[str]:
    """A sentence a task: which declared prompt the base model was asked with, and why that one."""
    found: list[str] = []
    if evaluation["base"] and not evaluation.get("prompts"):
        return [
            "The base model was asked by its plain prompt alone; `radonc evaluate --prompts N` "
            "asks it by the best of five declared ones too."
        ]
    for task, row in evaluation.get("prompts", {}).items():
        scores = ", ".join(f"{name} {number(score, 2)}" for name, score in row["scores"].items())
        shots = max((one["shots"] for one in row["declared"]), default=0)
        why = (
            f"best on {counted(row['patients'], 'validation patient')}: {scores}"
            if row["patients"]
            else row["reason"]
        )
        cut = f"; {row['shortened']} had no room for all of it" if row["shortened"] else ""
        found.append(
            f"{_capital(task)}: the base model's best prompt is {row['name']} ({why}; examples are "
            f"{counted(shots, 'training case')}{cut})."
        )
    return found


def standing_lines(evaluation: Mapping[str, Any]) -> list[str]:
    """A sentence a task: the score, how low it may be, and the best baseline beside it."""
    found: list[str] = []
    for task, row in evaluation.get("standing", {}).items():
        if row["score"] is None:
            continue
        beside = ""
        if row["baseline"] and row["difference"] is not None:
            beside = (
                f" {baseline_name(row['baseline'])}, the best baseline on validation patients, has "
                f"{number(row['baseline_score'])}: a difference of "
                f"{number(row['difference'], sign=True)} {interval(row['difference_ci95'])}."
            )
        low = NONE if row["lower"] is None else number(row["lower"])
        found.append(
            f"{_capital(task)}: {number(row['score'])} right, at least {low} (95 %).{beside}"
        )
    return found
