"""Sign-off: two people let one file be used for one task, or are told what is missing."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from exports.bundle import ModelFile, find_model
from exports.signoff import Candidate, ReviewFacts, missing, never
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit, signoffs, work
from store.errors import BadUsage, Refused
from store.home import Home, new_id
from store.lines import read_json
from store.opening import Connection
from store.policy import Policy, path_of, policy_text, read_policy
from store.signatories import (
    PHYSICIAN,
    PHYSICIST,
    add_signatory,
    check_signatory,
    remove_signatory,
    signatories,
)
from trainer.tasks import Task


@dataclass(frozen=True)
class SignRequest:
    """What is signed off, for what use and whom, by whom.

    ``override`` is the reason for which what the policy misses is passed over; it is kept.
    """

    model: str
    task: str
    physicist: str
    physician: str
    use: str
    population: str
    evaluation: str = ""
    override: str = ""


@dataclass(frozen=True)
class Standing:
    """What a file has and misses for one task; ``never`` cannot be overridden."""

    model: str
    sha256: str
    task: str
    evaluation: str
    never: tuple[str, ...]
    missing: tuple[str, ...]


def standing(home: Home, model: str, task: str, evaluation: str = "") -> Action[Standing]:
    """What stands between a model and its sign-off for a task, nobody being asked to sign.

    Raises:
        BadUsage: no such model, task or evaluation.
    """
    yield from ()
    file = find_model(home, model)
    with opened(home) as connection:
        candidate = _candidate(home, connection, file, task, evaluation)
    return _standing(candidate, file, (), read_policy(home))


def sign_off(
    home: Home, request: SignRequest, passphrase_of: Callable[[str], str]
) -> Action[dict[str, Any]]:
    """Sign a file off for a task; ``passphrase_of(name)`` asks that person, once.

    Raises:
        BadUsage: no such model, task or evaluation, or use and population are not said.
        Refused: the policy is not met (the sentence lists what is missing), or a passphrase is
            wrong.
    """
    yield from ()
    if not request.use.strip() or not request.population.strip():
        raise BadUsage("A sign-off states the intended use and the population.", "Give both.")
    file, policy = find_model(home, request.model), read_policy(home)
    signers = (request.physicist, request.physician)
    with opened(home) as connection:
        candidate = _candidate(home, connection, file, request.task, request.evaluation)
    found = _standing(candidate, file, signers, policy)
    _refuse(found, request.override)
    given = {name: passphrase_of(name) for name in signers}
    with opened(home) as connection:
        # somebody may have reviewed it while passphrases were typed
        candidate = _candidate(home, connection, file, request.task, found.evaluation)
        _refuse(_standing(candidate, file, signers, policy), request.override)
        for name, role in zip(signers, (PHYSICIST, PHYSICIAN), strict=True):
            check_signatory(connection, name, role, given[name])
        made = _signoff(connection, file, request, found, policy)
        signoffs.keep_signoff(connection, made)
    return _record(made)


def list_signoffs(home: Home) -> Action[list[dict[str, Any]]]:
    """Every sign-off, oldest first, with its state."""
    yield from ()
    with opened(home) as connection:
        return [_record(made) for made in signoffs.list_signoffs(connection)]


def revoke_signoff(home: Home, signoff_id: str, reason: str) -> Action[str]:
    """End a sign-off now; returns its id.

    Raises:
        BadUsage: there is none, it is revoked already, or no reason is given.
    """
    yield from ()
    with opened(home) as connection:
        signoffs.revoke(connection, signoff_id, audit.login(), reason)
    return signoff_id


def list_signatories(home: Home) -> Action[list[tuple[str, str]]]:
    """(name, role) of everybody who may sign."""
    yield from ()
    with opened(home) as connection:
        return signatories(connection)


def name_signatory(home: Home, name: str, role: str, passphrase: str) -> Action[str]:
    """Let a person sign in a role, with an own passphrase; returns the name as it is kept.

    Raises:
        BadUsage: no such role, a passphrase too short, or the name is known.
    """
    yield from ()
    with opened(home) as connection:
        return add_signatory(connection, name, role, passphrase)


def drop_signatory(home: Home, name: str) -> Action[str]:
    """Let a person sign no more.

    Raises:
        BadUsage: nobody of this name may sign.
    """
    yield from ()
    with opened(home) as connection:
        remove_signatory(connection, name)
    return name


def show_policy(home: Home) -> Action[dict[str, Any]]:
    """The department's policy: where its file is, whether it is there, and its text in full.

    Raises:
        RadoncError: the file cannot be read.
    """
    yield from ()
    path = path_of(home)
    return {
        "path": str(path),
        "own": path.exists(),
        "policy": asdict(read_policy(home)),
        "text": policy_text(read_policy(home)),
    }


def _candidate(
    home: Home, connection: Connection, file: ModelFile, task: str, evaluation: str
) -> Candidate:
    if task not in {known.value for known in Task}:
        raise BadUsage(f"There is no task {task!r}.", f"Tasks: {', '.join(Task)}.")
    if file.kind != "bundle":
        raise BadUsage(f"{file.label} is a base model.", "Only what was trained is signed off.")
    chosen = _evaluation(home, file, evaluation)
    facts = _reviews(connection, chosen["id"] if chosen else "", file.sha256)
    bundle = bundle_of(home, file).manifest
    return Candidate(task, file.sha256, file.quant, bundle, chosen, facts)


def _evaluation(home: Home, file: ModelFile, wanted: str) -> dict[str, Any] | None:
    """The evaluation that was named, else the newest of this very file that is whole."""
    if wanted:
        made = work.find(home, "eval", wanted)
        if not made.manifest_exists:
            raise BadUsage(f"{made.id} has no result.", "Evaluate again.")
        return read_json(made.path / "evaluation.json")
    for made in reversed(work.everything(home, "eval")):
        if made.manifest_exists and made.spec["tuned"]["sha256"] == file.sha256:
            found = read_json(made.path / "evaluation.json")
            if not found.get("quick"):
                return found
    return None


def _reviews(connection: Connection, evaluation_id: str, sha256: str) -> ReviewFacts:
    """Who has reviewed this file, and what those of this evaluation accepted."""
    from exports.evaluation.review_facts import review_facts

    return review_facts(connection, evaluation_id, sha256)


def _standing(
    candidate: Candidate, file: ModelFile, signers: tuple[str, ...], policy: Policy
) -> Standing:
    forbids = never(candidate, signers)
    return Standing(
        file.label,
        file.sha256,
        candidate.task,
        candidate.evaluation["id"] if candidate.evaluation else "",
        tuple(forbids),
        () if candidate.evaluation is None else tuple(missing(candidate, policy)),
    )


def _refuse(found: Standing, override: str) -> None:
    if found.never:
        raise Refused(
            f"{found.model} cannot be signed off for {found.task}: {' '.join(found.never)}"
        )
    if found.missing and not override.strip():
        raise Refused(
            f"{found.model} does not meet the policy for {found.task}: {' '.join(found.missing)}",
            "Mend that, or pass it with --override REASON, which is kept.",
        )


def _signoff(
    connection: Connection,
    file: ModelFile,
    request: SignRequest,
    found: Standing,
    policy: Policy,
) -> signoffs.Signoff:
    # the clinic's own clock, as the store's other times
    now = datetime.now().replace(microsecond=0)
    month = now.month - 1 + policy.months
    ends = now.replace(year=now.year + month // 12, month=month % 12 + 1, day=min(now.day, 28))
    return signoffs.Signoff(
        signoff_id=new_id("signoff"),
        made=now,
        ends=ends,
        sha256=file.sha256,
        model=file.label,
        task=request.task,
        use=request.use.strip(),
        population=request.population.strip(),
        physicist=request.physicist,
        physician=request.physician,
        evaluation_id=found.evaluation,
        policy={**asdict(policy), "missing": list(found.missing)},
        overridden=request.override.strip() if found.missing else "",
        audit_head=str(audit.end_of_log(connection)),
    )


def _record(made: signoffs.Signoff) -> dict[str, Any]:
    return {**asdict(made), "made": f"{made.made:%Y-%m-%d}", "ends": f"{made.ends:%Y-%m-%d}"}
