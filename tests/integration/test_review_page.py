"""A review on another machine: the page in a real browser, from the passphrase to the answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from radonc_tui.actions import review as actions
from radonc_tui.actions.review_pages import SendRequest, send_review, take_review
from radonc_tui.actions.stored import lease
from store import review_answers, reviews
from store.home import Home
from store.judgements import Judgement
from tests.driven import ended
from tests.integration.browser import Browser
from tests.unit.review_examples import finished_evaluation

PASSPHRASE = "vier wörter sind genug"
WIDTHS = ((360, 740), (1366, 768))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path / "browser")
    yield made
    made.close()


@pytest.fixture
def page(home: Home, tmp_path: Path) -> Path:
    """A review of four cases, sent to Ada."""
    finished_evaluation(home, facts=True)
    ended(actions.new_review(home, actions.ReviewRequest(cases=4, reviewer="Ada", seed=1)))
    out = tmp_path / "for-ada.html"
    ended(send_review(home, SendRequest("latest", out, PASSPHRASE)))
    return out


def unlock(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click("#passphrase")
    browser.type(PASSPHRASE)
    browser.key("Enter", 13)
    browser.until("!document.querySelector('#work').hidden")


def where(browser: Browser) -> str:
    said = browser.says("document.querySelector('#where').textContent")
    assert said.startswith("SYNTHETIC cases. ")
    return said.removeprefix("SYNTHETIC cases. ")


def test_a_whole_review_in_a_browser_without_a_network(
    home: Home, page: Path, browser: Browser, tmp_path: Path
) -> None:
    browser.call("Network.emulateNetworkConditions", offline=True, latency=0,
                 downloadThroughput=0, uploadThroughput=0)  # fmt: skip
    refuse_another_passphrase(browser, page)
    unlock(browser, page)
    total = int(where(browser).split()[2])
    diagnosis = browser.says("document.querySelector('#diagnosis').textContent")
    judge_undo_and_judge(browser, diagnosis)

    # the browser keeps it, encrypted, and the page goes on
    assert "not-acceptable" not in browser.says("JSON.stringify(localStorage)")
    unlock(browser, page)
    browser.until("document.querySelector('#where').textContent.includes(' 1 of ')")

    # half of it goes home; the rest is judged by keys
    browser.key("j")
    browser.click("#save")
    half = browser.downloaded().rename(tmp_path / "half.json")
    first = ended(take_review(home, half, PASSPHRASE))
    assert (first["answers"], first["judged"], first["left"]) == (2, 2, total - 2)
    for _ in range(total - 2):
        browser.key("c")
        browser.key("f")
        browser.key("s")
    assert browser.says("document.querySelector('#asked').textContent").startswith("Every card")
    browser.click("#save")
    browser.until("document.querySelector('#said').textContent.startsWith('Saved as')")
    whole = browser.downloaded()
    assert whole.name.endswith("-Ada.json")
    taken = ended(take_review(home, whole, PASSPHRASE))
    assert (taken["answers"], taken["left"]) == (total - 2, 0)
    assert ended(take_review(home, whole, PASSPHRASE))["answers"] == 0
    with lease(home).use() as connection:
        review = reviews.find_review(connection, "latest")
        said = review_answers.answers_of_all(connection, review.review_id)["Ada"]
        order = reviews.blind_cases(connection, review, "Ada")
    cards = [card for case in order for card, _ in case.cards]
    assert [said[card].judgement for card in cards] == [
        Judgement.ACCEPTABLE,
        Judgement.CANNOT_JUDGE,
        *[Judgement.WITH_CHANGES] * (total - 2),
    ]
    assert diagnosis == order[0].diagnosis
    assert ended(actions.summarise(home, "latest"))["cases"] == 4
    nothing_was_asked_or_went_wrong(browser)


def refuse_another_passphrase(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click("#passphrase")
    browser.type("something else entirely")
    browser.click("#open")
    browser.until("document.querySelector('#problem').textContent.startsWith('That is not')")


def judge_undo_and_judge(browser: Browser, diagnosis: str) -> None:
    """The first card, by three keys, an undo and a click."""
    browser.key("n")
    browser.key("d")
    browser.key("Escape", 27)
    browser.key("t")
    browser.key("h")
    assert where(browser).startswith("1 of ")
    browser.key("u")
    assert where(browser).startswith("0 of ")
    assert browser.says("document.querySelector('#diagnosis').textContent") == diagnosis
    browser.click("#keys button:nth-child(1)")
    assert where(browser).startswith("1 of ")
    browser.until("document.querySelector('#kept').textContent.includes('kept in this browser')")


def nothing_was_asked_or_went_wrong(browser: Browser) -> None:
    asked = [
        event["params"]["request"]["url"]
        for event in browser.events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    assert {url.split(":")[0] for url in asked} <= {"file", "blob"}
    assert not [e for e in browser.events if e.get("method") == "Runtime.exceptionThrown"]
    logged = [e for e in browser.events if e.get("method") == "Log.entryAdded"]
    # a browser also logs what it does, such as where it leaves the focus
    assert not [e for e in logged if e["params"]["entry"]["level"] in ("warning", "error")]


def test_answers_in_a_file_go_on_in_another_browser(
    home: Home, page: Path, browser: Browser
) -> None:
    unlock(browser, page)
    browser.key("a")
    browser.key("a")
    browser.click("#save")
    saved = browser.downloaded()
    browser.says("localStorage.clear()")
    unlock(browser, page)
    assert where(browser).startswith("0 of ")
    browser.choose_file("#load", saved)
    browser.until("document.querySelector('#where').textContent.includes(' 2 of ')")
    browser.key("a")
    browser.choose_file("#load", saved)
    browser.until("document.querySelector('#said').textContent.includes('older than')")
    assert where(browser).startswith("3 of ")
    browser.choose_file("#load", page)
    browser.until("document.querySelector('#said').textContent.includes('holds no answers')")


@pytest.mark.parametrize("size", WIDTHS)
def test_the_page_fits_a_phone_and_a_laptop(
    page: Path, browser: Browser, size: tuple[int, int]
) -> None:
    browser.size(*size)
    unlock(browser, page)
    for key in ("n", "d", "s"):
        wide = browser.says("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0
        asked, keys = (
            browser.says(f"document.querySelector('{one}').getBoundingClientRect().toJSON()")
            for one in ("#asked", "#keys")
        )
        # the question and its keys are in sight without scrolling
        assert 0 <= asked["top"] < keys["bottom"] <= size[1]
        browser.key(key)
    small = browser.says(
        """[...document.querySelectorAll("#keys button")].map((b) => b.offsetHeight)"""
    )
    assert min(small) >= 44
