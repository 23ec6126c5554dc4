"""RT plans of invented patients: what the DICOM tests are made of."""

from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
ION = "1.2.840.10008.5.1.4.1.1.481.8"
DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
RECORD = "1.2.840.10008.5.1.4.1.1.481.4"


def item(**values: Any) -> Dataset:
    dataset = Dataset()
    for name, value in values.items():
        setattr(dataset, name, Sequence(value) if isinstance(value, list) else value)
    return dataset


def target(dose: float, structure: str = "SITE", name: str = "PTV") -> Dataset:
    return item(
        DoseReferenceNumber=1,
        DoseReferenceStructureType=structure,
        DoseReferenceDescription=name,
        DoseReferenceType="TARGET",
        TargetPrescriptionDose=dose,
    )


def beam(number: int, radiation: str = "PHOTON", **more: Any) -> Dataset:
    values: dict[str, Any] = {
        "BeamNumber": number,
        "RadiationType": radiation,
        "TreatmentDeliveryType": "TREATMENT",
        "NumberOfControlPoints": 0,
    }
    return item(**{**values, **more})


def plan(uid: str = "1.2.3", **changed: Any) -> Dataset:
    """An approved plan of 60 Gy in 30 by two photon beams, of the first of March."""
    doses: list[float] = changed.pop("doses", [1.0, 1.0])
    fractions: int = changed.pop("fractions", 30)
    beams: list[Dataset] = changed.pop("beams", [beam(n) for n, _ in enumerate(doses, 1)])
    group = item(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=fractions,
        NumberOfBeams=len(beams),
        ReferencedBeamSequence=[
            item(ReferencedBeamNumber=n, BeamDose=dose) for n, dose in enumerate(doses, 1)
        ],
    )
    values: dict[str, Any] = {
        "SOPClassUID": PLAN,
        "SOPInstanceUID": uid,
        "Modality": "RTPLAN",
        "PatientName": "Okonkwo^Adaeze",
        "PatientID": "4711",
        "PatientBirthDate": "19600615",
        "PatientSex": "F",
        "AccessionNumber": "A-2021-77",
        "RTPlanLabel": "Breast L",
        "RTPlanDate": "20210301",
        "PlanIntent": "CURATIVE",
        "ApprovalStatus": "APPROVED",
        "DoseReferenceSequence": [target(60)],
        "FractionGroupSequence": [group],
        "BeamSequence": beams,
    }
    return item(**{**values, **changed})


def after(uid: str, relation: str = "PREDECESSOR") -> list[Dataset]:
    return [item(ReferencedSOPInstanceUID=uid, RTPlanRelationship=relation)]


def write(path: Path, dataset: Dataset) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2.9")
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)
    return path


def table(path: Path, *rows: str) -> Path:
    lines = rows or ("4711,2021-02-01,Carcinoma of the left breast,C50.412",)
    path.write_text("\n".join(("patient,date,diagnosis,icd10", *lines)) + "\n")
    return path
