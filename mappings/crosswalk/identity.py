"""What a badge is known as: its id, address and version, its codes elsewhere, and the badges it is a version of."""

from collections.abc import Iterator

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Filled, Note, Provenance, Result, fill
from mappings.crosswalk.text import single_line
from mappings.ctdl.model import IdentifierValue
from mappings.ctdl.reading import is_language, is_url
from mappings.open_badges.model import BadgeClass, OtherIdentifier, Related

_NAMED = {"en-US": "Open Badges ID"}
_HUMAN_CODE = {"en-US": "Human code"}
_CREDENTIAL_ID = Provenance("credentialId", ("id",), "the badge's id")
_IDENTIFIER = Provenance("identifier", ("id",), "the badge's id")
_SAME_AS = Provenance("sameAs", ("id",), "the badge's own address")


def credential_id(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The badge's id as the owner's own for the credential."""
    yield Filled("credential_id", badge.id, _CREDENTIAL_ID)


def identifier(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The badge's id as such: what is known of it by other names stands beside it."""
    value = IdentifierValue(identifier_type_name=_NAMED, identifier_value_code=badge.id)
    yield Filled("identifier", (value,), _IDENTIFIER)


def human_code(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The issuer's own code for the badge, such as a course number."""
    if badge.human_code and (code := single_line(badge.human_code)):
        value = IdentifierValue(identifier_type_name=_HUMAN_CODE, identifier_value_code=code)
        yield fill("identifier", "identifier", (value,), ("human_code",), "the issuer's code for it")


def other_identifiers(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """What the badge is called in other systems."""
    values = tuple(_elsewhere(each) for each in badge.other_identifier if single_line(each.identifier))
    if values:
        yield fill("identifier", "identifier", values, ("other_identifier",), "what other systems call it")


def _elsewhere(other: OtherIdentifier) -> IdentifierValue:
    system = other.identifier_type or ""
    named = single_line(system)
    return IdentifierValue(
        identifier_type=system if is_url(system) else None,
        identifier_type_name={"en-US": named} if named and not is_url(system) else None,
        identifier_value_code=single_line(other.identifier),
    )


def same_as(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The badge's own address: only the address that it states itself, never one that an id was made from."""
    if is_url(badge.id) and badge.id_made_from in (None, badge.id):
        yield Filled("same_as", (badge.id,), _SAME_AS)
    if badge.id_made_from:
        message = f"The badge has no id of its own: one was made from the address {badge.id_made_from}."
        yield Note("id_made_from", "id_made_from", message)


def version(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The version that the issuer gives the badge."""
    if badge.version:
        value = IdentifierValue(identifier_value_code=badge.version)
        yield fill("version_identifier", "versionIdentifier", (value,), ("version",), "the badge's version")


def related(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Other versions, translations and relations are a person's to link: each is named, with its address."""
    for other in badge.related:
        if other.relation == "required":
            continue
        code, what = _relation(other, badge)
        yield Note("related", code, f"{what}: {_named(other)}.")


def _relation(other: Related, badge: BadgeClass) -> tuple[str, str]:
    if other.relation == "recommended":
        return "related_recommended", "It recommends as a next step"
    if other.relation != "related":
        return f"related_{other.relation}", f"It is related to another badge ({other.relation})"
    language = (other.language or "").replace("_", "-")
    if is_language(language) and not _is_one_language(language, (badge.language or "").replace("_", "-")):
        return "related_translation", "The same badge in another language"
    if other.version and other.version != badge.version:
        return "related_version", "Another version of it"
    return "related_related", "It is related to another badge (related)"


def _is_one_language(one: str, other: str) -> bool:
    """Whether two tags are the same language, or one is that of a region where the other names none (BCP 47)."""
    parts = zip(one.casefold().split("-"), other.casefold().split("-"), strict=False)
    return all(mine == theirs for mine, theirs in parts)


def _named(other: Related) -> str:
    name, address = single_line(other.name or ""), other.url or other.id
    called = f"{name} ({address})" if name and address else name or address or "one without a name"
    version = f"version {single_line(other.version)}" if other.version else ""
    language = f"language {single_line(other.language)}" if other.language else ""
    return ", ".join(filter(None, [called, version, language]))
