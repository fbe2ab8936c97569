"""`python -m rapide`: the command line."""

from rapide.cli import main

main()
