"""The screen ``predict``."""
