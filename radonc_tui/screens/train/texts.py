"""What the screen of training says, in words: no widget, no file.

Every colour has a word or a sign beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from radonc_tui.actions.live import Snapshot
from radonc_tui.actions.plans import RunPlan, duration
from trainer.settings import STANDARD, TrainSettings, as_text

SIGNS = {
    "queued": "◌ queued: waits for the accelerator",
    "running": "▶ training",
    "stopping": "◐ stopping: keeps a checkpoint first",
    "done": "✔ done",
    "failed": "✗ failed",
    "stopped": "■ stopped",
    "died": "✗ died: its process is gone; r resumes it",
}
CELLS = 12


def plan_text(plan: RunPlan) -> Text:
    """The whole plan, to be read before starting."""
    text = Text()
    text.append(f"{plan.cases} cases, {plan.pairs} pairs, ", "bold")
    text.append(
        f"{plan.steps} steps of {plan.batch_cases} cases ({plan.passes:g} passes)\n", "bold"
    )
    parts = [f"{name} {part.cases} ({part.patients})" for name, part in plan.parts.items()]
    text.append(f"split: {', '.join(parts)} cases (patients)\n")
    text.append(f"leakage: ✔ {plan.leaked_patients} patients in training and in test\n")
    found = plan.estimate
    memory = f"{found.memory_mb / 1024:.1f} of {found.available_mb / 1024:.1f} GiB"
    text.append(f"about {duration(found.seconds)}, {memory} (rough) on {found.machine}\n")
    text.append(f"time {found.basis}\n", "dim")
    if plan.synthetic:
        text.append("SYNTHETIC cases\n", "bold")
    for caution in plan.cautions:
        text.append(f"! {caution}\n", "bold")
    return text


def headline(shown: Mapping[str, Any], snapshot: Snapshot) -> str:
    """Which run this is and how it stands."""
    synthetic = " · SYNTHETIC" if shown["synthetic"] else ""
    state = SIGNS.get(snapshot.state, snapshot.state)
    if snapshot.state == "running" and snapshot.progress.stage != "train":
        state = f"▶ {snapshot.progress.stage}"
    return f"{shown['id']}{synthetic}  {state}"


def what_it_is(shown: Mapping[str, Any]) -> str:
    """Base, data set, tasks and preset in one line; what follows where something does."""
    preset = f" · {shown['preset']}" if shown["preset"] else ""
    line = f"{shown['base']} · {shown['dataset']} · {', '.join(shown['tasks'])}{preset}"
    then = shown["then"]
    return f"{line} · then {' and '.join(then['steps'])}: {then['state']}" if then else line


def progress_line(snapshot: Snapshot) -> str:
    """How far it is, with the newest numbers."""
    progress, numbers = snapshot.progress, snapshot.numbers
    parts: list[str] = []
    if progress.total:
        full = CELLS * min(progress.done, progress.total) // progress.total
        bar = "█" * full + "░" * (CELLS - full)
        parts.append(f"{bar} {progress.done}/{progress.total} {progress.unit}".rstrip())
    known = (
        ("loss", "loss {:.2f}"),
        ("validation_loss", "validation {:.2f}"),
        ("tokens_per_second", "{:.0f} tokens/s"),
        ("memory_mb", "{:.0f} MB"),
        ("card_memory_mb", "card {:.0f} MB"),
    )
    parts += [words.format(numbers[name]) for name, words in known if name in numbers]
    if snapshot.seconds_to_go is not None and progress.stage == "train":
        parts.append(f"{duration(snapshot.seconds_to_go)} to go")
    return " · ".join(parts) or "starting …"


def samples_text(samples: Sequence[Mapping[str, Any]]) -> Text:
    """The sample answers, those of the newest evaluation first."""
    text = Text()
    for step in sorted({row["step"] for row in samples}, reverse=True):
        rows = [row for row in samples if row["step"] == step]
        same = sum(row["answer"] == row["reference"] for row in rows)
        text.append(f"after step {step}: {same} of {len(rows)} as the reference", "bold")
        text.append(" (SYNTHETIC)\n" if rows[0]["synthetic"] else "\n")
        case = ""
        for row in rows:
            if row["case_id"] != case:
                case = row["case_id"]
                text.append(f"{case}\n", "dim")
            equal = row["answer"] == row["reference"]
            text.append(f" {'=' if equal else '≠'} {row['task']:9}{row['answer']}\n")
            if not equal:
                text.append(f"   {'ref.':9}{row['reference']}\n", "dim")
        text.append("\n")
    return text


def about_text(shown: Mapping[str, Any]) -> Text:
    """Estimate and what became of it, then the settings."""
    text = Text()
    for line in _failure(shown):
        text.append(f"✗ {line}\n\n", "bold")
    for line in _then(shown):
        text.append(f"{line}\n")
    for line in _estimate(shown):
        text.append(f"{line}\n")
    preset = shown["preset"] or STANDARD
    text.append(f"\nsettings (preset {preset}; * differs from the defaults)\n", "bold")
    plain = as_text(TrainSettings())
    for name, value in shown["settings"].items():
        written = "auto" if value is None else str(value).casefold()
        mark = "*" if written != plain.get(name, written) else " "
        text.append(f"{mark} {name:17}{written}\n")
    versions = ", ".join(f"{name} {number}" for name, number in shown["versions"].items())
    text.append(f"\n{versions}\nin the home: runs/{shown['id']}\n", "dim")
    return text


def _failure(shown: Mapping[str, Any]) -> Iterator[str]:
    if "failure" in shown:
        yield shown["failure"]


def _then(shown: Mapping[str, Any]) -> Iterator[str]:
    then = shown["then"]
    if then:
        made = " ".join(then[name] for name in ("bundle", "evaluation") if then.get(name))
        yield f"then {' and '.join(then['steps'])}: {then['state']} {made}".rstrip()


def _estimate(shown: Mapping[str, Any]) -> Iterator[str]:
    estimate, metrics = shown["estimate"], shown["metrics"]
    if not estimate:
        return
    whole = shown["state"] == "done"
    took = metrics.get("seconds") if whole else None
    used = metrics.get("card_memory_mb") or metrics.get("memory_mb")
    yield _compared("time", _minutes, estimate["seconds"], took)
    yield _compared("memory", _gib, estimate["memory_mb"], used)
    yield f"the time was {estimate['basis']}" if took else f"time {estimate['basis']}"


def _compared(what: str, words: Callable[[float], str], said: float, found: float | None) -> str:
    if not found:
        return f"{what}: about {words(said)} estimated"
    return f"{what}: {words(found)}; estimated {words(said)} ({(said - found) / found:+.0%})"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"


def _gib(megabytes: float) -> str:
    return f"{megabytes / 1024:.1f} GiB"
