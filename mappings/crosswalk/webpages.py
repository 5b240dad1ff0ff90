"""The web pages about a badge, and its image."""

import re
from collections.abc import Iterator

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Filled, Note, Provenance, Result, fill
from mappings.ctdl.reading import is_url
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass

_FOR_MACHINES = re.compile(
    r"https?://(?:api\.[^/?#]+/(?!public/)|[^/?#]+/(?:[^?#]*/)?(?:api|obi)/|[^?#]+\.json(?:ld)?(?:[?#]|$))",
    re.IGNORECASE,
)
_IMAGE = Provenance("image", ("image",), "the badge's image")
_SUBJECT_WEBPAGE = {
    "activity_page": Provenance("subjectWebpage", ("activity_page",), "the issuer's own page about it"),
    "criteria": Provenance("subjectWebpage", ("criteria",), "the page of its criteria"),
    "page": Provenance("subjectWebpage", ("page",), "its page on the platform"),
    "id": Provenance("subjectWebpage", ("id",), "the badge's own address"),
}
"""Where the page may come from, by the member of the badge."""


def subject_webpage(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The page about the badge: the issuer's own before the platform's, one for people before one for machines."""
    stated = {"activity_page": badge.activity_page, "criteria": badge.criteria.id, "page": badge.page, "id": badge.id}
    pages = {member: address for member, address in stated.items() if address and is_url(address)}
    chosen = next((member for member, address in pages.items() if not is_for_machines(address)), None)
    if pages and chosen is None:
        chosen, url = next(iter(pages.items()))
        message = f"The only address of the badge is one for machines, {url}. Give the page that people read."
        yield Finding("subjectWebpage", "recommended", "subject_webpage_for_machines", message)
    if chosen:
        yield Filled("subject_webpage", pages[chosen], _SUBJECT_WEBPAGE[chosen])
    for member, address in stated.items():
        if address and member not in pages and member != "id":
            yield not_an_address(member, address)
    if "page" in pages and chosen != "page":
        yield Note("page", "page_kept_out", f"Its page on the platform is {badge.page}.")
    if "activity_page" in pages and chosen != "activity_page":
        yield Note("activity_page", "page_kept_out", f"The issuer's address for it is {badge.activity_page}.")


def is_for_machines(address: str) -> bool:
    """Whether an address looks like that of a document for programs rather than a page for people."""
    return _FOR_MACHINES.match(address) is not None


def not_an_address(member: str, address: str) -> Note:
    """Says of a member that it holds no address."""
    return Note(member, "not_an_address", f"“{address}” is no absolute web address and was not taken over.")


def available_online_at(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Where one can enrol."""
    page = badge.enrolment_page
    if page and is_url(page):
        yield fill("available_online_at", "availableOnlineAt", (page,), ("enrolment_page",), "where one can enrol")
    elif page:
        yield not_an_address("enrolment_page", page)


def image(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The image where it lies at a web address; the Registry takes no other."""
    if badge.image and is_url(badge.image):
        yield Filled("image", badge.image, _IMAGE)
    elif badge.image:
        message = "The image is not at a web address, so the Registry cannot take it."
        yield Note("image", "image_not_an_address", message)
    if badge.image_caption:
        yield Note("image_caption", "image_caption", f"Its image shows: {' '.join(badge.image_caption.split())}.")
