"""The histologies that decide between rows where the code does not.

``Small cell`` of the lung, a glioblastoma among the tumours of C71, a rhabdomyosarcoma among
those of C49. A word stands for what the question names and does not deny; the codes of the skin
in ICD-10-CM tell basal from squamous cell by themselves (C44.x1, C44.x2).
"""

import re

from store.clinical.whole_words import word
from store.department.question import prepare, says

_PATTERNS = {
    "small cell": r"SCLC|(?<!non)(?<!non-)(?<!non )small[- ]cell",
    "squamous": r"squamous|SCC",
    "basal cell": r"basal cell|BCC",
    "serous": r"serous",
    "adenoid cystic": r"adenoid cystic",
    "anaplastic": r"anaplastic",
    "papillary": r"papillary",
    "Merkel": r"merkel(?:[- ]cell)?",
    "melanoma": r"melanoma",
    "seminoma": r"(?<!non-)(?<!non)seminoma",
    "non-seminoma": (
        r"non-?seminoma\w*|mixed germ cell|teratoma|embryonal carcinoma|choriocarcinoma"
    ),
    "Wilms": r"wilms'?|nephroblastoma",
    "neuroblastoma": r"neuroblastoma",
    "rhabdomyosarcoma": r"rhabdo(?:myosarcoma)?",
    "Ewing": r"ewing'?s?",
    "chordoma": r"chordoma",
    "chondrosarcoma": r"chondrosarcoma",
    "retinoblastoma": r"retinoblastoma",
    "glioblastoma": r"glioblastoma|GBM",
    "glioma": r"glioma|astrocytoma|oligodendroglioma|oligoastrocytoma",
    "pontine glioma": (
        r"DIPG|H3 ?K27\w*|diffuse (?:intrinsic )?(?:pons|pontine)"
        r"|(?:pontine|pons) (?:tumou?r|glioma)|diffuse midline glioma|brainstem glioma"
    ),
    "medulloblastoma": r"medulloblastoma",
    "ependymoma": r"ependymoma",
    "brain lymphoma": r"(?:CNS|brain|cerebral) (?:DLBCL|lymphoma)|PCNSL",
    "prostate cancer": (
        r"prostate (?:ca|cancer|carcinoma|adeno\w*)|prostatic (?:adeno)?carcinoma"
        r"|(?:ca|cancer|carcinoma|adenoca\w*) (?:of (?:the )?)?prostate|CRPC"
    ),
}
_WORDS = {name: word(pattern) for name, pattern in _PATTERNS.items()}
HISTOLOGIES = frozenset(_PATTERNS)
_OF_SKIN = re.compile(r"C44\.[0-9](?P<kind>[12])")


def read_histologies(diagnosis: str, icd10: str) -> frozenset[str]:
    """The histologies, of ``HISTOLOGIES``, that the question names or the code of the skin says."""
    text = prepare(diagnosis)
    found = {name for name, pattern in _WORDS.items() if says(text, pattern)}
    skin = _OF_SKIN.match(icd10)
    if skin:
        found.add("basal cell" if skin["kind"] == "1" else "squamous")
    return frozenset(found)
