"""The credential type on a record's page: likely types with the reasons, and what is asked about the present one."""

from typing import Any, NamedTuple

from connector.credentials.queries import Listed
from connector.web.filters import type_label
from mappings.ctdl import vocabulary

SUGGESTED = 4
_CERTIFICATE, _CERTIFICATION = "ceterms:Certificate", "ceterms:Certification"
_ANSWERS = {
    "is_it_a_certificate": ((_CERTIFICATE, "Yes, it is a certificate"),),
    "is_it_a_certification": ((_CERTIFICATION, "Yes, it is a certification"),),
    "is_the_owner_a_legal_authority": (
        (_CERTIFICATION, "It is a certification"),
        (_CERTIFICATE, "It is a certificate"),
    ),
}
"""The questions that a mapping may ask about a type, by their findings' codes, and the types that answer them."""


class Question(NamedTuple):
    """Something that is asked about the type: each answer sets a type, the last one the present type for good."""

    message: str
    answers: tuple[tuple[str, str], ...]


def questions(each: Listed) -> list[Question]:
    """What is still asked about a record's type."""
    present = each.sourced.content.credential.credential_type
    if present is None:
        return []
    label = type_label(present).lower()
    kept = (present, f"No, it stays {'an' if label[0] in 'aeiou' else 'a'} {label}")
    return [
        Question(finding.message, (*_ANSWERS[finding.code], kept))
        for finding in each.findings
        if finding.code in _ANSWERS
    ]


def choices(each: Listed, shown: dict[str, Any]) -> dict[str, Any]:
    """What the picker offers: likely types with how sure each is, definitions, and the evidence for and against."""
    kind, found = shown["credential_type"], each.sourced.mapped.credential_type
    chosen = kind["value"] if kind["decided"] else None
    ranked = found.ranked[:SUGGESTED] if each.sourced.badge else ()
    sure = {likely.type: likely.confidence for likely in ranked}
    if chosen:
        sure = {chosen: sure.get(chosen, kind["confidence"])} | sure
    terms = vocabulary.credential_types()
    by_hand = next((edit for edit in each.sourced.record.edits if edit.property == "credentialType"), None)
    return {
        "options": [(terms[uri], round(sure[uri] * 100)) for uri in sure if uri in terms and terms[uri].publishable],
        "chosen": chosen,
        "decided": kind["decided"],
        "by_hand": by_hand,
        "suggested": type_label(found.value),
        "brought_in": "" if each.sourced.badge else type_label(found.value),
        "confidence": round(kind["confidence"] * 100),
        "evidence": [(e.type == found.value, e.says, type_label(e.type)) for e in found.evidence],
    }
