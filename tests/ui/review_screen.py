"""What tests ask of the screen of reviews: its parts, its words, a key at a time."""

from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.app import RadoncApp
from radonc_tui.screens.review.area import ReviewArea
from radonc_tui.screens.review.judging import Stage
from radonc_tui.screens.review.panel import Card, JudgePanel
from tests.ui.conftest import settle


def area(app: RadoncApp) -> ReviewArea:
    assert isinstance(app.screen, ReviewArea)
    return app.screen


def panel(app: RadoncApp) -> JudgePanel:
    return area(app).query_one(JudgePanel)


def stage(app: RadoncApp) -> Stage:
    state = panel(app).state
    assert state is not None
    return state.stage


def notice(app: RadoncApp) -> str:
    return str(area(app).query_one("#notice", Static).content)


def shown(app: RadoncApp) -> str:
    """All text of the judging panel but its keys: lines, cards, titles."""
    texts = [str(static.content) for static in panel(app).query(Static) if static.id != "keys"]
    titles = [f"{card.border_title} {card.border_subtitle}" for card in panel(app).query(Card)]
    return "\n".join((*texts, *titles))


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


async def judge(app: RadoncApp, pilot: Pilot[None], *keys: str) -> str:
    """Judge the card that is marked; returns its id."""
    state = panel(app).state
    assert state is not None
    await press(pilot, *keys)
    return state.card.card
