"""An evaluation as one self-contained page, to be read, printed and signed.

No network, no script: styles and pictures stand inside. It opens with the verdict in plain words
and with what may be dangerous. The text of cases is in it only where the evaluation was given
``cases``.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Any

from exports.report import plots
from exports.report.cases import case_lines
from exports.report.clinical_part import regimen_section, unsafe_section, who
from exports.report.document import Picture, Section, Source
from exports.report.flag_part import flag_report
from exports.report.numbers_part import (
    class_section,
    declared_section,
    prompt_lines,
    score_section,
    standing_lines,
    subgroup_section,
)
from exports.report.origin_part import (
    Origin,
    capsule_section,
    file_section,
    limit_section,
    origin_section,
)
from exports.report.review_part import review_section
from exports.report.trainings_part import trainings_section
from exports.report.verdict import verdict
from exports.report.words import (
    NONE,
    SAFETY,
    baseline_name,
    cautions,
    counted,
    interval,
    metric_name,
    number,
    p_value,
    task_name,
)

TEMPLATE = "page.html.j2"


def html(evaluation: Mapping[str, Any], origin: Origin) -> str:
    """The page as text."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["unbroken"] = unbroken
    template = environment.from_string(
        (files("exports.report") / TEMPLATE).read_text(encoding="utf-8")
    )
    return template.render(
        title=f"Radonc: {evaluation['id']}",
        made=datetime.now(UTC).strftime("%Y-%m-%d"),
        verdict=verdict(evaluation),
        cautions=[*cautions(evaluation)],
        safety=SAFETY,
        standing=standing_lines(evaluation),
        sections=[section for section in page_sections(evaluation, origin) if section.parts],
    )


def unbroken(cell: str) -> str:
    """A cell whose intervals are not broken between their ends."""
    return re.sub(r", (?=[−\d.]+\])", ",\N{NO-BREAK SPACE}", cell)


def page_sections(evaluation: Mapping[str, Any], origin: Origin) -> list[Section]:
    """What the page says, in its order: danger first, the way to make it again last."""
    found = [
        unsafe_section(evaluation),
        *(_paper_table(task, block) for task, block in evaluation["tasks"].items()),
        regimen_section(evaluation, origin.doses),
        class_section(evaluation),
        _baselines(evaluation),
        declared_section(evaluation),
        score_section(evaluation),
        subgroup_section(evaluation),
        flag_report(evaluation),
        file_section(origin),
        review_section(evaluation),
        origin_section(origin),
        trainings_section(evaluation),
        limit_section(),
        _facts(evaluation),
        capsule_section(origin),
    ]
    if "cases" in evaluation:
        found.append(_cases(evaluation["cases"]))
    return found


def _paper_table(task: str, block: Mapping[str, Any]) -> Section:
    """The paper's table of one task: every metric with its interval, better, worse and tied."""
    name = task_name(task)
    section = Section(f"The paper's table: {name}, {counted(block['n'], 'patient')}")
    for group, caption in (("metrics", ""), ("free_running", "As the model writes it freely.")):
        rows = [
            (
                metric_name(metric),
                number(entry["base"]),
                f"{number(entry['tuned'])} {interval(entry.get('tuned_ci95'))}",
                f"{number(entry['difference'], sign=True)} {interval(entry['ci95'])}",
                _counts(entry),
                _wilcoxon(entry),
            )
            for metric, entry in block.get(group, {}).items()
        ]
        headings = ("", "base", "tuned", "difference", "better / worse / tied", "Wilcoxon p")
        section.table(headings, rows, caption)
    section.say(
        "Wilcoxon's p is the paper's: one-sided, by patient, zeros left out, ties exact, not "
        "corrected. The tests of record are under The declared tests."
    )
    drawn = [
        (f"{who(model)}, {metric_name(metric)}", block["metrics"][metric][model], *ends)
        for metric in ("accuracy", "rouge1")
        for model in ("tuned", "base")
        if (ends := block["metrics"][metric].get(f"{model}_ci95"))
    ]
    if drawn:
        section.parts.append(Picture(partial(plots.intervals, drawn), f"{name}: 95 % intervals."))
    return section


def _counts(entry: Mapping[str, Any]) -> str:
    if "better" not in entry:
        return NONE
    return f"{entry['better']} / {entry['worse']} / {entry['tied']}"


def _wilcoxon(entry: Mapping[str, Any]) -> str:
    p = p_value(entry["p_one_sided"])
    return p if p == NONE or not entry.get("method") else f"{p} ({entry['method']})"


def _baselines(evaluation: Mapping[str, Any]) -> Section:
    section = Section("Baselines")
    for task, block in evaluation["tasks"].items():
        metrics = [m for m in ("accuracy", "rouge1", "f1_macro") if m in block["metrics"]]
        rows = [("tuned model", *(number(block["metrics"][m]["tuned"]) for m in metrics))]
        rows += [
            (
                baseline_name(name),
                *(
                    f"{number(beside[task]['metrics'][m]['value'])} "
                    f"{interval(beside[task]['metrics'][m]['ci95'])}"
                    for m in metrics
                ),
            )
            for name, beside in evaluation["baselines"].items()
            if task in beside
        ]
        section.table((task_name(task), *map(metric_name, metrics)), rows)
    for sentence in prompt_lines(evaluation):
        section.say(sentence)
    return section


def _facts(evaluation: Mapping[str, Any]) -> Section:
    section = Section("What was evaluated")
    rows = [
        ("data set", str(evaluation.get("dataset") or NONE)),
        ("test patients", str(evaluation["test_patients"])),
        ("times these test metrics were read", str(evaluation["test_reads"])),
        ("device", str(evaluation["device"])),
        *(
            (f"{model} file", f"{f['name']}:{f['quant']} SHA-256 {f['sha256']}")
            for model in ("tuned", "base")
            if (f := evaluation[model])
        ),
        *([("audit log", str(evaluation["audit"]))] if "audit" in evaluation else []),
        *((name.replace("_", " "), text) for name, text in evaluation.get("methods", {}).items()),
    ]
    section.table(("", ""), rows, prose=True)
    return section


def _cases(cases: Iterable[Mapping[str, Any]]) -> Section:
    section = Section("Test cases, with their text")
    for case in cases:
        section.say(case["case_id"], strong=True)
        section.parts.append(Source("\n".join(case_lines(case))))
    return section
