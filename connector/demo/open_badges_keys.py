"""Keys of the practice issuer, made once a process and never kept, and what it signs with them (RS256, RFC 7515)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

Json = dict[str, Any]

ALGORITHM = "RS256"


@lru_cache(maxsize=8)
def private_key(number: int) -> rsa.RSAPrivateKey:
    """The key of this number, of 2048 bits: the same one as long as the process lives."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(number: int) -> str:
    """The public half as PEM (RFC 7468), as a `CryptographicKey` of OB 2.0 carries it."""
    pem = private_key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def public_jwk(number: int, kid: str) -> Json:
    """The public half as a JWK (RFC 7517)."""
    members: Json = json.loads(RSAAlgorithm.to_jwk(private_key(number).public_key()))
    return {"kid": kid, "kty": "RSA", "alg": ALGORITHM, "use": "sig", "n": members["n"], "e": members["e"]}


def signed(payload: Mapping[str, Any], number: int, **header: Any) -> str:
    """The payload as a compact JWS, with these members in its header beside `alg`."""
    return jwt.encode(dict(payload), private_key(number), algorithm=ALGORITHM, headers={"typ": None, **header})


def unsigned(payload: Mapping[str, Any]) -> str:
    """The payload as a compact JWS with `alg` none and an empty signature, which proves nothing."""
    return jwt.encode(dict(payload), "", algorithm="none")
