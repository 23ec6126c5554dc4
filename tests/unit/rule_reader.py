"""A reader of demo notes by rules alone: proof that the facts in the text decide the regimen.

It knows the text and nothing of the generator: how physicians write PSA, power or distances,
and at which values the treatment changes. ``read`` gives the regimen, or None where the note
lacks what is needed.
"""

import re

NUMBER = r"(\d+(?:\.\d+)?)"
LENGTH = NUMBER + r" ?(mm|cm)"


def read(note: str) -> str | None:
    """The regimen of a note of the demo mix, canonically written; None where it is undecided."""
    text = f" {' '.join(note.lower().split())} "
    for disease, rule in RULES:
        if re.search(disease, text):
            return rule(text)
    return None


def number(pattern: str, text: str) -> float | None:
    """The first number of a pattern's groups that matched."""
    found = re.search(pattern, text)
    return next((float(group) for group in found.groups() if group), None) if found else None


def centimetres(pattern: str, text: str) -> float | None:
    """A length written in mm or cm, in cm."""
    found = re.search(pattern, text)
    if not found:
        return None
    value, unit = [group for group in found.groups() if group]
    return float(value) / (10 if unit == "mm" else 1)


def age(text: str) -> float | None:
    before = rf"(?:female|male|man of|woman of) {NUMBER}"
    return number(rf"{NUMBER}(?:[ -](?:yo|y/o|yr old|year-old)|[mf]\b)|{before}", text)


def prostate(text: str) -> str | None:
    psa = number(rf"psa(?: at dx)? {NUMBER}", text)
    dre = re.search(r"\bc?t(1c|2[abc])\b", text)
    gland = number(rf"(?:gland|volume|vol) {NUMBER}|{NUMBER} (?:g gland|cc prostate)", text)
    favourable = re.search(r"3\+3|gs 6|gleason 6|group 1|gg1", text)
    if re.search(r"3\+4|4\+3|group [23]|gg[23]", text):
        return "60 Gy in 20 fractions, photon, prostate"
    if (dre and dre[1] in ("2b", "2c")) or (psa and psa >= 10):
        return "60 Gy in 20 fractions, photon, prostate"
    if not (psa and dre and gland and favourable):
        return None
    resected = "turp" in text and not re.search(r"no (?:prior )?turp|never|not done", text)
    if gland > 50 or resected:
        return "36.25 Gy in 5 fractions, photon, prostate"
    return "145 Gy LDR permanent implant I-125, brachytherapy, prostate"


def breast(text: str) -> str | None:
    if re.search(r"mrm|mastectomy", text):
        heart = number(rf"(?:mean heart|mhd) {NUMBER}", text)
        if heart is None:
            return None
        if heart > 5:
            return "50 Gy(RBE) in 25 fractions, proton, chest wall and nodes"
        return "40.05 Gy in 15 fractions, photon, chest wall and nodes"
    years = age(text)
    grade = number(r"(?:grade |\bg|gr )([123])\b", text)
    receptors = re.search(r"\ber ?(?:(\+|pos|8/8)|(-|neg|0/8))", text)
    if grade == 3 or (years and years < 50) or (receptors and receptors[2]):
        return (
            "40.05 Gy in 15 fractions, photon, whole breast; "
            "then 10 Gy in 5 fractions, photon, tumour bed boost"
        )
    if grade and receptors and years:
        return "26 Gy in 5 fractions, photon, whole breast"
    return None


def recurrence(text: str) -> str:
    return "50 Gy in 25 fractions, electron, chest wall"


def lung(text: str) -> str | None:
    if re.search(r"\bc?n2\b|n2 on pet|nodes pos|stn 7 pos", text):
        ecog = number(r"(?:ecog|ps|perf status) ([0-4])", text)
        kps = number(rf"(?:kps|karnofsky)(?: is)? {NUMBER}", text)
        if ecog is None and kps is None:
            return None
        if (ecog is not None and ecog >= 2) or (kps is not None and kps <= 70):
            return "55 Gy in 20 fractions, photon, lung and nodes"
        return "60 Gy in 30 fractions, photon, lung and nodes"
    bronchus = centimetres(rf"{LENGTH} (?:from bronchial|to nearest|to prox)", text)
    if bronchus is None:
        return None
    if bronchus > 2:
        return "54 Gy in 3 fractions, photon, lung tumour"
    return "50 Gy in 5 fractions, photon, lung tumour"


