"""The entry point: ``radonc`` and ``python -m radonc_tui``."""

import sys

from radonc_tui.cli.main import run


def main() -> None:
    leave_pandas_out()
    sys.exit(run(sys.argv[1:]))


def leave_pandas_out() -> None:
    """Let this process find no pandas.

    DuckDB imports pandas, pyarrow and numpy, where they are installed, as soon as a value is bound
    to a query: 1.3 s and 95 MB (measured), for data frames that nobody hands it here. Whatever
    needs them runs in a worker process of its own.
    """
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # None: not to be imported


if __name__ == "__main__":
    main()
