"""The import job: read, curate and stage in the import's own directory, without the store."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from store.clinical.icd10 import load_codes
from store.curation import Funnel, Source
from store.home import Home
from store.import_rules import from_record
from store.importing.profiles import find_profile
from store.importing.stage import stage, stage_raw
from store.keys import home_secret
from store.lines import read_lines
from store.synthetic import synthetic_name
from store.synthetic.cases import synthesize
from store.work import Reporter, Work, seal_manifest

EXAMPLES = 5


def import_work(work: Work, reporter: Reporter) -> None:
    """Stage what the spec asks for: files under a profile or mapping, or synthetic cases.

    The manifest holds the funnel. That of a dry run also holds ``examples``, and no case or
    reject stays, nor who they are: nothing will take them in.

    Raises:
        RadoncError: the files cannot be read.
    """
    funnel = _stage(work, reporter)
    staged = [work.path / name for name in ("cases.jsonl", "rejects.jsonl")]
    facts: dict[str, Any] = {"funnel": funnel.as_record()}
    if work.spec["dry_run"]:
        facts["examples"] = reject_examples(staged[1], funnel.by_reason)
        for file in staged:
            file.unlink()
        staged.clear()
    seal_manifest(work, [*staged, work.path / "funnel.json"], **facts)


def _stage(work: Work, reporter: Reporter) -> Funnel:
    spec: dict[str, Any] = work.spec
    home = Home(Path(spec["home"]))
    codes, secret = load_codes(home), home_secret(home)
    if spec["source"] == "synthetic":
        asked = spec["synthetic"]
        raws = synthesize(asked["count"], asked["seed"], asked["mix"])
        name = synthetic_name(asked["mix"], asked["seed"])
        source = Source("synthetic", name)
        return stage_raw(raws, source, codes, secret, work.path, reporter.progress, asked["count"])
    paths = [Path(path) for path in spec["paths"]]
    profile = find_profile(home, spec["profile"])
    return stage(
        *(paths, profile, spec["mapping"], codes, secret, work.path, reporter.progress),
        rules=from_record(spec.get("rules", {})),
        patients=not spec["dry_run"],
    )


def reject_examples(
    rejects: Path, by_reason: Mapping[str, int]
) -> dict[str, list[dict[str, str | int]]]:
    """By reason, the first rejects of a staged file: ``file``, ``row`` and ``detail``.

    The detail names file, row and column; of the row itself it quotes no more than a reject does.
    """
    wanted = Counter({reason: min(count, EXAMPLES) for reason, count in by_reason.items()})
    examples: dict[str, list[dict[str, str | int]]] = {reason: [] for reason in by_reason}
    left = wanted.total()
    for record in read_lines(rejects) if left else ():
        reason = record["reason"]
        if wanted[reason]:
            wanted[reason] -= 1
            left -= 1
            examples[reason].append({name: record[name] for name in ("file", "row", "detail")})
        if not left:
            break
    return examples
