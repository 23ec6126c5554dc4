"""An import that is given up and cannot be removed says so; the next one finds its text."""

from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import ImportRequest, import_cases
from radonc_tui.actions.stored import drop_staged
from store import work
from store.home import Home

STAGED = "cases.jsonl"


def test_text_that_could_not_be_removed_is_found_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(
        "MRN,Diagnosis,Prescription,ICD10,Modality\n1,Prostate cancer,60 Gy in 20,C61,photon\n"
    )
    unlink = Path.unlink

    def stuck(path: Path, missing_ok: bool = False) -> Any:
        if path.name == STAGED:
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", stuck)
        action = import_cases(home, ImportRequest((file,)))
        for _ in action:
            if any(made.manifest_exists for made in work.everything(home, "import")):
                break
        with pytest.raises(PermissionError):
            action.close()
    (left,) = work.everything(home, "import")
    assert (left.path / STAGED).exists()
    assert not left.manifest_exists
    drop_staged(home)
    assert not (left.path / STAGED).exists()
