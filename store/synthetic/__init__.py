"""Synthetic cases: plausible, seeded, made from tables of facts; never of any real patient.

The tables lie beside the code: ``settings.csv`` (what is treated how), ``variants.csv`` (which
facts make it so), ``codes.csv`` (where it sits, and the ICD-10-CM code of that), ``wordings.csv``
and ``asides.csv`` (how notes say it). Nothing else in the program may treat these cases as real.
"""


def synthetic_name(mix: str, seed: int) -> str:
    """What stands in place of a file's name for cases of a mix and a seed."""
    return f"{mix} mix, seed {seed}"
