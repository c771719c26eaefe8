"""`python -m services.cli`: the command where the package is not installed."""

from services.cli.main import main

main()
