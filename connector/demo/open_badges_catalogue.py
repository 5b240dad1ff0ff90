"""Everything that the practice Open Badges issuer publishes, by its path.

What stands where, and what each document is the example of, is in `documents`. The first badge is the plain one; the
varieties of the others are named in `hosted_badges.VARIETIES`, those of achievements in `verifiable_badges.VARIETIES`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.demo import hosted_badges, open_badges_keys, verifiable_badges
from connector.demo.baking import baked_png, png_with_address, svg, svg_with_assertion, svg_with_credential
from connector.demo.loopback import HTML, PNG
from connector.demo.practice_images import picture
from connector.demo.practice_public_badges import public_badge, public_issuer

Json = dict[str, Any]

LD_JSON = "application/ld+json"
CREDENTIAL_JSON = "application/vc+ld+json"
TEXT = "text/plain; charset=utf-8"
SVG = "image/svg+xml"
PUBLIC_ISSUER = "hB-9kQ2mW_4xTzR7cLdYfA"
ELSEWHERE = "https://elsewhere.example"
_PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1>"


@dataclass(frozen=True)
class Document:
    """One document and how it is served. Texts and bytes travel as they are, any other body as JSON."""

    kind: str
    body: Any
    content_type: str = LD_JSON
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def encoded(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return text.encode()


Documents = dict[str, Document]


def documents(url: str, *, badges: int = 30, achievements: int = 36, public_badges: int = 12) -> Documents:
    """The documents of an issuer at this address, by path, and by path with query where that makes a difference.

    | kind | where | what |
    |---|---|---|
    | `badge` | `/badges/{n}.json` | a BadgeClass of OB 2.0, of 1.1 or 1.0, in each variety |
    | `issuer` | `/issuers/{n}.json` | 1 as OB 2.0 has it, 2 with aliases, 3 as OB 1.0 had it |
    | `key` | `/keys/{n}.json` | CryptographicKey; the first issuer does not list the second |
    | `jwk`, `key_set` | `/keys/{n}.jwk`, `/keys/jwks.json` | the same keys as JWK |
    | `revocation_list` | `/revocations.json` | RevocationList |
    | `assertion` | `/assertions/{n}.json` | 1 to 3 of OB 2.0, 4 of 1.1, 5 of 1.0, 6 of 0.5 |
    | `signed_assertion` | `/assertions/{n}.jws` | 1, 2 well signed, 3 wrongly, 4 by a key not listed, 5 revoked |
    | `achievement` | `/achievements/{n}.json` | an Achievement of OB 3.0, of each type, in each variety |
    | `credential` | `/credentials/{n}.json` | 1 of VC 2.0, 2 of VC 1.1, 3 with lists and a proof, 4 another's creator |
    | `signed_credential` | `/credentials/{n}.jwt` | VC-JWT: see `_signed_credentials` |
    | `baked` | `/baked/{n}.png`, `.svg` | see `_baked` |
    | `endorsement` | `/endorsements/{n}.json` | 1 of OB 2.0, 2 of OB 3.0 |
    | `jws_header` | `/headers/1.json` | the header of a JWS on its own |
    | `public_badge`, `public_issuer` | `/public/badges/{id}`, `/public/issuers/{id}` | as the Badgr family has them |
    | `moodle_badge` | `/badges/badge_json.php?id={n}` | a BadgeClass as Moodle has it, called HTML |
    | `factory_achievement` | `/obv3/achievements/{n}?cid=7&lang=en` | an Achievement as Open Badge Factory has it |
    | `moved` | `/moved/{n}` | 302: 1 in one hop, 2 in two, 3 for ever, 4 to another host |
    | `gone` | `/gone/{n}.json` | 410: 1 a revoked assertion, 2 a page |

    Kinds that end in `_variant` or `_link` are for the same things in another form.
    """
    found: Documents = {}
    for number in range(1, badges + 1):
        body = hosted_badges.badge_class(url, number)
        found[f"/badges/{number}.json"] = Document("badge", body, hosted_badges.badge_label(number))
    for number in range(1, achievements + 1):
        body = verifiable_badges.achievement(url, number)
        found[f"/achievements/{number}.json"] = Document("achievement", body)
    found.update(_about_issuers(url))
    found.update(_about_recipients(url))
    found.update(_baked(url))
    found.update(_in_public(url, public_badges))
    found.update(_elsewhere(url))
    return found


def _about_issuers(url: str) -> Iterator[tuple[str, Document]]:
    for number in (1, 2, 3):
        jwk = open_badges_keys.public_jwk(number, f"{url}/keys/{number}.jwk")
        key = hosted_badges.cryptographic_key(url, number, open_badges_keys.public_pem(number))
        yield f"/issuers/{number}.json", Document("issuer", hosted_badges.issuer(url, number))
        yield f"/keys/{number}.json", Document("key", key)
        yield f"/keys/{number}.jwk", Document("jwk", jwk, "application/jwk+json")
    keys = [open_badges_keys.public_jwk(number, f"{url}/keys/{number}.jwk") for number in (1, 3)]
    yield "/keys/jwks.json", Document("key_set", {"keys": keys}, "application/jwk-set+json")
    yield "/revocations.json", Document("revocation_list", hosted_badges.revocation_list(url))
    yield "/endorsements/1.json", Document("endorsement", hosted_badges.endorsement(url))
    yield "/endorsements/2.json", Document("endorsement", verifiable_badges.endorsement(url, 2), CREDENTIAL_JSON)
    yield "/headers/1.json", Document("jws_header", {"alg": open_badges_keys.ALGORITHM}, "application/json")


def _about_recipients(url: str) -> Iterator[tuple[str, Document]]:
    for number, assertion in enumerate(hosted_badges.assertions(url), 1):
        yield f"/assertions/{number}.json", Document("assertion", assertion)
    for number, text in enumerate(_signed_assertions(url), 1):
        yield f"/assertions/{number}.jws", Document("signed_assertion", text, TEXT)
    for number, credential in enumerate(verifiable_badges.credentials(url), 1):
        yield f"/credentials/{number}.json", Document("credential", credential, CREDENTIAL_JSON)
    for number, text in enumerate(_signed_credentials(url), 1):
        yield f"/credentials/{number}.jwt", Document("signed_credential", text, TEXT)


def _signed_assertions(url: str) -> list[str]:
    keys = (1, 1, 2, 2, 1)  # the third names the first key all the same
    return [
        open_badges_keys.signed(assertion, key)
        for assertion, key in zip(hosted_badges.signed_assertions(url), keys, strict=True)
    ]


def _signed_credentials(url: str) -> list[str]:
    """1 with `kid`, 2 with an inline `jwk` alone, 3 by another key than `kid` names, 4 of VC 1.1, 5 unsigned."""
    signer = {"issuer": verifiable_badges.profile(url, 1)}
    first, second, third, fifth = (
        verifiable_badges.claims(verifiable_badges.credential(url, number) | signer) for number in (1, 2, 3, 5)
    )
    fourth = verifiable_badges.claims_of_1_1(verifiable_badges.credential_of_1_1(url, 4) | signer)
    kid = f"{url}/keys/1.jwk"
    inline = {key: value for key, value in open_badges_keys.public_jwk(2, kid).items() if key != "kid"}
    return [
        open_badges_keys.signed(first, 1, kid=kid, typ="JWT"),
        open_badges_keys.signed(second, 2, jwk=inline),
        open_badges_keys.signed(third, 2, kid=kid),
        open_badges_keys.signed(fourth, 1, kid=kid),
        open_badges_keys.unsigned(fifth),
    ]


def _baked(url: str) -> Iterator[tuple[str, Document]]:
    """PNG and SVG with 1 an assertion, 2 a JWS, 3 a credential, 4 a VC-JWT.

    PNG also with 5 a compressed assertion, 6 nothing, 7 the address of an assertion as before OB 1.1.
    """
    assertion, jws = hosted_badges.assertions(url)[1], _signed_assertions(url)[0]
    credential, token = verifiable_badges.credentials(url)[0], _signed_credentials(url)[0]
    hosted, blank = json.dumps(assertion), picture("baked")
    pngs = (
        baked_png(blank, "openbadges", hosted),
        baked_png(blank, "openbadges", jws),
        baked_png(blank, "openbadgecredential", json.dumps(credential)),
        baked_png(blank, "openbadgecredential", token),
        baked_png(blank, "openbadges", hosted, compressed=True),
        blank,
        png_with_address(blank, f"{url}/assertions/5.json"),
    )
    svgs = (
        svg_with_assertion("Assertion", verify=assertion["id"], assertion=assertion),
        svg_with_assertion("Signed assertion", verify=jws),
        svg_with_credential("Credential", credential=credential),
        svg_with_credential("Signed credential", verify=token),
    )
    for number, png in enumerate(pngs, 1):
        yield f"/baked/{number}.png", Document("baked", png, PNG)
    for number, image in enumerate(svgs, 1):
        yield f"/baked/{number}.svg", Document("baked", image, SVG)


def _in_public(url: str, count: int) -> Iterator[tuple[str, Document]]:
    issuer = hosted_badges.stored_issuer(PUBLIC_ISSUER)
    own = f"/public/issuers/{PUBLIC_ISSUER}"
    yield own, Document("public_issuer", public_issuer(issuer, url))
    yield f"{own}/image", _moved("/images/issuer-2.png", "public_link")
    for number in range(1, count + 1):
        badge = hosted_badges.stored_badge(number, PUBLIC_ISSUER)
        path = f"/public/badges/{badge['entityId']}"
        expanded = public_badge(badge, url, issuer=issuer)
        yield path, Document("public_badge", public_badge(badge, url))
        yield f"{path}?v=1_1", Document("public_variant", public_badge(badge, url, "1_1"))
        yield f"{path}?expand=issuer", Document("public_variant", expanded)
        yield f"{path}/image", _moved(f"/images/public-{number}.png", "public_link")
        yield f"{path}/criteria", _moved(f"/criteria/{number}", "public_link")


def _elsewhere(url: str) -> Iterator[tuple[str, Document]]:
    yield "/badges/badge_json.php?id=1", Document("moodle_badge", hosted_badges.moodle_badge(url, 1), HTML)
    factory = "/obv3/achievements/1?cid=7&lang=en"
    yield factory, Document("factory_achievement", verifiable_badges.achievement(url, 1) | {"id": url + factory})
    yield "/moved/1", _moved(f"{url}/badges/1.json")
    yield "/moved/2", _moved("/moved/1")
    yield "/moved/3", _moved("/moved/3")
    yield "/moved/4", _moved(f"{ELSEWHERE}/badges/1.json")
    yield "/gone/1.json", Document("gone", hosted_badges.revoked_assertion(url), status=410)
    yield "/gone/2.json", Document("gone", _PAGE.format("Gone"), HTML, 410)


def _moved(to: str, kind: str = "moved") -> Document:
    return Document(kind, _PAGE.format("Found"), HTML, 302, (("Location", to),))


def image(name: str, suffix: str) -> Document:
    """The picture of this name, as PNG or SVG."""
    if suffix == "svg":
        return Document("image", svg(name), SVG)
    return Document("image", picture(name), PNG)


def criteria_page(name: str) -> Document:
    """The page for people that says how a badge is earned."""
    return Document("criteria", _PAGE.format(f"How to earn badge {name}"), HTML)


MISSING = Document("missing", _PAGE.format("Not found"), HTML, 404)
