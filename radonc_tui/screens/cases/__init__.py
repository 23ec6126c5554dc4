"""The screen ``cases``."""
