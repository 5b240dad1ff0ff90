"""Sync runs, and which badges each batch of a run has seen."""

from sqlalchemy import JSON, Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, text

from connector.jobs.lease import lease_columns
from connector.storage.metadata import metadata

sync_run = Table(
    "sync_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("again", Boolean, nullable=False, default=False),
    Column("accept_gone", Boolean, nullable=False, default=False),
    Column("cursor", String),
    Column("place", String),
    Column("portion", Integer),
    Column("moved_at", Double),
    Column("total", Integer),
    *(
        Column(counter, Integer, nullable=False, default=0)
        for counter in (
            "seen",
            "new",
            "changed",
            "unchanged",
            "unreadable",
            "skipped",
            "gone",
            "pages",
            "requests",
        )
    ),
    Column("resumed_from", String),
    Column("problem", JSON),
    Column("missing", JSON(none_as_null=True)),
    Column("accepts", Integer),
    Column("requested_by", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("finished_at", String),
    *lease_columns(),
)
Index(
    "ix_sync_run_active",
    sync_run.c.connection_id,
    unique=True,
    sqlite_where=text("finished_at IS NULL"),
    postgresql_where=text("finished_at IS NULL"),
)

sync_batch = Table(
    "sync_batch",
    metadata,
    Column("run_id", ForeignKey("sync_run.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("badges", JSON, nullable=False),
)
