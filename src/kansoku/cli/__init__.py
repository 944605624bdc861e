"""The command line: words on the terminal, and the exit status."""

from kansoku.cli.entry import main

__all__ = ["main"]
