"""One vocabulary into the other: badge classes to credentials, each value with its provenance."""
