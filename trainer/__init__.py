"""From cases to a tuned adapter: tasks, base models, packing, and the training process.

Imports ``store`` and nothing above; torch and Unsloth are imported inside the worker only.
"""
