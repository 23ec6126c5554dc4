"""Notes a second against a Presidio analyzer, and what is found and wrongly taken, by kind.

Theirs is ``AnalyzerEngine`` with its own default English pattern recognizers on a blank spaCy
pipeline, over the same notes, in one thread each, alternating. Its e-mail recognizer would ask the
network for a list of domains; here it uses the list in its package. Torch and transformers, which
it imports where they are and does not need, are kept out of this process.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from store.privacy.lexicon import lexicon
from store.privacy.scrubber import Scrubber, make_scrubber
from store.synthetic.cases import synthesize
from tests.benchmarks.result import Result
from tests.conftest import SHARED
from tests.privacy.measuring import Count, measure, removed_from, tcga_cases, wilson_low
from tests.privacy.notes import KINDS, notes
from tests.privacy.wordings import HELD_OUT

SEED = 2026
TIMED = 300
REPEATS = 5
NOTES = 8000
HEAVY = ("torch", "transformers", "gliner", "stanza")


def run() -> Result:
    """The benchmark; about a minute and a half."""
    scrubber = make_scrubber(b"b" * 32)
    texts = [note.text for note in notes(TIMED, SEED + 1, HELD_OUT)]
    with tempfile.TemporaryDirectory() as folder:
        analyze = _presidio(folder)
        ours, theirs = _timed(scrubber.scrub, analyze, texts)
    names = lexicon()
    listed = frozenset(names.first_names | names.last_names)
    found = measure(scrubber, notes(NOTES, SEED, HELD_OUT), listed)
    made_up = [raw.diagnosis for raw in synthesize(5000, SEED, "full") if (raw.age or 0) < 90]
    whole, planted = found.overall
    return Result(
        name="privacy",
        ours=ours * 1000,
        theirs=theirs * 1000,
        unit="ms a note",
        repeats=REPEATS,
        more={
            "notes_per_second": {"ours": round(1 / ours), "theirs": round(1 / theirs)},
            "recall": {"all": _recall(whole, planted), "by_kind": _by_kind(found)},
            "false_removal": {
                "held-out notes": _share(found),
                "synthetic cases": _share(removed_from(scrubber, made_up)),
                "tcga": _tcga(scrubber),
            },
            "missed": found.examples[:40],
        },
    )


def _timed(
    ours: Callable[[str], Any], theirs: Callable[[str], Any], texts: list[str]
) -> tuple[float, float]:
    """Median seconds a note of each, turn about."""
    for text in texts[:10]:
        ours(text)
        theirs(text)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        for work, times in zip((ours, theirs), taken, strict=True):
            began = time.process_time()
            for text in texts:
                work(text)
            times.append((time.process_time() - began) / len(texts))
    return statistics.median(taken[0]), statistics.median(taken[1])


def _presidio(folder: str) -> Callable[[str], Any]:
    for name in HEAVY:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as if it were not installed
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=folder)

    class Blank(SpacyNlpEngine):
        """A pipeline that only tells words apart."""

        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            """Nothing is downloaded."""

        def is_loaded(self) -> bool:
            return True

    engine = Blank()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, "en")


def _by_kind(found: Count) -> dict[str, dict[str, Any]]:
    return {
        kind: _recall(found.planted[kind] - found.missed[kind], found.planted[kind])
        for kind in (*KINDS, "name in no list")
    }


def _recall(found: int, planted: int) -> dict[str, Any]:
    return {
        "planted": planted,
        "recall": round(found / planted, 5),
        "wilson_low": round(wilson_low(found, planted), 5),
    }


def _tcga(scrubber: Scrubber) -> dict[str, Any]:
    """What is taken out of real diagnoses and regimens that name nobody."""
    raws = tcga_cases(SHARED / "data")
    if not raws:
        return {"skipped": "the TCGA tables do not lie beside the project"}
    return {
        "diagnoses": _share(removed_from(scrubber, [raw.diagnosis for raw in raws])),
        "regimens": _share(removed_from(scrubber, [raw.regimen for raw in raws])),
    }


def _share(count: Count) -> dict[str, Any]:
    """Of the tokens without identifiers: how many were taken, and as which kind."""
    return {
        "tokens": count.tokens,
        "removed": count.wrong.total(),
        "share": round(count.false_removal, 6),
        "by_kind": dict(count.wrong.most_common()),
    }
