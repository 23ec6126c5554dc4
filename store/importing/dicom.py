"""The ``dicom`` profile: folders of RT Plans and RT Ion Plans, with a table of diagnoses.

A record is a plan with its revisions: plans that name another as predecessor and give the same
dose per fraction are one phase, and its label is that of the first that was approved or treated.
Several such records of a patient and a disease are rivals, because no plan says which is the
primary one or whether they add. Other DICOM objects (doses, images, structures) are passed over
and counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from store.cases import RawCase
from store.curation import Source, normalise_key
from store.errors import RadoncError
from store.importing.dicom_diagnoses import Row, diagnosis_on, read_diagnoses
from store.importing.dicom_dose import regimen_of
from store.importing.dicom_files import open_dicom, quiet
from store.importing.dicom_plan import Plan, plan_of
from store.importing.dicom_quality import is_quality
from store.importing.file_names import alias
from store.importing.origin import Origin
from store.lines import sha256_file
from store.reasons import Lost

ENDINGS = (".dcm", ".csv", "")
"""Plans often have no ending at all; what a file is, is read in it."""

PLANS = ("1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8")
RECORDS = tuple(f"1.2.840.10008.5.1.4.1.1.481.{number}" for number in ("4", "6", "7", "9"))
OUTSIDE = "an earlier version of the plan is not among the files"
_SAME_GY = 0.01


@dataclass(frozen=True)
class Found:
    """A plan and where it was read from."""

    plan: Plan
    origin: Origin


@dataclass(frozen=True)
class Chain:
    """The versions of one plan, in the order in which each replaced another."""

    versions: tuple[Found, ...]
    outside: bool

    def first(self, treated: set[str]) -> Found | None:
        """The first version that was approved or treated."""
        return next((f for f in self.versions if f.plan.approved or f.plan.uid in treated), None)


def read(
    files: Sequence[Path], passed_over: Counter[str] | None = None
) -> Iterator[tuple[RawCase, Origin]]:
    """Every plan among the files; ``passed_over`` counts what is no plan, by its kind.

    Raises:
        RadoncError: a file or the table of diagnoses cannot be read, or there is no plan.
    """
    passed = Counter[str]() if passed_over is None else passed_over
    tables = [path for path in files if path.suffix.casefold() == ".csv"]
    rows = read_diagnoses(tables)
    found: dict[str, Found] = {}
    damaged: list[tuple[Origin, Lost]] = []
    treated: set[str] = set()
    for path in files:
        if path in tables:
            continue
        try:
            plan = _look(path, passed, treated)
        except Lost as lost:
            damaged.append((_origin(path), lost))
            continue
        if plan and plan.uid in found:
            passed["copies of a plan"] += 1
        elif plan:
            found[plan.uid] = Found(plan, _origin(path))
    if not found and not damaged:
        raise RadoncError(
            "There is no RT Plan among the files.",
            "The profile dicom reads RT Plans and RT Ion Plans, and a CSV of their diagnoses.",
        )
    for origin, lost in damaged:
        yield replace(_blank(origin), reject=lost.reason, detail=lost.detail), origin
    chains = _chains(found)
    joined = [_case(chain, rows if tables else None, treated) for chain in chains]
    rivals = Counter((raw.patient, disease) for raw, disease in joined if not raw.reject)
    for chain, (raw, disease) in zip(chains, joined, strict=True):
        plans = max(1, rivals[raw.patient, disease])
        yield replace(raw, plans=plans), chain.versions[0].origin


def _look(path: Path, passed: Counter[str], treated: set[str]) -> Plan | None:
    """The plan in a file; None where it holds something else, which is counted.

    Raises:
        Lost: the file is damaged.
    """
    dataset = open_dicom(path)
    if dataset is None:
        passed["other files"] += 1
        return None
    with quiet():
        try:
            kind = str(dataset.SOPClassUID)
            if kind in PLANS:
                return plan_of(dataset)
            name = dataset.SOPClassUID.name  # of an unknown class it is the number itself
            passed["other DICOM" if name == kind else name] += 1
            if kind in RECORDS:
                treated.update(
                    str(item.ReferencedSOPInstanceUID)
                    for item in dataset.get("ReferencedRTPlanSequence") or ()
                )
        except Lost:
            raise
        except Exception as error:  # values are converted when asked for, with errors of all kinds
            raise Lost("damaged_file", "It holds values that cannot be read.") from error
    return None


def _chains(found: Mapping[str, Found]) -> list[Chain]:
    """The plans with their revisions, in the order of the files."""
    after: dict[str, list[Found]] = defaultdict(list)
    starts: list[tuple[Found, bool]] = []
    for one in found.values():
        known = [found[uid] for uid in one.plan.predecessors if uid in found]
        before = next((other for other in known if _is_revision(other.plan, one.plan)), None)
        if before and before is not one:
            after[before.plan.uid].append(one)
        else:
            starts.append((one, bool(one.plan.predecessors) and not known))
    chains = [_follow(start, after, outside) for start, outside in starts]
    placed = {one.plan.uid for chain in chains for one in chain.versions}
    # plans that name each other in a circle have no first: each stands for itself
    return chains + [Chain((one,), False) for uid, one in found.items() if uid not in placed]


def _follow(start: Found, after: Mapping[str, list[Found]], outside: bool) -> Chain:
    versions, queue = [start], [start]
    while queue:
        following = after.get(queue.pop(0).plan.uid, [])
        versions += following
        queue += following
    return Chain(tuple(versions), outside)


def _is_revision(earlier: Plan, later: Plan) -> bool:
    """Whether both are of one patient and give the same dose per fraction."""
    one, other = _each(earlier), _each(later)
    return earlier.patient == later.patient and bool(one) and abs(one - other) <= _SAME_GY


def _each(plan: Plan) -> float:
    """The highest prescribed dose per fraction in Gy, 0 where there is none."""
    doses = [target.dose_gy for target in plan.targets if target.dose_gy]
    return max(doses) / plan.fractions if doses and plan.fractions else 0.0


def _case(
    chain: Chain, rows: Mapping[str, list[Row]] | None, treated: set[str]
) -> tuple[RawCase, str]:
    """The raw case of a plan, and its disease."""
    first = chain.first(treated)
    chosen = first or chain.versions[0]
    plan = chosen.plan
    own = [] if rows is None else rows.get(normalise_key(plan.patient), [])
    raw = _described(chosen, chain)
    disease = ""
    try:
        why = is_quality(plan, undiagnosed=rows is not None and not own)
        if why:
            raise Lost("quality_assurance", why)
        if not plan.patient:
            raise Lost("no_patient")
        if rows is None:
            raise Lost("no_diagnosis", "There is no table of diagnoses among the files.")
        row = diagnosis_on(own, plan.day)
        disease = row.disease
        raw = replace(
            raw, diagnosis=row.diagnosis, icd10=row.icd10, written=row.day,
            identifiers=(*raw.identifiers, *row.identifiers),
            kept={**raw.kept, "diagnosis": row.diagnosis, "icd10": row.icd10},
        )  # fmt: skip
        if not first:
            raise Lost("not_approved")
        regimen, notes = regimen_of(plan)
    except Lost as lost:
        return replace(raw, reject=lost.reason, detail=lost.detail), disease
    kept = {**raw.kept, "regimen": regimen}
    return replace(raw, regimen=regimen, repairs=(*raw.repairs, *notes), kept=kept), disease


def _described(chosen: Found, chain: Chain) -> RawCase:
    plan, count = chosen.plan, len(chain.versions)
    doses = [f"{target.dose_gy:g} Gy" for target in plan.targets if target.dose_gy]
    kept = {
        "prescribed": " and ".join(doses),
        "fractions": str(plan.fractions or ""),
        "modality": ", ".join(sorted(plan.radiation.modalities)),
        "intent": plan.intent.casefold(),
        "versions": str(count) if count > 1 else "",
        "year": str(plan.day.year) if plan.day else "",
    }
    return replace(
        _blank(chosen.origin),
        patient=plan.patient,
        course=chain.versions[0].plan.uid,
        intent=plan.intent.casefold(),
        year=plan.day.year if plan.day else None,
        age=plan.age,
        sex=plan.sex,
        repairs=(OUTSIDE,) if chain.outside else (),
        kept={name: text for name, text in kept.items() if text},
        identifiers=plan.identifiers,
        decided=plan.day,
    )


def _blank(origin: Origin) -> RawCase:
    return RawCase("", "", "", file=origin.source.file)


def _origin(path: Path) -> Origin:
    """Where a record comes from, under a name that is not the patient's."""
    sha256 = sha256_file(path)
    return Origin(Source("dicom", alias(path, sha256, ENDINGS), sha256), {})
