"""Open Badges documents of every version read into a badge class: OB 0.5 to 2.1 `BadgeClass`, OB 3.0 `Achievement`.

A wrapper around the badge (assertion, credential) is opened; of the rest of it only the issuer is read.
"""

from collections.abc import Mapping
from typing import Any

from mappings.open_badges import kinds
from mappings.open_badges.definition import KNOWN as _KNOWN
from mappings.open_badges.definition import definition
from mappings.open_badges.kinds import WRAPPERS, Kind
from mappings.open_badges.members import Json, types
from mappings.open_badges.model import (
    Alignment,
    BadgeClass,
    Criteria,
    Endorsement,
    Issuer,
    OtherIdentifier,
    Related,
    ResultDescription,
    RubricCriterionLevel,
    Translation,
    Validity,
)

__all__ = ["_KNOWN", "badge_class", "is_document", "unwrapped"]


def is_document(item: Mapping[str, Any]) -> bool:
    """Whether an item is a badge class of the Open Badges standards, or a wrapper around one."""
    found = kinds.kind(item)
    return found in WRAPPERS or (found is Kind.BADGE_CLASS and (bool(types(item)) or "state" not in item))


def unwrapped(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The badge class inside an assertion or a credential, empty if it is not there; of no wrapper the item itself."""
    return kinds.embedded(item) if kinds.kind(item) in WRAPPERS else item


def badge_class(
    item: Mapping[str, Any], *, at: str | None = None, shared: bool = False, signature: str | None = None
) -> BadgeClass:
    """The badge class of a document, or of its definition; `at` and `shared` as `definition` takes them.

    `signature` is a sentence on how the document's signature was checked. ValueError with a sentence where the document
    holds no badge, id or name are missing, or a text is none.
    """
    kept = definition(item, at=at, shared=shared)
    issuers = _issuers(kept)
    image, criteria = kept.get("image", {}), kept.get("criteria", {})
    return BadgeClass(
        id=kept["id"],
        source_id=kept["id"],
        name=kept["name"],
        description=kept.get("description"),
        issuer=issuers[0] if issuers else None,
        also_issued_by=tuple(issuers[1:]),
        image=image.get("id"),
        image_caption=image.get("caption"),
        criteria=Criteria(id=criteria.get("id"), narrative=criteria.get("narrative")),
        alignment=_alignments(kept),
        tags=tuple(kept.get("tags", ())),
        achievement_type=kept.get("achievementType"),
        language=kept.get("inLanguage"),
        translations=tuple(_translation(each) for each in kept.get("translations", ())),
        version=kept.get("version"),
        related=tuple(_related(each) for each in kept.get("related", ())),
        result_description=tuple(_result(each) for each in kept.get("resultDescription", ())),
        credits_available=kept.get("creditsAvailable"),
        field_of_study=kept.get("fieldOfStudy"),
        specialization=kept.get("specialization"),
        human_code=kept.get("humanCode"),
        other_identifier=tuple(
            OtherIdentifier(identifier=each["identifier"], identifier_type=each.get("identifierType"))
            for each in kept.get("otherIdentifier", ())
        ),
        endorsement=tuple(_endorsement(each) for each in kept.get("endorsement", ())),
        expires=Validity(amount=kept["expires"]["amount"], unit=kept["expires"]["duration"])
        if "expires" in kept
        else None,
        id_made_from=kept.get("idMadeFrom"),
        signature=signature,
        state=kept.get("state"),
        left_out=tuple(kept.get("left_out", ())),
    )


def _issuers(kept: Json) -> list[Issuer]:
    """Who issues the badge, its creator first; each once."""
    found: dict[str, Issuer] = {}
    for each in (*kept.get("creator", ()), *kept.get("issuer", ())):
        issuer = _issuer(each)
        found.setdefault(issuer.id or issuer.name or issuer.url or "", issuer)
    return list(found.values())


def _issuer(profile: Json) -> Issuer:
    return Issuer(id=profile.get("id", ""), name=profile.get("name"), url=profile.get("url"))


def _alignments(holder: Json) -> tuple[Alignment, ...]:
    return tuple(
        Alignment(
            target_name=each.get("targetName"),
            target_url=each.get("targetUrl"),
            target_description=each.get("targetDescription"),
            target_framework=each.get("targetFramework"),
            target_code=each.get("targetCode"),
            target_type=each.get("targetType"),
        )
        for each in holder.get("alignment", ())
    )


def _translation(told: Json) -> Translation:
    return Translation(
        language=told["language"],
        name=told.get("name"),
        description=told.get("description"),
        narrative=told.get("narrative"),
        tags=tuple(told.get("tags", ())),
    )


def _related(other: Json) -> Related:
    return Related(
        id=other.get("id"),
        name=other.get("name"),
        url=other.get("id"),
        version=other.get("version"),
        language=other.get("inLanguage"),
    )


def _result(result: Json) -> ResultDescription:
    return ResultDescription(
        id=result.get("id"),
        name=result.get("name"),
        result_type=result.get("resultType"),
        value_min=result.get("valueMin"),
        value_max=result.get("valueMax"),
        required_value=result.get("requiredValue"),
        required_level=result.get("requiredLevel"),
        allowed_value=tuple(result.get("allowedValue", ())),
        rubric_criterion_level=tuple(_level(each) for each in result.get("rubricCriterionLevel", ())),
        alignment=_alignments(result),
    )


def _level(level: Json) -> RubricCriterionLevel:
    return RubricCriterionLevel(
        id=level.get("id"),
        name=level.get("name"),
        level=level.get("level"),
        points=level.get("points"),
        description=level.get("description"),
        alignment=_alignments(level),
    )


def _endorsement(endorsement: Json) -> Endorsement:
    return Endorsement(
        id=endorsement.get("id"),
        issuer=_issuer(endorsement["issuer"]) if "issuer" in endorsement else None,
        comment=endorsement.get("claim", {}).get("endorsementComment"),
    )
