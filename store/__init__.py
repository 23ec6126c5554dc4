"""What a case is and where it is kept: clinical vocabulary, DuckDB, import, curation, splits.

The lowest layer: it imports none of ``trainer``, ``exports`` and ``radonc_tui``, and nothing
that trains, generates or draws.
"""
