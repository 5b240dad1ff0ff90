"""Who signed an Open Badge, and whether the signature holds for a key that somebody fetched. Nothing is fetched here.

A signature is provenance: it says where a document comes from and decides nothing. The algorithm is that of the key,
never that of the header alone, and a key that stands inside the document proves nothing by itself.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from mappings.open_badges import compact
from mappings.open_badges.members import Json, address, first_object, is_web, listed, named, objects, text

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

_RSA_BITS = range(2048, 8193)
_PUBLIC_MEMBERS = ("kty", "crv", "n", "e", "x", "y")


class Signer(NamedTuple):
    """The key that a signed document names: by `kid`, inside its header, or as the creator of its verification.

    `fetchable` is the web address where the key may be had.
    """

    algorithm: str
    kid: str | None
    inline: Json | None
    creator: str | None

    @property
    def fetchable(self) -> str | None:
        """Where the key lies: the creator that OB 2.0 names, else the kid where it is an address."""
        return next(filter(is_web, (self.creator, self.kid)), None)


class Checked(NamedTuple):
    """Whether a signature holds for a key, and what to say of it."""

    holds: bool
    says: str


def signed_by(document: Mapping[str, Any], jws: str) -> Signer:
    """Which key a signed document names. ValueError where the header cannot be read."""
    header = compact.header(jws)
    stated = named(document)
    verification = first_object(stated.get("verification")) or first_object(stated.get("verify"))
    creator = address(verification.get("creator"), "creator") or text(verification, "url")
    inline = header.get("jwk")
    return Signer(
        algorithm=text(header, "alg") or "none",
        kid=text(header, "kid"),
        inline=inline if isinstance(inline, dict) else None,
        creator=creator,
    )


def checked(jws: str, key: Any, *, at: str | None, issuer: Mapping[str, Any] | None = None) -> Checked:
    """Check a signature with a key: PEM text, JWK, JWK set, or an OB 2.0 `CryptographicKey`.

    `at` is where the key was fetched, None for one that stands in the document itself. `issuer` is the profile of the
    badge's issuer: it is said whether the profile lists the key, or lies on the same host.
    """
    try:
        signer = signed_by({}, jws)
        public = public_key(key, signer.kid)
        algorithm = pinned(public)
    except ValueError as unread:
        return Checked(False, f"It is signed; the signature was not checked: {_lower(str(unread))}")
    if signer.algorithm != algorithm:
        said = f"it says {signer.algorithm[:20]}, which is not the algorithm of its key ({algorithm})."
        return Checked(False, f"It is signed; the signature was not accepted: {said}")
    try:
        jwt.PyJWS().decode(jws, key=public, algorithms=[algorithm])
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return Checked(False, f"It is signed, but the signature does not fit the key {_place(at)}: it may be altered.")
    if at is None:
        message = "Its signature fits the key that stands in the document itself, which does not tell who signed it."
        return Checked(False, message)
    return Checked(True, f"Its signature was checked with the key at {at} and holds{_owner(at, issuer or {})}.")


def not_checked(signer: Signer) -> str:
    """What to say of a signature whose key could not be had."""
    if signer.fetchable:
        return f"It is signed; the signature was not checked, because its key at {signer.fetchable} could not be had."
    if signer.inline:
        return "It is signed with a key that stands in the document itself, which does not tell who signed it."
    return "It is signed; the signature was not checked, because it names no web address of its key."


def public_key(key: Any, kid: str | None = None) -> PublicKey:
    """The public key in PEM text, a JWK, a JWK set (that of `kid`, or the only one) or an OB 2.0 `CryptographicKey`.

    ValueError with a sentence where there is none of RSA (2048 to 8192 bits), P-256 or Ed25519.
    """
    if isinstance(key, Mapping):
        document = named(key)
        if "keys" in document:
            return public_key(_of_set(objects(document["keys"]), kid))
        if "publicKeyPem" in document:
            return public_key(text(document, "publicKeyPem"))
        return _accepted(_of_jwk(document))
    if not isinstance(key, str | bytes) or not key:
        raise ValueError("What was found in place of its key is no key.")
    pem = key if isinstance(key, bytes) else key.encode("utf-8", "replace")
    try:
        return _accepted(load_pem_public_key(pem))
    except (TypeError, UnsupportedAlgorithm):
        raise ValueError("Its key is of a kind that is not accepted.") from None
    except ValueError as wrong:
        raise ValueError(str(wrong) if isinstance(wrong, _NotAccepted) else "Its key is damaged.") from None


class _NotAccepted(ValueError):
    pass


def pinned(key: PublicKey) -> str:
    """The one algorithm that a key is used with."""
    if isinstance(key, RSAPublicKey):
        return "RS256"
    return "EdDSA" if isinstance(key, Ed25519PublicKey) else "ES256"


def _of_set(keys: list[Json], kid: str | None) -> Json:
    fitting = keys if len(keys) == 1 else [each for each in keys if kid and each.get("kid") == kid]
    if len(fitting) != 1:
        raise ValueError("The set of keys does not tell which of them signed.")
    return fitting[0]


def _of_jwk(document: Json) -> Any:
    kinds: dict[str, Any] = {"RSA": RSAAlgorithm, "EC": ECAlgorithm, "OKP": OKPAlgorithm}
    kind = document.get("kty")
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError("What was found in place of its key is no public key.")
    public = {name: document[name] for name in _PUBLIC_MEMBERS if isinstance(document.get(name), str)}
    try:
        return kinds[kind].from_jwk(public)
    except (jwt.InvalidKeyError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise ValueError("Its key is damaged.") from None


def _accepted(key: Any) -> PublicKey:
    if isinstance(key, RSAPublicKey):
        if key.key_size not in _RSA_BITS:
            raise _NotAccepted(f"Its key has {key.key_size} bits; 2048 to 8192 are accepted.")
        return key
    if isinstance(key, Ed25519PublicKey) or (
        isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    ):
        return key
    raise _NotAccepted("Its key is of a kind that is not accepted.")


def _owner(at: str, issuer: Mapping[str, Any]) -> str:
    """Whose key it is, as far as the issuer's profile tells: one host may serve many issuers."""
    profile = named(issuer)
    try:
        listed_keys = [address(each, "publicKey") for each in listed(profile.get("publicKey"))]
        own = address(profile.get("id"), "id")
        if at in listed_keys:
            return ", a key that its issuer lists"
        same_host = is_web(own) and is_web(at) and _host(own) == _host(at)
    except ValueError:
        same_host = False
    return ", on the host of its issuer" if same_host else "; whose key that is was not checked"


def _host(address: str | None) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address or "")
    return parts.scheme, parts.hostname, parts.port


def _place(at: str | None) -> str:
    return f"at {at}" if at else "that stands in the document itself"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
