"""The model card of a bundle (``MODEL.md``) in the form of Hugging Face's model cards.

Front matter of YAML, then the sections that a card has. It is made of the manifest's facts, and of
an evaluation where there is one; it holds no case text, and what the model is good for clinically
is not here but in a report.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from exports.card_results import model_index, result_text
from exports.recipes import adapter_command, example_prompt, server_command
from exports.report.words import SAFETY, counted
from store.lines import dumps

PIPELINE, LIBRARY = "text-generation", "gguf"
TAGS = ("radiation-oncology", "lora", "unsloth", "llama.cpp")
_UNTESTED = (
    "How it answers about test patients `radonc evaluate` measures; `radonc report EVALUATION "
    "--card FILE` writes this card with those numbers and the SHA-256 of the file they are of."
)
REAL_TAG, SYNTHETIC_TAG = "derived-from-patient-data", "synthetic-data"


def card_text(facts: Mapping[str, Any], evaluation: Mapping[str, Any] | None = None) -> str:
    """The card of the bundle whose manifest holds ``facts``, with the numbers of an evaluation."""
    parts = [_front_matter(facts, evaluation), f"# {facts['id']}", *_summary(facts)]
    parts += ["## Intended use", _intended(facts)]
    parts += ["## Out of scope", *SAFETY, _out_of_scope(facts)]
    parts += ["## Training data", _training(facts)]
    parts += ["## Evaluation", *_evaluation(facts, evaluation)]
    parts += ["## How to run", *_running(facts)]
    parts += ["## Privacy", *_privacy(facts)]
    parts += ["## Limits", _limits(facts)]
    return "\n\n".join(parts) + "\n"


def extraction_line(found: Mapping[str, Any]) -> str:
    """What the extraction test found, in one line; ``found`` is a manifest's ``extraction``."""
    if not found.get("measured"):
        return f"not run: {found.get('reason', 'made by an older version')}"
    said = ["no training text is long enough to complete"]
    if found["prefixes"]:
        base = found["base_reproduced"]
        said = [
            f"{found['reproduced']} of {counted(found['prefixes'], 'training text')} come back "
            f"(at most {found['upper95']:.1%} by the 95 % bound; "
            f"{'no base' if base is None else f'base {base}'})"
        ]
    if found["canaries"]:
        said.append(f"{found['exposed']} of {counted(found['canaries'], 'canary', 'canaries')}")
        said[-1] += " exposed"
    else:
        said.append("no canaries were planted")
    if found["answers_exposed"] is not None:
        said.append(f"answers of {found['answers_exposed']} remembered")
    return f"{'passed' if found['passed'] else '! GOAL MISSED'}: {', '.join(said)}"


def _front_matter(facts: Mapping[str, Any], evaluation: Mapping[str, Any] | None) -> str:
    # a quoted JSON string is YAML, whatever a licence or a name holds
    tags = [*TAGS, SYNTHETIC_TAG if facts["synthetic"] else REAL_TAG]
    return "\n".join(
        [
            "---",
            f"license: {dumps(facts['base']['licence'])}",
            f"base_model: {dumps(facts['base']['name'])}",
            f"library_name: {LIBRARY}",
            f"pipeline_tag: {PIPELINE}",
            "language: en",
            "tags:",
            *(f"  - {tag}" for tag in tags),
            *([model_index(evaluation, facts["dataset"]["sha256"])] if evaluation else []),
            "---",
        ]
    )


def _summary(facts: Mapping[str, Any]) -> list[str]:
    origin = "**synthetic** cases" if facts["synthetic"] else "a clinic's own cases"
    said = (
        f"A LoRA tuning of {facts['base']['name']} (licence: {facts['base']['licence']}) on "
        f"{origin}: data set {facts['dataset']['id']}, {facts['run']}."
    )
    return [f"**{facts['notice']}**", said] if facts["notice"] else [said]


def _intended(facts: Mapping[str, Any]) -> str:
    return (
        f"From the text of a diagnosis: {', '.join(facts['tasks'])}. For retrospective study and "
        "research in the institution whose cases it learned from, by people who can judge a "
        "prescription."
    )


def _out_of_scope(facts: Mapping[str, Any]) -> str:
    other = "Other institutions' patients, other tasks, free conversation."
    return f"Publication, and use outside of the institution. {other}" if facts["notice"] else other


