"""``python -m cogportrait``: the command line."""

from cogportrait.apps.cli import main

main()
