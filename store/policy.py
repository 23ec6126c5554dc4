"""What a department asks of a model before it may be signed off, as one TOML file of the home.

``department/policy.toml`` in the home says what differs from the defaults here. It holds numbers
and switches only; whether a model meets them is asked in ``exports.signoff``.
"""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.home import Home


@dataclass(frozen=True)
class Policy:
    """The department's limits; shares from 0 to 1.

    Attributes:
        test_patients: at least so many in the evaluation that decides.
        drift_changed: largest share of answers that a quantization may change.
        drift_lost: largest loss of accuracy of a quantization.
        drift_patients: validation patients on whom both were measured, at least.
        above_baseline: by how much the lower 95 % bound of the model's accuracy has to be above
            the best baseline's accuracy.
        unsafe_upper: the upper 95 % bound of the share of unsafe answers has to be below it.
        reviewers: physicians who have finished a blinded review, where regimens are signed off.
        acceptable_lower: lower 95 % bound of the share of regimens they judged acceptable as is
            or with changes.
        calibrated: whether a label's probability has to be calibrated.
        months: after how many a sign-off ends.
    """

    test_patients: int = 60
    drift_changed: float = 0.10
    drift_lost: float = 0.05
    drift_patients: int = 20
    above_baseline: float = 0.0
    unsafe_upper: float = 0.05
    reviewers: int = 2
    acceptable_lower: float = 0.6
    calibrated: bool = True
    months: int = 12


def path_of(home: Home) -> Path:
    return home.path / "department" / "policy.toml"


def read_policy(home: Home) -> Policy:
    """The home's policy; the defaults where it has none.

    Raises:
        RadoncError: the file is no TOML, or says something that no policy has.
    """
    path = path_of(home)
    if not path.exists():
        return Policy()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RadoncError(
            f"The policy {path} cannot be read ({error}).", "Correct it, or remove it."
        ) from error
    kinds: dict[str, type] = {name: type(value) for name, value in vars(Policy()).items()}
    for name, value in said.items():
        _check(path, name, value, kinds)
    return replace(Policy(), **said)


def _check(path: Path, name: str, value: Any, kinds: dict[str, type]) -> None:
    """Raise ``RadoncError`` unless a policy has ``name`` and it may have this value."""
    if name not in kinds:
        raise RadoncError(
            f"The policy {path} has {name!r}, which no policy has.", f"Known: {', '.join(kinds)}."
        )
    kind = kinds[name]
    fits = type(value) in (int, float) if kind is float else type(value) is kind
    if not fits or (kind is not bool and value < 0):
        raise RadoncError(
            f"{name} = {value!r} in the policy {path} does not fit.",
            "Give " + {bool: "true or false", int: "a whole number", float: "a share"}[kind] + ".",
        )


def policy_text(policy: Policy) -> str:
    """The policy as TOML, every value in its place, to be changed by hand."""
    lines = ["# what a model has to meet before it may be signed off; see docs/signoff.md"]
    for field in fields(policy):
        value = getattr(policy, field.name)
        lines.append(f"{field.name} = {str(value).lower()}")
    return "\n".join(lines) + "\n"
