"""The entry point: ``radonc`` and ``python -m radonc_tui``."""

import sys

from radonc_tui.cli.main import run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
