"""Cases, answers and a small table of accepted regimens that tests of comparing share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimens import CaseComparison, compare_case
from store.clinical.regimen import (
    IMPLANTS,
    DoseRate,
    Level,
    Modality,
    Phase,
    Regimen,
    Schedule,
    exact_key,
)
from store.clinical.regimen_reader import parse_regimen

CASE = CaseFacts(
    "c1", "p1", "a diagnosis", "60 Gy in 30 fractions, photon, lung", "photon", "C34.1",
    site="lung", intent="curative",
)  # fmt: skip


def case(regimen: str, **changes: str) -> CaseFacts:
    """A case with this reference."""
    return replace(CASE, regimen=regimen, **changes)


@dataclass(frozen=True)
class OneRow:
    """A row: the tumour's alpha/beta in Gy."""

    alpha_beta_gy: float | None


@dataclass(frozen=True)
class SiteTable:
    """A table with a row a site: accepted regimens as text, and alpha/beta in Gy."""

    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    alpha_beta: Mapping[str, float] = field(default_factory=dict[str, float])

    def row_for(self, facts: CaseFacts) -> OneRow | None:
        covered = facts.site in self.accepts or facts.site in self.alpha_beta
        return OneRow(self.alpha_beta.get(facts.site)) if covered else None

    def accepted(self, facts: CaseFacts, answer: Regimen) -> bool | None:
        if self.row_for(facts) is None:
            return None
        keys = [exact_key(parse_regimen(text)) for text in self.accepts.get(facts.site, ())]
        return exact_key(answer) in keys

    def in_any_row(self, answer: Regimen) -> bool:
        known = [text for texts in self.accepts.values() for text in texts]
        return exact_key(answer) in [exact_key(parse_regimen(text)) for text in known]


TABLE = SiteTable(
    {"lung": ("60 Gy in 30 fractions, photon", "55 Gy in 20 fractions, photon")},
    {"lung": 10, "breast": 4, "prostate": 1.5},
)


def compared(
    reference: str, answer: str, table: SiteTable | None = TABLE, **changes: str
) -> CaseComparison:
    return compare_case(case(reference, **changes), answer, table)


_TARGETS = ("", "prostate", "prostate boost", "pelvis", "left breast", "tumour bed boost", "lung")


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """Any phase that could be prescribed, often one that resembles another."""
    modality = draw(st.none() | st.sampled_from(Modality))
    rates = DoseRate if modality is Modality.BRACHYTHERAPY else (DoseRate.EXTERNAL,)
    rate = draw(st.sampled_from(rates))
    fractions = None if rate in IMPLANTS else draw(st.sampled_from((1, 3, 5, 10, 20, 25, 30)))
    doses = draw(
        st.lists(
            st.sampled_from((8.0, 20.0, 30.0, 50.0, 60.0)), min_size=1, max_size=2, unique=True
        )
    )
    schedules = [s for s in Schedule if s is not Schedule.SINGLE]
    return Phase(
        tuple(Level(d, draw(st.sampled_from(_TARGETS))) for d in sorted(doses, reverse=True)),
        fractions,
        modality,
        schedule=draw(st.sampled_from(schedules)),
        dose_rate=rate,
        isotope=draw(st.sampled_from(("", "I-125", "Pd-103"))),
    )


regimens = st.lists(phases(), min_size=1, max_size=3).map(lambda found: Regimen(tuple(found)))
