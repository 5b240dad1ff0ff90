"""Where an alignment belongs in a CTDL record: by its framework, its host and what it says it targets."""

import re
from typing import NamedTuple

from mappings.crosswalk.text import plain, single_line
from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import CredentialAlignmentObject
from mappings.ctdl.reading import is_url
from mappings.ctdl.vocabulary import Term
from mappings.open_badges.model import Alignment

CTDL = "credential transparency description language"
_REGISTRY = re.compile(r"https?://([a-z.]+\.)?(credentialfinder\.org|credentialengineregistry\.org)/", re.IGNORECASE)
_TERMS_URL = re.compile(r"https?://(purl\.org/ctdl/terms|credreg\.net/ctdl/terms)/(?P<term>\w+)", re.IGNORECASE)
_FRAMEWORKS = (
    ("occupationType", re.compile(r"o\*net|\bonet\b|^[\W\d]*soc\b|standard occupational", re.IGNORECASE)),
    ("industryType", re.compile(r"\bnaics\b|north american industry classification", re.IGNORECASE)),
    ("instructionalProgramType", re.compile(r"^[\W\d]*cip\b|classification of instructional", re.IGNORECASE)),
)
_HOSTS = (
    ("occupationType", re.compile(r"https?://([a-z.]+\.)?(onet(online|center)\.org|bls\.gov/soc)\b", re.IGNORECASE)),
    ("industryType", re.compile(r"https?://([a-z.]+\.)?census\.gov/naics\b", re.IGNORECASE)),
    ("instructionalProgramType", re.compile(r"https?://nces\.ed\.gov/ipeds/cip", re.IGNORECASE)),
)


class Aligned(NamedTuple):
    """The property an alignment belongs to (None: nowhere) and what is written there."""

    slot: str | None
    node: CredentialAlignmentObject


def aligned(alignment: Alignment, language: str) -> Aligned:
    """Place one alignment. What names no framework is a competency; a pointer to our own record or type is none."""
    node = CredentialAlignmentObject(
        framework_name=_text(alignment.target_framework, language),
        coded_notation=alignment.target_code or None,
        target_node=alignment.target_url if alignment.target_url and is_url(alignment.target_url) else None,
        target_node_name=_text(alignment.target_name, language),
        target_node_description={language: plain(alignment.target_description)}
        if alignment.target_description and plain(alignment.target_description)
        else None,
    )
    if is_self_reference(alignment) or stated_type(alignment) or not (node.target_node or node.target_node_name):
        return Aligned(None, node)
    return Aligned(_by_framework(alignment) or "targetCompetency", node)


def is_self_reference(alignment: Alignment) -> bool:
    """Whether an alignment is the badge's pointer to its own credential record, not to something it teaches."""
    if _TERMS_URL.fullmatch(alignment.target_url or ""):
        return False
    if (alignment.target_framework or "").strip().casefold() == CTDL:
        return True
    return bool(
        is_ctid(alignment.target_code or "")
        and _REGISTRY.match(alignment.target_url or "")
        and (alignment.target_type or "").endswith("Credential")
    )


def stated_type(alignment: Alignment) -> Term | None:
    """The credential type that an alignment states for the badge: a CTDL term, or that of the badge's own record."""
    if term := _TERMS_URL.fullmatch(alignment.target_url or ""):
        return vocabulary.find_type(term["term"])
    return vocabulary.find_type(alignment.target_type or "") if is_self_reference(alignment) else None


def _by_framework(alignment: Alignment) -> str | None:
    named = (slot for slot, at in _FRAMEWORKS if at.search(alignment.target_framework or ""))
    hosted = (slot for slot, at in _HOSTS if at.match(alignment.target_url or ""))
    return next(named, None) or next(hosted, None)


def _text(value: str | None, language: str) -> dict[str, str] | None:
    text = single_line(value or "")
    return {language: text} if text else None
