"""Organizations and people."""

from sqlalchemy import Boolean, Column, Integer, String, Table

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
