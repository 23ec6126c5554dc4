"""What an evaluation adds to a model card: Hugging Face's ``model-index``, and a table of it.

A bundle is sealed before it is evaluated, so that these numbers cannot stand in its own card; a
card with them is written elsewhere, and names the file that was tested by its SHA-256. Computes
nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from exports.report.words import counted, interval, number, task_name
from store.lines import dumps

KINDS: Mapping[str, str] = {"accuracy": "accuracy", "rouge1": "rouge", "f1_macro": "f1"}
"""The metrics of a card, by what Hugging Face calls them."""
NAMES: Mapping[str, str] = {"accuracy": "exact", "rouge1": "ROUGE-1", "f1_macro": "F1, macro"}


def model_index(evaluation: Mapping[str, Any], dataset_sha256: str) -> str:
    """The lines of ``model-index`` for a card's front matter; each result is JSON, which is YAML.

    Each metric has in ``args`` its interval, the base's value, the patients, and the SHA-256 of
    the file that answered.
    """
    tuned = evaluation["tuned"]
    dataset = {
        "type": "private",
        "name": f"{evaluation['dataset']}, test patients",
        "split": "test",
        "revision": dataset_sha256,
    }
    results = [
        {
            "task": {"type": "text-generation", "name": task_name(task)},
            "dataset": dataset,
            "metrics": [
                {
                    "type": KINDS.get(name, name),
                    "name": f"{task_name(task)}, {NAMES.get(name, name)}",
                    "value": value,
                    "args": {**args, "file": tuned["file"], "sha256": tuned["sha256"]},
                }
                for name, value, args in _metrics(evaluation, task)
            ],
        }
        for task in evaluation["tasks"]
    ]
    name = dumps(f"{tuned['name']}:{tuned['quant']}")
    head = ["model-index:", f"- name: {name}", "  results:"]
    return "\n".join([*head, *(f"  - {dumps(result)}" for result in results)])


def _metrics(
    evaluation: Mapping[str, Any], task: str
) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """(name, the tuned model's value, interval and what stands beside) of one task."""
    block = evaluation["tasks"][task]
    for name in KINDS:
        entry = block["metrics"].get(name)
        if entry and entry["tuned"] is not None:
            args = {"ci95": entry.get("tuned_ci95"), "base": entry["base"], "patients": block["n"]}
            yield name, entry["tuned"], args
    unsafe = (evaluation.get("unsafe") or {}).get("rows", []) if task == "regimen" else []
    for row in unsafe:
        cell = row["models"]["tuned"]
        if row["key"] == "any" and cell["n"]:
            args = {"upper95": cell["upper95"], "cases": cell["n"]}
            yield "unsafe", cell["count"] / cell["n"], args


def _sure(args: Mapping[str, Any]) -> str:
    return interval(args["ci95"]) if "ci95" in args else f"at most {number(args['upper95'])}"


def result_text(evaluation: Mapping[str, Any]) -> list[str]:
    """The same as paragraphs of Markdown, with what the numbers are of."""
    tuned = evaluation["tuned"]
    rows = [
        f"| {task_name(task)}, {NAMES.get(name, name)} | {number(value)} | {_sure(args)} | "
        f"{number(args.get('base'))} |"
        for task in evaluation["tasks"]
        for name, value, args in _metrics(evaluation, task)
    ]
    head = ["| on test patients | tuned | 95 % | base |", "|---|---:|---:|---:|"]
    reads = counted(evaluation["test_reads"], "time")
    return [
        f"{evaluation['id']}: `{tuned['file']}` (SHA-256 `{tuned['sha256']}`) on "
        f"{counted(evaluation['test_patients'], 'test patient')} of {evaluation['dataset']}, "
        f"whose test metrics have been read {reads}.",
        "\n".join([*head, *rows]),
    ]
