"""An evaluation as one flat table, for whoever wants to compute with it: a row a number.

Every number of the JSON report is in it under its place there; nothing is left out and nothing is
computed.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any


def flat_csv(evaluation: Mapping[str, Any]) -> str:
    """CSV with the columns ``place`` and ``value``; places are keys joined by points."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("place", "value"))
    writer.writerows(_rows("", evaluation))
    return out.getvalue()


def _rows(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _rows(f"{place}.{key}" if place else str(key), inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _rows(f"{place}[{number}]", inner)
    else:
        yield place, "" if value is None else value
