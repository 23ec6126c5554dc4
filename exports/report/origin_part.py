"""The report's last parts: the file that is deployed, its training, limits, and the capsule.

Words and rows for what the export and the run left; computes nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from exports.evaluation.drift_limit import DriftLimit, beyond, by_device
from exports.report import plots
from exports.report.document import Picture, Section, Source
from exports.report.words import interval, number, task_name


@dataclass(frozen=True)
class Origin:
    """What a report says beside its evaluation; what is not known is empty.

    ``doses`` are (reference, predicted) in Gy of answers that can be read; ``metrics`` is what the
    run measured.
    """

    bundle: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metrics: Mapping[str, Any] = field(default_factory=dict[str, Any])
    dataset: Mapping[str, Any] = field(default_factory=dict[str, Any])
    capsule: Mapping[str, Any] = field(default_factory=dict[str, Any])
    doses: tuple[tuple[float, float], ...] = ()
    limit: DriftLimit = field(default_factory=DriftLimit)


LIMITS = (
    "The test patients were treated in this institution; nothing here says how the model answers "
    "about patients of another one.",
    "The reference is what was prescribed, not what was best; where training patients with the "
    "same fields received different regimens no model can be right about all.",
    "A regimen is judged as it is written: contours, constraints and plan quality are not seen.",
    "Intervals hold for patients like these and for this one training; another training of the "
    "same data may differ.",
)


def file_section(origin: Origin) -> Section:
    """How far each quantization drifts from the tuned model at full precision."""
    section = Section("The file that is deployed")
    files = {quant: file.get("drift") for quant, file in origin.bundle.get("quants", {}).items()}
    for quant, drifted in files.items():
        within = beyond(drifted, origin.limit)
        section.say(f"{quant}: {'within the limit.' if not within else ' '.join(within)}")
    rows = [
        (
            f"{quant}, {task_name(task)}",
            device,
            f"{found['changed']} / {found['n']}",
            f"{number(found['lost'], sign=True)} {interval(found['lost_ci95'])}",
            number(found["kl"], 4),
        )
        for quant, drifted in files.items()
        for device, tasks in by_device(drifted).items()
        for task, found in tasks.items()
    ]
    section.table(
        ("", "device", "answers changed / patients", "accuracy lost", "KL of labels (nats)"),
        rows,
        "Against 16 bits, on validation patients who calibrate.",
    )
    if rows and {row[1] for row in rows} == {"cpu"}:
        section.say("Measured on the CPU only: llama.cpp had no GPU on the machine that exported.")
    if origin.bundle:
        section.say(f"Recommended: {origin.bundle['recommended']}.")
    return section


def origin_section(origin: Origin) -> Section:
    """The cases and the training: funnel, parts, learning curve."""
    section = Section("The cases and the training")
    card = origin.dataset.get("card", {})
    steps = [(step["step"], int(step["count"])) for step in card.get("funnel", {}).get("steps", [])]
    if steps:
        section.parts.append(Picture(partial(plots.funnel, steps), "Curation funnel."))
    rows = [(name, str(count)) for name, count in card.get("parts", {}).items()]
    section.table(("", "cases"), rows)
    losses = list(enumerate(origin.metrics.get("losses", []), 1))
    held = [(int(v["step"]), float(v["loss"])) for v in origin.metrics.get("validation", [])]
    if losses or held:
        section.parts.append(
            Picture(partial(plots.learning_curve, losses, held), "Learning curve.")
        )
    return section


def limit_section() -> Section:
    section = Section("Limits")
    for sentence in LIMITS:
        section.say(sentence)
    return section


def capsule_section(origin: Origin) -> Section:
    """Everything by which the evaluation can be made again."""
    section = Section("Run capsule")
    if origin.capsule:
        section.say("What to type to make this evaluation again, and what it was made of:")
        section.parts.append(Source("\n".join(origin.capsule["commands"])))
        section.parts.append(Source(json.dumps(origin.capsule, indent=1, ensure_ascii=False)))
    return section
