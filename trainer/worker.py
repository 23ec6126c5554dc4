"""The training process: ``python -P -m trainer.worker RUN_DIRECTORY``.

Sets the environment before anything heavy is imported: offline, no statistics, and every cache
inside the run's own directory.
"""

import os
import sys
from pathlib import Path

from store.home import open_home
from store.lines import read_json
from store.work import Reporter, Work, run_worker


def _train(work: Work, reporter: Reporter) -> None:
    from trainer.training import train_run

    train_run(work, reporter)


def offline_environment(caches: Path) -> dict[str, str]:
    """Variables under which no library looks outward, and all caches land in ``caches``."""
    return {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "UNSLOTH_DISABLE_STATISTICS": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HOME": str(caches / "huggingface"),
        "XDG_CACHE_HOME": str(caches),
        "TORCHINDUCTOR_CACHE_DIR": str(caches / "inductor"),
        "TRITON_CACHE_DIR": str(caches / "triton"),
        "UNSLOTH_COMPILE_LOCATION": str(caches / "unsloth"),
    }


def main(directory: str) -> int:
    path = Path(directory).resolve()
    open_home(read_json(path / "spec.json")["home"])
    os.environ.update(offline_environment(path / "cache"))
    return run_worker(path, {"run": _train})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
