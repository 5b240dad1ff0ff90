"""What an alignment says of the badge itself: which record of the Registry it is, or which CTDL type it has."""

import re

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.vocabulary import Term
from mappings.open_badges.model import Alignment

CTDL = "credential transparency description language"
_REGISTRY = re.compile(
    r"https?://(?P<part>[a-z.]+\.)?(?:credentialfinder\.org|credentialengineregistry\.org)/", re.IGNORECASE
)
_CTID = re.compile(r"(?<![0-9a-z-])ce-[0-9a-f-]{36}(?![0-9a-z-])", re.IGNORECASE)
_TERMS_URL = re.compile(r"https?://(purl\.org/ctdl/terms|credreg\.net/ctdl/terms)/(?P<term>\w+)", re.IGNORECASE)


def is_in_the_registry(address: str) -> bool:
    """Whether a web address is one of the Registry's or its Finder's."""
    return _REGISTRY.match(address) is not None


def registry_ctid(alignment: Alignment) -> str | None:
    """The CTID that an alignment names, as its code or in an address of the Registry."""
    code = (alignment.target_code or "").strip().lower()
    if is_ctid(code):
        return code
    address = alignment.target_url or ""
    if "ce-" not in address.lower() or not is_in_the_registry(address):
        return None
    found = _CTID.search(address)
    return found[0].lower() if found and is_ctid(found[0].lower()) else None


def registry_address(alignment: Alignment, ctid: str) -> str:
    """The address of the record with that CTID, in the Registry that the alignment's own address belongs to."""
    stated = _REGISTRY.match(alignment.target_url or "")
    part = (stated["part"] or "") if stated else ""
    return f"https://{'' if part.lower() == 'www.' else part.lower()}credentialengineregistry.org/resources/{ctid}"


def is_self_reference(alignment: Alignment) -> bool:
    """Whether an alignment is the badge's pointer to its own credential record, not to something it teaches."""
    if (alignment.target_framework or "").strip().casefold() == CTDL:
        return not is_term(alignment)
    if alignment.target_type != "CTDL" or is_term(alignment):
        return False
    return is_in_the_registry(alignment.target_url or "") and registry_ctid(alignment) is not None


def is_term(alignment: Alignment) -> bool:
    """Whether an alignment leads to a term of CTDL itself."""
    return _TERMS_URL.fullmatch(alignment.target_url or "") is not None


def stated_type(alignment: Alignment) -> Term | None:
    """The credential type that an alignment states for the badge: a CTDL term, or that of the badge's own record."""
    if term := _TERMS_URL.fullmatch(alignment.target_url or ""):
        return vocabulary.find_type(term["term"])
    return vocabulary.find_type(alignment.target_type or "") if is_self_reference(alignment) else None
