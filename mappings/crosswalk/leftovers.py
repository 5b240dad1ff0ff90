"""What a badge says that no property of a record takes: each of it is a note."""

from collections.abc import Iterator

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Note, Result
from mappings.crosswalk.text import single_line
from mappings.open_badges.model import BadgeClass, Endorsement


def endorsements(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Who endorses a badge may be one who recognizes the credential; that is for a person to say."""
    for endorsement in badge.endorsement:
        yield Note("endorsement", "endorsement", f"{_endorsed(endorsement)} It suggests who recognizes the credential.")


def _endorsed(endorsement: Endorsement) -> str:
    by = endorsement.issuer and (endorsement.issuer.name or endorsement.issuer.url or endorsement.issuer.id)
    who = f"{single_line(by)} endorses it" if by else "It is endorsed"
    where = f" ({endorsement.id})" if endorsement.id else ""
    comment = single_line(endorsement.comment or "")
    return f"{who}{where}: “{comment}”." if comment else f"{who}{where}."


def signature(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """How the signature of its document was checked."""
    if badge.signature:
        yield Note("signature", "signature", badge.signature)


def left_out(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The members that are not known here, by name."""
    if badge.left_out:
        names = ", ".join(badge.left_out)
        yield Note("left_out", "left_out", f"These members were not taken over: {names}.")
