"""Credential Registry identifiers: `ce-` and a UUID, minted by the owner and kept for life."""

import re
from functools import lru_cache
from uuid import UUID, uuid5

NAMESPACE = UUID("6b0f0f3e-9a0c-5d0e-8f6e-2d1f3f6f1c55")
VERIFICATION_SERVICE = "verification-service"
_FORM = re.compile(r"ce-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_ctid(text: str) -> bool:
    """Whether a text is a CTID in its lower-case form."""
    return _FORM.fullmatch(text) is not None


def badge_ctid(organization_ctid: str, authority: str, badge_id: str) -> str:
    """The CTID of an imported badge: the same for one owner, source authority and badge, whoever computes it.

    Raises ValueError for the one badge id that would take the CTID of the verification service profile.
    """
    if badge_id == VERIFICATION_SERVICE:
        raise ValueError(f"A badge cannot be called {VERIFICATION_SERVICE}: that name is the platform's own profile's.")
    return _derived(f"{organization_ctid}|{authority}|{badge_id}")


@lru_cache(maxsize=1_000)
def verification_service_ctid(organization_ctid: str, authority: str) -> str:
    """The CTID of the one verification service profile of an organization and a platform."""
    return _derived(f"{organization_ctid}|{authority}|{VERIFICATION_SERVICE}")


def blank_node(owner: str, item: bytes) -> str:
    """The `_:` id of a thing mentioned in a record: from the record's CTID (or badge id) and the thing itself."""
    return f"_:{uuid5(NAMESPACE, owner + '|' + item.decode())}"


def badge_urn(badge_id: str) -> str:
    """Names a record that has no CTID because its owner is not known yet."""
    return f"urn:uuid:{uuid5(NAMESPACE, badge_id)}"


def _derived(text: str) -> str:
    return f"ce-{uuid5(NAMESPACE, text)}"
