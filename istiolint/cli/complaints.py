"""What can go wrong with a command, without click, which turns the first into its own way of saying it."""

from __future__ import annotations


class WrongUsage(Exception):
    """The command line makes no sense; raised before anything is done."""


class OutputError(Exception):
    """A report could not be written; the others are out."""
