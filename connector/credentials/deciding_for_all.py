"""What a person decides for many badges at once: the language of those that say none, the profile a platform's name.

Each can be looked at before it is decided, and applies at once: the organization's records are mapped again in the
same transaction, so that no record is left behind what was decided.
"""

from dataclasses import replace

from sqlalchemy import Connection

from connector.connections import accounts, history
from connector.connections.accounts import Account
from connector.credentials import verification_services
from connector.credentials.decided import decided_by
from connector.credentials.mapping import Decided
from connector.credentials.remap import Affected, map_again
from connector.credentials.tables import record
from connector.organizations.accounts import Organization, next_mapping_edition
from connector.problem import Problem
from mappings import languages


def language_tag(given: str) -> str:
    """A language as a person typed it, by its tag or its English name. Problem where it is neither."""
    by_name = {name.casefold(): tag for tag, name in languages.languages().items()}
    try:
        return by_name.get(given.strip().casefold()) or languages.tag(given)
    except ValueError as wrong:
        action = "Choose one that is proposed, or give its tag (BCP 47)."
        raise Problem("invalid_language", str(wrong), action=action, fields={"language": str(wrong)}) from None


def language_note(tag: str) -> str:
    """What to say of a language that is well formed and none of the common ones; empty for one of those."""
    return "" if languages.name(tag) else f"{tag} is none of the common languages. Is it really meant?"


def confirm_language(
    connection: Connection, account: Account, tag: str, *, by: str, dry_run: bool = False
) -> list[Affected]:
    """Confirm in which language badges of a connection are that declare none; with `dry_run`, say what would change."""
    accounts.refuse_unfinished(account)
    before = decided_by(connection, account.organization_id)
    if before.languages.get(account.id) == tag:
        return []
    if not dry_run:
        accounts.confirm_language(connection, account.id, tag, by=by)
        called = languages.name(tag)
        said = f"Badges that declare no language are in {f'{called} ({tag})' if called else tag}."
        history.note(connection, account.id, said, by=by)
    decided = replace(before, languages={**before.languages, account.id: tag})
    return _applied(connection, account.organization_id, decided, by=by, dry_run=dry_run)


def choose_profile(
    connection: Connection, organization: Organization, authority: str, ctid: str, *, by: str, dry_run: bool = False
) -> list[Affected]:
    """Choose the profile that credentials of a platform name; with `dry_run`, say what would change.

    Choosing the organization's own takes an earlier choice back.
    """
    before = decided_by(connection, organization.id)
    wanted = verification_services.choice(connection, organization, authority, ctid)
    if wanted == before.profiles:
        return []
    if not dry_run:
        verification_services.keep_choice(connection, organization, authority, ctid, by=by)
    return _applied(connection, organization.id, replace(before, profiles=wanted), by=by, dry_run=dry_run)


def _applied(
    connection: Connection, organization_id: int, decided: Decided, *, by: str, dry_run: bool
) -> list[Affected]:
    """Map all records of an organization as it has now decided, or would; those that say something else then."""
    if not dry_run:
        next_mapping_edition(connection, organization_id)
    decided = replace(decided, edition=decided.edition + 1)
    theirs = record.c.organization_id == organization_id
    affected = map_again(connection, theirs, by=by, dry_run=dry_run, decided=decided)
    return [each for each in affected if each.changes]
