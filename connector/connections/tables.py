"""Connections, their sealed secrets and tokens, their history, and the owners of the issuers they reach."""

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from connector.jobs.lease import lease_columns
from connector.storage.metadata import metadata

connection = Table(
    "connection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("platform", String, nullable=False),
    Column("name", String, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("state_reason", String),
    Column("sign_in_ends", String),
    Column("schedule", String, nullable=False, server_default=text("'manual'")),
    Column("next_run_at", Double),
    Column("created_at", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("edition", String, nullable=False, server_default=text("''")),
    Column("tokens", String),
    Column("language", String),
    Column("language_confirmed_at", String),
    Column("language_confirmed_by", String),
    UniqueConstraint("organization_id", "name"),
)

pending_connection = Table(
    "pending_connection",
    metadata,
    Column("connection_id", ForeignKey("connection.id"), primary_key=True),
    Column("name", String, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("sign_in_ends", String),
    Column("edition", String, nullable=False),
    Column("tokens", String),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

issuer_owner = Table(
    "issuer_owner",
    metadata,
    Column("connection_id", ForeignKey("connection.id"), primary_key=True),
    Column("issuer_id", String, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("confirmed_at", String, nullable=False),
    Column("confirmed_by", String, nullable=False),
)

connection_event = Table(
    "connection_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("said", String, nullable=False),
)
Index(None, connection_event.c.connection_id)

# The tokens themselves are sealed, among the secrets.
token_pair = Table(
    "token_pair",
    metadata,
    Column("id", String, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("granted_at", String, nullable=False),
    Column("granted_by", String, nullable=False),
    Column("account_mark", String),
    Column("rejected", String),
)
Index(None, token_pair.c.connection_id)

token_renewal = Table(
    "token_renewal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair", ForeignKey("token_pair.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("finished_at", String),
    *lease_columns(),
)
_under_way = token_renewal.c.finished_at.is_(None)
Index(None, token_renewal.c.pair, unique=True, sqlite_where=_under_way, postgresql_where=_under_way)

token_host = Table(
    "token_host",
    metadata,
    Column("host", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("paused_until", Double, nullable=False),
)

authorization_request = Table(
    "authorization_request",
    metadata,
    Column("state_hash", String, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("edition", String, nullable=False),
    Column("session", String, nullable=False),
    Column("sealed_verifier", LargeBinary, nullable=False),
    Column("redirect_uri", String, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", String),
)
