"""The declared family of tests: named before the first prediction, corrected together (Holm).

Apart from the evaluation itself, so that naming it costs no import of numpy.
"""

FAMILY = ("regimen.rouge1", "modality.accuracy", "icd10.accuracy")
"""One test a task, as the paper reports them: (task, metric) of tuned against base."""
