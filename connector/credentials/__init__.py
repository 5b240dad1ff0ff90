"""Credential records: what they hold, what people decided about them, and where they came from."""
