"""GGUF files: written from a base and an adapter, quantized, and checked against the original.

What leaves here has passed its check; a file that did not is deleted. Nothing in here knows
about cases, runs or bundles.
"""
