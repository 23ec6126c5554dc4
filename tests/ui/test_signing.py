"""Sign-off on the screens: what is missing, two people, an end; and a model at work, watched."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from radonc_tui.actions.models import list_models
from radonc_tui.actions.signoff import SignRequest, list_signoffs, name_signatory, sign_off
from radonc_tui.app import RadoncApp
from radonc_tui.screens.models.area import ModelsArea
from radonc_tui.screens.models.monitoring import MonitorScreen
from radonc_tui.screens.models.policy import PolicyScreen
from radonc_tui.screens.models.signatories import AskSignatory, SignatoriesScreen
from radonc_tui.screens.models.signoff import PASSPHRASES, SignOffScreen
from radonc_tui.screens.models.signoffs import SignoffsScreen
from radonc_tui.screens.predict.state import choices, model_line
from radonc_tui.widgets.window import WindowTable
from store.home import Home
from store.lines import read_json, write_json
from store.policy import path_of
from tests.driven import ended
from tests.ui.conftest import radonc, settle, until
from tests.ui.sample import BUNDLE, EVALUATION
from tests.ui.sample_monitor import MONITOR, make_monitor

Compare = Callable[..., bool]
PEOPLE = {"Ann Ash": ("physicist", "correct horse"), "Bob Birch": ("physician", "battery staple")}
OVERRIDE = "a small department, watched every month"
DRIFT = {"n": 8, "changed": 1, "changed_share": 0.125, "lost": 0.0}


def make_real(home: Home) -> None:
    """Say of the sample bundle that it is of real cases, and what an export measured of it."""
    path = home.folder("exports") / BUNDLE / "manifest.json"
    manifest = read_json(path)
    manifest["quants"]["Q8_0"]["drift"] = {"cpu": {"modality": DRIFT}}
    write_json(path, {**manifest, "synthetic": False})


def name_people(home: Home) -> None:
    for name, (role, passphrase) in PEOPLE.items():
        ended(name_signatory(home, name, role, passphrase))


def sign(home: Home) -> dict[str, Any]:
    """Sign the bundle's recommended file off for modality, as the command line does."""
    request = SignRequest(
        *(BUNDLE, "modality", "Ann Ash", "Bob Birch", "second reading", "adults"),
        override=OVERRIDE,
    )
    return ended(sign_off(home, request, lambda name: PEOPLE[name][1]))


def said(app: RadoncApp, part: str) -> str:
    return " ".join(str(app.screen.query_one(f"#{part}", Static).render()).split())


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


async def choose_modality(app: RadoncApp, pilot: Pilot[None]) -> None:
    app.screen.query_one("#task", Select).value = "modality"
    await settle(pilot)


def fill_in(app: RadoncApp, **others: str) -> None:
    """What two people type; ``others`` by the ids of the fields."""
    typed = {
        "physicist": "Ann Ash",
        PASSPHRASES[0]: PEOPLE["Ann Ash"][1],
        "physician": "Bob Birch",
        PASSPHRASES[1]: PEOPLE["Bob Birch"][1],
        "use": "second reading",
        "population": "adults",
        **others,
    }
    for name, value in typed.items():
        app.screen.query_one(f"#{name}", Input).value = value


async def test_a_bundle_of_synthetic_cases_leaves_no_form(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.screen.check_action("sign_off", ()) is False  # a base is never signed off
        await press(pilot, "end", "s")
        assert isinstance(app.screen, SignOffScreen)
        assert said(app, "standing").startswith(
            "! This file cannot be signed off for this task. It was trained on synthetic cases. "
            f"! The department's policy is not met by {EVALUATION}."
        )
        assert not app.screen.query_one("#physicist").is_on_screen
        assert not app.screen.query_one(Button).display
        await press(pilot, "f5", "escape")
        assert isinstance(app.screen, ModelsArea)
        assert "sign-off none" in said(app, "facts")
    assert ended(list_signoffs(sample_home)) == []


async def test_two_people_sign_off_what_the_policy_misses_with_a_reason(sample_home: Home) -> None:
    make_real(sample_home)
    name_people(sample_home)
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "end", "s")
        await choose_modality(app, pilot)
        standing = said(app, "standing")
        assert standing.startswith(f"! The department's policy is not met by {EVALUATION}; it can")
        assert "test patients were evaluated, 60 are needed." in standing
        await press(pilot, "f5")
        assert said(app, "notice") == "! The physicist is not filled in: name."
        fill_in(app)
        await press(pilot, "f5")
        assert "does not meet the policy for modality" in said(app, "notice")
        fill_in(app, **{PASSPHRASES[1]: "battery stable", "override": OVERRIDE})
        await press(pilot, "f5")
        assert "do not belong together" in said(app, "notice")
        assert [app.screen.query_one(f"#{name}", Input).value for name in PASSPHRASES] == ["", ""]
        fill_in(app)
        await press(pilot, "f5")
        (made,) = ended(list_signoffs(sample_home))
        assert isinstance(app.screen, ModelsArea)
        assert said(app, "notice") == (
            f"✓ {BUNDLE}:Q8_0 is signed off for modality until {made['ends']}: "
            f"{made['signoff_id']}, audit log {made['audit_head']}."
        )
        facts = said(app, "facts")
        assert f"Q8_0 for modality until {made['ends']} (Ann Ash, Bob Birch)" in facts
        assert "Q8_0* modality: 1 changed (12.5%), accuracy lost 0.000, 8 patients" in facts
    assert made["overridden"] == OVERRIDE
    assert "60 are needed" in " ".join(made["policy"]["missing"])


