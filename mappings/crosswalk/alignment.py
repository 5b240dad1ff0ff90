"""Where an alignment belongs in a CTDL record: by its framework, its host and what it says it targets."""

import re
from typing import NamedTuple

from mappings.crosswalk.text import plain, single_line
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import CredentialAlignmentObject
from mappings.ctdl.reading import is_url
from mappings.open_badges.model import Alignment

CTDL = "credential transparency description language"
_REGISTRY = re.compile(r"https?://([a-z.]+\.)?(credentialfinder\.org|credentialengineregistry\.org)/", re.IGNORECASE)
_FRAMEWORKS = (
    ("occupationType", re.compile(r"o\*net|onetonline\.org|\bsoc\b|standard occupational", re.IGNORECASE)),
    ("industryType", re.compile(r"\bnaics\b|census\.gov/naics", re.IGNORECASE)),
    ("instructionalProgramType", re.compile(r"\bcip\b|nces\.ed\.gov/ipeds/cip", re.IGNORECASE)),
)


class Aligned(NamedTuple):
    """The property an alignment belongs to (None: nowhere) and what is written there."""

    slot: str | None
    node: CredentialAlignmentObject


def aligned(alignment: Alignment, language: str) -> Aligned:
    """Place one alignment. What names no framework is a competency; a pointer to our own record is none."""
    node = CredentialAlignmentObject(
        framework_name=_text(alignment.target_framework, language),
        coded_notation=alignment.target_code or None,
        target_node=alignment.target_url if alignment.target_url and is_url(alignment.target_url) else None,
        target_node_name=_text(alignment.target_name, language),
        target_node_description={language: plain(alignment.target_description)}
        if alignment.target_description and plain(alignment.target_description)
        else None,
    )
    if is_self_reference(alignment) or not (node.target_node or node.target_node_name):
        return Aligned(None, node)
    said = f"{alignment.target_framework or ''} {alignment.target_url or ''}"
    return Aligned(next((slot for slot, at in _FRAMEWORKS if at.search(said)), "targetCompetency"), node)


def is_self_reference(alignment: Alignment) -> bool:
    """Whether an alignment is the badge's pointer to its own credential record, not to something it teaches."""
    if (alignment.target_framework or "").strip().casefold() == CTDL:
        return True
    return bool(
        is_ctid(alignment.target_code or "")
        and _REGISTRY.match(alignment.target_url or "")
        and (alignment.target_type or "").endswith("Credential")
    )


def _text(value: str | None, language: str) -> dict[str, str] | None:
    text = single_line(value or "")
    return {language: text} if text else None
