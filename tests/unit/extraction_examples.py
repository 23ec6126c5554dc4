"""Made-up cases that are no two alike, long enough for their halves to be completed."""

SITES = ("prostate", "left breast", "right lung", "rectum", "tonsil", "cervix", "bladder", "pons")
WORDS = ("margins", "clear", "nodes", "seen", "grade", "two", "on", "biopsy", "referred", "today")


def cases(count: int) -> list[dict[str, str]]:
    """Cases of 20 words and more, no two alike, each with a code of its own."""
    return [
        {
            "case_id": f"case-{i}",
            "patient": f"patient-{i}",
            "diagnosis": f"{40 + i % 45} year old with carcinoma of the {SITES[i % 8]}, "
            + " ".join(WORDS[(i * j + j) % 10] for j in range(1, 12))
            + f", stage {i % 4}",
            "regimen": f"{40 + i} Gy in 20 fractions, photon",
            "modality": "photon",
            "icd10": f"C{10 + i}.{i % 10}",
        }
        for i in range(count)
    ]
