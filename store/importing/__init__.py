"""Readers: from what a clinic has (tables, registries) to raw cases, and on to staged files.

Nothing here opens the store; what a reader does not understand becomes a reject, never a guess.
"""
