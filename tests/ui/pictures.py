"""The pictures of the README, made by the app itself: ``python -m tests.ui.pictures [HOME]``.

HOME is a home after ``radonc demo``; without one, a home is made here by ``radonc demo --quick``
(some minutes). The pictures are written to ``docs/images``.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from textual.keys import _character_to_key as character_to_key
from textual.pilot import Pilot

from radonc_tui.app import RadoncApp
from store.home import Home, open_home
from tests.ui.conftest import settle

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE, NARROW = (110, 30), (98, 24)
"""Narrow where a wide screen would show the folders of this machine."""
DIAGNOSIS = "64-year-old man, adenocarcinoma of the prostate, cT2a, Gleason 3+3, PSA 6.1"
SHOTS: dict[str, tuple[str, tuple[int, int], Sequence[str]]] = {
    "cases": ("cases", WIDE, ("down", "down", "down")),
    "train": ("train", WIDE, ()),
    "evaluation": ("runs", WIDE, ("tab", "enter")),
    "review": ("review", WIDE, ("n", "enter", "enter", "enter", "c")),
    "predict": ("predict", WIDE, (*DIAGNOSIS, "f5")),
    "models": ("models", NARROW, ()),
}
"""The name of each picture, the mode that it shows, its size, and the keys that lead there."""


async def shoot(
    home: Home, name: str, mode: str, size: tuple[int, int], keys: Sequence[str]
) -> None:
    """One picture."""
    app = RadoncApp(home, mode)
    async with app.run_test(size=size) as pilot:
        await _ready(pilot)
        for key in keys:
            await pilot.press(key if key.isalnum() else character_to_key(key))
            if len(key) > 1 or mode == "review":
                await _ready(pilot)
        picture = app.export_screenshot(title="radonc")
        (IMAGES / f"{name}.svg").write_text(picture, encoding="utf-8")


async def _ready(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.pause(0.5)


def main(arguments: Sequence[str]) -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(arguments[0]) if arguments else Path(folder) / "demo"
        if not arguments:
            command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(path)]
            subprocess.run([*command, "demo", "--quick"], check=True)
        home = open_home(path)
        for name, (mode, size, keys) in SHOTS.items():
            asyncio.run(shoot(home, name, mode, size, keys))
            print(IMAGES / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
