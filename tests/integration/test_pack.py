"""The offline folder: packed here, installed and used without a network."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Radonc


def isolated() -> bool:
    """Whether this machine lets us have a network namespace without a network."""
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not isolated(), reason="network namespaces are not allowed here")
def test_a_packed_folder_installs_and_does_the_job_offline(
    radonc: Callable[[], Radonc], tmp_path: Path
) -> None:
    out, folder = tmp_path / "pack", tmp_path / "installed"
    made = radonc().json("pack", str(out))
    assert made["wheels"] > 100
    offline = ["unshare", "-rn"]
    subprocess.run([*offline, "sh", str(out / "install.sh"), str(folder)], check=True)
    shutil.rmtree(out)
    env = {**os.environ, "RADONC_HOME": str(tmp_path / "home")}
    command = [*offline, str(folder / "bin" / "radonc"), "demo", "--quick", "--json"]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=env, cwd=tmp_path
    )
    assert json.loads(done.stdout)["evaluation"]["test_patients"] == 12
