"""A row is signed by two persons, in the store, in the audit log, and only as it is."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store import backup
from store.audit import entries
from store.department.signatures import (
    REVIEWED,
    ROLES,
    UNREVIEWED,
    review_state,
    sign,
    standing,
    table_state,
)
from store.department.table import EMBEDDED, Table, embedded_table, own_path, parse_table
from store.errors import BadUsage, Refused
from store.home import Home

TABLE = embedded_table()
FIRST, SECOND = TABLE.rows[0].name, TABLE.rows[1].name
Call = Callable[..., tuple[int, str, str]]


def edited() -> Table:
    """The table with another basis for its first row."""
    from store.department.table import embedded_text

    return parse_table(embedded_text().replace("PACE-B; HYPO-RT-PC; ABS", "PACE-B; ABS"), EMBEDDED)


def words(home: Home, table: Table = TABLE) -> list[str]:
    with opened(home) as connection:
        states = review_state(connection, table)
    assert list(states) == [row.name for row in table.rows]
    return [states[FIRST].word, states[SECOND].word]


def test_both_must_sign_and_an_edit_voids_both(home: Home) -> None:
    assert words(home) == ["by nobody", "by nobody"]
    with opened(home) as connection:
        assert sign(connection, TABLE, [FIRST, SECOND, FIRST], "physicist", " Ann  Lee ") == [
            *(FIRST, SECOND),
        ]
        assert sign(connection, TABLE, [FIRST], "physicist", "Cyd") == [], "signed already"
        assert sign(connection, TABLE, [FIRST], "oncologist", "Bob") == [FIRST]
    assert words(home) == ["signed", "by physicist"]
    assert words(home, edited()) == ["edited since", "by physicist"]
    with opened(home) as connection:
        state = review_state(connection, TABLE)[FIRST]
        assert state.physicist
        assert (state.physicist.name, state.physicist.row) == ("Ann Lee", FIRST)
        # put back as it was, it is what was signed
        assert sign(connection, edited(), [FIRST], "oncologist", "Bob") == [FIRST]
    assert words(home) == ["signed", "by physicist"]
    assert words(home, edited()) == ["by oncologist", "by physicist"]


def test_one_person_cannot_sign_for_both_and_then_nothing_is_signed(home: Home) -> None:
    with opened(home) as connection:
        sign(connection, TABLE, [SECOND], "oncologist", "Bob")
    with pytest.raises(Refused, match="Bob has signed"), opened(home) as connection:
        sign(connection, TABLE, [FIRST, SECOND], "physicist", "bob")
    assert words(home) == ["by nobody", "by oncologist"]


@pytest.mark.parametrize(
    ("rows", "role", "name", "said"),
    [
        (["no-such-row"], "physicist", "Ann", "no row 'no-such-row'"),
        ([FIRST], "nurse", "Ann", "'nurse'"),
        ([FIRST], "physicist", "  ", "no name of a person"),
        ([FIRST], "physicist", "A\x1b[2J", "no name of a person"),
        ([], "physicist", "Ann", "No row is named"),
    ],
)
def test_what_is_no_signature_is_refused(
    home: Home, rows: list[str], role: str, name: str, said: str
) -> None:
    with opened(home) as connection, pytest.raises(BadUsage, match=said):
        sign(connection, TABLE, rows, role, name)


def test_signatures_are_in_the_audit_log(home: Home) -> None:
    with opened(home) as connection:
        sign(connection, TABLE, [FIRST], "physicist", "Ann")
    with opened(home) as connection:
        (entry,) = entries(connection, "department row signed")
    assert entry["subject"] == FIRST
    expected = {"name": "Ann", "role": "physicist", "sha256": TABLE.rows[0].sha256}
    assert entry["after"] == expected


def test_a_result_is_reviewed_only_if_every_row_it_used_is_signed(home: Home) -> None:
    with opened(home) as connection:
        for role, name in zip(ROLES, ("Ann", "Bob"), strict=True):
            sign(connection, TABLE, [FIRST, SECOND], role, name)
        state = table_state(connection, TABLE)
    assert (state["origin"], state["rows"]) == (EMBEDDED, len(TABLE.rows))
    assert state["signed"] == [FIRST, SECOND]
    assert json.loads(json.dumps(state)) == state
    third = TABLE.rows[2].name
    assert standing(state, [FIRST, f"{FIRST} + {SECOND}"]) == REVIEWED
    assert standing(state, [FIRST, f"{SECOND} + {third}"]) == UNREVIEWED
    assert standing(state, []) == UNREVIEWED


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    def radonc(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(home.path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return radonc


def as_json(call: Call, *arguments: str) -> Any:
    code, out, _ = call("department", *arguments, "--json")
    assert code == 0, out
    return json.loads(out)


def test_the_command_line_makes_shows_checks_and_signs(call: Call, home: Home) -> None:
    call("cases", "synth", "60")
    assert as_json(call, "init") == {"path": str(own_path(home))}
    assert call("department", "init")[0] == 3
    row: Mapping[str, Any] = as_json(call, "show", FIRST)
    assert (row["row"], row["state"], row["physicist"]) == (FIRST, "by nobody", None)
    assert {one["row"] for one in as_json(call, "show", "small", "cell", "45/30", "BID")} == set()
    found = [one["row"] for one in as_json(call, "show", "turrisi")]
    assert found == ["small-cell-limited"]
    assert as_json(call, "sign", FIRST, "--as", "physicist", "--name", "Ann")["signed"] == [FIRST]
    assert call("department", "sign", FIRST, "--as", "oncologist", "--name", "ann")[0] == 3
    everything = as_json(call, "sign", "--all", "--as", "oncologist", "--name", "Bob")["signed"]
    assert len(everything) == len(TABLE.rows)
    assert call("department", "sign", "--as", "oncologist", "--name", "Bob")[0] == 2
    checked = as_json(call, "check")
    assert (checked["rows"], checked["signed"]) == (len(TABLE.rows), 1)
    assert checked["sha256"] == TABLE.sha256
    assert checked["share"] > 0.8
    assert checked["coverage"]["cases"] == as_json_cases(call)
    code, out, _ = call("department", "show", "lung")
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80


def as_json_cases(call: Call) -> int:
    return json.loads(call("cases", "list", "--where", "status=included", "--json")[1])["total"]


def test_a_table_that_was_spoiled_is_named_row_by_row(call: Call, home: Home) -> None:
    as_json(call, "init")
    path = own_path(home)
    text = path.read_text().replace("low; not N+", "lowest").replace("photon SBRT, mass", "fish")
    path.write_text(text.replace("8 Gy in 1 fraction, photon, liver", "8 Gy"))
    code, out, _ = call("department", "check", "--json")
    wrong = json.loads(out)["wrong"]
    assert code == 1
    assert [sentence.split()[1] for sentence in wrong] == [FIRST, "liver-palliative"]
    code, _, err = call("department", "show")
    assert code == 1
    assert FIRST in err
    path.write_bytes(b"\xff\xfe\x00")
    code, out, _ = call("department", "check")
    assert (code, "cannot be read" in out) == (1, True)


def test_the_departments_table_is_in_a_backup(call: Call, home: Home, tmp_path: Path) -> None:
    as_json(call, "init")
    assert call("store", "backup", str(tmp_path / "copy"))[0] == 0
    kept = backup.read_backup(tmp_path / "copy")
    assert "department/table.csv" in kept.files
