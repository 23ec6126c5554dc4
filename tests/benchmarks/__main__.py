"""``python -m tests.benchmarks [--table] NAME ...``: run benchmarks, print a JSON object of each.

``--table`` prints them as the lines of ``docs/performance.md`` instead.
"""

import json
import sys
from importlib import import_module

from tests.benchmarks import table

NAMES = (
    *("first_paint", "cases_screen", "live_run", "full_home"),
    *("privacy", "search", "intake"),
    *("closed_set", "code_search", "batching", "one_case"),
    *("speculation", "nearest", "export", "export_1b"),
    *("shared_prefix", "resume"),
)


def main(arguments: list[str]) -> int:
    as_table = arguments[:1] == ["--table"]
    names = arguments[as_table:]
    if not names or not set(names) <= set(NAMES):
        print(f"Name one or more of {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    if as_table:
        print(table.HEAD)
    record = None
    for name in names:
        record = import_module(f"tests.benchmarks.{name}").run().record()
        print(table.line(record) if as_table else json.dumps(record, indent=1), flush=True)
    if as_table and record:
        print(f"\n{table.machine(record)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
