"""Where an alignment belongs in a CTDL record: by what it says it targets, its framework, its host; else by default.

The matrix of what may stand where is data, drawn by the reviewer's form as it is.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from mappings.crosswalk.own_record import (
    is_in_the_registry,
    is_self_reference,
    registry_address,
    registry_ctid,
    stated_type,
)
from mappings.crosswalk.text import plain, single_line
from mappings.ctdl import vocabulary
from mappings.ctdl.model import CredentialAlignmentObject, EntityReference, IdentifierValue, OrganizationReference
from mappings.ctdl.reading import is_url
from mappings.ctdl.shape import reference_class
from mappings.open_badges.model import Alignment, BadgeClass
from mappings.rules import Placement

SKIP = "skip"
MATCH = "match"
"""The alignment is the badge's pointer to its own record in the Registry: never a target."""
STATED_TYPE = "type"
"""The alignment states the type of the badge itself."""

CONNECTIONS = (
    "requires",
    "recommends",
    "corequisite",
    "coPrerequisite",
    "advancedStandingFrom",
    "isAdvancedStandingFor",
    "isPreparationFor",
    "isRecommendedFor",
    "isRequiredFor",
    "preparationFrom",
)
"""The properties that hold condition profiles and may name a target; the first is the default."""


class Target(NamedTuple):
    """What an alignment can be to a credential.

    `properties` are those it may stand in, its default first; `within` is the property of the condition profile that
    names it, None where it stands in the credential's property itself. `ctdl_class` is the class of the thing that is
    mentioned, None where an alignment object is written. `types` are offered where the class is a person's to choose.
    """

    label: str
    properties: tuple[str, ...]
    within: str | None = None
    ctdl_class: str | None = None
    types: tuple[str, ...] = ()


_CREDENTIAL_TYPES = (
    "ceterms:Certification",
    *(t.uri for t in vocabulary.credential_types().values() if t.publishable and t.uri != "ceterms:Certification"),
)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "competency": Target("Competency", CONNECTIONS, "targetCompetency"),
        "assessment": Target("Assessment", CONNECTIONS, "targetAssessment", "ceterms:AssessmentProfile"),
        "credential": Target("Credential", CONNECTIONS, "targetCredential", "ceterms:Certification", _CREDENTIAL_TYPES),
        "course": Target("Course", CONNECTIONS, "targetLearningOpportunity", "ceterms:Course"),
        "learning_program": Target(
            "Learning Program", CONNECTIONS, "targetLearningOpportunity", "ceterms:LearningProgram"
        ),
        "learning_opportunity": Target(
            "Learning Opportunity", CONNECTIONS, "targetLearningOpportunity", "ceterms:LearningOpportunityProfile"
        ),
        "occupation": Target("Occupation Type", ("occupationType",)),
        "industry": Target("Industry Type", ("industryType",)),
        "instructional_program": Target("Instructional Program Type", ("instructionalProgramType",)),
        "occupation_target": Target(
            "Occupation it leads to",
            ("isPreparationFor", "isRecommendedFor", "isRequiredFor"),
            "targetOccupation",
            "ceterms:Occupation",
        ),
        "quality_assurance": Target(
            "Quality assurance organization",
            ("recognizedBy", "accreditedBy", "approvedBy", "regulatedBy"),
            ctdl_class="ceterms:QACredentialOrganization",
        ),
        "rubric": Target("Rubric in the Registry", ("hasRubric",), ctdl_class="ceterms:Rubric"),
        SKIP: Target("Leave it out", ()),
    }
)
"""Every target by its name, and the properties it may stand in: the whole matrix that a reviewer chooses from."""

