"""Connections, their sealed secrets, and the owners of the issuers they reach."""

from sqlalchemy import JSON, Column, Double, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint, text

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
