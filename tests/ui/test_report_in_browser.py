"""The report's page in a real browser: nothing runs out of a phone, a laptop or a printed sheet."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from radonc_tui.actions.report import report_page
from store.home import Home
from tests.driven import ended
from tests.integration.browser import Browser
from tests.ui.sample import EVALUATION

PRINTED = 703
"""CSS pixels between the margins of a sheet of A4: 186 mm."""
PARTS = "main table, main td, main svg, main pre, main p"
OUTSIDE = f"""[...document.querySelectorAll('{PARTS}')].filter(e => {{
    const r = e.getBoundingClientRect();
    return r.width && r.right > document.documentElement.clientWidth + 1;
}}).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path / "browser")
    yield made
    made.close()


def test_nothing_is_cut_off(sample_home: Home, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(ended(report_page(sample_home, EVALUATION)), encoding="utf-8")
    browser.open(path)
    for width in (360, 1280):
        browser.size(width, 800)
        # a wide table scrolls by itself, so the page never does
        assert browser.says(SIDEWAYS) <= 0, width
    assert browser.says("document.querySelectorAll('svg').length") > 5
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.size(PRINTED, 1000)
    assert browser.says(OUTSIDE) == []
    made = browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    assert base64.b64decode(made["data"]).startswith(b"%PDF")
    asked = [event for event in browser.events if event["method"] == "Network.requestWillBeSent"]
    schemes = {event["params"]["request"]["url"].split(":")[0] for event in asked}
    # pictures stand inside
    assert schemes <= {"file", "data"}
