"""Answers of a model as the screen of predictions gets them, made up."""

from typing import Any

from exports.report.words import SAFETY
from radonc_tui.actions.asking import copy_text
from tests.ui.sample import BUNDLE

PROSTATE = "70 yo man, adenocarcinoma of the prostate, PSA 6.1, Gleason 3+3, cT1c, gland 40 cc"
ANSWERS: dict[str, Any] = {
    "regimen": {"text": "60 Gy in 20 fractions to the prostate", "score": 0.83, "scores": {}},
    "modality": {
        "text": "photon",
        "score": 0.97,
        "scores": {"photon": 0.97, "proton": 0.02, "electron": 0.006, "brachytherapy": 0.004},
    },
    "icd10": {
        "text": "C61",
        "score": 0.81,
        "scores": {"C61": 0.81, "C67.9": 0.1, "C50.912": 0.05, "C50.911": 0.03, "C34.11": 0.01},
    },
}
RESULT: dict[str, Any] = {
    "model": {"name": BUNDLE, "quant": "Q8_0", "sha256": "ab" * 32, "file": "", "device": "cpu"},
    "signed_off": False,
    "signed_tasks": [],
    "synthetic": True,
    "note": "suggestion, not a prescription",
    "safety": list(SAFETY),
    "made": "2026-11-06T09:00:00+00:00",
    "predictions": [{"diagnosis": PROSTATE, **ANSWERS}],
}
RESULT["copy_text"] = copy_text(RESULT)
NEAR: dict[str, Any] = {
    "similarity": 0.61,
    "case_id": "case-000001",
    "site": "prostate",
    "intent": "curative",
    "target": "prostate",
    "regimen": "60 Gy in 20 fractions, photon, prostate",
    "modality": "photon",
    "icd10": "C61",
    "year": 2021,
}
CHECK = {"rule": "eqd2", "level": "check", "said": "140 Gy EQD2: usual for C61 is 50 to 116 Gy."}
STOP = {"rule": "prior_rt", "level": "stop", "said": "Earlier radiotherapy is mentioned."}
NOT_ASKED = {"text": "", "score": None, "scores": {}, "abstained": True}
STOPPED: dict[str, Any] = {
    **RESULT,
    "predictions": [
        {
            "diagnosis": PROSTATE,
            **ANSWERS,
            "regimen": NOT_ASKED,
            "modality": NOT_ASKED,
            "flags": [STOP, CHECK],
            "abstained": ["regimen", "modality"],
            "evidence": [NEAR, {**NEAR, "similarity": 0.4, "intent": ""}],
        }
    ],
}
STOPPED["copy_text"] = copy_text(STOPPED)

CODES: dict[str, Any] = {
    **{name: RESULT[name] for name in ("model", "signed_off", "signed_tasks", "synthetic", "note")},
    "diagnosis": PROSTATE,
    "taken_out": {},
    "codes": [
        {"code": code, "description": words, "logprob": 0.0, "probability": p, "in_training": known}
        for code, words, p, known in (
            ("C61", "Malignant neoplasm of prostate", 0.87, True),
            ("C67.9", "Malignant neoplasm of bladder, unspecified", 0.01, True),
            ("C60.9", "Malignant neoplasm of penis, unspecified", 0.0021, False),
            ("C62.91", "Malignant neoplasm of right testis, unspecified whether", 3.4e-4, False),
            ("C63.9", "Malignant neoplasm of male genital organ, unspecified", 8e-5, False),
        )
    ],
    "proof": {
        "proven": True,
        "others_at_most": 7.1e-5,
        "others_logprob_at_most": -9.55,
        "of_codes": 74719,
        "codes_scored": 31,
        "tokens_computed": 142,
        "batches": 11,
    },
    "seconds": {"load": 0.0, "search": 1.42},
}
