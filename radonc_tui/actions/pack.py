"""Everything that an offline machine of the same kind needs, in one folder.

What is packed is what is installed here and has been run here: each distribution is written
back as the wheel that it came from, llama-cpp-python as it was built on this machine. Nothing
is fetched.
"""

import sys
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from exports.wheels import needed, write_wheel
from radonc_tui.actions.progress import Action, Progress
from store.errors import BadUsage
from store.home import Home
from store.lines import sha256_file

INSTALL = """#!/bin/sh
# Install Radonc from this folder into FOLDER, without a network.
set -eu
folder=${{1:?usage: sh install.sh FOLDER}}
here=$(cd "$(dirname "$0")" && pwd)
python=${{PYTHON:-python{version}}}
if ! command -v "$python" >/dev/null; then
    echo "Install Python {version} first, or set PYTHON." >&2
    exit 1
fi
(cd "$here" && sha256sum --quiet -c SHA256SUMS)
"$python" -m venv "$folder"
# whatever this machine tells pip elsewhere (indexes, constraints) is not meant for this folder
PIP_CONFIG_FILE=/dev/null "$folder/bin/python" -m pip --isolated install --quiet \\
    --no-index --no-deps --no-compile "$here"/wheels/*.whl
echo "Installed. Next: $folder/bin/radonc demo"
"""


@dataclass(frozen=True)
class PackRequest:
    """The folder to write; it must not exist or be empty."""

    out: Path


def pack(home: Home, request: PackRequest) -> Action[dict[str, int]]:
    """Write wheels (the base model is one of them), ``install.sh`` and ``SHA256SUMS``.

    Returns:
        The number of wheels and of bytes.

    Raises:
        BadUsage: the folder holds something already.
        RadoncError: an installed file is not the one that was installed.
    """
    del home  # the folder holds the program and nothing of a clinic
    out = request.out
    if out.exists() and any(out.iterdir()):
        raise BadUsage(f"{out} is not empty.", "Name a new folder.")
    wheels = out / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    distributions: list[Distribution] = needed("radonc-tui")
    made: list[Path] = []
    for done, distribution in enumerate(distributions):
        yield Progress("wheels", done, len(distributions), "wheels")
        made.append(write_wheel(distribution, wheels))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (out / "install.sh").write_text(INSTALL.format(version=version))
    sums = [f"{sha256_file(out / 'install.sh')}  install.sh"]
    for done, wheel in enumerate(made):
        yield Progress("checksums", done, len(made), "wheels")
        sums.append(f"{sha256_file(wheel)}  wheels/{wheel.name}")
    (out / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    return {"wheels": len(made), "bytes": sum(path.stat().st_size for path in made)}