async def test_a_sign_off_is_revoked_and_the_model_says_so(sample_home: Home) -> None:
    make_real(sample_home)
    name_people(sample_home)
    made = sign(sample_home)
    (first, *_) = choices(ended(list_models(sample_home)))
    assert "signed off for modality" in model_line(first).plain
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "o")
        assert isinstance(app.screen, SignoffsScreen)
        assert said(app, "heading") == "1 sign-off, 1 valid"
        await press(pilot, "x", "enter")
        assert "revoked with a reason" in said(app, "notice")
        await press(pilot, "x", *"drift", "enter")
        assert said(app, "notice") == f"✓ {made['signoff_id']} is revoked."
        assert said(app, "heading") == "1 sign-off, 0 valid"
        assert app.screen.check_action("revoke", ()) is False
        await press(pilot, "escape", "end", "enter")
        assert "sign-off none" in said(app, "facts")
    assert [one["revoked"] for one in ended(list_signoffs(sample_home))] == ["drift"]
    (first, *_) = choices(ended(list_models(sample_home)))
    assert "no sign-off" in model_line(first).plain


async def test_a_person_is_added_with_a_passphrase_typed_twice(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "w", "a")
        assert isinstance(app.screen, AskSignatory)
        await press(pilot, *"Ann", "enter", *"correct horse".replace(" ", "_"), "enter")
        await press(pilot, *"correct", "enter", "enter")
        assert isinstance(app.screen, AskSignatory), "the two are not the same"
        for name in ("first", "again"):
            app.screen.query_one(f"#{name}", Input).value = "correct horse"
        app.screen.query_one("#physicist", Button).press()
        await settle(pilot)
        assert isinstance(app.screen, SignatoriesScreen)
        assert said(app, "notice") == "✓ Ann may sign as physicist."
        row = app.screen.query_one(WindowTable).row
        assert row == {"name": "Ann", "role": "physicist"}
        await press(pilot, "d", "y")
        assert said(app, "notice") == "✓ Ann signs no more."
        assert app.screen.query_one(WindowTable).row is None


async def test_the_policy_is_shown_with_its_path(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "y")
        assert isinstance(app.screen, PolicyScreen)
        assert said(app, "heading").endswith(str(path_of(sample_home)))
        assert "test_patients = 60" in said(app, "text")


async def test_a_bundle_without_new_cases_is_looked_at_by_a_real_worker(sample_home: Home) -> None:
    app = radonc(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "end", "m", "enter")
        assert "was never signed off" in said(app, "notice")
        await pilot.press("m", *"2026-11-20", "enter")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen), 60)
        await settle(pilot)
        heading = said(app, "heading")
        assert f"{BUNDLE}:Q8_0, 0 cases since 2026-11-20" in heading
        assert "SYNTHETIC" in heading
        assert "nothing to compare" in said(app, "numbers")
        assert not app.screen.query_one("#plots").display


async def test_looks_are_shown_the_newest_first(sample_home: Home) -> None:
    make_monitor(sample_home)
    make_monitor(sample_home, "monitor-20261121-000001", cases=30)
    app = radonc(sample_home, "models")
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "l")
        assert isinstance(app.screen, MonitorScreen)
        assert "30 cases since 2026-11-06, 80 training cases" in said(app, "heading")
        await press(pilot, "l", *MONITOR.partition("-")[2].replace("-", "_")[:8], "enter")
        assert said(app, "heading").startswith(f"{MONITOR}: {BUNDLE}:Q8_0, 60 cases")


@pytest.mark.parametrize("page", ["never", "form", "signoffs", "people", "policy", "monitor"])
def test_pictures(
    still_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if page in ("form", "signoffs"):
        make_real(still_home)
    if page in ("people", "signoffs"):
        name_people(still_home)
    if page == "signoffs":
        sign(still_home)
        steady = {
            **{"signoff_id": "signoff-20261120-000001", "made": "2026-11-20"},
            **{"ends": "2027-11-20", "audit_head": "12 0123456789abcdef"},
        }
        kept = {**ended(list_signoffs(still_home))[0], **steady}
        monkeypatch.setattr("radonc_tui.actions.signoff._record", lambda made: kept)
    if page == "monitor":
        make_monitor(still_home)
    app = radonc(still_home, "models")
    keys = {"never": "s", "form": "s", "signoffs": "o", "people": "w", "policy": "y"}

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "end", keys.get(page, "l"))
        if page == "form":
            await choose_modality(app, pilot)
            fill_in(app, override=OVERRIDE)
        if page == "monitor":
            assert app.screen.query_one("#plots").display
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
