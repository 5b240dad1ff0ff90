"""What an organization has decided about all its mappings: its rules, its languages, its profiles, counted."""

from functools import lru_cache

from sqlalchemy import Connection, select

from connector.connections import accounts
from connector.credentials.mapping import Decided
from connector.credentials.tables import profile_choice, rule_book
from connector.organizations import accounts as organizations
from connector.problem import Problem
from mappings import rule_file
from mappings.ctdl.reading import Unreadable
from mappings.rules import Rules


def decided_by(connection: Connection, organization_id: int, *, rules: Rules | None = None) -> Decided:
    """What holds for every mapping of an organization's badges now; with `rules`, these in the place of its own."""
    choices = select(profile_choice).where(profile_choice.c.organization_id == organization_id)
    return Decided(
        edition=organizations.mapping_edition(connection, organization_id),
        rules=_read(rules_text(connection, organization_id)) if rules is None else rules,
        languages=accounts.languages(connection, organization_id),
        profiles={row.authority: row.ctid for row in connection.execute(choices)},
        connections=accounts.names(connection, organization_id),
        holder=organizations.find(connection, str(organization_id)).ctid,
    )


def rules_text(connection: Connection, organization_id: int) -> str:
    """The rules of an organization as they were written; empty where it has none."""
    latest = select(rule_book.c.text).where(rule_book.c.organization_id == organization_id)
    latest = latest.order_by(rule_book.c.number.desc()).limit(1)
    return connection.execute(latest).scalar_one_or_none() or ""


@lru_cache(maxsize=64)
def _read(text: str) -> Rules:
    try:
        return rule_file.read(text)
    except Unreadable as unreadable:
        raise Problem(
            "rules_not_understood",
            f"This version cannot read the organization's rules, so nothing is mapped by it. {unreadable}",
            side="ours",
            action="Correct them: badge-connector rules show ORG > FILE, then rules check and rules save ORG FILE.",
        ) from None
