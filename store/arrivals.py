"""Cases that came into the store after a moment, for whoever watches a model at work.

Reads only, with the one condition that also guards training: what nobody has looked at for
privacy is not used.
"""

from datetime import datetime
from typing import Any

from store.case_table import Connection, rows
from store.datasets import FROZEN
from store.privacy import looks


def arrivals(connection: Connection, since: datetime, dataset: str) -> list[dict[str, Any]]:
    """The included, confirmed cases taken in after ``since``, in the order they came.

    Args:
        since: by the clock of the store.
        dataset: cases and patients of this data set are left out: the model knows them.
    """
    columns = ", ".join(f"cases.{name}" for name in FROZEN if name != "attending")
    return rows(
        connection,
        f"""SELECT {columns}, coalesce(cases.kept->>'$.attending', '') AS attending
            FROM cases JOIN imports USING (import_id)
            WHERE imports.made > $1 AND cases.status = 'included'
              AND (cases.synthetic OR {looks.having(looks.CONFIRMED)})
              AND cases.patient NOT IN (
                  SELECT json_extract_string(record, '$.patient') FROM dataset_cases
                  WHERE dataset_id = $2)
            ORDER BY cases.seq""",
        [since, dataset],
    )


def prescribed(connection: Connection, synthetic: bool) -> list[tuple[str, int | None]]:
    """(regimen, year) of every included case, of synthetic or of real ones."""
    found = connection.execute(
        "SELECT regimen, year FROM cases WHERE status = 'included' AND synthetic = ?", [synthetic]
    ).fetchall()
    return [(str(regimen), year) for regimen, year in found]
