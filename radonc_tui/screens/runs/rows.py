"""What the tables of the screen of runs hold: a row for each thing, a text for each cell.

Data in, cells out; no widget. Every colour stands beside a sign or a word that says the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rich.text import Text

from exports.evaluation.details import BETTER, WORSE, Answer, CodeCount, JudgedCase, Metric
from exports.report.side_by_side import Compared, SideBySide
from exports.report.words import (
    NONE,
    baseline_name,
    counted,
    interval,
    metric_name,
    number,
    p_value,
    task_name,
)
from radonc_tui.widgets.window import Column

Row: TypeAlias = Mapping[str, Any]

RUN_COLUMNS = (
    Column("mark", "", width=1),
    Column("id", "run", width=19),
    Column("state", "state", width=10),
    Column("step", "step", width=9, justify="right"),
    Column("valid", "valid.", width=6, justify="right"),
    Column("bundles", "bundles", width=7, justify="right"),
    Column("cases", "cases", width=9),
    Column("base", "base model", least=6),
    Column("loss", "loss", width=6, justify="right"),
    Column("speed", "tokens/s", width=8, justify="right"),
)
EVALUATION_COLUMNS = (
    Column("id", "evaluation", width=20),
    Column("state", "state", width=10),
    Column("patients", "n", width=5, justify="right"),
    Column("verdict", "verdict", least=24),
    Column("cases", "cases", width=9),
)
METRIC_COLUMNS = (
    Column("metric", "metric", least=14),
    Column("base", "base", width=5, justify="right"),
    Column("tuned", "tuned", width=5, justify="right"),
    Column("difference", "difference [95% CI]", width=19, justify="right"),
    Column("p", "p", width=5, justify="right"),
    Column("p_holm", "Holm", width=5, justify="right"),
    Column("best", "baseline", width=8, justify="right"),
    Column("patients", "+/−/=", width=8, justify="right"),
    Column("majority", "majority", width=8, justify="right"),
    Column("tfidf_lr", "TF-IDF+LR", width=9, justify="right"),
    Column("nearest", "nearest", width=8, justify="right"),
    Column("base_prompted", "prompted", width=8, justify="right"),
)
CODE_COLUMNS = (
    Column("code", "ICD-10", width=9),
    Column("cases", "cases", width=6, justify="right"),
    Column("base", "base right", width=10, justify="right"),
    Column("tuned", "tuned right", width=11, justify="right"),
    Column("wrong", "commonest wrong answer, tuned", least=20),
)
CASE_COLUMNS = (
    Column("change", "change", width=8),
    Column("task", "task", width=8),
    Column("reference", "reference", least=13),
    Column("base", "base", least=13),
    Column("tuned", "tuned", least=13),
    Column("id", "case", width=17),
)
SIGNS = {
    "done": "✓",
    "running": "▶",
    "queued": "…",
    "stopping": "■",
    "stopped": "■",
    "failed": "✗",
    "died": "✗",
    "damaged": "✗",
}
CHANGES = {BETTER: "+ better", WORSE: "− worse"}


@dataclass(frozen=True)
class Ink:
    """The theme's colours for what is good and what is bad, as Rich styles; empty for none."""

    good: str = ""
    bad: str = ""


def state_cell(state: str, ink: Ink) -> Text:
    style = {"done": ink.good}.get(state, ink.bad if SIGNS.get(state) == "✗" else "")
    return Text(f"{SIGNS.get(state, '')} {state}", style)


def run_row(run: Row, marked: Sequence[str], bundles: Sequence[str], ink: Ink) -> Row:
    """One run; ``bundles`` are those that were exported of it."""
    return {
        "run": run,
        "mark": "●" if run["id"] in marked else "",
        "id": run["id"],
        "state": state_cell(run["state"], ink),
        "step": f"{run['step']}/{run['steps']}",
        "valid": number(run["validation_loss"]),
        "bundles": len(bundles) or "",
        "cases": "synthetic" if run["synthetic"] else "",
        "base": run["base"],
        "loss": number(run["loss"]),
        "speed": "" if run["tokens_per_second"] is None else f"{run['tokens_per_second']:.0f}",
    }


def evaluation_row(line: Row, ink: Ink) -> Row:
    """One evaluation; its verdict is the first thing to know of it."""
    return {
        "evaluation": line,
        "id": line["id"],
        "state": state_cell(line["state"], ink),
        "patients": line.get("patients"),
        "verdict": line["verdict"],
        "cases": "synthetic" if line.get("synthetic") else "",
    }


