"""Packing for an offline machine, asked for from the palette on any screen."""

from pathlib import Path
from typing import TYPE_CHECKING

from radonc_tui.actions.pack import PackRequest, pack
from radonc_tui.widgets.dialogs import AskText

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp


def ask_pack(app: "RadoncApp") -> None:
    """Ask for the folder, then write it while screens change."""

    def begin(text: str | None) -> None:
        if not text:
            return
        out = Path(text).expanduser()

        def done(made: dict[str, int]) -> None:
            app.say(f"{made['wheels']} wheels are in {out}: sh {out}/install.sh FOLDER, offline.")

        app.launch("packing", lambda: pack(app.home, PackRequest(out)), done)
        app.say(f"Packing into {out}; the status line says how far it is.")

    hint = "A new folder with 7 GB to spare: every wheel, the base model, install.sh."
    app.push_screen(AskText("Pack into which folder?", "", hint), begin)
