"""What is asked for on a terminal and must not be seen there."""

import sys

import click


def ask_passphrase(prompt: str, confirm: bool = False) -> str:
    """What a person types, unseen; in a pipe, the next line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
