"""Signatures of Open Badges: which key is named, and what is said when it is checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from mappings.open_badges.document import badge_class
from mappings.open_badges.opened import opened
from mappings.open_badges.signed import Checked, checked, not_checked, public_key, signed_by

Json = dict[str, Any]

KEY_AT = "https://orchard.example/keys/1"
ISSUER = {"type": "Issuer", "id": "https://orchard.example/issuer", "name": "Orchard School"}
SAID = {"type": "Achievement", "id": "https://orchard.example/1", "name": "Grafting"}

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
ALGORITHMS = {"RS256": RSA, "ES256": EC, "EdDSA": ED}
JWKS = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


UNKNOWN = "; whose key that is was not checked."


def signed(algorithm: str, said: Json = SAID, **header: Any) -> str:
    key = ALGORITHMS[algorithm]
    return jwt.PyJWS().encode(json.dumps(said).encode(), key, algorithm=algorithm, headers=header)


def pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(algorithm: str) -> Json:
    return JWKS[algorithm].to_jwk(ALGORITHMS[algorithm].public_key(), as_dict=True)


def forms(algorithm: str) -> list[Any]:
    """One public key in every form that it may be had."""
    key = pem(ALGORITHMS[algorithm])
    return [
        key,
        key.encode(),
        {"type": "CryptographicKey", "id": KEY_AT, "owner": ISSUER["id"], "publicKeyPem": key},
        jwk(algorithm),
        {"keys": [jwk(algorithm) | {"kid": KEY_AT}]},
        {"keys": [jwk("ES256") | {"kid": "another"}, jwk(algorithm) | {"kid": KEY_AT}]},
    ]


@pytest.mark.parametrize("form", range(6))
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_holds_for_its_key_in_every_form(algorithm: str, form: int) -> None:
    found = checked(signed(algorithm, kid=KEY_AT), forms(algorithm)[form], at=KEY_AT)
    assert found == Checked(
        True, f"Its signature was checked with the key at {KEY_AT} and holds; whose key that is was not checked."
    )


@pytest.mark.parametrize(
    ("issuer", "whose"),
    [
        (ISSUER, ", on the host of its issuer."),
        ({"id": "https://elsewhere.example/", "publicKey": KEY_AT}, ", a key that its issuer lists."),
        ({"id": "https://elsewhere.example/", "publicKey": [{"id": KEY_AT}]}, ", a key that its issuer lists."),
        ({"id": "https://elsewhere.example/"}, UNKNOWN),
        ({"id": "http://orchard.example/issuer"}, UNKNOWN),
        ({"id": 7, "publicKey": [[["x"]]]}, UNKNOWN),
        ({}, UNKNOWN),
    ],
    ids=repr,
)
def test_the_profile_of_the_issuer_tells_whose_key_it_is(issuer: Json, whose: str) -> None:
    found = checked(signed("RS256"), pem(RSA), at=KEY_AT, issuer=issuer)
    assert found.holds
    assert found.says.endswith(f" and holds{whose}")


def test_a_key_in_the_document_itself_proves_nothing() -> None:
    jws = signed("EdDSA", jwk=jwk("EdDSA"))
    inline = signed_by({}, jws).inline
    found = checked(jws, inline, at=None, issuer=ISSUER)
    assert found == Checked(
        False, "Its signature fits the key that stands in the document itself, which does not tell who signed it."
    )


def altered(jws: str) -> str:
    header, _, signature = jws.split(".")
    other = base64.urlsafe_b64encode(json.dumps(SAID | {"name": "Other"}).encode()).rstrip(b"=").decode()
    return f"{header}.{other}.{signature}"


def hmac_with_the_public_key() -> str:
    head, said = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256"}, SAID))
    mac = hmac.new(pem(RSA).encode(), head + b"." + said, hashlib.sha256).digest()
    return b".".join([head, said, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def other_rsa(bits: int) -> str:
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=bits))


def with_rsa(algorithm: str | None) -> str:
    return jwt.PyJWS().encode(b"{}", RSA if algorithm else None, algorithm=algorithm)


DAMAGED = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
NOT_HOLDING: dict[str, tuple[Callable[[], str], Callable[[], Any], str]] = {
    "altered text": (lambda: altered(signed("RS256")), lambda: pem(RSA), "does not fit the key"),
    "another key": (lambda: signed("RS256"), lambda: other_rsa(2048), "does not fit the key"),
    "no algorithm": (lambda: with_rsa(None), lambda: pem(RSA), "says none"),
    "the public key as a secret": (hmac_with_the_public_key, lambda: pem(RSA), "says HS256"),
    "a longer digest": (lambda: with_rsa("RS512"), lambda: pem(RSA), "says RS512"),
    "another padding": (lambda: with_rsa("PS256"), lambda: pem(RSA), "says PS256"),
    "a key of another kind": (lambda: signed("RS256"), lambda: pem(EC), "not the algorithm of its key (ES256)"),
    "a short key": (lambda: signed("RS256"), lambda: other_rsa(1024), "1024 bits"),
    "another curve": (lambda: signed("ES256"), lambda: pem(ec.generate_private_key(ec.SECP384R1())), "not accepted"),
    "a damaged key": (lambda: signed("RS256"), lambda: DAMAGED, "damaged"),
    "a shared secret": (lambda: signed("RS256"), lambda: {"kty": "oct", "k": "c2VjcmV0"}, "no public key"),
    "half a key": (lambda: signed("RS256"), lambda: {"kty": "RSA", "n": "AQ"}, "damaged"),
    "two keys": (lambda: signed("RS256"), lambda: {"keys": [jwk("RS256"), jwk("ES256")]}, "which of them signed"),
    "no keys": (lambda: signed("RS256"), lambda: {"keys": []}, "which of them signed"),
    "an empty key": (lambda: signed("RS256"), lambda: {"publicKeyPem": None}, "no key"),
    "no key": (lambda: signed("RS256"), lambda: None, "no key"),
    "a broken header": (lambda: "eyJ.e30.", lambda: pem(RSA), "not JSON"),
    "no signed text": (lambda: "nonsense", lambda: pem(RSA), "three parts"),
}


@pytest.mark.parametrize("name", NOT_HOLDING)
def test_what_does_not_hold_says_why(name: str) -> None:
    jws, key, says = NOT_HOLDING[name]
    found = checked(jws(), key(), at=KEY_AT)
    assert not found.holds
    assert says in found.says
    assert found.says.startswith("It is signed")
    assert found.says.endswith(".")


def test_a_private_key_is_taken_for_its_public_half_alone() -> None:
    private = RSAAlgorithm.to_jwk(RSA, as_dict=True)
    assert isinstance(public_key(private), rsa.RSAPublicKey)


@pytest.mark.parametrize(
    ("document", "header", "fetchable"),
    [
        ({"verification": {"type": "SignedBadge", "creator": KEY_AT}}, {}, KEY_AT),
        ({"verification": {"type": "signed", "creator": {"id": KEY_AT}}}, {"kid": "1"}, KEY_AT),
        ({"verify": {"type": "signed", "url": KEY_AT}}, {}, KEY_AT),
        ({}, {"kid": KEY_AT}, KEY_AT),
        ({}, {"kid": "did:web:orchard.example#1"}, None),
        ({}, {"jwk": {"kty": "OKP"}}, None),
        ({"verification": {"type": "hosted"}}, {}, None),
    ],
    ids=repr,
)
def test_the_key_is_named_by(document: Json, header: Json, fetchable: str | None) -> None:
    signer = signed_by(document, signed("RS256", document, **header))
    assert (signer.algorithm, signer.fetchable) == ("RS256", fetchable)
    assert signer.inline == header.get("jwk")
    said = not_checked(signer)
    assert said.endswith(".")
    assert (KEY_AT in said) is bool(fetchable)
    assert ("in the document itself" in said) is ("jwk" in header)


def test_the_sentence_goes_with_the_badge() -> None:
    ((document, jws, _),) = opened(signed("ES256", kid=KEY_AT).encode())
    assert jws is not None
    found = checked(jws, pem(EC), at=KEY_AT, issuer=ISSUER)
    badge = badge_class(document, signature=found.says)
    assert (
        badge.signature == f"Its signature was checked with the key at {KEY_AT} and holds, on the host of its issuer."
    )