def metric_rows(metrics: Sequence[Metric], ink: Ink) -> list[Row]:
    """A title for each task, then its metrics; freely written answers after the others."""
    rows: list[Row] = []
    for metric in metrics:
        title = task_name(metric.task) + (", freely" if metric.freely else f" (n {metric.n})")
        if not rows or rows[-1]["title"] != title:
            rows.append({"title": title, "metric": Text(title, "bold")})
        rows.append({"title": title, **_metric_row(metric, ink)})
    return rows


def _metric_row(metric: Metric, ink: Ink) -> Row:
    difference = number(metric.difference, 2, sign=True)
    if metric.ci95:
        difference += " " + interval(metric.ci95, 2)
    changed = f"{metric.better}/{metric.worse}/{metric.tied}"
    return {
        "of": metric,
        "metric": f"  {metric_name(metric.name)}",
        "base": number(metric.base),
        "tuned": number(metric.tuned),
        "difference": difference,
        "p": p_value(metric.p_exact),
        "p_holm": p_value(metric.p_holm),
        "best": _best(metric, ink),
        "patients": NONE if metric.better is None else changed,
        **{name: number(value) for name, value in metric.baselines.items()},
    }


def _best(metric: Metric, ink: Ink) -> Text:
    """The best baseline's value, marked where the tuned model is not above it."""
    values = [value for value in metric.baselines.values() if value is not None]
    if not values or metric.tuned is None or metric.name == "unparsed":
        return Text(NONE)
    best = max(values)
    sign = "!" if best > metric.tuned + 1e-9 else "=" if best > metric.tuned - 1e-9 else ""
    return Text(f"{number(best)}{sign or ' '}", ink.bad if sign == "!" else "")


def metric_text(metric: Metric) -> str:
    """Everything about one metric, in lines."""
    facts = {
        "base": number(metric.base),
        "tuned": number(metric.tuned),
        "difference": number(metric.difference, sign=True),
        "95 % interval": interval(metric.ci95) if metric.ci95 else _none(metric.ci95_reason),
        "p, exact": p_value(metric.p_exact),
        "p, Holm": p_value(metric.p_holm),
        "p, Wilcoxon": _none(metric.reason)
        if metric.p_wilcoxon is None
        else p_value(metric.p_wilcoxon),
        "better, worse, same": NONE
        if metric.better is None
        else f"{metric.better}, {metric.worse}, {metric.tied} of {counted(metric.n, 'patient')}",
        **{baseline_name(name): number(value) for name, value in metric.baselines.items()},
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    freely = ", written freely" if metric.freely else ""
    return "\n".join([f"{task_name(metric.task)}{freely}, {metric_name(metric.name)}", *lines])


def _none(reason: str) -> str:
    return f"{NONE} ({reason})" if reason else NONE


def code_row(row: CodeCount) -> Row:
    return {
        "code": row.code,
        "cases": row.cases,
        "base": NONE if row.base is None else row.base,
        "tuned": row.tuned,
        "wrong": f"{row.wrong} ({row.times} of {row.cases})" if row.times else "",
    }


def case_row(case: JudgedCase, ink: Ink) -> Row:
    """One pair of a case and a task; ✓ and ✗ before an answer say whether it is right."""
    colour = {BETTER: ink.good, WORSE: ink.bad}.get(case.change, "")
    return {
        "case": case,
        "change": Text(CHANGES.get(case.change, "= same" if case.change else ""), colour),
        "task": task_name(case.task),
        "reference": case.reference,
        "base": answer_cell(case.base, ink),
        "tuned": answer_cell(case.tuned, ink),
        "id": case.case_id,
    }


def answer_cell(answer: Answer | None, ink: Ink) -> Text:
    if answer is None:
        return Text(NONE)
    sign, colour = ("✓", ink.good) if answer.right else ("✗", ink.bad)
    return Text.assemble((f"{sign} ", colour), answer.text)


def compared_columns(runs: Sequence[str]) -> tuple[Column, ...]:
    """One column for each run after the name of the fact."""
    columns = [Column(run, run, least=19) for run in runs]
    return (Column("sign", "", width=1), Column("name", "", width=24), *columns)


def compared_rows(found: SideBySide) -> list[Row]:
    """A title for each part, then its facts; ≠ where the runs are not alike."""
    rows: list[Row] = []
    part = ""
    for fact in found.rows:
        if fact.part != part:
            part = fact.part
            rows.append({"name": Text(part, "bold")})
        rows.append(_compared_row(fact, found.runs))
    return rows


def _compared_row(fact: Compared, runs: Iterable[str]) -> Row:
    style = "bold" if fact.differs else ""
    cells = {run: Text(_fact(value), style) for run, value in zip(runs, fact.values, strict=True)}
    return {"sign": "≠" if fact.differs else "", "name": f"  {fact.name}", **cells}


def _fact(value: Any) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
