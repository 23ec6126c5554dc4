"""What a person prefers, kept in the home's ``settings.toml``: so far, the theme."""

import json
import tomllib

from radonc_tui.actions.progress import Action
from store.errors import RadoncError
from store.home import Home


def read_theme(home: Home) -> str:
    """The name of the chosen theme; "" where none was chosen.

    Raises:
        RadoncError: the file is not TOML.
    """
    path = home.path / "settings.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except tomllib.TOMLDecodeError as error:
        raise RadoncError(f"{path} is no TOML: {error}.", "Mend it, or remove it.") from error
    return str(settings.get("ui", {}).get("theme", ""))


def keep_theme(home: Home, theme: str) -> Action[None]:
    """Keep the theme for the next time."""
    yield from ()
    path = home.path / "settings.toml"
    text = f"[ui]\ntheme = {json.dumps(theme)}\n"
    scratch = path.with_suffix(".part")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
