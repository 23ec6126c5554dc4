"""``radonc export``, ``evaluate`` and ``predict``."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from exports.card import extraction_line
from exports.flags.flag import flag_line
from exports.report.table import lines
from radonc_tui.actions import (
    evaluate as evaluate_actions,
    export as export_actions,
    predict as predict_actions,
)
from radonc_tui.actions.all_codes import proof_line
from radonc_tui.actions.asking import sign_off
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.errors import BadUsage
from store.privacy.kinds import told


@click.command()
@click.argument("run", default="latest")
@click.option("--quant", "quants", multiple=True, help="Q8_0, Q6_K, Q5_K_M, Q4_K_M, F16.")
@click.option("--adapter", is_flag=True, help="The adapter as a GGUF file of its own, too.")
@json_option
@click.pass_context
def export(
    context: click.Context, run: str, quants: tuple[str, ...], adapter: bool, as_json: bool
) -> None:
    """Turn a run's adapter into verified GGUF files."""
    chosen = quants or export_actions.QUANTS
    request = export_actions.ExportRequest(run, chosen, adapter=adapter)
    result = drive(export_actions.export(session_home(context), request))

    def human(console: Console) -> None:
        manifest = result.manifest
        rows = [
            (quant, f"{v['bytes'] / 1e6:.0f} MB", f"{v['top_token']:.1%}", f"{v['mean_kl']:.4f}")
            for quant, v in manifest["quants"].items()
        ]
        alone = manifest["adapter"]
        if alone:
            file = f"adapter, on {alone['on']['name']}:{alone['on']['quant']}"
            size = f"{alone['bytes'] / 1e6:.0f} MB"
            rows.append((file, size, f"{alone['top_token']:.1%}", f"{alone['mean_kl']:.4f}"))
        elif adapter:
            console.print("The adapter's own file failed its check and was deleted.")
        console.print(table(("file", "size", "same top token", "KL (nats)"), rows))
        if manifest["synthetic"]:
            console.print("Trained on synthetic cases.")
        else:
            console.print(f"! {manifest['notice']}", markup=False)
        line = extraction_line(manifest["extraction"])
        console.print(f"Extraction test: {line}", markup=False, highlight=False)
        for quant in manifest["refused"]:
            console.print(f"{quant} failed its check and was deleted.")
        console.print(f"Next: radonc evaluate {result.bundle_id}")

    emit({"id": result.bundle_id, **result.manifest}, as_json, human)


@click.command()
@click.argument("model", metavar="MODEL[:QUANT]")
@click.option("--against", default="", metavar="MODEL", help="Compare with this; else its base.")
@click.option(
    "--limit", default=0, type=click.IntRange(min=0), help="At most so many test patients; 0: all."
)
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@click.option(
    "--prompts",
    default=evaluate_actions.PROMPT_PATIENTS,
    show_default=True,
    type=click.IntRange(min=0),
    help="Validation patients on whom the base's best prompt is chosen; 0: its plain one alone.",
)
@json_option
@click.pass_context
def evaluate(
    context: click.Context,
    model: str,
    against: str,
    limit: int,
    seed: int,
    prompts: int,
    as_json: bool,
) -> None:
    """Hold the deployed file against its base and the baselines, on test patients."""
    request = evaluate_actions.EvaluateRequest(model, against, limit, seed, prompt_patients=prompts)
    result = drive(evaluate_actions.evaluate(session_home(context), request))

    def human(console: Console) -> None:
        print_evaluation(console, result.evaluation)
        console.print(f"Next: radonc report {result.evaluation_id} --md report.md")

    emit({"evaluation": result.evaluation}, as_json, human)


def print_evaluation(console: Console, evaluation: dict[str, Any]) -> None:
    """The evaluation's table, as wide as the terminal."""
    for line in lines(evaluation, max(console.width, 80)):
        console.print(line, markup=False, highlight=False, no_wrap=True, overflow="ignore")


