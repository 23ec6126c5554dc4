import pytest
from hypothesis import given, strategies as st

from exports.inference.reading import read_free
from trainer.tasks import Task


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("photon", "photon"),
        ("Photons, 6 MV.", "photon"),
        ("external beam (proton therapy) or photon", "proton"),
        ("HDR Brachytherapy", "brachytherapy"),
        ("photoneutron", ""),
        ("carbon ions", ""),
        ("", ""),
    ],
)
def test_first_modality_word(text: str, answer: str):
    assert read_free(Task.MODALITY, text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("C50.411", "C50.411"),
        ("c50411", "C50.411"),
        ("The ICD-10 code is C61.", "C61"),
        ("ICD10: C7B.01 or C79.51", "C7B.01"),
        ("C4A.9", "C4A.9"),
        ("pT4b N1 M0, 60Gy", ""),
        ("T2N0M0 C34.11", "C34.11"),
        ("C34.", "C34"),
        ("no code", ""),
    ],
)
def test_first_code(text: str, answer: str):
    assert read_free(Task.ICD10, text) == answer


@given(st.text(max_size=60))
def test_a_code_read_is_read_again(text: str):
    code = read_free(Task.ICD10, text)
    assert read_free(Task.ICD10, code) == code


@given(st.text(max_size=60))
def test_a_regimen_stays_as_written(text: str):
    assert read_free(Task.REGIMEN, text) == text.strip()
