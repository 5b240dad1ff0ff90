"""Open Badges as compact JWS (RFC 7515), read without checking: OB 2.0 signed assertions, OB 3.0 VC-JWT."""

import re
from base64 import urlsafe_b64decode

import orjson

from mappings.open_badges.members import Json

_FORM = re.compile(r"ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def is_compact(text: str) -> bool:
    """Whether a text has the form of a compact JWS: three parts of base64url with dots between them, a JSON header."""
    return _FORM.fullmatch(text) is not None


def header(jws: str) -> Json:
    """The header of a compact JWS. ValueError where it is no JSON object."""
    return _part(jws, 0, "header")


def payload(jws: str) -> Json:
    """What a compact JWS says, unchecked; of a VC-JWT the credential in it. ValueError where it is no JSON object."""
    said = _part(jws, 1, "content")
    inner = said.get("vc")
    if not isinstance(inner, dict):
        return said
    from_claims = {"id": said.get("jti"), "issuer": said.get("iss")}
    return {name: value for name, value in from_claims.items() if value} | inner


def _part(jws: str, place: int, called: str) -> Json:
    parts = jws.split(".")
    if len(parts) != 3:
        raise ValueError("A signed badge has three parts with dots between them; this text has not.")
    part = parts[place]
    try:
        found = orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        raise ValueError(f"The {called} of the signed text is not JSON.") from None
    if not isinstance(found, dict):
        raise ValueError(f"The {called} of the signed text is no JSON object.")
    return found
