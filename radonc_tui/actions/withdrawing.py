"""From a case to the chart and back, and a person's data withdrawn; all of it audited."""

from radonc_tui.actions.progress import Action
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import lease, opened
from store import audit, crosswalk, forgetting
from store.forgetting import Forgotten, Traces
from store.home import Home
from store.keys import home_secret
from store.opening import Connection


def look_up_chart(home: Home, case_id: str) -> Action[str]:
    """The record number of a case's patient.

    Raises:
        Refused: the home is not encrypted, so that there is no way back.
        BadUsage: there is no such case, or its record number is not known.
    """
    yield from ()
    with opened(home) as connection:
        return crosswalk.chart_of(connection, home, case_id)


def look_up_cases(home: Home, mrn: str) -> Action[list[str]]:
    """The ids of the cases of the patient with this record number."""
    yield from ()
    with opened(home) as connection:
        return crosswalk.cases_of(connection, home, mrn)


def trace_person(home: Home, case_id: str, mrn: str) -> Action[Traces]:
    """What the home has of the patient of a case, or else of a record number, and what was made
    with it; that somebody asked by record number is kept in the audit log.

    Raises:
        BadUsage: there is no such case, or nothing is known of the patient.
    """
    yield from ()
    with opened(home) as connection:
        patient = _patient(home, connection, case_id, mrn)
        found = forgetting.traces(home, connection, patient)
        if not case_id:
            audit.record(connection, "person traced by record number", patient)
        return found


def forget_person(home: Home, case_id: str, mrn: str, reason: str) -> Action[Forgotten]:
    """Take out everything of the patient of a case, or else of a record number.

    Closing it leaves part of it done; asked again, it goes on.

    Raises:
        BadUsage: there is no such case, or nothing is known of the patient.
        HomeBusy: a worker or another process uses the home.
    """
    with opened(home) as connection:
        patient = _patient(home, connection, case_id, mrn)
    use = lease(home)
    return (
        yield from reported(
            lambda told: forgetting.forget(home, use, patient, reason, told), "forget"
        )
    )


def _patient(home: Home, connection: Connection, case_id: str, mrn: str) -> str:
    if case_id:
        return forgetting.patient_of(connection, case_id)
    return crosswalk.patient_hash(home_secret(home), mrn)


def made_with(found: Traces) -> list[str]:
    """What was made with a person's cases, in sentences; empty where nothing was."""
    said = [
        f"{what}: {', '.join(ids)}."
        for what, ids in (
            ("Runs trained on this person", found.runs),
            ("Bundles made of those", found.bundles),
            ("Evaluations with this person in the test", found.evaluations),
        )
        if ids
    ]
    if found.runs:
        said.append("A trained model cannot unlearn: train again, and remove those.")
    return said
