"""What the command palette offers: a line for every action of every screen.

Each screen lists its own beside it, so that this file does not grow; a test asks that every
line names an action that its screen has.
"""

from dataclasses import dataclass

MODES = ("cases", "train", "runs", "review", "predict", "models")
"""The modes in the order of their digits; each has a folder in ``screens``."""
BESIDE = ("home",)
"""Modes with a folder but without a digit, for what is done seldom."""


@dataclass(frozen=True)
class Command:
    """``title`` as ``area: what``; ``mode`` is the screen, ``action`` its action to run there.

    An empty ``mode`` is an action of the app, which works on every screen.
    """

    title: str
    help: str
    mode: str
    action: str


APP = (
    Command("view: cases", "The cases of this home.", "", "go('cases')"),
    Command("view: train", "Train an adapter, or watch one train.", "", "go('train')"),
    Command("view: runs and evaluation", "Runs side by side, and how good.", "", "go('runs')"),
    Command("view: review", "Blinded review of regimens.", "", "go('review')"),
    Command("view: predict", "Ask a model about a diagnosis.", "", "go('predict')"),
    Command("view: models", "Base models and bundles.", "", "go('models')"),
    Command("view: home", "Key, audit log, backup, withdrawal.", "", "go('home')"),
    Command("view: welcome", "What this is, and how to begin.", "", "go('welcome')"),
    Command("view: light or dark", "Change the theme, and keep it.", "", "change_theme"),
    Command("view: help", "What has the focus, and the keys that work now.", "", "help"),
    Command("home: doctor", "What this workstation can do, what is missing.", "", "doctor"),
    Command("home: pack", "Everything for an offline machine, in one folder.", "", "pack"),
    Command("department: table", "Accepted regimens, row by row.", "", "department"),
    Command("department: check", "And the cases covered.", "", "department('check')"),
    Command("department: own copy", "A table to edit as CSV.", "", "department('init')"),
    Command("app: quit", "Leave; a training goes on by itself.", "", "quit"),
)
