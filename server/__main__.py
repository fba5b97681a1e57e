"""`python -m server` is the command `tacroom`."""

from server.cli import main

main()
