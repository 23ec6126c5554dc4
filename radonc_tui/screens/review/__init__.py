"""The screen ``review``."""
