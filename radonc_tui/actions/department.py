"""The department's table of accepted alternatives: made, shown, checked, signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radonc_tui.actions.curating import counted
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store.department import signatures
from store.department.coverage import Coverage, covering, included_facts
from store.department.own import make_own
from store.department.rows import Row
from store.department.signatures import RowState
from store.department.table import Table, embedded_table, load_table, own_path, problems, read_table
from store.home import Home


@dataclass(frozen=True)
class ShownRow:
    """One row of the table with who has signed it."""

    row: Row
    state: RowState

    @property
    def words(self) -> str:
        """All that the row says, and its state, for finding it."""
        return " ".join((*self.row.cells.values(), self.state.word)).casefold()


@dataclass(frozen=True)
class Checked:
    """What was found of the table in force; ``path`` is None of the embedded one.

    With ``wrong``, the table cannot be used, and nothing else is known.
    """

    path: Path | None
    wrong: tuple[str, ...] = ()
    sha256: str = ""
    rows: int = 0
    signed: int = 0
    edited: tuple[str, ...] = ()
    coverage: Coverage | None = None


def list_rows(home: Home) -> Action[list[ShownRow]]:
    """Every row of the table in force, in its order.

    Raises:
        TableError: the department's table cannot be read.
    """
    yield from ()
    table = load_table(home)
    with opened(home) as connection:
        states = signatures.review_state(connection, table)
    return [ShownRow(row, states[row.name]) for row in table.rows]


def find_rows(rows: Sequence[ShownRow], words: str) -> list[ShownRow]:
    """The rows that say all of these words somewhere."""
    wanted = words.casefold().split()
    return [row for row in rows if all(word in row.words for word in wanted)]


def make_table(home: Home) -> Action[Path]:
    """Copy the table that comes with the program into the home, to be edited there.

    Raises:
        Refused: there is one already.
    """
    yield from ()
    return make_own(home)


def check_table(home: Home) -> Action[Checked]:
    """What is wrong with the table in force, who has signed it, and how many cases it covers."""
    path = own_path(home) if own_path(home).exists() else None
    table, wrong = _read(path)
    if table is None:
        return Checked(path, wrong)
    with opened(home) as connection:
        states = signatures.review_state(connection, table)
        facts = included_facts(connection)
    found = yield from counted("coverage", covering(table, facts), "cases")
    return Checked(
        path=path,
        sha256=table.sha256,
        rows=len(table.rows),
        signed=sum(state.signed for state in states.values()),
        edited=tuple(name for name, state in states.items() if state.edited),
        coverage=found,
    )


def sign_rows(home: Home, rows: Sequence[str], role: str, name: str) -> Action[list[str]]:
    """Put a name under rows as they are now; without rows, under all of them.

    Returns:
        The rows that this role had not signed yet.

    Raises:
        BadUsage: no such role, row or name.
        Refused: the same person has signed in the other role.
    """
    yield from ()
    table = load_table(home)
    names = list(rows) or [row.name for row in table.rows]
    with opened(home) as connection:
        return signatures.sign(connection, table, names, role, name)


def _read(path: Path | None) -> tuple[Table | None, tuple[str, ...]]:
    """The table, or each sentence on what is wrong with it."""
    if path is None:
        return embedded_table(), ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return None, (f"The table {path} cannot be read ({error}).",)
    wrong = problems(text)
    return (None, tuple(error.message for error in wrong)) if wrong else (read_table(path), ())


def coverage_line(found: Coverage) -> str:
    """``1041 of 1219 included cases are covered (85.4%)``."""
    share = "there is no case yet" if found.share is None else f"{found.share:.1%}"
    return f"{found.covered:,} of {found.cases:,} included cases are covered ({share})"
