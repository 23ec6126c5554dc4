"""The screen of the home: how it is reached, its key, its log, and work that takes long."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.palette import all_commands
from radonc_tui.screens.home.asking import (
    AskPassphrase,
    AskPath,
    AskWord,
)
from radonc_tui.screens.home.state import Keeping
from radonc_tui.widgets.dialogs import Busy, Choose
from radonc_tui.widgets.help import HelpScreen
from store import keybox, rekeying
from store.audit import record
from store.holding import hold
from store.home import Home
from store.keybox import Lock
from tests.ui.conftest import radonc, settle, until
from tests.ui.home_sample import area, begin, kinds, notice, press, refusal, said, write_log

PASSPHRASE = "four odd words here"


@pytest.fixture
def kept(sample_home: Home) -> Iterator[Home]:
    """The sample home, whose key this process forgets at the end."""
    yield sample_home
    lease(sample_home).close()
    keybox.forget(sample_home)


def keys_of(app: RadoncApp) -> set[str]:
    return {active.binding.action for active in app.screen.active_bindings.values()}


async def type_twice(pilot: Pilot[None], passphrase: str, again: str = "") -> None:
    """Into the dialog that asks for a new passphrase."""
    await pilot.press(*passphrase, "enter", *(again or passphrase), "enter")
    await pilot.pause()


async def test_one_key_leads_here_from_welcome_and_from_models(home: Home) -> None:
    app = radonc(home, "welcome")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        assert app.current_mode == "home"
        assert area(app).audit.table.has_focus
        await press(pilot, "6", "h")
        assert app.current_mode == "home"
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)
        assert {"Encrypt", "Back up", "Forget"} <= {name for name, _ in app.screen.keys.values()}


def test_the_palette_has_a_line_for_each_action() -> None:
    lines = {c.title for c in all_commands() if c.mode == "home"}
    wanted = ("encrypt", "change the key", "decrypt", "verify the audit log", "back up", "restore")
    assert {f"home: {what}" for what in (*wanted, "find a chart", "forget a person")} <= lines


async def test_a_home_is_encrypted_with_a_passphrase_and_opened_again(kept: Home) -> None:
    app = radonc(kept, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert "not encrypted" in said(app, "facts")
        assert {"rekey", "decrypt"}.isdisjoint(keys_of(app))
        await press(pilot, "e")
        assert isinstance(app.screen, Choose)
        await press(pilot, "enter")
        assert isinstance(app.screen, AskPassphrase)
        assert all(field.password for field in app.screen.query(Input))
        await type_twice(pilot, PASSPHRASE, "four odd words there")
        assert "not the same" in refusal(app)
        await type_twice(pilot, "short")
        assert "at least 12 characters" in refusal(app)
        await type_twice(pilot, PASSPHRASE)
        await until(pilot, lambda: "is encrypted" in notice(app), 60)
        await settle(pilot)
        assert "✓ encrypted, opened by a passphrase" in said(app, "facts")
        assert kinds(app)[0] == "store encrypted"
        assert "encrypt" not in keys_of(app)
        await press(pilot, "1")
        await until(pilot, lambda: app.told.cases == "60 cases")
    lease(kept).close()
    assert b"store encrypted" not in kept.database.read_bytes()
    keybox.forget(kept)
    with pytest.raises(keybox.Locked):
        keybox.unlock(kept, b"four odd words there")
    keybox.unlock(kept, PASSPHRASE.encode())
    again = radonc(kept, "home")
    async with again.run_test(size=(80, 24)) as pilot:
        await begin(pilot, again)
        assert kinds(again)[0] == "store encrypted"
        await until(pilot, lambda: again.told.cases == "60 cases")


async def test_the_palette_asks_as_soon_as_the_home_is_known(home: Home) -> None:
    app = radonc(home, "models")
    wanted = {c.title: c for c in all_commands() if c.mode == "home"}
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.run_command(wanted["home: decrypt"])
        await until(pilot, lambda: app.current_mode == "home" and area(app).kept.known)
        await settle(pilot)
        assert notice(app) == "This home is not encrypted; e encrypts it."
        app.run_command(wanted["home: encrypt"])
        await until(pilot, lambda: isinstance(app.screen, Choose))


async def test_the_key_is_changed_to_a_file_and_taken_away(kept: Home, tmp_path: Path) -> None:
    rekeying.encrypt(kept, Lock(cost=1 << 10), b"pass", lambda *_: None)
    app = radonc(kept, "home")
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot, app)
        await press(pilot, "c", *"key file", "enter")
        assert isinstance(app.screen, AskPath)
        await press(pilot, *str(kept.path / "in.key"), "enter")
        await until(pilot, lambda: "locks nothing" in notice(app))
        await press(pilot, "c", *"key file", "enter", *str(tmp_path / "a.key"), "enter")
        await until(pilot, lambda: "the old one opens nothing" in notice(app), 60)
        await settle(pilot)
        assert "opened by a key file" in said(app, "facts")
        assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
        await press(pilot, "d")
        assert isinstance(app.screen, AskWord)
        await press(pilot, *"yes", "enter")
        assert "Type decrypt" in refusal(app)
        await press(pilot, *["backspace"] * 3, *"decrypt", "enter")
        await until(pilot, lambda: "no longer encrypted" in notice(app), 60)
        await settle(pilot)
        assert kinds(app)[:3] == ["store decrypted", "store rekeyed", "store encrypted"]
    assert not (kept.path / keybox.FILE).exists()


async def test_what_was_interrupted_goes_on_by_its_own_key(kept: Home) -> None:
    def stop(stage: str, *_: object) -> None:
        if stage == "secret":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rekeying.encrypt(kept, Lock(cost=1 << 10), b"pass", stop)
    app = radonc(kept, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert "! a change was interrupted (encrypt): e ends it" in said(app, "facts")
        assert "encrypt" in keys_of(app)
        assert {"rekey", "decrypt"}.isdisjoint(keys_of(app))
        await press(pilot, "e")
        await until(pilot, lambda: "is encrypted" in notice(app), 60)
        await settle(pilot)
        assert "✓ encrypted" in said(app, "facts")


async def test_a_home_in_use_is_waited_for(kept: Home) -> None:
    app = radonc(kept, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        lease(kept).close()
        other = hold(kept)
        await press(pilot, "e", "enter")
        await type_twice(pilot, PASSPHRASE)
        await until(pilot, lambda: isinstance(app.screen, Busy))
        await pilot.press("y")
        await pilot.pause(0.8)
        assert not (kept.path / keybox.FILE).exists()
        other.close()
        await until(pilot, lambda: "is encrypted" in notice(app), 60)


async def test_long_work_goes_on_on_other_screens_and_can_be_stopped(home: Home) -> None:
    gate = threading.Event()

    def waits() -> Action[None]:
        # not for ever, so that a failure here is one and not a hang
        for _ in range(1500):
            if gate.wait(0.02):
                return
            yield Progress("copy", 3, 9, "files")

    app = radonc(home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        area(app).begin("back up", waits, lambda _: area(app).say("done"))
        await until(pilot, lambda: "3 of 9 files" in str(area(app).going.content))
        await pilot.press("6")
        await until(pilot, lambda: app.current_mode == "models")
        assert app.told.running == ("back up",)
        await pilot.press("h", "v")
        await until(pilot, lambda: notice(app) == "back up is not done yet: x stops it.")
        gate.set()
        await until(pilot, lambda: notice(app) == "done")
        await settle(pilot)
        gate.clear()
        area(app).begin("encrypt", waits, lambda _: None)
        await until(pilot, lambda: "stop" in keys_of(app))
        area(app).kept = Keeping()
        app.changed()
        await pilot.pause(0.3)
        assert not area(app).kept.known, "nobody looks while the key changes"
        await press(pilot, "x")
        assert notice(app) == "Stopped: encrypt. The same key goes on with it."
        await until(pilot, lambda: area(app).kept.known)
        assert not area(app).going.busy


async def test_verifying_finds_a_log_that_was_tampered_with(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(home, monkeypatch)
    app = radonc(home, "home")
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot, app)
        await press(pilot, "v")
        assert notice(app).startswith("✓ The log is whole: 13 entries.")
        assert "head 13 entries, " in said(app, "facts")
        with opened(home) as connection:
            connection.execute("UPDATE audit_log SET who = 'nobody' WHERE number = 9")
        await press(pilot, "v")
        assert notice(app).startswith("! Entry 9 is not what was written")
        assert "The log is broken, the first at 9; 8 entries before are whole." in notice(app)
        assert "! Entry 9" in said(app, "facts")


async def test_the_log_is_filtered_by_words_and_an_entry_is_opened(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(home, monkeypatch)
    app = radonc(home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert kinds(app)[:2] == ["store backed up", "evaluation taken in"]
        await press(pilot, "slash", *"EDIT c50.311", "enter")
        assert kinds(app) == ["case edit"]
        assert said(app, "heading") == "1 entry"
        await press(pilot, "enter")
        assert "C50.9 → C50.311" in said(app, "entry")
        assert not area(app).audit.display
        await press(pilot, "escape")
        assert area(app).audit.table.has_focus
        await press(pilot, "slash", *" nowhere", "enter")
        assert kinds(app) == []
        assert area(app).audit.table.empty == "No entry has all of these words."


async def test_a_log_of_many_pages_is_turned_to_its_first_entry(home: Home) -> None:
    with opened(home) as connection:
        for number in range(300):
            record(connection, "case edit", f"case-{number}")
    app = radonc(home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert area(app).audit.table.row is not None
        await press(pilot, "end")
        await until(pilot, lambda: area(app).audit.entry is not None)
        assert (area(app).audit.entry or {})["subject"] == "case-0"


async def test_a_tiny_terminal_and_a_resize_under_a_box_stay_usable(kept: Home) -> None:
    app = radonc(kept, "home")
    async with app.run_test(size=(40, 10)) as pilot:
        await begin(pilot, app)
        assert app.screen.query_one("Footer").region.height == 1
        assert area(app).audit.table.size.height >= 2
        await press(pilot, "b")
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        await pilot.resize_terminal(20, 5)
        await press(pilot, "escape")
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert area(app).query_one("#body").region.height >= 18
