"""An evaluation in words and tables, for a terminal and for a file.

Reads the evaluation's JSON and nothing else; computes no metric and changes none.
"""
