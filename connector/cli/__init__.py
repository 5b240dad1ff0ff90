"""The command line: one door among several to the same use cases."""

from connector.cli.app import main

__all__ = ["main"]
