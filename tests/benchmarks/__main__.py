"""``python -m tests.benchmarks NAME``: run one benchmark, print its JSON object."""

import json
import sys
from importlib import import_module

NAMES = (
    *("first_paint", "cases_screen", "live_run", "privacy", "search", "intake"),
    *("shared_prefix", "resume"),
)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in NAMES:
        print(f"Name one of {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    result = import_module(f"tests.benchmarks.{arguments[0]}").run()
    print(json.dumps(result.record(), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
