"""Export: from a run's adapter to verified GGUF files in a bundle."""

from dataclasses import asdict, dataclass
from typing import Any

from exports.evaluation.drift_limit import limit_of
from radonc_tui.actions.progress import Action, run_work
from radonc_tui.actions.runs import find_run
from store import work
from store.errors import BadUsage
from store.home import Home, new_id
from store.policy import read_policy

QUANTS = ("Q8_0", "Q4_K_M")
PATIENTS = 40
KNOWN_QUANTS = ("F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")


@dataclass(frozen=True)
class ExportRequest:
    """Which run, which quantizations, how many validation patients drift is measured on, and
    whether the adapter is wanted as a file of its own as well.
    """

    run: str = "latest"
    quants: tuple[str, ...] = QUANTS
    drift_patients: int = PATIENTS
    adapter: bool = False


@dataclass(frozen=True)
class ExportResult:
    """The bundle; ``manifest`` has each file's hash, size and verification."""

    bundle_id: str
    manifest: dict[str, Any]


def export(home: Home, request: ExportRequest) -> Action[ExportResult]:
    """Merge, write, quantize and verify; a file that fails its check is deleted, and that is said.

    The file that is recommended is the smallest within the drift that the policy lets pass.

    Raises:
        BadUsage: an unknown quantization, or a run that is not done.
        RadoncError: no file passed its check, or the policy cannot be read.
    """
    for quant in request.quants:
        if quant not in KNOWN_QUANTS:
            raise BadUsage(
                f"There is no quantization {quant!r}.", f"Known: {', '.join(KNOWN_QUANTS)}."
            )
    limit = limit_of(read_policy(home))
    run = find_run(home, request.run)
    if run.manifest is None:
        raise BadUsage(f"{run.id} has no adapter yet: it is {run.state()}.", "Let it finish first.")
    bundle = work.create(
        home,
        "bundle",
        new_id("bundle"),
        {
            "home": str(home.path),
            "run": str(run.path),
            "base": run.spec["base"]["path"],
            "quants": list(request.quants),
            "drift_patients": request.drift_patients,
            "adapter": request.adapter,
            "drift_limit": asdict(limit),
        },
    )
    yield from run_work(bundle, "exports")
    manifest = bundle.manifest
    assert manifest is not None, "done without a manifest"
    return ExportResult(bundle.id, manifest)
