"""How good a model's answers are: scores, statistics, baselines, and one comparison of them all.

Nothing here runs a model except ``job``, which is only ever imported inside a worker.
"""
