"""From a model to checked GGUF files: write 16 bits, quantize, check each, keep what passed.

A file is made in a scratch folder and moved to its place only after its check, so a place never
holds a file that was not checked. Imports torch and transformers: only for worker processes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exports.gguf.adapter import write_adapter
from exports.gguf.quantize import quantize
from exports.gguf.reference import Reference
from exports.gguf.verify import Verification, verify
from exports.gguf.write import write_f16
from store.errors import RadoncError
from store.points import reached
from trainer.bases import Report


@dataclass(frozen=True)
class Model:
    """What the files are made of: a Hugging Face folder, and a PEFT folder to fold in.

    ``description`` is what each file says of itself, beside its name.
    """

    name: str
    base: Path
    adapter: Path | None = None
    description: str = ""


def make_files(
    model: Model,
    quants: Sequence[str],
    reference: Reference,
    place: Path,
    scratch: Path,
    report: Report,
    log: Callable[[str], None],
) -> dict[str, Verification]:
    """Make ``place/<QUANT>.gguf`` for each quant; returns the verdicts, refused ones too.

    The verdict of F16, which all others are made of, is always among them; its file goes to the
    place only where it is one of ``quants``, else it stays in the scratch folder.

    Args:
        model: what to write.
        quants: ``F16`` or keys of ``quantize.FILE_TYPES``.
        reference: the same model's own tokens and logits.
        place: where files that passed go.
        scratch: for files that are not checked yet; on the same file system.
        report: told how far each stage is.
        log: told of each verdict, in one sentence.

    Raises:
        RadoncError: the 16-bit file itself is wrong, so nothing can be made of it.
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = scratch / "F16.gguf"
    write_f16(model.base, whole, model.name, model.adapter, report, model.description)
    compared = reference if "F16" in quants else reference.brief()
    verdicts = {"F16": _check(model, whole, "F16", compared, report, log)}
    if not verdicts["F16"].passed:
        raise RadoncError(
            f"The GGUF file of {model.name} is not the model that was trained "
            f"({'; '.join(verdicts['F16'].failures)}); it was deleted.",
            "Check the base model with `radonc models verify`, then export again.",
        )
    for quant in quants:
        if quant != "F16":
            smaller = scratch / f"{quant}.gguf"
            quantize(whole, smaller, quant, report, reference.importance)
            verdicts[quant] = _check(model, smaller, quant, reference, report, log)
            if verdicts[quant].passed:
                reached(f"place {smaller.name}")
                smaller.replace(place / smaller.name)
    if "F16" in quants:
        reached(f"place {whole.name}")
        whole.replace(place / whole.name)
    return verdicts


def make_adapter(
    model: Model,
    on: tuple[Path, str],
    reference: Reference,
    place: Path,
    scratch: Path,
    report: Report,
    log: Callable[[str], None],
) -> Verification:
    """Make ``place/adapter.gguf``, checked on a GGUF file of its base; the verdict.

    Args:
        model: whose adapter.
        on: a file of the untuned base, and its quantization.
        reference: the tuned model's own tokens and logits.
        place: where it goes if it passes.
        scratch: for the file that is not checked yet; on the same file system.
        report: told how far each stage is.
        log: told of the verdict, in one sentence.
    """
    assert model.adapter is not None
    path = scratch / "adapter.gguf"
    write_adapter(model.base, model.adapter, path, model.name, model.description)
    verdict = verify(on[0], on[1], reference, report, path)
    _judge(path, f"{model.name} adapter on {on[1]}", verdict, log)
    if verdict.passed:
        reached(f"place {path.name}")
        path.replace(place / path.name)
    return verdict


def _check(
    model: Model,
    path: Path,
    quant: str,
    reference: Reference,
    report: Report,
    log: Callable[[str], None],
) -> Verification:
    verdict = verify(path, quant, reference, report)
    _judge(path, f"{model.name} {quant}", verdict, log)
    return verdict


def _judge(path: Path, what: str, verdict: Verification, log: Callable[[str], None]) -> None:
    """Say what was found, and delete a file that failed."""
    if verdict.passed:
        log(
            f"{what} passed: tokens equal on {verdict.strings} strings, top token equal in "
            f"{verdict.clear_top_token:.1%} of {verdict.clear_positions} clear positions "
            f"({verdict.top_token:.1%} of all {verdict.positions}), KL {verdict.mean_kl:.4f} nats."
        )
    else:
        path.unlink()
        log(f"{what} failed its check ({'; '.join(verdict.failures)}); the file was deleted.")
