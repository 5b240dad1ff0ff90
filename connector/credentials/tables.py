"""Records and their sources, edits, revisions and decisions: what was decided is stored, the rest is derived."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from connector.storage.metadata import metadata

record = Table(
    "record",
    metadata,
    Column("id", String, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("ctid", String, unique=True),
    Column("position", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("credential_type", String, nullable=False),
    Column("subject_webpage", String),
    Column("content_hash", String, nullable=False),
    Column("approved_hash", String),
    Column("published_hash", String),
    Column("rejected_hash", String),
    Column("blocking", Integer, nullable=False),
    Column("conflicts", Integer, nullable=False),
    Column("gone_at", String),
    Column("revision", Integer, nullable=False),
    Column("mapped_with", String, nullable=False),
    Column("type_decided", Boolean, nullable=False, server_default=false()),
    Column("type_confidence", Integer, nullable=False, server_default=text("0")),
    Column("recommended", Integer, nullable=False, server_default=text("0")),
    Column("added_at", String),
    Column("changed_at", String),
    Column("represented_by", String),
    Column("skipped_by", String),
)
Index(None, record.c.organization_id, record.c.position)
Index(None, record.c.organization_id, record.c.subject_webpage)

source_identity = Table(
    "source_identity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("authority", String, nullable=False),
    Column("badge_id", String, nullable=False),
    Column("record_id", ForeignKey("record.id")),
    Column("connection_id", ForeignKey("connection.id")),
    Column("is_primary", Boolean, nullable=False),
    Column("issuer", JSON, nullable=False),
    Column("definition", LargeBinary, nullable=False),
    Column("source_hash", String, nullable=False),
    Column("badge_hash", String),
    Column("unreadable", String),
    Column("suspected_in", Integer),
    Column("gone_at", String),
    UniqueConstraint("organization_id", "authority", "badge_id"),
)
Index(None, source_identity.c.record_id)
Index(None, source_identity.c.connection_id)

edit = Table(
    "edit",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("property", String, primary_key=True),
    Column("item", String, primary_key=True),
    Column("op", String, nullable=False),
    Column("value", JSON(none_as_null=False)),
    Column("base", JSON(none_as_null=False)),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
    Column("place", Integer, nullable=False, server_default=text("0")),
)

revision = Table(
    "revision",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("provenance", JSON, nullable=False),
    Column("event", String, nullable=False),
    Column("reason", String),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
)

verification_service = Table(
    "verification_service",
    metadata,
    Column("ctid", String, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("authority", String),
    Column("properties", JSON, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("approved_hash", String),
    Column("approved_properties", JSON),
    Column("approved_by", String),
    Column("approved_at", String),
    Column("published_hash", String),
    Column("edits", JSON),
    UniqueConstraint("organization_id", "authority"),
)

profile_choice = Table(
    "profile_choice",
    metadata,
    Column("organization_id", ForeignKey("organization.id"), primary_key=True),
    Column("authority", String, primary_key=True),
    Column("ctid", ForeignKey("verification_service.ctid"), nullable=False),
    Column("chosen_by", String, nullable=False),
    Column("chosen_at", String, nullable=False),
)

rule_book = Table(
    "rule_book",
    metadata,
    Column("organization_id", ForeignKey("organization.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
)

match_key = Table(
    "match_key",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
)
Index(None, match_key.c.organization_id, match_key.c.key)

suggestion = Table(
    "suggestion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("record_id", ForeignKey("record.id"), nullable=False),
    Column("other_id", ForeignKey("record.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("score", Integer, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("made_at", String, nullable=False),
    Column("decided_by", String),
    Column("decided_at", String),
    UniqueConstraint("record_id", "other_id", "kind"),
)
Index(None, suggestion.c.organization_id, suggestion.c.state)
Index(None, suggestion.c.other_id)

attached_badge = Table(
    "attached_badge",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("source_id", ForeignKey("source_identity.id"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
)
Index(None, attached_badge.c.source_id)

selection = Table(
    "selection",
    metadata,
    Column("id", String, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", String, nullable=False),
    Column("items", JSON, nullable=False),
)
