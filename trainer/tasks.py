"""The three tasks of the paper: how a case becomes a question and an answer.

The diagnosis comes before the question, so that the three tasks of a case share one prefix,
in training and in inference. Base and tuned models get the same prompt, and their answers are
read by the same functions. No tokenizer and no model here.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    REGIMEN = "regimen"
    MODALITY = "modality"
    ICD10 = "icd10"


QUESTIONS: Mapping[Task, str] = {
    Task.REGIMEN: "Radiotherapy dose and fractions:",
    Task.MODALITY: "Modality (photon, proton, electron or brachytherapy):",
    Task.ICD10: "ICD-10 code:",
}

MAX_ANSWER_TOKENS: Mapping[Task, int] = {Task.REGIMEN: 96, Task.MODALITY: 8, Task.ICD10: 12}
"""How many tokens a free-running answer may take before it is cut off."""


@dataclass(frozen=True)
class Pair:
    """One (case, task): the prompt ends before the answer, which begins with a space."""

    case_id: str
    patient: str
    task: Task
    diagnosis: str
    answer: str

    @property
    def prompt(self) -> str:
        return prompt(self.diagnosis, self.task)


def prefix(diagnosis: str) -> str:
    """What the three tasks of a case share.

    Composed (NFC): some tokenizers do that by themselves and llama.cpp does not, so that "ö"
    typed as two characters would be other tokens in training than in use.
    """
    return f"Diagnosis: {' '.join(unicodedata.normalize('NFC', diagnosis).split())}\n"


def prompt(diagnosis: str, task: Task) -> str:
    """The whole prompt of one pair; the model's answer follows it, beginning with a space."""
    return prefix(diagnosis) + QUESTIONS[task]


def completion(answer: str) -> str:
    """What the model is to write after the prompt, before its end-of-sequence token."""
    return " " + answer
