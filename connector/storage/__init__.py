"""Engine, transaction, migrations: the one place that begins and commits."""

from connector.storage.database import Database, in_transaction

__all__ = ["Database", "in_transaction"]
