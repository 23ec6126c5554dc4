"""Which of the four modalities recorded words name: photon, proton, electron or brachytherapy.

The words are those of prescriptions and of registries (the radiation treatment modality of the
STORE manual, NAACCR item 1506, keeps "external beam, NOS" apart from photons, protons and
electrons, and so does this). Nothing here guesses: two different modalities in one text, or a
radiation that is none of the four, give None.
"""

import re
from collections.abc import Mapping

from store.clinical.regimen import Modality
from store.clinical.whole_words import word

_PATTERNS: Mapping[Modality, str] = {
    Modality.PHOTON: (
        r"photons?|x-?rays?|(?:4|6|8|10|15|18|20|23)x(?![a-z0-9])|imrt|vmat|3d-?crt|3-?d conformal"
        r"|intensity[- ]modulated radi\w+|volumetric[- ](?:modulated )?arc\w*(?: therapy)?"
        r"|rapid-?arc|tomotherapy|cyber[- ]?knife|gamma[- ]?knife|orthovoltage|superficial x-?ray"
        r"|mega-?voltage|cobalt teletherapy|[0-9]{1,2}(?:\.[0-9])? ?mv(?:p)?|[0-9]{2,3} ?kvp?"
    ),
    Modality.PROTON: (
        r"protons?|impt|pbs|pencil[- ]beam(?: scanning)?|pbt|intensity[- ]modulated proton \w+"
    ),
    Modality.ELECTRON: (
        r"electrons?|en[- ]?face|tseb?t?|total skin electrons?|ioert"
        r"|(?<![0-9.])(?:[4-9]|1[0-9]|2[0-5])(?:-[0-9]{1,2})? ?mev"
    ),
    Modality.BRACHYTHERAPY: (
        r"brachy(?:therapy)?|hdr|ldr|pdr|(?:high|low|pulsed)[- ]dose[- ]rate|seeds?"
        r"|(?:seed|permanent|temporary) implants?|plaque (?:brachytherapy|radiotherapy|therapy)"
        r"|(?:eye|episcleral|scleral|coms|ru-?106|i-?125|ruthenium) plaques?|surface mou?ld"
        r"|(?:iodine|i|palladium|pd|iridium|ir|ruthenium|ru|strontium|sr|cs)"
        r"-?(?:125|103|192|106|131|90)(?![0-9])|interstitial|intracavitary|intraluminal"
    ),
}
# an electron energy beside "proton" is the proton's, and a radioiodine capsule is no implant
_OTHER = r"carbon(?: ion)?s?|neutrons?|helium|bnct|mixed beam|radio-?iodine|radium-?223|mci|gbq"
_RECORDED = r"implants?|internal|plaques?|after-?loading"
_EXTERNAL = r"ebrt|xrt|external(?:[- ]beam)?(?:[- ]radi\w+)?|tele-?therapy"


STATED: Mapping[Modality, re.Pattern[str]] = {m: word(p) for m, p in _PATTERNS.items()}
"""Words that name a modality wherever they stand, also within a prescription."""

_IN_COLUMN = word(_RECORDED)
_NONE_OF_FOUR = word(_OTHER)
_EXTERNAL_BEAM = word(_EXTERNAL)


def stated_modalities(text: str) -> set[Modality]:
    """The modalities named in running text; an energy in MeV beside protons is theirs."""
    found = {modality for modality, pattern in STATED.items() if pattern.search(text)}
    if Modality.PROTON in found and not re.search(r"electron|face", text, re.IGNORECASE):
        found.discard(Modality.ELECTRON)
    return found


def read_modality(text: str) -> Modality | None:
    """The one modality that the recorded words of a modality or technique column name.

    IMRT, VMAT, 3D-CRT, an energy in MV (also written 6X) and x-rays are photons; IMPT and
    pencil-beam scanning are protons; an energy up to 25 MeV and en-face fields are electrons;
    HDR, LDR, implants, seeds and plaques are brachytherapy. "EBRT", SBRT and SRS say how, not
    with what, so they name none. None also where two are named.
    """
    words = " ".join(text.split())[:500]
    if _NONE_OF_FOUR.search(words):
        return None
    found = stated_modalities(words)
    if not found and _IN_COLUMN.search(words) and not _EXTERNAL_BEAM.search(words):
        found = {Modality.BRACHYTHERAPY}
    return found.pop() if len(found) == 1 else None
