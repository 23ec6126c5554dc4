"""The screen ``review``: make a review, judge its cards blind, and see the summary at the end."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from radonc_tui.actions import review as actions, review_pages as pages
from radonc_tui.actions.evaluations import list_evaluations
from radonc_tui.actions.review_view import BlindView
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.screens.review.panel import JudgePanel
from radonc_tui.screens.review.questions import ask_answers, ask_name, ask_new, ask_page
from radonc_tui.screens.review.summary import SummaryPanel
from radonc_tui.widgets.dialogs import Confirm
from radonc_tui.widgets.finding import FindLine
from radonc_tui.widgets.window import Column, WindowTable
from store.errors import RadoncError
from store.review_people import ADJUDICATOR

COLUMNS = (
    Column("review", "review", width=22),
    Column("reviewer", "reviewer", least=10),
    Column("judged", "cards judged", width=12),
    Column("differ", "differ", 6, "right"),
    Column("state", "state", width=10),
    Column("cases", "cases", width=14),
    Column("evaluation", "evaluation", width=22),
)
EMPTY = "No review yet: n makes one of an evaluation; 3 shows those that are done."


class ReviewList(WindowTable):
    """Every review and each of its reviewers."""

    HELP = "`enter` goes on with a review where its reviewer left, or shows the summary."
    BINDINGS = [
        Binding("slash", "screen.search", "Search", key_display="/", id="review.search"),
        Binding("n", "screen.new", "New review", id="review.new"),
        Binding("w", "screen.another", "Another reviewer", id="review.another"),
        Binding("s", "screen.summary", "Summary", id="review.summary"),
        Binding(
            "d",
            "screen.adjudicate",
            "Adjudicate",
            id="review.adjudicate",
            tooltip="A third person decides where reviewers differ.",
        ),
        Binding(
            "x",
            "screen.send",
            "Send",
            id="review.send",
            tooltip="Write the cards as one encrypted page for another machine.",
        ),
        Binding(
            "t",
            "screen.take",
            "Take in",
            id="review.take",
            tooltip="Take in the answers that a page gave back.",
        ),
    ]


class ReviewArea(Area):
    """Reviews, the case under review, and the summary: one of them at a time."""

    HELP = """\
**Review.** Oncologists judge regimens without knowing who wrote them: the reference, the tuned
model or its base. A review is frozen from an evaluation: cases drawn within strata of site and
intent, each with its different answers in random order; a tenth comes back later, unmarked.
Several reviewers may judge the same review, each in an order of their own; nobody is given cases
that they treated. Where reviewers differ, `d` lets a third person decide, as blind as they. `x`
writes the cards as one encrypted page for another machine, `t` takes its answers in.

