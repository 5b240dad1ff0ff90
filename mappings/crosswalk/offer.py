"""Who offers the credential, how it can be checked, and whether, since when and for how long it holds."""

import re
from collections.abc import Iterator
from datetime import date

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Filled, Note, Provenance, Result, fill
from mappings.ctdl.ctid import verification_service_ctid
from mappings.ctdl.vocabulary import is_badge_type
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass, Validity

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)
_DESIGNATORS = {"days": "D", "weeks": "W", "months": "M", "years": "Y"}
_RENEWED = ("ceterms:Certification", "ceterms:License")
_ACTIVE = "credentialStat:Active"
_OWNED_BY = Provenance("ownedBy", ("issuer",), "the organization that its issuer is mapped to")
_OFFERED_BY = _OWNED_BY._replace(property="offeredBy")
_STATED_ACTIVE = Provenance("credentialStatusType", ("state",), "active on the platform")
_ASSUMED_ACTIVE = Provenance("credentialStatusType", (), "assumed: it is published and nothing says otherwise")
_MADE = Provenance("dateEffective", ("created",), "assumed: the day it was made on the platform")
_DATE_ASSUMED = Finding(
    "dateEffective",
    "note",
    "date_assumed",
    "The day the badge was made on the platform is taken as the day it came into effect.",
)


def owned_by(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The organization that the issuer is mapped to owns and offers the credential."""
    if badge.also_issued_by:
        issuers = [each.name or each.url or each.id for each in badge.also_issued_by]
        yield Note("issuer", "several_issuers", f"It is also issued by {', '.join(issuers)}.")
    owner = context.organization_ctid
    if owner is None:
        if badge.issuer and (name := badge.issuer.name or badge.issuer.url or badge.issuer.id):
            yield Note("issuer", "issuer_without_owner", f"Its issuer is {name}: say which organization that is.")
        return
    yield Filled("owned_by", (owner,), _OWNED_BY)
    yield Filled("offered_by", (owner,), _OFFERED_BY)


def verification_service(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Whatever its type, a credential that is issued as a badge says how that badge can be checked."""
    owner = context.organization_ctid
    if owner is None:
        return
    profile = context.profile or verification_service_ctid(owner, context.authority)
    rule = f"issued as an Open Badge through {context.platform_name}"
    if context.profile:
        rule += ", with the profile that was chosen for it"
    yield fill("uses_verification_service", "usesVerificationService", (profile,), ("issuer",), rule)


def status(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Active unless the platform says otherwise; what an archived one is, is a person's to say for other types."""
    state = (badge.state or "").casefold()
    if state in ("", "active"):
        yield Filled("credential_status_type", _ACTIVE, _STATED_ACTIVE if state else _ASSUMED_ACTIVE)
    elif state == "archived" and kind.decided and is_badge_type(kind.value):
        rule = "archived on the platform"
        yield fill("credential_status_type", "credentialStatusType", "credentialStat:Deprecated", ("state",), rule)
    else:
        yield Note("state", "state_asked", f"On the platform its state is {badge.state}: a person gives its status.")
    if badge.public is False:
        yield Note("public", "not_public", "The platform does not show it to the public.")


def date_effective(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The day the badge was made on the platform, which is an assumption."""
    if not badge.created:
        return
    if day := _day(badge.created):
        yield Filled("date_effective", day, _MADE)
        yield _DATE_ASSUMED
    else:
        yield Note("created", "not_a_date", f"“{badge.created}” is no date and was not taken over.")


def _day(stamp: str) -> str | None:
    found = _DATE.match(stamp)
    try:
        return date.fromisoformat(found[0]).isoformat() if found else None
    except ValueError:
        return None


def expiry(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """How long an award is valid is no renewal frequency unless a person says so; then the value is at hand."""
    if badge.expires is None:
        return
    lasts = f"{badge.expires.amount} {badge.expires.unit}"
    yield Note("expires", "expires", f"An award of it is valid for {lasts}.")
    if kind.decided and kind.value in _RENEWED and (frequency := _frequency(badge.expires)):
        message = f"An award is valid for {lasts}. If it is renewed each time, set Renewal Frequency to {frequency}."
        yield Finding("renewalFrequency", "recommended", "renewal_frequency_suggested", message)


def _frequency(expires: Validity) -> str | None:
    designator = _DESIGNATORS.get(expires.unit)
    return (
        f"P{expires.amount}{designator}"
        if designator and expires.amount.isascii() and expires.amount.isdigit()
        else None
    )
