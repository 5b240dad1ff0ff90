"""How the signature of a document was checked, as a sentence: provenance, which keeps no badge out."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from adapters.contract import Answer
from adapters.open_badges.rounds import Walk
from mappings.open_badges.definition import profiles
from mappings.open_badges.members import Json, addresses, is_web, named
from mappings.open_badges.signed import Signer, checked, not_checked, signed_by


def provenance(document: Mapping[str, Any], jws: str, badge: Json) -> Walk[str]:
    """Fetches the key that a signed document names, and the profile of who issued it. Never fails.

    The key of an OB 2.0 assertion has to be listed by the issuer and lie on its host (OB 2.0, Signed Badges); one that
    stands in the document itself proves nothing.
    """
    try:
        signer = signed_by(document, jws)
    except ValueError as unread:
        return f"It is signed; the signature was not checked. {unread}"
    if signer.fetchable is None:
        return checked(jws, signer.inline, at=None).says if signer.inline else not_checked(signer)
    key = yield signer.fetchable
    if not isinstance(key, Answer):
        return not_checked(signer)
    issuer = yield from _issuer(document, badge)
    found = checked(jws, _parsed(key.body), at=key.address, issuer=issuer)
    if found.holds and signer.creator and not _is_listed(key.address, signer, issuer):
        return f"Its signature fits the key at {key.address}, which its issuer does not list on its own host."
    return found.says


def _issuer(document: Mapping[str, Any], badge: Json) -> Walk[Json]:
    """The profile of who signs: the issuer of a credential, else that of the badge. At least its id, if it has one."""
    named_here = profiles(named(document).get("issuer"), "issuer", None)
    stated = [each.get("id") for each in (*named_here, *badge.get("issuer", ()), *badge.get("creator", ()))]
    own = next(filter(is_web, stated), None)
    if own is None:
        return {}
    found = yield own
    profile = _parsed(found.body) if isinstance(found, Answer) else None
    return named(profile) | {"id": own} if isinstance(profile, Mapping) else {"id": own}


def _is_listed(key: str, signer: Signer, issuer: Json) -> bool:
    listed = list(addresses(issuer.get("publicKey"), "publicKey"))
    return signer.creator in listed and urlsplit(key).netloc == urlsplit(str(issuer.get("id"))).netloc


def _parsed(body: bytes) -> Any:
    """JSON, or else the text itself: a key may lie there as PEM."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
