"""The screen ``home``."""
