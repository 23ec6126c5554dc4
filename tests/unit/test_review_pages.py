"""A review that is sent as a page: what is in it, and what of the answers is taken in."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

from exports.review_page.page import ANSWERS, CARDS
from exports.review_page.sealed import seal, unseal
from radonc_tui.actions import review as actions
from radonc_tui.actions.review_pages import SendRequest, send_review, take_review
from radonc_tui.actions.stored import lease
from radonc_tui.cli.output import Session
from radonc_tui.cli.review import review as review_command
from store import audit, review_answers
from store.errors import BadUsage, RadoncError, Refused
from store.forgetting import _delete, _Known  # the way of ``cases forget``, which does much more
from store.home import Home
from store.judgements import Judgement
from tests.driven import ended
from tests.unit.review_examples import finished_evaluation

PASSPHRASE = "vier wörter sind genug"


class Sent:
    """A page that was sent, and the answers that somebody makes with it."""

    def __init__(self, home: Home, folder: Path, name: str = "page.html", who: str = "ada") -> None:
        self.path = folder / name
        made = ended(send_review(home, SendRequest("latest", self.path, PASSPHRASE, who)))
        self.page, self.review = made["page"], made["review"]
        self.text = self.path.read_text(encoding="utf-8")
        found = re.search(r'type="application/json">(.*?)</script>', self.text)
        self.box = json.loads(found.group(1)) if found else {}
        self.content = unseal(self.box, PASSPHRASE, CARDS, name)
        self.cards = [card for case in self.content["cases"] for card, _ in case["cards"]]
        self.answers = folder / "answers.json"

    def give(self, steps: list[Any], **other: str) -> Path:
        content = {"page": self.page, "review": self.review, "steps": steps, **other}
        self.answers.write_text(json.dumps(seal(content, PASSPHRASE, ANSWERS)), encoding="utf-8")
        return self.answers


def said(card: str, word: str = "acceptable") -> list[str]:
    return [card, word, *(("dose", "style") if Judgement(word).needs_reason else ("", ""))]


@pytest.fixture
def sent(home: Home, tmp_path: Path) -> Sent:
    finished_evaluation(home, facts=True)
    ended(actions.new_review(home, actions.ReviewRequest(cases=5, reviewer="ada", seed=2)))
    return Sent(home, tmp_path)


def standing(home: Home, who: str = "ada") -> dict[str, str]:
    with lease(home).use() as connection:
        review = connection.execute("SELECT review_id FROM reviews").fetchone()
        found = review_answers.answers_of_all(connection, (review or ("",))[0])
    return {card: answer.judgement.value for card, answer in found.get(who, {}).items()}


def take(home: Home, path: Path) -> dict[str, Any]:
    return ended(take_review(home, path, PASSPHRASE))


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and what is in its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.inside.append(data)


def test_the_page_tells_nothing_and_reaches_nowhere(sent: Sent) -> None:
    tags = Tags()
    tags.feed(sent.text)
    assert not [attrs for _, attrs in tags.tags if {"src", "href", "style", "onclick"} & set(attrs)]
    policy = next(a["content"] for _, a in tags.tags if a.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    for text in (tags.inside[0], tags.inside[-1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    bare = sent.text.replace(json.dumps(sent.box), "").replace("http-equiv", "")
    assert len(bare) < len(sent.text) - 1000
    for hidden in ("http:", "https:", "fetch(", "XMLHttpRequest", "ada", "Gy", sent.review):
        assert hidden not in bare
    assert sent.box["iterations"] >= 600_000
    assert set(sent.content) == {
        *("page", "review", "reviewer", "synthetic", "cases", "answers", "words")
    }
    # beside diagnoses and texts of cards there are ids and words of judgement only
    for case in sent.content["cases"]:
        assert set(case) == {"diagnosis", "cards"}
        for card, _ in case["cards"]:
            assert re.fullmatch(r"[0-9a-f]{12}", card)
    rest = json.dumps({**sent.content, "cases": []}).casefold()
    for hidden in ("case-", "patient", "tuned", "base", "reference", "bundle", "eval-"):
        assert hidden not in rest
    # a word of its own: an id may have these two characters
    assert not re.search(r"\bd1\b", rest)


def test_answers_are_taken_once_and_go_on(home: Home, sent: Sent) -> None:
    first, second, *others = sent.cards
    half = [said(first), said(second, "not-acceptable")]
    assert take(home, sent.give(half))["answers"] == 2
    assert take(home, sent.answers)["answers"] == 0
    # the last one was taken back on the page, and another given
    whole = [*half, None, said(second, "cannot-judge"), *map(said, others)]
    found = take(home, sent.give(whole))
    assert (found["answers"], found["left"]) == (1 + len(others), 0)
    assert take(home, sent.answers)["answers"] == 0
    assert take(home, sent.give(half))["answers"] == 0
    assert standing(home) == dict.fromkeys(sent.cards, "acceptable") | {second: "cannot-judge"}
    ended(actions.summarise(home, "latest"))
    # nothing new, so nothing that the summary forbids
    assert take(home, sent.give(whole))["answers"] == 0
    with pytest.raises(Refused, match="answers are final"):
        take(home, sent.give([*whole, said(first, "cannot-judge")]))
    with lease(home).use() as connection:
        kinds = [entry["kind"] for entry in audit.entries(connection, "review")]
    assert kinds.count("review sent") == 1
    assert kinds.count("review answers taken in") == 2
    assert kinds.count("review answered") == len(others) + 4


def test_what_was_judged_before_is_on_the_page(home: Home, tmp_path: Path, sent: Sent) -> None:
    card = sent.cards[0]
    ended(actions.answer_card(home, actions.AnswerRequest("latest", card, "acceptable")))
    again = Sent(home, tmp_path, "again.html")
    assert again.content["answers"] == [[card, "acceptable", "", ""]]
    assert again.cards == sent.cards
    assert take(home, again.give([said(card, "cannot-judge")]))["answers"] == 1
    assert standing(home) == {card: "cannot-judge"}


def test_answers_that_would_mix_are_refused(home: Home, sent: Sent) -> None:
    one, two, three, *_ = sent.cards
    take(home, sent.give([said(one)]))
    ended(actions.answer_card(home, actions.AnswerRequest("latest", two, "cannot-judge")))
    with pytest.raises(Refused, match=r"has judged in .* since"):
        take(home, sent.give([said(one), said(three)]))
    ended(actions.undo_answer(home, "latest"))
    # the same page, opened on two machines
    with pytest.raises(Refused, match="another copy of the page"):
        take(home, sent.give([said(one, "cannot-judge"), said(three)]))
    assert standing(home) == {one: "acceptable"}
    assert take(home, sent.give([said(one), said(three)]))["answers"] == 1


def test_each_fault_of_a_file_is_one_sentence(home: Home, tmp_path: Path, sent: Sent) -> None:
    good = sent.give([said(sent.cards[0])])
    box = json.loads(good.read_text())
    with pytest.raises(RadoncError, match="the passphrase is another"):
        ended(take_review(home, good, "quite another one"))
    for change in (
        {"sealed": base64.b64encode(base64.b64decode(box["sealed"])[::-1]).decode()},
        {"nonce": base64.b64encode(b"0" * 12).decode()},
    ):
        good.write_text(json.dumps({**box, **change}))
        with pytest.raises(RadoncError, match="or the file was changed"):
            take(home, good)
    for change in ({"radonc": CARDS}, {"iterations": 1}, {"iterations": 10**12}, {"salt": 3}):
        good.write_text(json.dumps({**box, **change}))
        with pytest.raises(BadUsage, match=r"answers\.json holds no answers of a review page"):
            take(home, good)
    for text in ("", "[]", "{}", "\0\xff", sent.text, '"x"'):
        good.write_text(text, encoding="utf-8")
        with pytest.raises(BadUsage, match="holds no answers"):
            take(home, good)
    good.write_text(json.dumps(sent.box))
    with pytest.raises(BadUsage, match="holds no answers"):
        take(home, good)
    faults: list[tuple[list[Any], str]] = [
        ([said("0123456789ab")], "A card '0123456789ab' is judged that review-"),
        ([[sent.cards[0], "lovely", "", ""]], "There is no judgement 'lovely'"),
        ([[sent.cards[0]]], "cannot be read"),
        ([7], "cannot be read"),
    ]
    for steps, problem in faults:
        with pytest.raises(BadUsage, match=problem):
            take(home, sent.give(steps))
    with pytest.raises(BadUsage, match="The page 'page-0' was not made in this home"):
        take(home, sent.give([], page="page-0"))
    with pytest.raises(BadUsage, match="is of review-0, its page of review-"):
        take(home, sent.give([], review="review-0"))
    with pytest.raises(BadUsage, match="There is no file"):
        take(home, tmp_path / "nothing.json")
    assert standing(home) == {}


@settings(max_examples=6, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(), st.lists), st.text(min_size=12))
def test_what_is_sealed_comes_back_and_not_for_another_purpose(value: Any, passphrase: str) -> None:
    # a short way to a key, for PBKDF2 is slow by design
    box = seal(value, passphrase, ANSWERS)
    assert unseal(box, passphrase, ANSWERS, "x") == value
    with pytest.raises(BadUsage):
        unseal(box, passphrase, CARDS, "x")
    with pytest.raises(RadoncError, match="does not open"):
        unseal({**box, "radonc": CARDS}, passphrase, CARDS, "x")


def test_a_patient_who_withdrew_meanwhile_is_passed_over(home: Home, sent: Sent) -> None:
    """Of the first case one card was judged already: its answer went with the patient."""
    take(home, sent.give([said(card) for card in sent.cards[:1]]))
    with lease(home).use() as connection:
        found = connection.execute(
            """SELECT patient, case_id FROM review_cases JOIN review_cards
               USING (review_id, item) WHERE card_id = ?""",
            [sent.cards[0]],
        ).fetchone()
        patient, case_id = found or ("", "")
        _delete(connection, patient, _Known([case_id], 0, {}, forgotten=False))
        left = {
            card for (card,) in connection.execute("SELECT card_id FROM review_cards").fetchall()
        }
    assert standing(home) == {}
    assert take(home, sent.give([said(card) for card in sent.cards]))["answers"] == len(left)
    assert set(standing(home)) == left < set(sent.cards)


def test_an_adjudicator_can_be_sent_the_cards_in_dispute(
    home: Home, tmp_path: Path, sent: Sent
) -> None:
    take(home, sent.give([said(card) for card in sent.cards]))
    bo = Sent(home, tmp_path, "bo.html", "bo")
    take(home, bo.give([said(card, "not-acceptable") for card in bo.cards]))
    zoe = ended(actions.adjudicate(home, "latest", "zoe"))
    page = Sent(home, tmp_path, "zoe.html", "zoe")
    assert len(page.cards) == zoe.left > 0
    found = take(home, page.give([said(card, "with-changes") for card in page.cards]))
    assert (found["reviewer"], found["left"]) == ("zoe", 0)
    how = [
        card["how"]
        for case in ended(actions.summarise(home, "latest", "ada"))["judged_cases"]
        for card in case["cards"]
    ]
    assert set(how) == {"adjudicated"}


def test_what_cannot_be_sent(home: Home, tmp_path: Path, sent: Sent) -> None:
    with pytest.raises(BadUsage, match="exists already"):
        ended(send_review(home, SendRequest("latest", sent.path, PASSPHRASE)))
    with pytest.raises(BadUsage, match="at least 12 characters"):
        ended(send_review(home, SendRequest("latest", tmp_path / "x.html", "short")))
    assert not (tmp_path / "x.html").exists()
    take(home, sent.give([said(card) for card in sent.cards]))
    with pytest.raises(BadUsage, match=r"no card of .* left"):
        ended(send_review(home, SendRequest("latest", tmp_path / "x.html", PASSPHRASE)))


def test_send_take_and_adjudicate_by_commands(home: Home, tmp_path: Path) -> None:
    finished_evaluation(home, facts=True)

    def radonc(*arguments: str, typed: str = "") -> str:
        session = Session(str(home.path), 0.0)
        done = CliRunner().invoke(review_command, arguments, obj=session, input=typed)
        if done.exception:
            raise done.exception
        return done.stdout

    new = radonc("new", "--cases", "5", "--reviewer", "ada", "--attending", "D1", "--seed", "3")
    assert "cases are left out because ada treated them" in new
    out = tmp_path / "page.html"
    made = json.loads(
        radonc("send", "latest", "--out", str(out), "--json", typed=f"{PASSPHRASE}\n")
    )
    assert out.stat().st_mode & 0o077 == 0
    page = re.search(r'type="application/json">(.*?)</script>', out.read_text(encoding="utf-8"))
    content = unseal(json.loads(page.group(1) if page else ""), PASSPHRASE, CARDS, "page")
    cards = [card for case in content["cases"] for card, _ in case["cards"]]
    assert made["cards"] == len(cards)
    answers = tmp_path / "answers.json"
    steps = {"page": made["page"], "review": made["review"], "steps": [said(c) for c in cards]}
    answers.write_text(json.dumps(seal(steps, PASSPHRASE, ANSWERS)))
    assert f"{len(cards)} new answers of ada" in radonc(
        "take", str(answers), typed=f"{PASSPHRASE}\n"
    )
    assert "There is no card on which" in radonc("adjudicate", "latest", "--by", "zoe")
    shown = json.loads(radonc("next", "latest", "--reviewer", "bo", "--json"))
    while shown["current"]:
        args = ("--reviewer", "bo", "--json")
        shown = json.loads(radonc("answer", "latest", shown["current"], "cannot-judge", *args))
    listed = radonc("list")
    assert "zoe adjudicates" in listed
    zoe = json.loads(radonc("adjudicate", "latest", "--by", "zoe", "--json"))
    assert zoe["adjudicates"]
    assert "--reviewer 'zoe'" in radonc("adjudicate", "latest", "--by", "zoe")
    summary = radonc("summary", "latest", "--reviewer", "bo")
    assert "the reviewers differ; they count once adjudicated" in summary
    assert "Shares are weighted back to the strata" in summary
    assert "Tuned against reference" in summary