def brain(text: str) -> str | None:
    if re.search(r"innumerable|too many|miliary|multiple small", text):
        return "30 Gy in 10 fractions, photon, whole brain"
    if (centimetres(rf"cavity {LENGTH}", text) or 0) > 3:
        return "27 Gy in 3 fractions, photon, brain metastasis"
    words = {"one": 1, "single": 1, "solitary": 1, "two": 2, "three": 3, "four": 4}
    found = re.search(rf"(\d+|{'|'.join(words)}) (?:enhancing )?(?:lesions?|mets?)\b", text)
    if not found:
        return None
    count = words.get(found[1]) or int(found[1])
    if count > 10:
        return "30 Gy in 10 fractions, photon, whole brain"
    size = centimetres(rf"(?:largest|biggest|max|up to) {LENGTH}", text)
    if size is None:
        return None
    if size > 2:
        return "27 Gy in 3 fractions, photon, brain metastasis"
    return "20 Gy in 1 fraction, photon, brain metastases"


def bone(text: str) -> str | None:
    power = number(r"([0-5])/5\b", text)
    bilsky = number(r"(?:bilsky|escc)(?: grade)? ([0-3])", text)
    clear = re.search(r"no cord compression|not compressed|excluded", text)
    compressed = not clear and re.search(r"cord compress", text)
    if compressed or (bilsky is not None and bilsky >= 2):
        return "20 Gy in 5 fractions, photon, spine"
    if power is None and bilsky is None and not clear:
        return None
    if power is not None and power < 5:
        return "20 Gy in 5 fractions, photon, spine"
    return "8 Gy in 1 fraction, photon, bone metastasis"


def glioblastoma(text: str) -> str | None:
    kps = number(rf"(?:kps|karnofsky)(?: is)? {NUMBER}", text)
    years = age(text)
    if (years and years >= 70) or (kps and kps < 70):
        return "40.05 Gy in 15 fractions, photon, brain"
    return "60 Gy in 30 fractions, photon, brain" if kps and years else None


def eye(text: str) -> str | None:
    thickness = number(rf"(?:thickness|height) {NUMBER}|{NUMBER} mm thick", text)
    disc = number(rf"{NUMBER} mm (?:from|to optic) disc|disc (?:distance )?{NUMBER}", text)
    near = re.search(r"touches disc|abuts|juxtapapillary", text)
    if near or (thickness and thickness > 10) or (disc is not None and disc < 3):
        return "60 Gy(RBE) in 4 fractions, proton, eye"
    if thickness is None or disc is None:
        return None
    return "85 Gy LDR temporary implant I-125, brachytherapy, eye"


def skin(text: str) -> str | None:
    deep = rf"(?:depth|invades) {NUMBER} mm|{NUMBER} mm (?:deep|thick)"
    depth = number(deep, text)
    across = centimetres(LENGTH, re.sub(deep, "", text))
    if (across and across > 2) or (depth and depth > 4):
        return "50 Gy in 20 fractions, electron, skin"
    if across is None or depth is None:
        return None
    return "40 Gy in 8 fractions HDR, brachytherapy, skin"


def rectum(text: str) -> str:
    return "25 Gy in 5 fractions, photon, rectum"


RULES = (
    (r"chest wall (?:recurrence|nodule)|mastectomy scar", recurrence),
    (r"bcc|basal cell", skin),
    (r"choroid|ciliary", eye),
    (r"gbm|glioblastoma", glioblastoma),
    (r"brain mets from|with brain mets|cerebral mets|to brain", brain),
    (r" [lt]\d{1,2} met|bone mets from", bone),
    (r"rectum|rectal|rectosigmoid", rectum),
    (r"prostate", prostate),
    (r"nsclc|scc lung|lobe|[rl][uml]l\b|bronchus|lingula|hil[ua]", lung),
    (r"breast", breast),
)
"""Which words mean which disease, the telling ones first: a bystander may have breast cancer."""