_BY_TARGET_TYPE: Mapping[str, str] = {
    "competency": "competency",
    "credential": "credential",
    "assessment": "assessment",
    "assessmentprofile": "assessment",
    "course": "course",
    "learningprogram": "learning_program",
    "learningopportunity": "learning_opportunity",
    "learningopportunityprofile": "learning_opportunity",
    "occupation": "occupation_target",
    "qacredentialorganization": "quality_assurance",
    "cfrubric": "rubric",
    "cfrubriccriterion": "rubric",
    "cfrubriccriterionlevel": "rubric",
    "rubric": "rubric",
}
_TERM_PREFIX = re.compile(
    r"(?:ceterms|ceasn|asn|ctdl|ctdlasn):|https?://(?:purl\.org|credreg\.net)/ctdl(?:asn)?/terms/", re.IGNORECASE
)
_FRAMEWORKS = (
    ("occupation", re.compile(r"o\*net|\bonet\b|^[\W\d]*soc\b|standard occupational", re.IGNORECASE)),
    ("industry", re.compile(r"\bnaics\b|north american industry classification", re.IGNORECASE)),
    ("instructional_program", re.compile(r"^[\W\d]*cip\b|classification of instructional", re.IGNORECASE)),
)
_HOSTS = (
    (
        "occupation",
        re.compile(
            r"https?://([a-z.]+\.)?(onet(online|center)\.org(?!/find/descriptor)|bls\.gov/soc)\b", re.IGNORECASE
        ),
    ),
    ("industry", re.compile(r"https?://([a-z.]+\.)?census\.gov/naics\b", re.IGNORECASE)),
    ("instructional_program", re.compile(r"https?://nces\.ed\.gov/ipeds/cip", re.IGNORECASE)),
)
_FINDER_PAGES = re.compile(
    r"https?://(?:[a-z.]+\.)?credentialfinder\.org/"
    r"(?P<kind>credential|assessment|learningopportunity|course|learningprogram|competency)/",
    re.IGNORECASE,
)
_CODES: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "occupation": (re.compile(r"(?<![\d-])(\d{2}-\d{4}(?:\.\d{2})?)(?![\d-])"),),
    "industry": (re.compile(r"[?&](?:details|code)=(\d{2,6})(?!\d)"), re.compile(r"[?&]input=(\d{2,6})(?!\d)")),
    "instructional_program": (re.compile(r"[?&]cip=(\d{2}(?:\.\d{2,4})?)(?!\d)", re.IGNORECASE),),
}
_SINGULAR = re.compile(r"^(https?://[^/]+)/skill/")
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_TAKEN = "it is taken for a competency"
_BY_DEFAULT = f"nothing says what it is, so {_TAKEN}"

Node = CredentialAlignmentObject | EntityReference | OrganizationReference | str


class Aligned(NamedTuple):
    """An alignment of a badge and where it stands in the record.

    `target` is one of `TARGETS`, or `MATCH` or `STATED_TYPE`; `property` the credential's property it stands in and
    `node` what is written there, both None where nothing is. `why` is the reason in words.
    """

    key: str
    alignment: Alignment
    target: str
    property: str | None
    why: str
    node: Node | None
    language: str


def is_assumed(aligned: Aligned) -> bool:
    """Whether nothing speaks for this place: it is where an alignment stands by default."""
    return aligned.why.endswith(_TAKEN)


def can_be_moved(aligned: Aligned) -> bool:
    """Whether a person may place it: not what points to the badge's own record or type, nor what says nothing."""
    return not (aligned.target in (MATCH, STATED_TYPE) or _says_nothing(aligned.alignment))


def key(alignment: Alignment) -> str:
    """What tells an alignment from others of its badge: its address, name and code, whatever is told about it."""
    address = _SCHEME.sub("//", _SINGULAR.sub(r"\1/skills/", (alignment.target_url or "").strip())).rstrip("/")
    said = (address, " ".join((alignment.target_name or "").split()), (alignment.target_code or "").strip())
    return sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()[:12]


def keys(badge: BadgeClass) -> tuple[str, ...]:
    """The key of each alignment of a badge, in their order; of twins all but the first have a number."""
    return tuple(each.key for each in placed(badge.alignment, badge.language or ""))


def placed(alignments: tuple[Alignment, ...], language: str) -> tuple[Aligned, ...]:
    """Each alignment where it belongs by what it says itself."""
    seen: dict[str, int] = {}
    found = []
    for each in alignments:
        aligned = _placed(each, language)
        seen[aligned.key] = number = seen.get(aligned.key, 0) + 1
        found.append(aligned if number == 1 else aligned._replace(key=f"{aligned.key}-{number}"))
    return tuple(found)


def is_twin(aligned: Aligned) -> bool:
    """Whether another alignment of the badge before it has the same address, name and code."""
    return "-" in aligned.key


def moved(aligned: Aligned, to: Placement, said: str) -> Aligned:
    """The alignment where somebody has placed it, `said` in words: in the target's default where that takes no such
    property. What cannot be moved stays, and so does what no such target is known for."""
    target = TARGETS.get(to.target)
    if target is None or not can_be_moved(aligned):
        return aligned
    if to.target == SKIP:
        return aligned._replace(target=SKIP, property=None, node=None, why=said)
    named = to.property if to.property in target.properties else target.properties[0]
    node = _node(to.target, aligned.alignment, to.type, aligned.language)
    return aligned._replace(target=to.target, property=named if node else None, node=node, why=said)


