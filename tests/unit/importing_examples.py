"""What the tests of curation and import share: a code table, a secret, records, an XLSX writer."""

import csv
import functools
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from store.cases import RawCase
from store.clinical.icd10 import CodeTable, load_codes
from store.curation import Source
from store.home import Home
from store.synthetic.cases import synthesize

SECRET = b"0" * 32
SOURCE = Source("table", "cases.csv", "f" * 64)
EXCERPT = Path(__file__).parents[1] / "data" / "tcga"
SYNTHETIC_HEADER = "MRN,Course ID,Diagnosis,Prescription,Modality,ICD10,Year"
TABLES = Path(__file__).parents[1] / "data" / "tables"


@functools.cache
def codes() -> CodeTable:
    """The code table, built once for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tmp").mkdir()
        return load_codes(Home(Path(folder)))


def raw(**values: object) -> RawCase:
    """A record that is a case, with ``values`` changed."""
    usual: dict[str, object] = {
        "patient": "MRN 4711",
        "diagnosis": "68-year-old man with adenocarcinoma of the prostate, cT2a, PSA 8",
        "regimen": "60 Gy in 20 fractions, photon IMRT",
        "modality": "photon",
        "icd10": "C61",
        "row": 2,
    }
    return RawCase(**{**usual, **values})  # pyright: ignore[reportArgumentType]


def quiet(stage: str, done: int, total: int, unit: str) -> None:
    """Progress that nobody looks at."""


def write_xlsx(path: Path, rows: list[list[str | float]]) -> None:
    """The smallest workbook that holds ``rows``: Open XML with inline strings."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, float)
            else f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>'
            for cell in row
        )
        + "</row>"
        for row in rows
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Cases" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')


def write_synthetic(
    path: Path, count: int, *, header: str = SYNTHETIC_HEADER, seed: int = 1
) -> int:
    """A clinic's table of ``count`` synthetic cases and the rejects between them, as CSV.

    Returns:
        How many rows it has. ``header`` renames the seven columns, in this order.
    """
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(header.split(","))
        for one in synthesize(count, seed, "demo"):
            course = f"{one.course}.{one.row}" if one.diagnoses == 1 else ""
            write(
                [one.patient, course, one.diagnosis, one.regimen, one.modality, one.icd10, one.year]
            )
            rows += 1
    return rows


MISNAMED = "MRN,Course ID,Text,Prescription,Modality,Diagnosis,Year"
"""A header that misleads: the codes stand under *Diagnosis*, the diagnosis under *Text*."""


def make_clinic(path: Path) -> Path:
    """A folder as a clinic has it."""
    folder = path / "clinic" / "exports"
    (folder / "older").mkdir(parents=True)
    write_synthetic(folder / "cases.csv", 60)
    write_synthetic(folder / "misnamed.csv", 60, header=MISNAMED)
    (folder / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "notes.pdf").write_text("no table")
    return folder
