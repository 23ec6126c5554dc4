"""From the screen of the home: backed up and brought back, a chart found, a person forgotten."""

import io
from pathlib import Path

import pytest
from textual.widgets import Checkbox, Input, Label, Static

from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.cli.main import run
from radonc_tui.palette import all_commands
from radonc_tui.screens.home.asking import AskBackup, AskForget, AskPassphrase, AskPerson, Said
from radonc_tui.widgets.dialogs import Choose
from store import keybox, rekeying
from store.case_filter import CaseFilter
from store.case_table import count_cases
from store.datasets import dataset_part
from store.home import Home, open_home
from store.keybox import Lock
from store.lines import read_lines
from store.opening import RESTORING
from tests.ui.conftest import radonc, settle, until
from tests.ui.home_sample import area, begin, kinds, notice, press, refusal, said
from tests.ui.sample import BUNDLE, DATASET, RUN
from tests.unit.test_crosswalk import HEAD, ROWS
from tests.unit.test_store_keys import MAPPED

PASSPHRASE = "four odd words here"


async def test_a_backup_is_made_and_brought_back_into_an_empty_home(
    sample_home: Home, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    app = radonc(sample_home, "home")
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot, app)
        await press(pilot, "r")
        assert notice(app).startswith("! This home is not empty")
        await press(pilot, "b", *str(copy))
        assert isinstance(app.screen, AskBackup)
        assert "only where secret.key of this home" in meaning(app)
        await press(pilot, "tab", "space")
        assert app.screen.query_one(Checkbox).value
        assert "nothing in it is encrypted" in meaning(app)
        await press(pilot, "shift+tab", "enter")
        await until(pilot, lambda: "with the key" in notice(app), 30)
        await settle(pilot)
        assert kinds(app)[0] == "store backed up"
    empty = open_home(tmp_path / "new")
    other = radonc(empty, "welcome")
    async with other.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        await begin(pilot, other)
        await press(pilot, "r", *str(tmp_path), "enter")
        assert "is no backup" in notice(other)
        await press(pilot, "r", *str(copy), "enter")
        await until(pilot, lambda: "all as they were" in notice(other), 30)
        await until(pilot, lambda: other.told.cases == "60 cases")
        await settle(pilot)
        assert kinds(other)[0] == "store restored"
    lease(empty).close()


async def test_a_restore_that_was_interrupted_is_done_again(
    sample_home: Home, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    assert run(["--home", str(sample_home.path), "store", "backup", str(copy), "--with-key"]) == 0
    half = open_home(tmp_path / "new")
    (half.path / RESTORING).touch()
    app = radonc(half, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert "was interrupted. Do it again" in notice(app)
        assert area(app).audit.table.empty == "The log cannot be read."
        await press(pilot, "r", *str(copy), "enter")
        await until(pilot, lambda: "all as they were" in notice(app), 30)
        await until(pilot, lambda: kinds(app)[:1] == ["store restored"])
    lease(half).close()


def meaning(app: RadoncApp) -> str:
    return str(app.screen.query_one("#meaning", Label).content)


async def test_an_encrypted_backup_asks_for_its_passphrase_first(
    sample_home: Home, tmp_path: Path
) -> None:
    rekeying.encrypt(sample_home, Lock(cost=1 << 10), PASSPHRASE.encode(), lambda *_: None)
    copy = tmp_path / "copy"
    assert run(["--home", str(sample_home.path), "store", "backup", str(copy), "--with-key"]) == 0
    empty = open_home(tmp_path / "new")
    app = radonc(empty, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await press(pilot, "r", *str(copy), "enter")
        assert isinstance(app.screen, AskPassphrase)
        await press(pilot, *"wrong", "enter")
        await until(pilot, lambda: isinstance(app.screen, AskPassphrase))
        await settle(pilot)
        assert "not the key" in refusal(app)
        assert not (empty.path / keybox.FILE).exists()
        await press(pilot, *PASSPHRASE, "enter")
        await until(pilot, lambda: "all as they were" in notice(app), 30)
        await until(pilot, lambda: app.told.cases == "60 cases")
        await settle(pilot)
        assert "✓ encrypted" in said(app, "facts")
    lease(empty).close()
    for home in (empty, sample_home):
        keybox.forget(home)


async def test_a_person_is_forgotten_after_seeing_what_was_trained_on_them(
    sample_home: Home,
) -> None:
    with opened(sample_home) as connection:
        victim = dataset_part(connection, DATASET, "train")[0]
    app = radonc(sample_home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await press(pilot, "w", *victim["case_id"], "enter")
        assert isinstance(app.screen, AskForget)
        shown = " ".join(str(label.content) for label in app.screen.query(".said").results(Label))
        assert RUN in shown
        assert BUNDLE in shown
        assert "cannot unlearn" in shown
        await press(pilot, *"withdrew consent", "enter", *"yes", "enter")
        assert "Type forget" in refusal(app)
        await press(pilot, *["backspace"] * 3, *"forget", "enter")
        await until(pilot, lambda: isinstance(app.screen, Said), 30)
        assert RUN in " ".join(app.screen.lines)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert notice(app).startswith("✓ 1 case")
        await until(pilot, lambda: kinds(app)[:1] == ["person forgotten"])
        await until(pilot, lambda: app.told.cases == "59 cases")
        await press(pilot, "v")
        assert "The log is whole" in notice(app)
    lines = read_lines(sample_home.folder("runs") / RUN / "dataset" / "train.jsonl")
    assert victim["case_id"] not in {line["case_id"] for line in lines}


async def test_a_plain_home_says_why_no_case_leads_to_its_chart(sample_home: Home) -> None:
    app = radonc(sample_home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await press(pilot, "f")
        assert isinstance(app.screen, AskPerson)
        assert "in an encrypted home only" in str(app.screen.query_one("#why-not", Label).content)
        (field,) = app.screen.query(Input)
        assert field.password
        await press(pilot, *"MRN 1", "enter")
        assert notice(app) == "No case here has this record number."
        assert kinds(app)[0] == "cases looked up by record number"


async def test_a_case_leads_to_its_chart_and_back(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)
    (tmp_path / "clinic.csv").write_text(HEAD + "".join(ROWS))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    command = ["--home", str(home.path), "cases", "import", str(tmp_path / "clinic.csv"), *MAPPED]
    assert run(command) == 0
    with opened(home) as connection:
        assert count_cases(connection, CaseFilter()) == 60
    app = radonc(home, "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await press(pilot, "f")
        app.screen.query_one("#number", Input).focus()
        await press(pilot, *"MRN 7", "enter")
        assert isinstance(app.screen, Choose)
        found = [case_id for case_id, _ in app.screen.options]
        assert len(found) == 2
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == "cases")
        await settle(pilot)
        assert str(app.screen_stack[0].query_one("#heading", Static).content).startswith("1 ")
        # the case under the cursor is taken along
        (chart,) = (c for c in all_commands() if c.title == "cases: find the chart")
        app.run_command(chart)
        await until(pilot, lambda: isinstance(app.screen, AskPerson))
        await settle(pilot)
        assert app.screen.query_one("#case", Input).value == found[0]
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, Said))
        assert app.screen.lines[0] == "Record number  MRN 7"  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert kinds(app)[:2] == ["chart looked up", "cases looked up by record number"]
    lease(home).close()
    keybox.forget(home)