Who wrote what is shown to a reviewer who has judged every card; from then on their answers are
final. Screen 3 shows answers by name: a reviewer stays away from it until then.
"""
    CSS_PATH = "review.tcss"

    def compose_body(self) -> ComposeResult:
        table = ReviewList(COLUMNS, empty=EMPTY, id="reviews-table")
        with ContentSwitcher(initial="reviews"):
            with Vertical(id="reviews"):
                yield FindLine(table)
                yield table
            yield JudgePanel(id="judge")
            yield SummaryPanel(id="summary")

    # the list

    def reload(self) -> None:
        table = self.query_one(ReviewList)
        table.loading = not table.total
        perform(
            self,
            lambda: actions.list_reviews(self.radonc.home),
            self._listed,
            failed=self._not_listed,
            group="list",
        )

    def _listed(self, found: list[dict[str, Any]]) -> None:
        rows = [row(made, who) for made in reversed(found) for who in made["reviewers"]]
        self.query_one(ReviewList).show_rows(rows)
        self._ready()

    def _not_listed(self, error: RadoncError) -> None:
        self._ready()
        self.fail(error)

    def _ready(self) -> None:
        table = self.query_one(ReviewList)
        table.loading = False
        if self._shown == "reviews" and self.focused is None:
            table.focus()
        self.refresh_bindings()

    @property
    def _shown(self) -> str:
        return str(self.query_one(ContentSwitcher).current)

    def _show(self, what: str) -> None:
        self.query_one(ContentSwitcher).current = what
        self.say("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("another", "summary", "adjudicate", "send"):
            return any(table.row for table in self.query(ReviewList))
        if action == "to_case":
            return self._shown == "summary"
        if action == "say":
            panels = self.query(JudgePanel) if self._shown == "judge" else ()
            return any(panel.check_action(action, parameters) for panel in panels)
        return True

    def action_search(self) -> None:
        """Find reviews by words."""
        self._show("reviews")
        self.query_one(FindLine).open()

    def action_back(self) -> None:
        if self._shown != "reviews" or not self.query_one(FindLine).close():
            super().action_back()

    # making one

    def action_new(self) -> None:
        """Ask which evaluation, how many cases and whose name; then freeze a review."""
        perform(self, lambda: list_evaluations(self.radonc.home), self._choose, group="new")

    def _choose(self, found: list[dict[str, Any]]) -> None:
        ask_new(self, found, self._make)

    def _make(self, request: actions.ReviewRequest) -> None:
        perform(self, lambda: actions.new_review(self.radonc.home, request), self._judge)

    # judging

    @on(ReviewList.RowChosen, "#reviews-table")
    def open_review(self, event: ReviewList.RowChosen) -> None:
        if event.row["state"] == "unblinded":
            self._summarise(event.row["review"], event.row["name"])
        else:
            self._go_on(event.row["review"], event.row["name"])

    def action_another(self) -> None:
        """The highlighted review, by somebody else."""
        row = self.query_one(ReviewList).row
        if row:
            ask_name(self, partial(self._go_on, row["review"]), "Empty: whom it was made for.")

    def action_adjudicate(self) -> None:
        """Where the reviewers of the highlighted review differ, decided by a third person."""
        row = self.query_one(ReviewList).row
        if row and row["role"] == ADJUDICATOR:
            self._decide(row["review"], row["name"], "")
        elif row:
            who = "Who adjudicates?"
            ask_name(self, partial(self._decide, row["review"]), "No reviewer of this set.", who)

    def _decide(self, review: str, by: str, attending: str) -> None:
        perform(
            self,
            lambda: actions.adjudicate(self.radonc.home, review, by, attending),
            self._judge,
            group="open",
        )

    def action_go_on(self) -> None:
        """The highlighted review, or the newest, where its reviewer left."""
        row = self.query_one(ReviewList).row
        self._go_on(*((row["review"], row["name"]) if row else ("latest", "")))

    def _go_on(self, review: str, reviewer: str, attending: str = "") -> None:
        perform(
            self,
            lambda: actions.next_card(self.radonc.home, review, reviewer, attending),
            self._judge,
            group="open",
        )

    def _judge(self, view: BlindView) -> None:
        self._show("judge")
        self.say(view.note)
        panel = self.query_one(JudgePanel)
        panel.show(view)
        panel.focus()

    def action_say(self, word: str) -> None:
        """Judge the card in sight, as the key does that stands for the word."""
        if self._shown == "judge":
            self.query_one(JudgePanel).action_say(word)

    @on(JudgePanel.Answered)
    def keep(self, event: JudgePanel.Answered) -> None:
        perform(
            self,
            lambda: actions.answer_card(self.radonc.home, event.request),
            self._kept,
            failed=self._not_kept,
        )

    def _kept(self, view: BlindView) -> None:
        self.say("")
        self.query_one(JudgePanel).show(view)

    def _not_kept(self, error: RadoncError) -> None:
        self.query_one(JudgePanel).failed()
        self.fail(error)

    @on(JudgePanel.UndoAsked)
    def action_undo(self) -> None:
        """Take the last answer of the review in sight back."""
        state = self.query_one(JudgePanel).state
        if self._shown != "judge" or state is None:
            self.say("Open a review first: enter.")
            return
        view = state.view
        perform(
            self,
            lambda: actions.undo_answer(self.radonc.home, view.review, view.reviewer),
            self._undone,
        )

    def _undone(self, view: BlindView) -> None:
        self.query_one(JudgePanel).show(view)
        self.say("The last answer is taken back.")

    # the end

    @on(JudgePanel.SummaryAsked)
    def ask_to_unblind(self) -> None:
        state = self.query_one(JudgePanel).state
        if state is None:
            return
        view = state.view
        if view.unblinded:
            self._summarise(view.review, view.reviewer)
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self._summarise(view.review, view.reviewer)

        hint = "From then on these answers are final."
        self.app.push_screen(Confirm("See who wrote what?", "unblind", hint, "not yet"), answered)

    def action_summary(self) -> None:
        """The summary of the highlighted review."""
        row = self.query_one(ReviewList).row
        if row and row["state"] == "all judged":
            self._go_on(row["review"], row["name"])
        elif row:
            self._summarise(row["review"], row["name"])

    def _summarise(self, review: str, reviewer: str) -> None:
        perform(
            self,
            lambda: actions.summarise(self.radonc.home, review, reviewer),
            self._summarised,
            group="open",
        )

    def _summarised(self, found: Mapping[str, Any]) -> None:
        self._show("summary")
        self.query_one(SummaryPanel).show(found)

    def action_to_case(self) -> None:
        """Show the case under the cursor of the summary on the screen of cases."""
        if self._shown == "summary" and (case_id := self.query_one(SummaryPanel).case_id):
            self.radonc.show_case(case_id)

    # on another machine

    def action_send(self) -> None:
        """The highlighted review, as a page for its reviewer."""
        row = self.query_one(ReviewList).row
        if row:
            suggested = f"~/{row['review']}-{'-'.join(row['name'].split())}.html"
            ask_page(self, suggested, partial(self._send, row["review"], row["name"]))

    def _send(self, review: str, name: str, path: Path, passphrase: str) -> None:
        request = pages.SendRequest(review, path, passphrase, name)
        perform(self, lambda: pages.send_review(self.radonc.home, request), self._sent)

    def _sent(self, made: Mapping[str, Any]) -> None:
        self.say(f"{made['cards']} cards for {made['reviewer']} are in {made['path']}.")

    def action_take(self) -> None:
        """Answers that a page gave back."""
        ask_answers(self, self._take)

    def _take(self, path: Path, passphrase: str) -> None:
        perform(self, lambda: pages.take_review(self.radonc.home, path, passphrase), self._taken_in)

    def _taken_in(self, found: Mapping[str, Any]) -> None:
        self.say(f"{found['answers']} new answers of {found['reviewer']}, {found['left']} left.")
        self.reload()

    @on(JudgePanel.Left)
    @on(SummaryPanel.Left)
    def back_to_list(self) -> None:
        self._show("reviews")
        self.query_one(ReviewList).focus()
        self.reload()


def row(made: Mapping[str, Any], who: Mapping[str, Any]) -> dict[str, Any]:
    """A review and one of its people as a row of the list."""
    adjudicates = who["role"] == ADJUDICATOR
    done = who["judged"] == who["cards"] > 0
    return {
        "review": made["review"],
        "name": who["reviewer"],
        "role": who["role"],
        "reviewer": f"{who['reviewer']}{' adjudicates' if adjudicates else ''}",
        "judged": f"{who['judged']} of {who['cards']}",
        "differ": str(made["undecided"] or ""),
        "state": "unblinded" if who["unblinded"] else "all judged" if done else "open",
        "cases": f"{made['cases']}{' SYNTHETIC' if made['synthetic'] else ''}",
        "evaluation": made["evaluation"],
    }
