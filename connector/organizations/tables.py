"""Organizations, people, and the ways in which people are signed in."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from connector.storage.metadata import metadata

organization = Table(
    "organization",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("ctid", String, nullable=False, unique=True),
    Column("website", String, nullable=False),
    Column("description", String, nullable=False),
    Column("destination", String, nullable=False, default="local"),
    Column("approved_at", String),
    Column("approved_by", String),
    Column("created_at", String, nullable=False),
    Column("mapping_edition", Integer, nullable=False, server_default=text("0")),
    Column("brought_in", String),
    Column("brought_in_at", String),
    Column("brought_in_by", String),
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("password_hash", String),
    Column("site_staff", Boolean, nullable=False),
    Column("created_at", String, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("organization_id", ForeignKey("organization.id")),
    Column("form_token", String, nullable=False),
    Column("notice", JSON),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
)
Index(None, session.c.person_id)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("expires_at", String, nullable=False),
)

failed_sign_in = Table(
    "failed_sign_in",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False),
    Column("address", String, nullable=False),
    Column("failed_at", String, nullable=False),
)
Index(None, failed_sign_in.c.failed_at)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("last_used_at", String),
)
Index(None, api_token.c.person_id)
