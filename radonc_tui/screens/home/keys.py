"""The key of the home, asked for and changed: functions over the screen of the home.

Each change goes on while screens change; one that was stopped or interrupted goes on by the same
key, without asking for a new secret.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from radonc_tui.actions import store_keys as actions
from radonc_tui.screens.home.asking import AskPassphrase, AskPath, AskWord
from radonc_tui.widgets.dialogs import Choose
from store.errors import RadoncError
from store.keybox import Lock
from store.locks import file_lock, keyring_lock, passphrase_lock

if TYPE_CHECKING:
    from radonc_tui.screens.home.area import HomeArea

MakeLock: TypeAlias = Callable[[], tuple[Lock, bytes]]
WAYS = (
    ("passphrase", "a passphrase      typed each time radonc starts"),
    ("file", "a key file        on another medium, made if it is not there"),
    ("keyring", "the keyring       of this system, opened with your login"),
)
WARNING = (
    "Without it nobody can read the home, you included, and nobody can recover it. At least 12 "
    "characters."
)
NOT_ENCRYPTED = "This home is not encrypted; e encrypts it."


def encrypt(area: "HomeArea") -> None:
    """Ask what opens the home from now on, then seal it."""
    if not area.kept.may("encrypt"):
        area.say("This home is encrypted already; c changes its key.")
        return
    begin = partial(_change, area, "encrypt")
    _ask_lock(area, "Encrypt this home. What opens it from then on?", begin)


def rekey(area: "HomeArea") -> None:
    """Ask for another way to open the home, then encrypt everything anew."""
    if not area.kept.may("rekey"):
        area.say(NOT_ENCRYPTED)
        return
    begin = partial(_change, area, "rekey")
    _ask_lock(area, "Encrypt everything anew. What opens it from then on?", begin)


def decrypt(area: "HomeArea") -> None:
    """Ask for the word that confirms, then write everything in the clear."""
    home = area.radonc.home
    if not area.kept.may("decrypt"):
        area.say(NOT_ENCRYPTED)
        return

    def sure(yes: bool | None) -> None:
        if yes:
            area.begin("decrypt", partial(actions.decrypt_store, home), partial(_done, area))

    if area.kept.key.changing:
        sure(True)
        return
    hint = (
        "Whoever can read this disk can read the cases then. The way from a case to its chart is "
        "dropped for good."
    )
    area.app.push_screen(AskWord("Write everything in the clear again?", hint, "decrypt"), sure)


def _ask_lock(area: "HomeArea", title: str, begin: Callable[[MakeLock], None]) -> None:
    if area.kept.key.changing:
        # the secret is that of the change which was interrupted
        begin(lambda: (Lock(), b""))
        return

    def chosen(way: str | None) -> None:
        if way == "passphrase":
            _ask_passphrase(area, begin)
        elif way == "file":
            _ask_file(area, begin)
        elif way:
            # made once, however often the home is busy
            begin(cache(keyring_lock))

    area.app.push_screen(Choose(title, WAYS), chosen)


def _ask_passphrase(area: "HomeArea", begin: Callable[[MakeLock], None], why: str = "") -> None:
    def typed(passphrase: str | None) -> None:
        if passphrase is None:
            return
        try:
            made = passphrase_lock(passphrase)
        except RadoncError as error:
            _ask_passphrase(area, begin, str(error))
        else:
            begin(lambda: made)

    area.app.push_screen(AskPassphrase("The new passphrase, twice", WARNING, refusal=why), typed)


def _ask_file(area: "HomeArea", begin: Callable[[MakeLock], None]) -> None:
    def named(path: Path | None) -> None:
        if path:
            begin(cache(partial(file_lock, area.radonc.home, path)))

    hint = "Outside of the home. Whoever has the file can open the home; without it, nobody can."
    area.app.push_screen(AskPath("Which key file?", hint, "/media/stick/radonc.key"), named)


def _change(area: "HomeArea", name: str, lock: MakeLock) -> None:
    home = area.radonc.home
    change = actions.encrypt_store if name == "encrypt" else actions.rekey_store
    area.begin(name, lambda: change(home, *lock()), partial(_done, area))


def _done(area: "HomeArea", name: str) -> None:
    area.say(f"✓ {actions.DONE[name]}")
