"""Damage that needs the format: files that are well formed outside and mean harm inside."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeAlias

from pydicom.dataset import Dataset

from tests.malformed.wholesome import HEADER, KINDS, ROWS, Files
from tests.unit import fhir_made as fhir
from tests.unit.dicom_made import after, item, plan

Trick: TypeAlias = Callable[[Random], Files]

_PATHS = (
    "../../../../etc/passwd",
    "/dev/zero",
    "file:///etc/passwd",
    "http://127.0.0.1:9/Patient/1",
    "Patient/../../secret",
    "#",
    "",
    "Patient/" + "x" * 100_000,
    "urn:uuid:\u0000",
    "BodyStructure/v1/_history/" + "../" * 50,
)


def _only(kind: str) -> bytes:
    return next(iter(KINDS[kind].make().values()))


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _pack(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def zip_bomb(rng: Random) -> Files:
    """A sheet that unpacks to hundreds of times its size."""
    parts = _parts(_only("xlsx"))
    blank = rng.choice([b" ", b"<row/>", b"<c/>", b"\0"])
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", blank * (40 << 20 >> 2) + b"</sheetData>")
    return {"bomb.xlsx": _pack(parts)}


def lying_zip(rng: Random) -> Files:
    """A workbook whose directory states other sizes than its entries have."""
    data = bytearray(_only("xlsx"))
    at = data.find(b"PK\x01\x02")
    for offset in (20, 24):
        data[at + offset : at + offset + 4] = rng.randbytes(4)
    return {"lying.xlsx": bytes(data)}


def xml_bomb(rng: Random) -> Files:
    """Entities that double at every step."""
    steps = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "lol">' for n in range(10)
    )
    parts = _parts(_only("xlsx"))
    sheet = parts[SHEET].split(b"?>", 1)[1].replace(b"MRN", b"&a9;", 1)
    parts[SHEET] = f"<?xml version='1.0'?><!DOCTYPE x [{steps}]>".encode() + sheet
    if rng.random() < 0.5:
        outer = b'<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
        parts[SHEET] = b"<?xml version='1.0'?>" + outer + sheet
    return {"entities.xlsx": _pack(parts)}


def odd_sheet(rng: Random) -> Files:
    """Cells at places where none can be, of kinds that there are not, missing parts."""
    parts = _parts(_only("xlsx"))
    choice = rng.randrange(5)
    if choice == 0:
        parts[SHEET] = parts[SHEET].replace(b"<c ", b'<c r="XFD1048576" ', 1)
    elif choice == 1:
        parts[SHEET] = parts[SHEET].replace(b'r="', b'r="ZZZZ99999999', 1)
        parts[SHEET] = parts[SHEET].replace(b"<row>", b'<row r="4294967296">', 1)
    elif choice == 2:
        parts[SHEET] = parts[SHEET].replace(b't="inlineStr"', b't="s"')
    elif choice == 3:
        del parts[rng.choice(sorted(parts))]
    else:
        parts["../../../tmp/escaped"] = b"out"
        parts[SHEET] = parts[SHEET].replace(b"<is><t>", b"<f>HYPERLINK(1)</f><is><t>", 3)
    return {"odd.xlsx": _pack(parts)}


def deep_json(rng: Random) -> Files:
    """Brackets in brackets, deeper than any reader goes."""
    depth = rng.choice([500, 5_000, 200_000])
    deep = rng.choice([("[", "]"), ('{"a":', "}"), ('{"extension":[', "]}")])
    text = deep[0] * depth + "1" + deep[1] * depth
    name, resource = rng.choice([("deep.json", True), ("deep.ndjson", True), ("deep.jsonl", False)])
    if resource and rng.random() < 0.5:
        text = '{"resourceType": "Procedure", "id": "1", "extension": ' + text + "}"
    return {name: text.encode()}


def odd_json(rng: Random) -> Files:
    """Legal and half-legal JSON that no record should be."""
    row: dict[str, Any] = dict(zip(HEADER, ROWS[0], strict=True))
    row[rng.choice(HEADER)] = rng.choice(
        [None, [], {}, [[1]], {"a": {"b": 1}}, 1e308, -0.0, True, "\ud800", "\x00", "x" * 500_000]
    )
    line = json.dumps(row)
    line = rng.choice(
        [line, line.replace('"C61"', "NaN"), line.replace('"C61"', "1e400"), line + line,
         line.replace('"Year"', '"MRN"'), "[" + line + "]", line[:-1], line.replace(":", "=")]
    )  # fmt: skip
    return {"odd.jsonl": (line + "\n").encode("utf-8", "surrogatepass")}


def fhir_references(rng: Random) -> Files:
    """References that spell paths, addresses and themselves."""
    resources = [
        fhir.patient(),
        fhir.volume("v1", "Breast"),
        fhir.request("rx", fhir.radiation(fhir.PHOTON), fhir.dose("v1", 5000, 25)),
        fhir.summary(),
    ]
    where = rng.choice(["subject", "basedOn", "volume", "replaces", "id", "fullUrl"])
    path = rng.choice(_PATHS)
    request = resources[2]
    if where == "subject":
        request["subject"] = {"reference": path}
    elif where == "basedOn":
        resources[3]["basedOn"] = [{"reference": path}, {"reference": "Procedure/s1"}]
    elif where == "volume":
        request["extension"][1]["extension"][0]["valueReference"]["reference"] = path
    elif where == "replaces":
        request["replaces"] = [{"reference": rng.choice([path, "ServiceRequest/rx"])}]
    else:
        request["id"] = path
    return {"references.ndjson": "".join(json.dumps(r) + "\n" for r in resources).encode()}


_ODD: list[Any] = [
    *(None, 7, True, "text", [], {}, [None], [[]], ["x"], {"": ""}, {"extension": 3}),
]


def fhir_shapes(rng: Random) -> Files:
    """Elements that are another type than they have to be."""
    resources = [
        fhir.patient(),
        fhir.volume("v1", "Breast"),
        fhir.request("rx", fhir.radiation(fhir.PHOTON), fhir.dose("v1", 5000, 25)),
        fhir.summary(),
    ]
    for _ in range(rng.randrange(1, 4)):
        node: Any = rng.choice(resources)
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = rng.choice(keys)
            if isinstance(node[key], (dict, list)) and node[key] and rng.random() < 0.7:
                node = node[key]
                continue
            node[key] = rng.choice(_ODD)
            break
    entries = [{"resource": resource} for resource in resources]
    bundle: Any = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if rng.random() < 0.3:
        bundle["entry"] = rng.choice([*_ODD, [*entries, *_ODD]])
    return {"shapes.json": json.dumps(bundle).encode()}


def _saved(dataset: Dataset, syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.9")
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _with_rows(name: str, data: bytes) -> Files:
    rows = b"patient,date,diagnosis,icd10\n4711,2021-02-01,Carcinoma of the left breast,C50.412\n"
    return {name: data, "rows.csv": rows}


def dicom_values(rng: Random) -> Files:
    """Plans whose values are absurd, or spell paths."""
    odd: dict[str, Any] = {
        "SOPInstanceUID": rng.choice(["", "../../etc/passwd", "1." * 40, "x"]),
        "PatientName": rng.choice(["../../etc", "\x1b[31m^Red", "[red]", "A" * 10_000, "=^=^="]),
        "RTPlanDate": rng.choice(["", "20211399", "99999999", "yesterday"]),
        "PatientBirthDate": rng.choice(["00000000", "29991231", "x"]),
        "RTPlanLabel": rng.choice(["\x00", "[/]", "=cmd|' /C calc'!A0", "\\" * 500]),
        "ReferencedRTPlanSequence": after(rng.choice(["/dev/zero", "1.2.3", ""])),
    }
    chosen = {name: odd[name] for name in rng.sample(sorted(odd), rng.randrange(1, 4))}
    return _with_rows("plan.dcm", _saved(plan(**chosen)))


def dicom_deep(rng: Random) -> Files:
    """Sequences in sequences."""
    inner = item(RTPlanLabel="x")
    for _ in range(rng.choice([20, 200])):
        inner = item(DoseReferenceSequence=[inner])
    return _with_rows("deep.dcm", _saved(plan(DoseReferenceSequence=[inner])))


def dicom_bomb(rng: Random) -> Files:
    """A deflated plan that unpacks to a thousand times its size."""
    whole = _saved(plan(RTPlanDescription="x"), "1.2.840.10008.1.2.1.99")
    start = 144 + int.from_bytes(whole[140:144], "little")
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    element = b"\x0a\x30\x04\x00UT\0\0" + (200 << 20).to_bytes(4, "little")
    body = pack.compress(element)
    for _ in range(200 if rng.random() < 0.3 else 20):
        body += pack.compress(b"\0" * (1 << 20))
    return _with_rows("bomb.dcm", whole[:start] + body + pack.flush())


def dicom_lengths(rng: Random) -> Files:
    """Elements that say they are longer than the file, or of no length at all."""
    data = bytearray(_saved(plan()))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(150, len(data) - 4)
        data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\0\0\0\x80"])
    return _with_rows("lengths.dcm", bytes(data))


def many_columns(rng: Random) -> Files:
    """Tens of thousands of columns, or one name many times."""
    names = [f"c{n}" for n in range(30_000)] if rng.random() < 0.5 else ["MRN"] * 3_000
    return {"wide.csv": (",".join(HEADER + names) + "\n" + "1," * 40_000 + "\n").encode()}


def misnamed(rng: Random) -> Files:
    """A file of one kind under the name of another."""
    kinds = ["csv", "xlsx", "parquet", "jsonl", "fhir bundle", "dicom"]
    data = _only(rng.choice(kinds))
    return {f"named{rng.choice(['.csv', '.xlsx', '.parquet', '.jsonl', '.tsv'])}": data}


TRICKS: Mapping[str, tuple[str, Trick]] = {
    "zip bomb": ("table", zip_bomb),
    "lying zip": ("table", lying_zip),
    "xml bomb": ("table", xml_bomb),
    "odd sheet": ("table", odd_sheet),
    "deep json": ("", deep_json),
    "odd json": ("table", odd_json),
    "many columns": ("table", many_columns),
    "misnamed": ("table", misnamed),
    "fhir references": ("fhir", fhir_references),
    "fhir shapes": ("fhir", fhir_shapes),
    "dicom values": ("dicom", dicom_values),
    "dicom deep": ("dicom", dicom_deep),
    "dicom bomb": ("dicom", dicom_bomb),
    "dicom lengths": ("dicom", dicom_lengths),
}
RARE = ("zip bomb", "dicom bomb", "xml bomb", "many columns")
"""Those that take a second each: one in ten of the times they are drawn."""
