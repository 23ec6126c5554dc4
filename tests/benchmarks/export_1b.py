"""The benchmark ``export`` on a base of a billion parameters, of noise.

What does not grow with a model, the start of libraries and the tokens of made-up strings, is most
of an export of the embedded one; the bases that a clinic tunes are larger.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.export import beside
from tests.benchmarks.result import Result
from tests.gpu.bases import random_base

HEAD = 0.05


def run() -> Result:
    """The benchmark; about twelve minutes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        return beside("export_1b", random_base(root / "model", "1b", "cpu", HEAD), root)
