"""An evaluation made again from its capsule, and whether every number came out the same."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.bundle import find_model
from exports.evaluation.same import Difference, compared
from radonc_tui.actions.evaluate import EvaluateRequest, evaluate
from radonc_tui.actions.progress import Action
from store.errors import BadUsage, RadoncError
from store.home import Home


@dataclass(frozen=True)
class Reproduction:
    """The new evaluation, how many values were compared, and which differ.

    ``test_reads`` counts this reading of the test metrics too.
    """

    was: str
    now: str
    values: int
    differences: tuple[Difference, ...]
    test_reads: int


def reproduce(home: Home, path: Path) -> Action[Reproduction]:
    """Make the evaluation of a capsule again, of the very same files.

    Args:
        home: the home that holds model and data set.
        path: what ``radonc report --json`` wrote.

    Raises:
        BadUsage: the file is no report, or its evaluation is of a version without a capsule.
        RadoncError: a model file of the home is not the one that was evaluated.
    """
    was = _read(path)
    capsule = was["capsule"]
    for who, file in capsule["files"].items():
        found = find_model(home, f"{file['name']}:{file['quant']}")
        if found.sha256 != file["sha256"]:
            raise RadoncError(
                f"The {who} file {found.label} is not the one that was evaluated.",
                "Export it again, or restore it from a backup.",
            )
    # a capsule of before prompts were chosen has none
    asked = EvaluateRequest(**{"prompt_patients": 0, **capsule["request"]})
    made = yield from evaluate(home, asked)
    found = compared(was, made.evaluation)
    return Reproduction(
        was["id"],
        made.evaluation_id,
        found.values,
        found.differences,
        made.evaluation["test_reads"],
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        evaluation = found["evaluation"]
        if not evaluation["capsule"]["request"]:
            raise KeyError("request")
        return evaluation
    except OSError as error:
        raise BadUsage(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadUsage(
            f"{path} is no report with a capsule.", "`radonc report EVALUATION --json` writes one."
        ) from error
