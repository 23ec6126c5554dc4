"""Malformed files over all readers: each has to end in a clear error or in rejects.

``python -m tests.malformed --count 10000 --seed 1`` runs the long form; a seeded part runs with
the other tests. Nothing here decides what a reader makes of a file.
"""
