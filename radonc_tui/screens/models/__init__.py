"""The screen ``models``."""
