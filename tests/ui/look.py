"""Turns the app's pictures into PNG files, to be looked at: ``python tests/ui/look.py FILE...``.

Reads SVG files and the ``.raw`` ones that the snapshot tests keep; the PNG files land in the
current folder.

Needs Chromium (``apt-get install chromium``); no test uses it.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def png(svg: Path) -> Path:
    """The picture as a PNG file of the same name."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("There is no Chromium; apt-get install chromium adds it.")
    text = svg.read_text(encoding="utf-8")
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', text)
    width, height = (int(float(side)) for side in box.groups()) if box else (1000, 700)
    out = Path(re.sub(r"[^A-Za-z0-9_.-]", "-", svg.stem) + ".png")
    with tempfile.TemporaryDirectory() as profile:
        page = Path(profile) / "page.svg"
        page.write_text(text, encoding="utf-8")
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--user-data-dir={profile}", f"--window-size={width},{height}"),
                *(f"--screenshot={out.resolve()}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
        )
    return out


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(png(Path(name)))
