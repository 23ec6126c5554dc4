"""The screen ``train``."""