@click.command()
@click.argument("text", required=False)
@click.option("--in", "source", type=click.Path(path_type=Path), help="A table of diagnoses.")
@click.option("--out", type=click.Path(path_type=Path), help="Where its answers go, as JSON lines.")
@click.option("--model", default="", metavar="MODEL[:QUANT]", help="Else the newest bundle.")
@click.option("--all-codes", is_flag=True, help="The best of all ICD-10-CM codes, exactly.")
@json_option
@click.pass_context
def predict(
    context: click.Context,
    text: str | None,
    source: Path | None,
    out: Path | None,
    model: str,
    all_codes: bool,
    as_json: bool,
) -> None:
    """Regimen, modality and code for a diagnosis; `-` reads it from standard input.

    With --all-codes, the five most probable of all billable ICD-10-CM codes instead.
    """
    home = session_home(context)
    if source or out:
        if not (source and out) or text or all_codes:
            raise BadUsage("Give --in and --out together, and no text.")
        asked = predict_actions.PredictFileRequest(source, out, model)
        done = drive(predict_actions.predict_file(home, asked))
        emit(done, as_json, lambda console: print_file(console, done))
        return
    if text in (None, "-"):
        text = sys.stdin.read()
    if all_codes:
        searched = drive(predict_actions.predict_all_codes(home, text or "", model))
        emit(searched, as_json, lambda console: print_all_codes(console, searched))
        return
    request = predict_actions.PredictRequest((text or "",), model)
    answer = drive(predict_actions.predict(home, request))
    emit(answer, as_json, lambda console: print_predictions(console, answer))


def print_file(console: Console, done: dict[str, Any]) -> None:
    """How many rows were answered, could not be asked, or were stopped by a flag."""
    before = f" ({done['resumed']} of them before)" if done["resumed"] else ""
    console.print(f"{done['answered']} of {done['rows']} rows answered{before}: {done['out']}")
    if done["errors"]:
        console.print(f"{done['errors']} could not be asked and say why.")
    if done["stopped"]:
        console.print(f"{done['stopped']} have a flag that stops an answer.")


EVIDENCE = ("  nearest training cases", "regimen", "modality", "code")


def evidence_row(near: dict[str, Any]) -> tuple[str, ...]:
    """A training case near to what was asked, as cells of ``EVIDENCE``."""
    where = ", ".join(filter(None, (near["site"], near["intent"])))
    return (
        f"  {near['similarity']:.2f} {where}",
        near["regimen"],
        near["modality"],
        near["icd10"],
    )


def print_predictions(console: Console, answer: dict[str, Any]) -> None:
    """Each diagnosis with its three answers and their scores."""
    for made in answer["predictions"]:
        console.print(made["diagnosis"], markup=False, highlight=False)
        if made.get("taken_out"):
            console.print(f"  taken out first: {told(made['taken_out'])}", markup=False)
        rows = []
        for task in ("regimen", "modality", "icd10"):
            if task not in made:
                continue
            others = [f"{k} {v:.2f}" for k, v in list(made[task]["scores"].items())[1:4]]
            if made[task].get("abstained"):
                rows.append((f"  {task}", "not given", "", ""))
                continue
            score = made[task]["score"]
            kind = "probability" if made[task]["scores"] else "model score"
            shown = "no score" if score is None else f"{kind} {score:.2f}"
            rows.append((f"  {task}", made[task]["text"], shown, " ".join(others)))
        console.print(table(("", "answer", "score", "next"), rows))
        for flag in made.get("flags", []):
            console.print(f"  ! {flag_line(flag)}", markup=False, highlight=False)
        if made.get("evidence"):
            console.print(table(EVIDENCE, map(evidence_row, made["evidence"])))
    _print_origin(console, answer)


def print_all_codes(console: Console, answer: dict[str, Any]) -> None:
    """The best of all codes, what is proven of the others, and the time it took."""
    console.print(answer["diagnosis"], markup=False, highlight=False)
    if answer["taken_out"]:
        console.print(f"  taken out first: {told(answer['taken_out'])}", markup=False)
    rows = [
        (
            f"  {made['code']}",
            f"{made['probability']:.2g}",
            made["description"],
            "" if made["in_training"] else "not in training",
        )
        for made in answer["codes"]
    ]
    console.print(table(("code", "probability", "ICD-10-CM", ""), rows))
    took = answer["seconds"]
    console.print(proof_line(answer["proof"]), highlight=False)
    console.print(
        f"{answer['proof']['tokens_computed']:,} tokens computed; {took['search']:.1f} s of search"
        f", {took['load']:.1f} s to load the model.",
        highlight=False,
    )
    _print_origin(console, answer)


def _print_origin(console: Console, answer: dict[str, Any]) -> None:
    """Which file answered, whether it is signed off, and what the answer is not."""
    model = answer["model"]
    synthetic = ", trained on synthetic cases" if answer["synthetic"] else ""
    console.print(
        f"{model['name']}:{model['quant']} ({model['sha256'][:12]}), {sign_off(answer)}"
        f"{synthetic}: {answer['note']}. Learned only from patients who were irradiated here; it "
        "cannot say whether to treat.",
        highlight=False,
    )
