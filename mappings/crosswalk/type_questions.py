"""The credential type as a step of the mapping, and what is asked where type and badge do not seem to fit."""

from collections.abc import Iterator

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import LEGAL_AUTHORITIES, NO_SOURCES, CredentialType
from mappings.crosswalk.mapped import Filled, Note, Provenance, Result, fill
from mappings.ctdl.vocabulary import achievement_type, credential_types
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass

_BY_DEFAULT = Provenance("credentialType", (), "no evidence for another type than Open Badge")
_SAID_BY_DEFAULT = Note("type", "type_by_default", "Nothing in the badge speaks for another type than Open Badge.")


def type_and_reasons(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The type where it is decided, with the reasons; else the question."""
    stated = badge.achievement_type
    if stated and (known := achievement_type(stated)).needs_review:
        message = f"Its achievement type is {stated}. {known.reason}"
        yield Note("achievement_type", "type_to_review", message)
        if not kind.is_by_rule:
            yield Finding("credentialType", "note", "type_to_review", message)
    if not kind.decided:
        yield Finding("credentialType", "required", "type_undecided", f"{_reasons(kind)} Choose the credential type.")
        return
    reasons_for_it = [e for e in kind.evidence if e.type == kind.value]
    if not reasons_for_it:
        yield Filled("credential_type", kind.value, _BY_DEFAULT)
        yield _SAID_BY_DEFAULT
        return
    rule = "; ".join(e.says for e in reasons_for_it)
    members = tuple(dict.fromkeys(e.member for e in reasons_for_it if e.member not in NO_SOURCES))
    yield fill("credential_type", "credentialType", kind.value, members, rule)


def _reasons(kind: CredentialType) -> str:
    """What speaks for the suggested type and what for others, in a sentence each."""
    for_it = "; ".join(e.says for e in kind.evidence if e.type == kind.value)
    for_others = "; ".join(e.says for e in kind.evidence if e.type != kind.value)
    if not for_it:
        return f"{for_others[:1].upper()}{for_others[1:]}."
    suggested = f"This may be of the type {credential_types()[kind.value].label}: {for_it}."
    return f"{suggested} For another type: {for_others}." if for_others else suggested


def type_questions(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """What a person is asked about a type that only the badge has decided."""
    if not kind.decided or kind.is_by_rule:
        return
    match kind.value:
        case "ceterms:Certification" if badge.expires is None:
            yield _asked(
                "is_it_a_certificate",
                "A certification runs out, is renewed and can be withdrawn; the badge says nothing of that. "
                "Is it a certificate?",
            )
        case "ceterms:License" if LEGAL_AUTHORITIES.isdisjoint(context.organization_types):
            yield _asked(
                "is_the_owner_a_legal_authority",
                "A license is granted by government or another body with legal power, and its owner is not known as "
                "one. Is it a certification or a certificate?",
            )
        case value if kind.is_certificate and badge.expires is not None:
            label = credential_types()[value].label
            yield _asked(
                "is_it_a_certification",
                f"An award of it runs out after {badge.expires.amount} {badge.expires.unit}, and for a {label.lower()} "
                "nothing has to be kept up. Is it a certification?",
            )


def _asked(code: str, question: str) -> Finding:
    return Finding("credentialType", "recommended", code, question)
