"""Publications and their attempts, who may send, and the envelopes of the embedded registry."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, false, text

from connector.jobs.lease import lease_columns
from connector.storage.metadata import metadata

publishing_run = Table(
    "publishing_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("destination", String, nullable=False),
    Column("requested_by", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("finished_at", String),
    Column("total", Integer),
    *(
        Column(outcome, Integer, nullable=False, server_default=text("0"))
        for outcome in ("published", "unchanged", "failed", "skipped")
    ),
    Column("problem", JSON),
    Column("again", Boolean, nullable=False, server_default=false()),
    *lease_columns(),
)
Index(
    "ix_publishing_run_active",
    publishing_run.c.organization_id,
    publishing_run.c.destination,
    unique=True,
    sqlite_where=text("finished_at IS NULL"),
    postgresql_where=text("finished_at IS NULL"),
)

publication = Table(
    "publication",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("wanted_hash", String, nullable=False),
    Column("sent_hash", String),
    Column("confirmed_hash", String),
    Column("remote_id", String),
    Column("url", String),
    Column("state", String, nullable=False),
    UniqueConstraint("kind", "subject", "destination"),
)
Index(None, publication.c.organization_id)

publication_attempt = Table(
    "publication_attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("publication_id", ForeignKey("publication.id"), nullable=False),
    Column("run_id", ForeignKey("publishing_run.id")),
    Column("request", JSON, nullable=False),
    Column("answer", JSON),
    Column("outcome", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
)
Index(None, publication_attempt.c.publication_id)
Index(None, publication_attempt.c.run_id)

registry_envelope = Table(
    "registry_envelope",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("envelope_id", String, nullable=False, unique=True),
    Column("ctid", String, nullable=False, unique=True),
    Column("ctdl_type", String, nullable=False),
    Column("owned_by", String, nullable=False),
    Column("document", JSON, nullable=False),
    Column("signed", String, nullable=False),
    Column("public_key", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("deleted_at", String),
    Column("history", JSON, nullable=False),
)
