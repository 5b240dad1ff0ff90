"""The connector: doors, use cases and ground, in that order from top to bottom."""
