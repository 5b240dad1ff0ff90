"""All tables at once, for comparing the migrated schema with what the code says."""

from sqlalchemy import MetaData

from connector.storage.metadata import metadata


def load() -> MetaData:
    """The metadata with every table of every use case on it."""
    import connector.connections.tables
    import connector.credentials.tables
    import connector.jobs.once
    import connector.organizations.tables
    import connector.publishing.tables
    import connector.sync.tables  # noqa: F401

    return metadata
