"""One malformed file through preview, reader and curation, and what may come of it.

What may: a ``RadoncError`` of one clear sentence that quotes nothing of the file's persons, with
nothing staged; or a funnel in which every record is a case or a reject. All else is a failure.
"""

import re
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from store.errors import RadoncError
from store.importing.preview import find_sources, preview_source
from store.importing.profiles import built_in
from store.importing.stage import stage
from store.lines import read_lines
from tests.malformed.damage import DAMAGES
from tests.malformed.tricks import RARE, TRICKS
from tests.malformed.wholesome import KINDS, PLANTED, Files
from tests.unit.importing_examples import SECRET, codes, quiet

LONGEST_SENTENCE = 600
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
_NAMES = ("[red]{}", "\x1b[31m{}", "..\\{}", "=cmd {}", "a\nb {}", "\u202e{}", "-rf {}", "$(id) {}")


@dataclass(frozen=True)
class Sample:
    """A malformed file, or a few: who reads it, and in words what was done to it."""

    number: int
    profile: str
    reader: str
    what: str
    files: Files


@dataclass(frozen=True)
class Outcome:
    """``result`` is error, rejects, cases or failure; ``detail`` says what failed, in a line."""

    number: int
    reader: str
    what: str
    result: str
    read: int = 0
    detail: str = ""


def sample(seed: int, number: int) -> Sample:
    """The sample of this number; the same for the same seed, whatever was drawn before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is made is meant to be wrong
        return _made(Random(f"{seed}/{number}"), number)


def _made(rng: Random, number: int) -> Sample:
    if rng.random() < 0.3:
        name = rng.choice([*TRICKS])
        if name in RARE and rng.random() > 0.1:
            name = rng.choice([trick for trick in TRICKS if trick not in RARE])
        profile, make = TRICKS[name]
        files = make(rng)
        if not profile:
            profile = "table" if next(iter(files)).endswith(".jsonl") else "fhir"
        return Sample(number, profile, profile, name, files)
    reader = rng.choice([*KINDS])
    kind = KINDS[reader]
    files = dict(kind.make())
    victim = rng.choice(sorted(files))
    done = [rng.choice([*DAMAGES]) for _ in range(rng.choice([1, 1, 2]))]
    for name in done:
        files[victim] = DAMAGES[name](files[victim], rng)
    if kind.profile == "table" and rng.random() < 0.1:
        files = {rng.choice(_NAMES).format(name): data for name, data in files.items()}
    return Sample(number, kind.profile, reader, " and ".join(done), files)


def write_files(made: Sample, folder: Path) -> list[Path]:
    """The sample's files in ``folder``."""
    paths = [folder / name.replace("/", "_") for name in made.files]
    for path, data in zip(paths, made.files.values(), strict=True):
        path.write_bytes(data)
    return paths


def attempt(made: Sample, folder: Path) -> Outcome:
    """Read the sample as an import would, and judge what came of it."""
    out = folder / "out"
    out.mkdir()
    try:
        paths = write_files(made, folder)
        if wrong := _preview(paths, made.profile):
            return _outcome(made, "failure", detail=wrong)
        funnel = stage(paths, made.profile, {}, codes(), SECRET, out, quiet)
    except RadoncError as error:
        wrong = unclear(error)
        if (out / "funnel.json").exists():
            wrong = "a funnel was staged before the error"
        return _outcome(made, "failure" if wrong else "error", detail=wrong or error.message)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"
        return _outcome(made, "failure", detail=said[:300])
    cases = [record["diagnosis"] for record in read_lines(out / "cases.jsonl")]
    lost = [record["detail"] for record in read_lines(out / "rejects.jsonl")]
    if (funnel.read, funnel.cases, funnel.rejects) != (len(cases + lost), len(cases), len(lost)):
        return _outcome(made, "failure", detail=f"{funnel} but {len(cases)} and {len(lost)} lines")
    if any(map(_CONTROL.search, [*cases, *lost])):
        return _outcome(made, "failure", detail="what is kept holds control characters")
    return _outcome(made, "cases" if cases else "rejects", read=funnel.read)


def _preview(paths: Sequence[Path], profile: str) -> str:
    """What is wrong with the beginning of the files, which the wizard shows; "" if nothing is."""
    try:
        found = find_sources(paths, built_in(profile))
        for source in found.sources:
            for number, cells in preview_source(source, found.profile).rows:
                if _CONTROL.search("".join(cells.values())):
                    return f"control characters in row {number} of the preview"
    except RadoncError as error:
        return unclear(error)
    return ""


def unclear(error: RadoncError) -> str:
    """What is wrong with an error's sentence; "" where it is clear."""
    said = str(error)
    if not error.message.rstrip().endswith((".", "?")) or len(said) > LONGEST_SENTENCE:
        return f"no sentence: {said[:200]!r}"
    if _CONTROL.search(said):
        return f"control characters: {said[:200]!r}"
    if any(name in said for name in PLANTED):
        return f"quotes a person: {said[:200]!r}"
    return ""


def _outcome(made: Sample, result: str, read: int = 0, detail: str = "") -> Outcome:
    return Outcome(made.number, made.reader, made.what, result, read, detail)
