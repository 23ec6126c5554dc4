"""FHIR resources of invented courses, as CodeX prescribes them: what the FHIR tests are made of."""

import json
from pathlib import Path
from typing import Any

SCT = "http://snomed.info/sct"
CM = "http://hl7.org/fhir/sid/icd-10-cm"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
CODEX = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/"
PHOTON, ELECTRON = "1156506007", "45643008"
VMAT = "1156530009"
Resource = dict[str, Any]


def concept(code: str, display: str = "", system: str = SCT) -> Resource:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def patient(name: str = "p1", mrn: str = "4711") -> Resource:
    return {
        "resourceType": "Patient",
        "id": name,
        "identifier": [{"type": concept("MR", system="v2-0203"), "value": mrn}],
        "name": [{"family": "Okonkwo", "given": ["Adaeze"]}],
        "gender": "female",
        "birthDate": "1960-06-15",
        "telecom": [{"system": "phone", "value": "555-0134"}],
        "address": [{"line": ["12 Mill Lane"], "city": "Anytown", "postalCode": "00501"}],
    }


def volume(name: str, site: str, side: str = "", description: str = "") -> Resource:
    sides = {"left": "7771000", "right": "24028007"}
    body: Resource = {
        "resourceType": "BodyStructure",
        "id": name,
        "location": concept("1", f"{site} structure (body structure)"),
        "patient": {"reference": "Patient/p1"},
    }
    if side:
        body["locationQualifier"] = [concept(sides[side])]
    return body | ({"description": description} if description else {})


BREAST = (volume("v1", "Breast", "left"), volume("v2", "Breast", "left", "Left breast boost"))


def quantity(value: float, **unit: str) -> Resource:
    return {"valueQuantity": {"value": value, **(unit or {"code": "cGy", "unit": "cGy"})}}


def dose(
    to: str,
    total: float,
    fractions: int | None = None,
    each: float | None = None,
    kind: str = "prescribed",
    **unit: str,
) -> Resource:
    parts: list[Resource] = [
        {"url": "volume", "valueReference": {"reference": f"BodyStructure/{to}"}},
        {"url": "totalDose", **quantity(total, **unit)},
    ]
    if fractions:
        parts.append({"url": "fractions", "valuePositiveInt": fractions})
    if each:
        parts.append({"url": "fractionDose", **quantity(each, **unit)})
    return {"url": f"{CODEX}codexrt-radiotherapy-dose-{kind}-to-volume", "extension": parts}


def radiation(modality: str, technique: str = "") -> Resource:
    parts = [
        {"url": f"{MCODE}mcode-radiotherapy-modality", "valueCodeableConcept": concept(modality)}
    ]
    if technique:
        parts.append(
            {
                "url": f"{MCODE}mcode-radiotherapy-technique",
                "valueCodeableConcept": concept(technique),
            }
        )
    return {"url": f"{MCODE}mcode-radiotherapy-modality-and-technique", "extension": parts}


def request(name: str, *extensions: Resource, **more: Any) -> Resource:
    """A course prescription, active, of the first of March."""
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        "meta": {"profile": [f"{CODEX}codexrt-radiotherapy-course-prescription"]},
        "extension": list(extensions),
        "status": "active",
        "intent": "original-order",
        "code": concept("1217123003"),
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2021-03-01",
        "reasonCode": [concept("C50.412", "Malignant neoplasm of left breast", CM)],
        **more,
    }


def phase(name: str, fractions: int, *extensions: Resource, of: str, **more: Any) -> Resource:
    planned = {
        "url": f"{CODEX}codexrt-radiotherapy-fractions-prescribed",
        "valuePositiveInt": fractions,
    }
    base = request(name, planned, *extensions, code=concept("1222565005"), **more)
    base["meta"] = {"profile": [f"{CODEX}codexrt-radiotherapy-phase-prescription"]}
    return base | {"basedOn": [{"reference": f"ServiceRequest/{of}"}]}


def summary(name: str = "s1", of: str = "rx", status: str = "completed", **more: Any) -> Resource:
    return {
        "resourceType": "Procedure",
        "id": name,
        "meta": {"profile": [f"{MCODE}mcode-radiotherapy-course-summary"]},
        "status": status,
        "code": concept("1217123003"),
        "subject": {"reference": "Patient/p1"},
        "performedPeriod": {"start": "2021-03-08", "end": "2021-04-10"},
        "reasonCode": [concept("C50.412", "Malignant neoplasm of left breast", CM)],
        **({"basedOn": [{"reference": f"ServiceRequest/{of}"}]} if of else {}),
        **more,
    }


def delivered(to: str, total: float, fractions: int) -> Resource:
    return {
        "url": f"{MCODE}mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [
            {"url": "volume", "valueReference": {"reference": f"BodyStructure/{to}"}},
            {"url": "totalDoseDelivered", **quantity(total)},
            {"url": "fractionsDelivered", "valueUnsignedInt": fractions},
        ],
    }


def write_bundle(path: Path, *resources: Resource) -> Path:
    entries = [
        {"fullUrl": f"http://ehr/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


def write_lines(path: Path, *resources: Resource) -> Path:
    path.write_text("".join(json.dumps(resource) + "\n" for resource in resources))
    return path
