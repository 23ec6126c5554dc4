"""Where a record comes from, so that what is said of it names file, row and column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from store.cases import Reject
from store.curation import Source
from store.legible import legible
from store.reasons import REASONS


@dataclass(frozen=True)
class Origin:
    """Where a raw case comes from, and which column of the source each field was read from."""

    source: Source
    columns: Mapping[str, str]


def located(lost: Reject, origin: Origin) -> Reject:
    """The reject with file, row and, where one column is the trouble, the column in its detail."""
    if not lost.row:
        return lost
    column = " ".join(legible(origin.columns.get(REASONS[lost.reason].field, "")).split())
    where = f"{lost.file}, row {lost.row}" + (f", column {column}" if column else "")
    return replace(lost, detail=f"{where}: {lost.detail}")
