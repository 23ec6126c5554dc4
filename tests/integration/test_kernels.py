"""llama.cpp's kernels for AMX on the processor that there is, as this project builds it."""

import subprocess
import sys

import llama_cpp.llama_cpp as c
import pytest

from exports import kernels

amx = pytest.mark.skipif(not kernels.has_tiles(), reason="no AMX here")


@amx
def test_llama_cpp_is_built_so_that_its_tiles_compute() -> None:
    """Else answers take four times as long: the build needs the flags in ``pyproject.toml``."""
    assert kernels.tiles_work()
    assert kernels.choose_kernels(c.llama_model_default_params()).use_extra_bufts


@amx
def test_kernels_that_end_their_process_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
        return run([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

    run = subprocess.run
    kernels.tiles_work.cache_clear()
    monkeypatch.setattr(subprocess, "run", crashing)
    assert not kernels.choose_kernels(c.llama_model_default_params()).use_extra_bufts
    kernels.tiles_work.cache_clear()


@amx
def test_the_trial_finds_products_that_are_wrong() -> None:
    code = (  # weights of nothing
        "import exports.kernel_trial as trial\n"
        "trial.blocks = lambda weights: bytes(weights.size // 32 * 34)\n"
        "raise SystemExit(trial.main())"
    )
    made = subprocess.run([sys.executable, "-P", "-c", code], check=False)
    assert made.returncode == 1
