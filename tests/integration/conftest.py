"""One quick demo for all tests that need a trained, exported and evaluated model."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp
import pytest

from exports.kernels import choose_kernels
from store.home import Home
from trainer.gguf_base import embedded_gguf

GUARD = Path(__file__).with_name("guard")


def guarded(log: Path) -> dict[str, str]:
    """The environment in which no Python process can reach beyond this machine."""
    path = os.pathsep.join([str(GUARD), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    return {"PYTHONPATH": path, "RADONC_GUARD_LOG": str(log)}


@dataclass(frozen=True)
class Radonc:
    """The command ``radonc`` on one home, as a process of its own."""

    home: Home

    @property
    def guard_log(self) -> Path:
        """What each of its processes was, and any connection beyond this machine that it tried."""
        return self.home.path.with_name("guard.log")

    def __call__(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(self.home.path)]
        return subprocess.run(
            [*command, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **guarded(self.guard_log), "RADONC_HOME": str(self.home.path)},
        )

    def json(self, *arguments: str, text: str = "") -> Any:
        """What a command that must succeed prints under ``--json``."""
        made = self(*arguments, "--json", text=text)
        assert made.returncode == 0, made.stdout + made.stderr
        return json.loads(made.stdout)


@pytest.fixture(scope="session")
def radonc(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Radonc]:
    """Makes a command on a new home."""

    def make() -> Radonc:
        folder = tmp_path_factory.mktemp("clinic") / "home"
        return Radonc(Home(Path(folder)))

    return make


@pytest.fixture(scope="session")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded weights in F16, where no rounding hides what is computed."""
    out = tmp_path_factory.mktemp("half") / "F16.gguf"
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype, parameters.allow_requantize = llama_cpp.LLAMA_FTYPE_MOSTLY_F16, True
    code = llama_cpp.llama_model_quantize(
        str(embedded_gguf()).encode(), str(out).encode(), ctypes.pointer(parameters)
    )
    assert code == 0
    return out


@pytest.fixture(scope="session")
def demo(radonc: Callable[[], Radonc]) -> tuple[Radonc, dict[str, Any]]:
    """A home after ``demo --quick``, and what that printed."""
    command = radonc()
    return command, command.json("demo", "--quick")


@pytest.fixture(scope="session", autouse=True)
def same_kernels() -> None:
    """What tests compute through llama-cpp-python itself uses the kernels that the program uses."""
    library = llama_cpp.llama_cpp
    defaults = library.llama_model_default_params
    library.llama_model_default_params = lambda: choose_kernels(defaults())
