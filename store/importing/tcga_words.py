"""The diagnosis of a TCGA patient as a sentence a clinician would write.

Made from the columns of a clinical patient table (BCR Biotab, named by their CDE names): age,
sex, histology, laterality, site, grade, stage, and what the operation left. It holds no dose, no
code and no barcode. What a table does not say is left out, never filled in.
"""

import re
from collections.abc import Mapping

from store.reasons import Lost

Row = Mapping[str, str]

_MISSING = re.compile(r"\[[A-Za-z ]+\]")
_PLACEHOLDER = re.compile(r"\bother\b|mixed histology", re.IGNORECASE)
_HISTOLOGIES = {
    "Untreated primary (de novo) GBM": "glioblastoma",
    "Treated primary GBM": "glioblastoma",
    "Glioblastoma Multiforme (GBM)": "glioblastoma",
    "Mixed serous and endometrioid": "mixed serous and endometrioid adenocarcinoma",
    "Malignant Peripheral Nerve Sheath Tumors (MPNST)": "malignant peripheral nerve sheath tumor",
}
_MELANOMAS = {
    "8721/3": "nodular melanoma",
    "8730/3": "amelanotic melanoma",
    "8742/3": "lentigo maligna melanoma",
    "8743/3": "superficial spreading melanoma",
    "8744/3": "acral lentiginous melanoma",
    "8745/3": "desmoplastic melanoma",
    "8770/3": "mixed epithelioid and spindle cell melanoma",
    "8771/3": "epithelioid cell melanoma",
    "8772/3": "spindle cell melanoma",
}
"""ICD-O-3 morphology codes and their names (WHO, International Classification of Diseases for
Oncology, 3rd edition); the melanoma tables have no column of words."""

_ORGANS = {
    "adrenal": "adrenal gland",
    "brain": "brain",
    "central nervous system": "brain",
    "endometrial": "endometrium",
    "testes": "testis",
}
_SKIN = {
    "extremities": "skin of an extremity",
    "head and neck": "skin of the head and neck",
    "trunk": "skin of the trunk",
}
_SURGERY = {
    "Lumpectomy": "lumpectomy",
    "Modified Radical Mastectomy": "modified radical mastectomy",
    "Simple Mastectomy": "simple mastectomy",
}
_RESIDUAL = {
    "R0": "no residual tumor (R0)",
    "R1": "microscopic residual tumor (R1)",
    "R2": "macroscopic residual tumor (R2)",
}


def said(row: Row, *columns: str) -> str:
    """The first of ``columns`` that says something; markers such as [Unknown] say nothing.

    Values joined with ``|`` come back without their missing parts and repetitions.
    """
    for column in columns:
        parts = [part.strip() for part in row.get(column, "").split("|")]
        told = dict.fromkeys(part for part in parts if part and not _MISSING.fullmatch(part))
        if told:
            return "|".join(told)
    return ""


def is_melanoma(row: Row) -> bool:
    """Whether the ICD-O-3 morphology is that of a melanoma (872 to 879)."""
    return bool(re.match(r"87[2-9]", said(row, "icd_o_3_histology")))


def diagnosis_sentence(row: Row) -> str:
    """The patient's diagnosis in one sentence.

    Raises:
        Lost: the histology is a placeholder and nothing else names it.
    """
    histology, site = _histology(row), _site(row)
    comma = "," if ", " in histology else ""
    disease = f"{histology}{comma} of the {site}" if site else histology
    parts = [f"{_person(row)} with {disease}", _spread(row), _grade(row), _stage(row), _after(row)]
    sentence = ", ".join(part for part in parts if part)
    return f"{sentence[0].upper()}{sentence[1:]}."


def organ(row: Row) -> str:
    """The broad site, such as ``breast`` or ``lower extremity``; "" where none is given."""
    site = said(row, "tumor_tissue_site").split("|")[0].split(" - ")[0].strip().lower()
    if is_melanoma(row) and "choroid" not in site:
        return "skin"
    return _ORGANS.get(site, site)


def _person(row: Row) -> str:
    age = said(row, "age_at_initial_pathologic_diagnosis")
    noun = {"FEMALE": "woman", "MALE": "man"}.get(said(row, "gender"), "patient")
    return f"{age}-year-old {noun}" if age.isdigit() else noun


def _histology(row: Row) -> str:
    recorded = said(row, "histological_type")
    other = said(row, "histological_type_other").replace("|", " and ")
    if is_melanoma(row):
        return _MELANOMAS.get(said(row, "icd_o_3_histology"), "melanoma")
    if not recorded:
        raise Lost("diagnosis_unspecific", "The patient table has no histology.")
    if recorded.endswith("Other Subtype"):
        plain = _plain_histology(recorded.removesuffix("Other Subtype"))
        return f"{plain} ({other.lower()})" if other else plain
    if not _PLACEHOLDER.search(recorded):
        names = list(dict.fromkeys(_plain_histology(part) for part in recorded.split("|")))
        if len(names) > 1 and "Non-Seminoma" in recorded:
            parts = ", ".join(name.removeprefix("non-seminoma, ") for name in names)
            return f"mixed germ cell tumor ({parts})"
        return " and ".join(names)
    if not other:
        raise Lost("diagnosis_unspecific", f"The histology is recorded as {recorded!r}.")
    named = re.search(r"carcinoma|sarcoma|tumou?r|phyllodes|lymphoma|melanoma", other, re.I)
    return other.lower() if named else f"{other.lower()} carcinoma"


