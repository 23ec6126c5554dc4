"""Patients' text without patients: what identifies a person is found and taken out here.

``scrubber`` is the way in. Nothing here reads a file of a clinic or opens the store, except
``gate``, which keeps what a person has confirmed.
"""