def _training(facts: Mapping[str, Any]) -> str:
    training, dataset = facts.get("training", {}), facts["dataset"]
    rows = [f"- Data set {dataset['id']}, SHA-256 `{dataset['sha256']}`."]
    if training.get("cases"):
        rows.append(
            f"- {counted(training['cases'], 'case')}, {counted(training['steps'], 'step')}, "
            f"{training['precision']} on {training['device']}."
        )
    if training.get("canaries"):
        many = counted(training["canaries"], "made-up case", "made-up cases")
        rows.append(f"- And {many} (canaries) that the extraction test looks for.")
    rows += [
        f"- Labels of {task}: {len(labels)}, those of the training cases."
        for task, labels in facts["labels"].items()
    ]
    return "\n".join(rows)


def _evaluation(facts: Mapping[str, Any], evaluation: Mapping[str, Any] | None) -> list[str]:
    rows = [
        f"| {quant} | {v['bytes'] / 1e6:.0f} MB | {v['top_token']:.1%} | {v['mean_kl']:.4f} | "
        f"`{v['sha256']}` |"
        for quant, v in facts["quants"].items()
    ]
    head = ["| file | size | same top token | KL (nats) | SHA-256 |", "|---|---|---|---|---|"]
    tested = result_text(evaluation) if evaluation else [_UNTESTED]
    return [
        "Each file was compared with the trained model before it was kept. "
        f"Recommended: {facts['recommended']}.",
        "\n".join([*head, *rows]),
        *tested,
    ]


def _running(facts: Mapping[str, Any]) -> list[str]:
    """Without this program; what is then missing is said."""
    name = facts["id"]
    rows = [
        f"- Radonc: `radonc predict --model {name}` asks with the closed lists, their "
        "probabilities and the evidence.",
        f"- llama.cpp: `{server_command(facts)}` in this folder.",
        f"- Ollama: `ollama create {name} -f Modelfile`, then `ollama run {name}`.",
    ]
    command = adapter_command(facts)
    if command:
        on = facts["adapter"]["on"]
        rows.append(
            f"- The adapter alone, on {on['name']} {on['quant']} (SHA-256 `{on['sha256']}`): "
            f"`{command}`."
        )
    return [
        "\n".join(rows),
        "A prompt is the diagnosis on one line and the question, without a chat template:",
        f"```\n{example_prompt()}\n```",
        "Years later, `sha256sum -c SHA256SUMS` or `radonc models verify FOLDER` says whether "
        "these files are those that were checked.",
    ]


def _privacy(facts: Mapping[str, Any]) -> list[str]:
    found = facts["extraction"]
    parts = [f"Extraction test, {extraction_line(found)}."]
    if found["measured"]:
        parts.append("\n".join(_extraction_rows(found)))
    if facts["notice"]:
        parts.append(
            "Whether the cases were de-identified is for the institution to say; a test that finds "
            "nothing does not show that nothing can be found."
        )
    return parts


def _extraction_rows(found: Mapping[str, Any]) -> list[str]:
    """The numbers behind the line, and what each means."""
    rows = [
        f"- Measured on {found['quant']}. The first half of a training diagnosis, completed "
        f"greedily, {_times(found['reproduced'], found['prefixes'])} word for word the words that "
        f"follow; by the untuned base {_times(found['base_reproduced'], found['prefixes'])}; "
        f"{found['beyond_base']} by this file alone."
    ]
    if found["canaries"]:
        rows.append(
            f"- A canary's random number among {found['candidates']}: exposure "
            f"{_bits(found['exposure_bits'])} (1.4 on average without memory)."
        )
    if found["answers_exposed"] is not None:
        rows.append(
            f"- A canary's random answer among {found['answer_candidates']}: exposure "
            f"{_bits(found['answer_exposure_bits'])}. Answers are what training teaches: who "
            "knows a case's diagnosis word for word may learn its answer."
        )
    return rows + [f"- Goal missed: {failure}." for failure in found["failures"]]


def _times(count: int | None, of: int) -> str:
    return "not measured" if count is None else f"{count} of {of}"


def _bits(bits: Sequence[float]) -> str:
    return f"{', '.join(f'{each:.1f}' for each in bits)} bits"


def _limits(facts: Mapping[str, Any]) -> str:
    rows = [
        "- It answers any text, also one that is no diagnosis; a score says how sure the model is "
        "of its words, not how often it is right.",
        "- It knows no modality and no code but the training labels; the program lets it choose "
        "from these alone.",
    ]
    if facts["synthetic"]:
        rows.append("- Its cases were generated, not treated: its answers say nothing of patients.")
    return "\n".join(rows)
