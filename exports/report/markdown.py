"""An evaluation as one Markdown document, for whoever must judge whether the model may be used.

Everything a reader needs to doubt the numbers stands beside them: what was tested and how, on
which device and file, how often the test part was read, and what costs nothing and is as good.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exports.report.cases import cases_markdown
from exports.report.clinical_part import regimen_section, unsafe_section
from exports.report.document import Section, Table, Words
from exports.report.flag_part import flag_report
from exports.report.numbers_part import (
    class_section,
    declared_section,
    prompt_lines,
    score_section,
    standing_lines,
    subgroup_section,
)
from exports.report.review_part import review_section
from exports.report.trainings_part import trainings_section
from exports.report.unseen import COLUMNS as UNSEEN_COLUMNS, unseen_rows, unseen_title
from exports.report.verdict import verdict
from exports.report.words import (
    NONE,
    SAFETY,
    baseline_name,
    better_worse_tied,
    cautions,
    counted,
    declared_p,
    interval,
    metric_name,
    number,
    p_value,
    task_name,
)

_COLUMNS = (
    "metric",
    "base",
    "tuned",
    "difference",
    "95 % CI",
    "p, exact",
    "p, Holm",
    "Wilcoxon p",
    "better / worse / tied",
    "n",
)


def markdown(evaluation: Mapping[str, Any]) -> str:
    """The report; its first line is the verdict.

    It holds the text of cases only where the evaluation was given ``cases``.
    """
    parts = [f"# {verdict(evaluation)}", *SAFETY]
    parts += [f"**{caution}**" for caution in cautions(evaluation)]
    parts += standing_lines(evaluation)
    parts += _section(unsafe_section(evaluation))
    parts += ["## What was evaluated", _facts(evaluation), _models(evaluation)]
    parts += ["## Base and tuned"]
    for task, block in evaluation["tasks"].items():
        parts += _task(task, block)
    parts += ["## Baselines", *_baselines(evaluation)]
    for section in BEYOND:
        parts += _section(section(evaluation))
    parts += ["## How it was measured", _methods(evaluation)]
    if "cases" in evaluation:
        parts += cases_markdown(evaluation["cases"])
    return "\n\n".join(parts) + "\n"


BEYOND = (
    *(regimen_section, class_section, declared_section, score_section, subgroup_section),
    *(flag_report, review_section, trainings_section),
)
"""What an evaluation says beyond the paper's tables, in the order of the page."""


def _section(section: Section) -> list[str]:
    """A section of the page in Markdown; its pictures are left to the page."""
    found: list[str] = []
    for part in section.parts:
        if isinstance(part, Words):
            found.append(part.text)
        elif isinstance(part, Table):
            found += [part.caption] if part.caption else []
            found.append(table(part.headings, part.rows))
    return [f"## {section.title}", *found] if found else []


def _facts(evaluation: Mapping[str, Any]) -> str:
    facts = {
        "Evaluation": evaluation["id"],
        "Data set": evaluation.get("dataset") or NONE,
        "Cases": "synthetic" if evaluation["synthetic"] else "real",
        "Test patients": evaluation["test_patients"],
        "Test cases": evaluation.get("test_cases", NONE),
        "Test patients also in training": evaluation["leaked_patients"],
        "Times these test metrics were read": evaluation["test_reads"],
        "Test cases with a code not in training": evaluation.get("unseen_codes", NONE),
        "Device": evaluation["device"],
        **({"Audit log": evaluation["audit"]} if "audit" in evaluation else {}),
    }
    return table(("", ""), [(name, str(value)) for name, value in facts.items()])


def _models(evaluation: Mapping[str, Any]) -> str:
    rows = [
        (who, model["name"], model["quant"], model["file"], f"`{model['sha256']}`")
        for who in ("base", "tuned")
        if (model := evaluation[who])
    ]
    return table(("", "model", "quantization", "file", "SHA-256"), rows)


def _task(task: str, block: Mapping[str, Any]) -> list[str]:
    n, name = block["n"], _capital(task_name(task))
    title = f"### {name}, {counted(n, 'patient')}"
    found = [title, _metric_table(block["metrics"], n), _reasons(block["metrics"])]
    found.append(unseen_title(block))
    if rows := unseen_rows(block):
        found.append(table(UNSEEN_COLUMNS, rows))
    if block.get("unparsed_references"):
        found.append(
            f"{counted(block['unparsed_references'], 'reference')} could not be read as a "
            "regimen; the answer to it counts as wrong."
        )
    if "free_running" in block:
        found += [
            f"{name} as the model writes it freely, without the label list:",
            _metric_table(block["free_running"], n),
            _reasons(block["free_running"]),
        ]
    return [part for part in found if part]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _metric_table(entries: Mapping[str, Mapping[str, Any]], n: int) -> str:
    rows = [
        (
            metric_name(name),
            number(entry["base"]),
            number(entry["tuned"]),
            number(entry["difference"], sign=True),
            interval(entry["ci95"]),
            p_value(declared_p(entry)),
            p_value(entry["p_holm"]),
            p_value(entry["p_one_sided"]),
            better_worse_tied(entry).replace("/", " / "),
            str(n),
        )
        for name, entry in entries.items()
    ]
    return table(_COLUMNS, rows)


def _reasons(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Which distribution each p-value came from, and why others are not there."""
    found: dict[str, list[str]] = {}
    for name, entry in entries.items():
        if entry.get("method"):
            how = (
                f"Wilcoxon, {entry['method']} distribution, zeros by {entry['zero_method']}, "
                f"{entry['n_effective']} differ"
            )
            found.setdefault(how, []).append(metric_name(name))
        for key, what in (("reason", ""), ("ci95_reason", "no interval: ")):
            if entry.get(key):
                found.setdefault(what + entry[key], []).append(metric_name(name))
    return "\n".join(f"- {'; '.join(names)}: {what}." for what, names in found.items())


def _baselines(evaluation: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for task, block in evaluation["tasks"].items():
        metrics = list(block["metrics"])
        rows = [("tuned model", *(number(block["metrics"][m]["tuned"]) for m in metrics))]
        for name, beside in evaluation["baselines"].items():
            entries = beside[task]["metrics"]
            cells = (_value(entries[metric]) for metric in metrics)
            rows.append((baseline_name(name), *cells))
        found += [
            f"{_capital(task_name(task))}, {counted(block['n'], 'patient')}, value and 95 % CI:",
            table(("", *map(metric_name, metrics)), rows),
        ]
    return [*found, *prompt_lines(evaluation)]


def _value(entry: Mapping[str, Any]) -> str:
    return f"{number(entry['value'])} {interval(entry['ci95'])}"


def _methods(evaluation: Mapping[str, Any]) -> str:
    rows = [
        f"Declared family, tuned against base: {', '.join(evaluation['family'])}; its exact tests "
        "are corrected by Holm. Wilcoxon's p-values are printed as in the paper and are not the "
        "tests of record.",
    ]
    rows += [
        f"{name.replace('_', ' ')}: {text}." for name, text in evaluation.get("methods", {}).items()
    ]
    return "\n".join(f"- {row}" for row in rows)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: first column to the left, the others to the right."""
    rule = ["---", *["---:"] * (len(headings) - 1)]
    written = [headings, rule, *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in written
    )
