"""Answers from a deployed model file: llama.cpp in a process of its own, asked the three tasks.

``predictor`` is the way in; ``engine`` is the near side of the process and ``child`` the far one.
"""