def _plain_histology(text: str) -> str:
    if text in _HISTOLOGIES:
        return _HISTOLOGIES[text]
    text = text.rsplit(" / ", maxsplit=1)[-1]
    text = re.sub(r"\([^)]*\)|Not Otherwise Specified|\bNOS\b", "", text).lower()
    text = text.replace("endometrial adeno", "adeno")
    text = re.sub(r"^(?:lung|stomach|colon|rectal|prostate|thyroid|kidney)\b,?\s*", "", text)
    text = re.sub(r"\s*-\s+|\s*;\s*", ", ", text)
    text = re.sub(r"^(\w+ carcinoma), (.+)$", r"\1, \2 type", text)
    text = re.sub(r"(?<=carcinoma) (acinar|mixed)", r", \1", text).replace("type type", "type")
    return re.sub(r"\s+", " ", text).replace("b-cell", "B-cell").strip(" ,")


def _site(row: Row) -> str:
    """The organ with its side and part, ``left breast (upper outer quadrant)``, or ""."""
    part = said(
        row,
        "anatomic_neoplasm_subdivision",
        "tumor_location",
        "primary_thyroid_gland_neoplasm_location_anatomic_site",
        "tumor_tissue_site_other",
    )
    side, part = _side(said(row, "laterality"), part)
    name = organ(row)
    site = said(row, "tumor_tissue_site")
    if is_melanoma(row) and name == "skin":
        name = _SKIN.get(site.split("|")[0].lower(), "skin")
    elif " - " in site:
        fine = site.split("|")[0].split(" - ")[1]
        name = name if "please specify" in fine else fine.lower()
    if name == "brain" and part:
        name, part = part.removesuffix(", not otherwise specified"), ""
        name = {"supratentorial": "supratentorial brain"}.get(name, name.split(", ")[-1])
    if part and name and part != name and "please specify" not in part:
        name = f"{name} ({part})"
    sided = side in ("left", "right") and name and name != "prostate"
    return f"{side} {name}" if sided else name


def _side(laterality: str, part: str) -> tuple[str, str]:
    """The side, from its own column or from the part, and the part without it."""
    sides = dict.fromkeys(re.findall(r"\b(left|right|[LR](?=-))\b", part, re.IGNORECASE))
    named = {side[0].upper() for side in sides}
    if not laterality and len(named) == 1:
        laterality = {"L": "left", "R": "right"}[named.pop()]
    pieces: list[str] = []
    for piece in part.split("|"):
        lobe = re.fullmatch(r"[LR]-(\w+)", piece)
        plain = f"{lobe[1]} lobe" if lobe else piece
        if "NOS" in plain:
            continue
        if plain.casefold() in ("left lobe", "right lobe"):
            return "", plain.lower()
        plain = re.sub(r"^(left|right)\b\s*", "", plain, flags=re.I)
        pieces.append(plain.lower())
    return laterality.lower(), _joined(list(dict.fromkeys(piece for piece in pieces if piece)))


def _joined(parts: list[str]) -> str:
    """``upper inner and lower inner quadrants``; four quadrants are all."""
    if len(parts) > 1 and all(part.endswith(" quadrant") for part in parts):
        stems = " and ".join(part.removesuffix(" quadrant") for part in parts)
        return "all quadrants" if len(parts) == 4 else f"{stems} quadrants"
    return " and ".join(parts)


def _spread(row: Row) -> str:
    """What the melanoma tables say of the tumor that was removed."""
    removed = said(row, "submitted_tumor_location")
    if removed.startswith("Regional Lymph"):
        return "metastatic to regional lymph nodes"
    if removed.startswith("Regional Cutaneous"):
        return "with regional skin or soft tissue metastases"
    return "with distant metastasis" if removed.startswith("Distant") else ""


def _grade(row: Row) -> str:
    grade = said(row, "neoplasm_histologic_grade")
    if re.fullmatch(r"G[1-4]", grade):
        return f"grade {grade[1]}"
    if grade in ("High Grade", "Low Grade"):
        return grade.lower()
    gleason, first, second = (
        said(row, name) for name in ("gleason_score", "primary_pattern", "secondary_pattern")
    )
    if gleason:
        return f"Gleason score {gleason}" + (f" ({first}+{second})" if first and second else "")
    return ""


def _stage(row: Row) -> str:
    """Pathologic stage and TNM where they are given, else clinical; what is X is not given."""
    for kind in ("pathologic", "clinical"):
        stage = said(row, f"{kind}_stage").removeprefix("Stage ").removesuffix(" NOS")
        letters = [said(row, f"{kind}_{letter}").replace(" ", "") for letter in "TNM"]
        tnm = " ".join(letter for letter in letters if letter and not letter.endswith("X"))
        if stage not in ("", "X"):
            return f"{kind} stage {stage}" + (f" ({tnm})" if tnm else "")
        if tnm:
            return f"{kind} {tnm}"
    return ""


def _after(row: Row) -> str:
    """The breast operation and the margins, which come before any adjuvant course."""
    surgery = _SURGERY.get(said(row, "breast_carcinoma_surgical_procedure_name"), "")
    margin = said(row, "margin_status").lower()
    left = f"margins {margin}" if margin else _RESIDUAL.get(said(row, "residual_tumor"), "")
    return ", ".join(part for part in (surgery and f"after {surgery}", left) if part)
