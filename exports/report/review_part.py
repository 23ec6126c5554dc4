"""The report's part on blinded review: what each source's regimens were found to be worth.

Words and rows for the results of ``exports.evaluation.review_results``; computes nothing.
"""

from collections.abc import Mapping
from typing import Any

from exports.report.document import Section
from exports.report.review import agreement, difference, people, share
from exports.report.words import counted
from store.judgements import Judgement, Reason, Severity


def review_section(evaluation: Mapping[str, Any]) -> Section:
    """What blinded reviewers found, or that nobody has finished."""
    section = Section("Blinded review")
    for found in evaluation.get("reviews", []):
        if found["left"]:
            section.say(
                f"{found['review']}: {counted(found['left'], 'reviewer')} of those who began "
                f"({people(found)}) has cards left to judge; its results are told when nobody has."
            )
        else:
            _finished(section, found)
    if not section.parts:
        section.say("No blinded review of this evaluation has been finished.")
    return section


def _finished(section: Section, found: Mapping[str, Any]) -> None:
    strata = sum(bool(one["stratum"]) for one in found["strata"])
    drawn = f", drawn from {counted(strata, 'stratum', 'strata')}" if strata else ""
    section.say(
        f"{found['review']}: {counted(found['cases'], 'case')} of "
        f"{counted(found['patients'], 'patient')}{drawn}, with cards that tell no origin; cards "
        f"judged: {people(found)}."
    )
    if found["synthetic"]:
        section.say("The cases are synthetic.")
    origins: Mapping[str, Any] = found["origins"]
    rows = [
        ("acceptable as it is or with changes", *(share(o["accepted"]) for o in origins.values()))
    ]
    rows += [
        (judgement.words, *(share(o["judgements"][judgement]) for o in origins.values()))
        for judgement in Judgement
    ]
    section.table(
        ("", *origins),
        rows,
        "Cases, share and 95 % interval by source, weighted back to the strata; the unit is the "
        "case.",
    )
    for words, kind, key in (("reason", Reason, "reasons"), ("severity", Severity, "severities")):
        counts = [(word.words, *(str(o[key][word]) for o in origins.values())) for word in kind]
        section.table((words, *origins), counts)
    for name, one in found["differences"].items():
        section.say(f"{difference(name, one)}.")
    for sentence in agreement(found).splitlines():
        section.say(sentence)
    if refused := found["refused_references"]:
        section.say(
            f"The reference itself was not acceptable in {counted(len(refused), 'case')}: "
            f"{', '.join(refused)}."
        )
    for note in found["notes"]:
        section.say(note)
