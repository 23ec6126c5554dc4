"""The department's table of accepted alternatives: for whom a regimen is accepted, and who says so.

A row is chosen by what is known of a case before it is treated, never by its regimen or by an
answer. The table that comes with the program (``table.csv``) is a start; a department's own lies
in its home and is signed row by row.
"""
