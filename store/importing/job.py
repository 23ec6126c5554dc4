"""The import job: read, curate and stage in the import's own directory, without the store."""

from pathlib import Path
from typing import Any

from store.clinical.icd10 import load_codes
from store.curation import Source
from store.home import Home
from store.importing.stage import stage, stage_raw
from store.keys import home_secret
from store.synthetic import synthetic_name
from store.synthetic.cases import synthesize
from store.work import Reporter, Work, seal_manifest


def import_work(work: Work, reporter: Reporter) -> None:
    """Stage what the spec asks for: files under a profile or mapping, or synthetic cases."""
    spec: dict[str, Any] = work.spec
    home = Home(Path(spec["home"]))
    codes, secret = load_codes(home), home_secret(home)
    if spec["source"] == "synthetic":
        asked = spec["synthetic"]
        raws = synthesize(asked["count"], asked["seed"], asked["mix"])
        name = synthetic_name(asked["mix"], asked["seed"])
        source = Source("synthetic", name)
        funnel = stage_raw(
            raws, source, codes, secret, work.path, reporter.progress, asked["count"]
        )
    else:
        paths = [Path(path) for path in spec["paths"]]
        funnel = stage(
            paths, spec["profile"], spec["mapping"], codes, secret, work.path, reporter.progress
        )
    files = [work.path / name for name in ("cases.jsonl", "rejects.jsonl", "funnel.json")]
    seal_manifest(work, files, funnel=funnel.as_record())
