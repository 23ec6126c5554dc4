"""Everything that leaves a run: GGUF files, llama.cpp inference, evaluation and reports.

Imports ``trainer`` and ``store`` and nothing above; llama.cpp, scipy and scikit-learn are
imported where they are used and never when this package is imported.
"""
