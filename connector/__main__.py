"""`python -m connector` is `badge-connector`."""

from connector.cli import main

main()
