"""``python -m tests.malformed --count 10000 --seed 1``: prints the tally as JSON.

The exit code is 1 where a file ended in anything but a clear error, rejects or cases.
"""

import argparse
import json
import sys

from tests.malformed.long_form import LIMIT_S, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.malformed")
    parser.add_argument("--count", type=int, default=10_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds a file may take")
    asked = parser.parse_args()
    tally = run(asked.seed, range(asked.first, asked.first + asked.count), asked.limit)
    print(json.dumps({"seed": asked.seed, "limit_s": asked.limit, **tally.as_record()}, indent=1))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
