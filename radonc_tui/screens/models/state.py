"""What the screen of models says of each, as rows and lines; no widget and no action here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.table import Table
from rich.text import Text

from exports.report.words import counted, number, task_name

SURE, BROKEN = "✓ unharmed", "! harmed"


@dataclass(frozen=True)
class Shelf:
    """All models, and what verifying them found since the screen was opened."""

    models: tuple[Mapping[str, Any], ...] = ()
    verified: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def with_models(self, models: Sequence[Mapping[str, Any]]) -> "Shelf":
        """With the models as they are now; of one that is gone nothing is remembered."""
        names = {model["name"] for model in models}
        kept = {name: found for name, found in self.verified.items() if name in names}
        return Shelf(tuple(models), kept)

    def with_verified(self, found: Sequence[Mapping[str, Any]]) -> "Shelf":
        """With what ``verify_models`` found; a model without mismatches is unharmed."""
        added = {each["name"]: tuple(each["mismatches"]) for each in found}
        return replace(self, verified={**self.verified, **added})

    def rows(self) -> list[dict[str, Any]]:
        """A row for each model, bases first, as the table shows it."""
        return [
            {
                "name": model["name"],
                "kind": kind(model),
                "size": size(model["bytes"]),
                "files": " ".join(map(_marked, model["files"])) or "none yet",
                "check": self.check(model["name"]),
                "of": model.get("dataset") or model.get("family", ""),
                "run": model.get("run") or model.get("licence", ""),
            }
            for model in self.models
        ]

    def model(self, name: str) -> Mapping[str, Any] | None:
        """The model with this name."""
        return next((model for model in self.models if model["name"] == name), None)

    def check(self, name: str) -> str:
        """What verifying found, in a word with a sign; "" where it was not verified."""
        if name not in self.verified:
            return ""
        return BROKEN if self.verified[name] else SURE


def kind(model: Mapping[str, Any]) -> str:
    """base, bundle or synthetic bundle."""
    return "synthetic bundle" if model.get("synthetic") else str(model["kind"])


def size(count: int) -> str:
    """Bytes as MB or GB (10^6, 10^9)."""
    if count >= 10_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{count / 1e3:.0f} kB"


def facts(model: Mapping[str, Any]) -> Text:
    """Where the model comes from and where it lies, a line each."""
    said = [("kind", kind(model)), ("size", size(model["bytes"]))]
    if model["kind"] == "bundle":
        said += [
            ("base", f"{model['base']} ({model['licence']})"),
            ("run", model["run"]),
            ("data set", model["dataset"]),
            ("tasks", ", ".join(model["tasks"])),
            *_lines("sign-off", sign_offs(model), "none"),
            *_lines("drift", drifts(model), "not measured"),
            ("extraction", model["extraction"]),
        ]
    else:
        said += [
            ("family", f"{model['family']}, licence {model['licence']}"),
            ("source", model["source"]),
            ("SHA-256", model["sha256"]),
        ]
    said += [("folder", model["path"])]
    lines = [
        Text.assemble((f"{name:<10}", "bold"), f" {value or 'not stated'}") for name, value in said
    ]
    return Text("\n").join(lines)


def _lines(name: str, lines: Sequence[str], none: str) -> list[tuple[str, str]]:
    """Facts of several lines; the name stands before the first."""
    return [("" if place else name, line) for place, line in enumerate(lines or [none])]


def labels(model: Mapping[str, Any]) -> list[str]:
    """NAME:QUANT of each file, the recommended one first."""
    files = sorted(model["files"], key=lambda file: not file["recommended"])
    return [f"{model['name']}:{file['quant']}" for file in files]


def at_work(model: Mapping[str, Any]) -> str:
    """NAME:QUANT of the file that is signed off, else the name, which is the recommended one."""
    signed = [file["quant"] for file in model["files"] if file["signed"]]
    return f"{model['name']}:{signed[0]}" if signed else str(model["name"])


def sign_offs(model: Mapping[str, Any]) -> list[str]:
    """Which file is signed off for what, until when and by whom, a line each."""
    return [
        f"{file['quant']} for {task_name(task)} until {made['ends']} "
        f"({made['physicist']}, {made['physician']})"
        for file in model["files"]
        for task, made in file["signed"].items()
    ]


def drifts(model: Mapping[str, Any]) -> list[str]:
    """How many answers each file changes, against the model as trained, by task and device."""
    return [
        f"{_marked(file)} {task_name(task)}: {found['changed']} changed "
        f"({found['changed_share']:.1%}), accuracy lost {number(found['lost'], sign=True)}, "
        f"{counted(found['n'], 'patient')} ({device})"
        for file in model["files"]
        for device, tasks in file["drift"].items()
        for task, found in tasks.items()
    ]


def measured(model: Mapping[str, Any]) -> Table | Text:
    """The quantizations with what the export measured of each."""
    if not model["files"]:
        return Text("No GGUF file yet: an export makes them beside a bundle.")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("file", "size", "top token", "clear", "KL", "worst", "SHA-256"):
        left = name in ("file", "SHA-256")
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for file in model["files"]:
        table.add_row(
            _marked(file),
            "! missing" if file["missing"] else size(file["bytes"]),
            _share(file["top_token"]),
            _share(file["clear_top_token"]),
            _nats(file["mean_kl"]),
            _nats(file["worst_kl"]),
            file["sha256"][:12],
        )
    return table


MEANING = (
    "* is what the name alone means. Measured at the export, against the trained model in full "
    "precision on real prompts: top token, how often the likeliest next token is the same; clear, "
    "the same where the model is clear about it; KL and worst, how far the probabilities are from "
    "the model's, on average and at most, in nats."
)


def findings(shelf: Shelf, model: Mapping[str, Any]) -> Text:
    """What must be known before it is given away, what verifying found, what was refused."""
    name = model["name"]
    check = shelf.check(name)
    lines = [Text(f"! {model['notice']}", "bold")] if model.get("notice") else []
    lines += [Text(check, "bold")] if check else []
    lines += [Text(f"  {line}") for line in shelf.verified.get(name, ())]
    lines += [Text(f"refused at the export: {line}") for line in model["refused"]]
    return Text("\n").join(lines)


def _marked(file: Mapping[str, Any]) -> str:
    missing = "!" if file["missing"] else ""
    return f"{file['quant']}{'*' if file['recommended'] else ''}{missing}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _nats(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
