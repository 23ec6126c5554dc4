"""What the question may hold: only text that was written on or before the decision on treatment.

The decision is the approval of the prescription. Text of a later day may tell what was decided,
so a record with such text is refused. Days are compared, no hours.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from store.cases import RawCase
from store.curation import kept_columns, normalise_key
from store.importing.dates import ORDERS, read_date
from store.importing.numbers import read_quantity, read_unit
from store.keys import keyed_hash
from store.reasons import Lost

NOT_COMPARED = "a date is missing: text not compared with the decision"
COMPARED_WITH_START = "no date of the prescription: text compared with the first day of treatment"


def days_of(decided: str, written: str, order: str = "") -> tuple[date | None, date | None]:
    """The days of the decision and of the text, as two cells give them.

    Where a cell can be read day first and month first, both readings are tried on both cells.

    Raises:
        Lost: a cell is no date, or the readings disagree about which day came first.
    """
    orders = [order] if order in ORDERS else list(ORDERS)
    found = [read_date(decided), read_date(written)]
    for text, read in zip((decided, written), found, strict=True):
        if text and not any(one in read for one in orders):
            raise Lost("date_unreadable", "A date is written in no way that can be read.")
    pairs = [
        (found[0].get(one), found[1].get(one))
        for one in orders
        if (not decided or one in found[0]) and (not written or one in found[1])
    ]
    if not pairs:
        raise Lost("date_unreadable", "One date is written day first, the other month first.")
    if len({bool(a and b and b > a) for a, b in pairs}) > 1:
        raise Lost(
            "date_unreadable",
            "The dates can be read day first or month first: map date_order=@dmy or @mdy.",
        )
    return pairs[0]


def in_time(raw: RawCase) -> RawCase:
    """The record; one with text written after the decision is marked as a reject."""
    if raw.reject or not (raw.decided and raw.written) or raw.written <= raw.decided:
        return raw
    days = (raw.written - raw.decided).days
    after = f"{days} day{'s' * (days > 1)}"
    detail = f"The text was written {after} after the decision on treatment, which it may tell."
    return replace(raw, reject="text_after_decision", detail=detail)


def coded(raw: RawCase, secret: bytes) -> RawCase:
    """The record with its physician as ``attending-3fa91c`` in ``kept``, and among its identifiers.

    The same name, in whatever case and spacing, is always the same code in a home.
    """
    name = raw.attending.strip()
    if not name:
        return raw
    code = f"attending-{keyed_hash(secret, 'attending', normalise_key(name))[:6]}"
    kept = {**kept_columns(raw), "attending": code}
    return replace(raw, attending="", kept=kept, identifiers=(*raw.identifiers, name))


def delivered_gy(cell: str, unit: str) -> tuple[str, tuple[str, ...]]:
    """The delivered dose in Gy as text, and what was noted; "" where the cell is no dose.

    ``unit`` is that of the column; without one, above 150 it can only be cGy.
    """
    number = read_quantity(cell) if cell else None
    if number is None or "mCi" in (number.unit, read_unit(unit)):
        return "", ("delivered dose is no number: left out",) if cell else ()
    stated = number.unit or read_unit(unit)
    assumed = not stated and number.value > 150
    gray = number.value / 100 if assumed or stated == "cGy" else number.value
    return f"{gray:.12g}", ("unit of the delivered dose missing: read as cGy",) * assumed


def end_of(cell: str) -> str:
    """Why a course ended early, as the cell has it; "" where it says that it did not."""
    return "" if cell.strip().casefold() in ("", "no", "n", "false", "0", "completed") else cell


def kept_facts(cells: Mapping[str, str], unit: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is kept of the delivery, beside the label that it never changes, and the notes."""
    gray, notes = delivered_gy(cells.get("delivered", ""), unit)
    facts = {"delivered_gy": gray, "ended_early": end_of(cells.get("ended_early", ""))}
    return {name: value for name, value in facts.items() if value}, notes