@lru_cache(maxsize=4_000)
def _placed(alignment: Alignment, language: str) -> Aligned:
    """The alignment where it belongs. Badges of one issuer share many of theirs, so the answers are kept."""
    name = key(alignment)
    if is_self_reference(alignment):
        return Aligned(name, alignment, MATCH, None, "it points to the badge's own record", None, language)
    if stated_type(alignment):
        return Aligned(name, alignment, STATED_TYPE, None, "it states the badge's own type", None, language)
    if _says_nothing(alignment):
        return Aligned(name, alignment, SKIP, None, "it has neither a name nor a web address", None, language)
    target, why, stated = _found(alignment)
    node = _node(target, alignment, stated, language)
    if node is None:
        lacking = "no record in the Registry" if target == "rubric" else "no name and web page to be named by"
        why = f"{why}, but it has {lacking}, so {_TAKEN}"
        target, node = "competency", _node("competency", alignment, None, language)
    return Aligned(name, alignment, target, TARGETS[target].properties[0], why, node, language)


def _says_nothing(alignment: Alignment) -> bool:
    address = alignment.target_url
    if (address and is_url(address)) or registry_ctid(alignment):
        return False
    return not single_line(alignment.target_name or "")


def _found(alignment: Alignment) -> tuple[str, str, str | None]:
    """The target of an alignment, why, and the type of credential where it states one."""
    kind, stated = _by_target_type(alignment.target_type or "")
    why = f"its target type is {alignment.target_type}"
    if kind:
        return kind, why, stated
    framework, address = alignment.target_framework or "", alignment.target_url or ""
    for target, pattern in _FRAMEWORKS if framework else ():
        if pattern.search(framework):
            return target, f"its framework is {framework}", None
    for target, pattern in _HOSTS if address else ():
        if pattern.match(address):
            return target, "its address is one of that classification", None
    if alignment.target_type == "CFItem":
        return "competency", why, None
    if page := _FINDER_PAGES.match(address):
        return _BY_TARGET_TYPE[page["kind"].lower()], "its address is one of the Registry's for these", None
    if framework and "skill" in framework.casefold():
        return "competency", f"its framework is {framework}", None
    return "competency", _BY_DEFAULT, None


def _by_target_type(target_type: str) -> tuple[str | None, str | None]:
    if not target_type or target_type in ("CTDL", "CFItem"):
        return None, None
    name = _TERM_PREFIX.sub("", target_type, count=1)
    if target := _BY_TARGET_TYPE.get(name.casefold()):
        return target, None
    if name != target_type and (term := vocabulary.find_type(name)) and term.publishable:
        return "credential", term.uri
    return None, None


def _node(target: str, alignment: Alignment, chosen: str | None, language: str) -> Node | None:
    """What is written for an alignment; None where a thing to be mentioned has no name or page and no record."""
    into = TARGETS[target]
    ctid = registry_ctid(alignment)
    if into.ctdl_class is None:
        return _alignment_object(target, alignment, ctid, language)
    if ctid:
        return ctid
    name, address = single_line(alignment.target_name or ""), alignment.target_url or ""
    if target == "rubric" or not name or not is_url(address):
        return None
    return _mentioned(into, alignment, _type(into, chosen), {language: name}, language)


def _type(into: Target, chosen: str | None) -> str | None:
    term = vocabulary.find_type(chosen) if chosen and into.types else None
    return term.uri if term and term.publishable else into.ctdl_class


def _mentioned(
    into: Target, alignment: Alignment, ctdl_class: str | None, name: dict[str, str], language: str
) -> EntityReference | OrganizationReference:
    code = (alignment.target_code or "").strip() or None
    system = single_line(alignment.target_framework or "") or "Target code"
    as_notation = into.within in ("targetLearningOpportunity", "targetOccupation")
    held: dict[str, Any] = {
        "type": ctdl_class,
        "name": name,
        "description": _text(plain(alignment.target_description or ""), language),
        "subject_webpage": alignment.target_url,
    }
    if code and as_notation:
        held["coded_notation"] = code
    elif code:
        held["identifier"] = (IdentifierValue(identifier_type_name={language: system}, identifier_value_code=code),)
    return reference_class(ctdl_class)(**held)


def _alignment_object(target: str, alignment: Alignment, ctid: str | None, language: str) -> CredentialAlignmentObject:
    address = alignment.target_url if alignment.target_url and is_url(alignment.target_url) else None
    return CredentialAlignmentObject(
        framework_name=_text(single_line(alignment.target_framework or ""), language),
        coded_notation=alignment.target_code or _code(target, address or ""),
        target_node=registry_address(alignment, ctid) if ctid and _leads_to_record(address) else address,
        target_node_name=_text(single_line(alignment.target_name or ""), language),
        target_node_description=_text(plain(alignment.target_description or ""), language),
    )


def _leads_to_record(address: str | None) -> bool:
    return address is None or is_in_the_registry(address)


def _code(target: str, address: str) -> str | None:
    """The code of an occupation, industry or programme in the address of its classification."""
    found = (pattern.search(address) for pattern in _CODES.get(target, ()))
    return next((code[1] for code in found if code), None)


def _text(text: str, language: str) -> dict[str, str] | None:
    return {language: text} if text else None
