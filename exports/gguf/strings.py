"""Texts to try a tokenizer and a model on: made up, the same for the same seed, no patient's.

Needs nothing but the standard library.
"""

import random
import unicodedata

SAMPLE_TEXTS = tuple(
    f"Diagnosis: {diagnosis}\n{question}"
    for diagnosis in (
        "72-year-old man, adenocarcinoma of the prostate, Gleason 3+4, PSA 9.1, cT2a N0 M0.",
        "Invasive ductal carcinoma of the left breast, pT1c pN0, margins clear, lumpectomy.",
        "Painful bone metastasis of L3 from non-small cell lung cancer, ECOG 2.",
        "Glioblastoma of the right temporal lobe, IDH wild type, after subtotal resection.",
        "Squamous cell carcinoma of the oropharynx, p16 positive, cT2 N1 M0.",
        "FIGO IIB squamous cell carcinoma of the cervix, concurrent cisplatin planned.",
    )
    for question in ("Radiotherapy dose and fractions: 60 Gy in 30 fractions", "ICD-10 code: C50.9")
)
"""Made-up texts for a model that has no real ones at hand."""

WORDS = (
    "Gy cGy fx fractions BID boost PTV CTV carcinoma adenocarcinoma Gleason pT2a N0 M0 cT3b left "
    "right s/p TURBT HER2+ ER- margin(s) EQD2 IMRT VMAT SBRT HDR I-125 Ir-192 don't it's C50.912 "
    "C61 Z51.0 lobe mid-thoracic œsophagus naïve Müller µg β-emitter α/β"
)


def made_up_strings(count: int, seed: int) -> list[str]:
    """Strings a clinic might type and some it would not, the same for the same seed.

    All are NFC, as typed text is: Qwen's tokenizer normalizes and llama.cpp does not. None begins
    with a space, as no prompt does: there llama.cpp puts one more before it, and Transformers'
    tokenizer of Llama 2 does not.
    """
    dice = random.Random(seed)
    words = WORDS.split()
    odd = _odd_characters()
    joints = [" ", " ", " ", ", ", "; ", "  ", "\n", "\n\n", "\t", " - ", "/", ". ", ": ", "   "]

    def piece() -> str:
        match dice.randrange(7):
            case 0:
                return f"{dice.uniform(0, 100):.{dice.randrange(4)}f} Gy x {dice.randrange(1, 45)}"
            case 1:
                return str(dice.randrange(10 ** dice.randrange(1, 9)))
            case 2:
                return "".join(dice.choice(odd) for _ in range(dice.randrange(1, 6)))
            case 3:
                return "".join(chr(dice.randrange(0x20, 0x7F)) for _ in range(dice.randrange(1, 9)))
            case 4:
                return dice.choice(words).upper()
            case _:
                return dice.choice(words)

    made: list[str] = []
    while len(made) < count:
        parts = [piece() + dice.choice(joints) for _ in range(dice.randrange(1, 9))]
        text = unicodedata.normalize("NFC", "".join(parts)).lstrip()
        if text and "<" not in text:  # a special token spelled out in text is no text
            made.append(text)
    return made


def _odd_characters() -> list[str]:
    """Letters, marks, numbers and symbols of the scripts and signs that reach a record."""
    ranges = ((0xA1, 0x250), (0x300, 0x315), (0x370, 0x4FF), (0x5D0, 0x5EA), (0x620, 0x64A))
    ranges += ((0x900, 0x940), (0x2010, 0x2028), (0x2030, 0x2044), (0x2070, 0x20AC))
    ranges += ((0x2100, 0x2300), (0x3041, 0x30FF), (0x4E00, 0x4F00), (0xAC00, 0xAC80))
    ranges += ((0x1F600, 0x1F640),)
    characters = [chr(code) for start, stop in ranges for code in range(start, stop)]
    return [c for c in characters if unicodedata.category(c) not in ("Cn", "Cc", "Cf", "Cs", "Co")]
