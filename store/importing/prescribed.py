"""One prescription as a phase: dose, fractions, target, and the radiation of its fields.

Doses are read by the rules of flat tables. The modality comes from energy codes and machines, or
from the prescription's own column; a plan's name is never asked.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from store.clinical.modality import read_modality
from store.clinical.regimen import DoseRate, Level, Modality, Phase
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.clinical.regimen_words import Words, clean_target, is_target
from store.importing.dose_columns import read_regimen
from store.importing.energy import read_energy
from store.importing.extract import Extract, Key, Prescription
from store.reasons import Lost


def build_phase(
    one: Prescription, keys: Iterable[Key], found: Extract
) -> tuple[Phase, tuple[str, ...]]:
    """The phase that a prescription makes with the fields of these plans, and what was repaired.

    Raises:
        Lost: a dose is not legible, or the fields are of two radiations.
    """
    modality, words = _radiation(one, keys, found)
    levels: list[tuple[Level, int | None]] = []
    repairs: list[str] = []
    if not one.levels:
        raise Lost("no_dose")
    for target, total, each in one.levels:
        cells = {"dose": total, "dose_per_fraction": each, "fractions": one.fractions}
        cells |= {"modality": modality.value if modality else "", "technique": words}
        text, noted = read_regimen({k: v for k, v in cells.items() if v}, {})
        try:
            read = parse_regimen(text).phases[0]
        except RegimenError as error:
            raise Lost("regimen_unreadable", error.message) from error
        name = clean_target(target or one.label)
        levels.append((Level(read.dose_gy, name if is_target(name) else ""), read.fractions))
        repairs += noted
    counts = {count for _, count in levels}
    if len(counts) > 1:
        raise Lost("dose_ambiguous", "The dose levels of one prescription differ in fractions.")
    said = Words(words)
    technique, rates = said.technique(), said.rates()
    phase = Phase(
        tuple(sorted((level for level, _ in levels), key=lambda level: -level.dose_gy)),
        counts.pop(),
        modality,
        technique,
    )
    if modality is Modality.BRACHYTHERAPY and rates == {"HDR"}:
        phase = replace(phase, dose_rate=DoseRate.HDR)
    return phase, tuple(repairs)


def _radiation(
    one: Prescription, keys: Iterable[Key], found: Extract
) -> tuple[Modality | None, str]:
    """The modality by the energies of the fields, or by the prescription's own column; technique.

    Raises:
        Lost: its fields are of two radiations.
    """
    fields = {field for key in keys for field in found.fields.get(key, ())}
    named = {read_energy(energy, machine) for energy, machine, _ in fields} - {None}
    if len(named) > 1:
        names = " and ".join(sorted(m.value for m in named if m))
        raise Lost("modality_contradicts", f"The fields of one phase are {names}.")
    said = one.modality and (read_energy(one.modality) or read_modality(one.modality))
    modality = next(iter(named), None) or said or None
    if named and said and said not in named:
        raise Lost(
            "modality_contradicts",
            f"The prescription says {said.value}, the fields are another radiation.",
        )
    techniques = dict.fromkeys([one.technique, *sorted(technique for _, _, technique in fields)])
    sources = [f"{energy} {machine}" for energy, machine, _ in fields]
    hdr = "HDR" if any(re.search(r"\bhdr\b", text, re.I) for text in sources) else ""
    return modality, " ".join(word for word in (*techniques, hdr) if word)
