"""The words of the field, in one place: regimens, modalities, codes.

Pure functions over text and small dataclasses; no file, no database, no model.
"""
