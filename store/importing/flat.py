"""The ``table`` reader: flat tables, a row a course, by a mapping of field to column.

All tables are looked at before the first record is given out, because no row by itself shows
that others are at odds with it (``survey``).
"""

from store.curation import Source
from store.importing.mapping import complete_mapping
from store.importing.origin import Origin
from store.importing.readers import Asked, Records
from store.importing.survey import Plan, Survey, rows, survey
from store.importing.tables import open_table
from store.lines import sha256_file


def begin(asked: Asked) -> tuple[int, Records]:
    """The rows of all tables; what the person chose counts more than the profile.

    Raises:
        RadoncError: a table cannot be read, or holds not a single case.
    """
    chosen = {**asked.profile.columns, **asked.mapping}
    tables = [open_table(file) for file in asked.files]
    plans = [(t, complete_mapping(t.path, t.columns, chosen)) for t in tables]
    found = survey(plans, asked)
    return found.rows, _records(plans, found)


def _records(plans: list[Plan], found: Survey) -> Records:
    """The rows of all tables, those of rival plans or diagnoses marked as such."""
    for table, mapping in plans:
        name = found.names[table.path]
        origin = Origin(Source("table", name, sha256_file(table.path)), mapping)
        for raw in rows(table, mapping, name=name):
            yield found.marked(raw), origin
