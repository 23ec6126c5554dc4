"""How an evaluation's numbers were made, in words that stand in every report.

Only words: what they say is computed in the modules that they name, and ``docs/statistics.md`` has
the reasons and how each was checked. A test holds them to what an evaluation writes.
"""

from importlib.metadata import version

from exports.evaluation import permutation
from exports.evaluation.statistics import EXACT_UP_TO, ZERO_METHOD


def methods(resamples: int, seed: int) -> dict[str, str]:
    """A phrase for each method, by what it makes.

    Args:
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    bootstrap = f"{resamples} resamples of whole patients, seed {seed}"
    return {
        "unit": "the patient: a patient's cases are resampled and tested together",
        "regimen": "parsed phases equal in dose, fractions, modality and, of an implant, isotope; "
        "what does not parse is wrong",
        "rouge1": f"rouge_score {version('rouge_score')}, F-measure, no stemming",
        "right_or_wrong": "exact McNemar (binomial) over patients; where a patient has several "
        "cases the exact sign test over patients",
        "families": "two, declared before the first prediction, three tests each (regimen exact, "
        "modality right, code exact): tuned against base, one-sided; tuned against the best "
        "baseline by validation score, two-sided",
        "correction": "Holm within each family; everything else has an interval and no p-value",
        "rouge1_test": "sign-flip permutation of the mean difference over patients: all "
        f"permutations up to {permutation.EXACT_UP_TO} patients who differ, else "
        f"{permutation.RESAMPLES:,}; outside of the families",
        "wilcoxon": f"printed as in the paper: scipy {version('scipy')}, signed rank of patients' "
        f"differences, one-sided (greater), zeros left out (zero_method {ZERO_METHOD}), no "
        "continuity correction; exact with ties (the distribution of all sign changes) up to "
        f"{EXACT_UP_TO} differences, else the normal approximation",
        "interval_share": "95 % Wilson, of the effective number of patients where a patient has "
        "several cases",
        "interval_mean": f"95 % percentile bootstrap, {bootstrap}; where all patients are alike "
        "Wilson's bound",
        "interval_classes": "macro and weighted precision, recall and F1: over the classes of the "
        f"reference, fixed before resampling; 95 % bootstrap, {bootstrap}, percentiles moved by "
        "twice their bias; fewer than 20 cases of a class: counts and no rates",
        "unseen_text": "the same metric on the test pairs whose text no model has seen",
        "closed_labels": "scored over the training labels; an answer outside cannot happen",
    }
