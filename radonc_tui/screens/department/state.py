"""What the screen of the department's table says of its rows; no widget and no action here."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from radonc_tui.actions.department import Checked, ShownRow, coverage_line
from store.department.signatures import RowState, Signature

SIGNED, HALF, OPEN = "✓", "·", "!"
_KEYS = (
    ("for codes", "icd10"),
    ("intent", "intent"),
    ("stage", "stage"),
    ("operation", "surgery"),
    ("earlier RT", "prior_rt"),
    ("age", "age"),
    ("sex", "sex"),
    ("histology", "histology"),
    ("findings", "findings"),
)
_ABOUT = (
    ("technique", "technique"),
    ("dose rate", "dose_rate"),
    ("α/β", "alpha_beta_gy"),
    ("basis", "basis"),
)
WIDTH = 11


def sign_of(state: RowState) -> str:
    """The state of a row in a word, with a sign that needs no colour."""
    sign = SIGNED if state.signed else HALF if state.physicist or state.oncologist else OPEN
    return f"{sign} {state.word}"


def lines(rows: Sequence[ShownRow]) -> list[Mapping[str, Any]]:
    """A line for each row, as the table shows it."""
    return [
        {
            "row": shown.row.name,
            "state": sign_of(shown.state),
            "site": shown.row.site,
            "usual": shown.row.cells["usual"],
            "whole": shown,
        }
        for shown in rows
    ]


def heading(rows: Sequence[ShownRow], found: Sequence[ShownRow], own: bool) -> Text:
    """How many rows there are, how many are shown and signed, and whose table it is."""
    signed = sum(shown.state.signed for shown in rows)
    whose = "the department's own" if own else "as it comes with the program"
    shown = f"{len(found)} of {len(rows)} rows" if len(found) < len(rows) else f"{len(rows)} rows"
    return Text(f"{shown}, {signed} signed by both; {whose}")


def detail(shown: ShownRow) -> Text:
    """A row whole: for whom, what is usual and accepted, on what basis, signed by whom."""
    cells = shown.row.cells
    parts = [Text(shown.row.name, "bold"), Text("")]
    parts += [_line(name, cells[column]) for name, column in _KEYS if cells[column]]
    for name, column in (("usual", "usual"), ("accepted", "accepted")):
        parts += [Text(""), Text(name, "bold")]
        parts += [Text(f"  {part}") for part in (cells[column] or "nothing else").split(" | ")]
    parts.append(Text(""))
    parts += [_line(name, cells[column]) for name, column in _ABOUT if cells[column]]
    parts += [Text(""), Text(sign_of(shown.state), "bold")]
    parts += [_line("physicist", _said(shown.state.physicist))]
    parts += [_line("oncologist", _said(shown.state.oncologist))]
    return Text("\n").join(parts)


def checked(found: Checked) -> tuple[str, bool]:
    """What a check found in one sentence, and whether it is bad news."""
    if found.wrong:
        first, *others = found.wrong
        return f"! {first}{f' And {len(others)} more.' if others else ''}", True
    edited = f" Edited since it was signed: {', '.join(found.edited)}." if found.edited else ""
    covered = f"; {coverage_line(found.coverage)}" if found.coverage else ""
    return f"✓ {found.rows} rows can be read{covered}.{edited}", False


def _line(name: str, value: str) -> Text:
    return Text.assemble((f"{name:<{WIDTH}}", "dim"), f" {value}")


def _said(signature: Signature | None) -> str:
    return f"{signature.name}, {signature.made[:10]}" if signature else "not signed"
