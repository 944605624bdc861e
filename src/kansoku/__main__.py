"""``python -m kansoku``, where the command itself is not on the path."""

from kansoku.cli import main

main()
