"""Documents as issuers on the web publish them under Open Badges 0.5 to 2.0: badges, issuers, assertions, keys.

Every badge is a variation of the same plain form; `VARIETIES` names what each has that others have not. The words
stand in `data/open_badges.json`. Nothing is random: everything follows from the address and the number.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from connector.demo.open_badges_canaries import (
    ISSUER_EMAIL,
    ISSUER_PHONE,
    RECIPIENT_EMAIL,
    RECIPIENT_HASH,
    RECIPIENT_NAME,
    RECIPIENT_SALT,
    RECIPIENT_STORY,
)
from connector.demo.outlines import words
from connector.demo.practice_images import picture

Json = dict[str, Any]

CONTEXT_2_0 = "https://w3id.org/openbadges/v2"
CONTEXT_1_1 = "https://w3id.org/openbadges/v1"
_NAMESPACE = UUID("2c1b7f0e-7d0a-4b52-8a1e-0f6d2a9c4e77")
_LEFT_OUT = object()


@dataclass(frozen=True)
class Spot:
    """Where a document stands: the issuer's own address, and the number of the document."""

    url: str
    number: int

    @property
    def badge(self) -> str:
        """The address of the badge of this number."""
        return f"{self.url}/badges/{self.number}.json"

    @property
    def issuer(self) -> str:
        """The address of the issuer of this number's badge: the first, or the second for every fifth."""
        return f"{self.url}/issuers/{issuer_of(self.number)}.json"

    @property
    def image(self) -> str:
        """The address of this number's picture."""
        return f"{self.url}/images/{self.number}.png"

    @property
    def criteria(self) -> str:
        """The address of the page that says how the badge is earned."""
        return f"{self.url}/criteria/{self.number}"


def issuer_of(number: int) -> int:
    """Which issuer awards the badge of this number."""
    return 2 if number % 5 == 0 else 1


def text_of(number: int) -> Json:
    """Name, description, narrative, tags and field of study of the badge of this number."""
    badges = _words()["badges"]
    level, place = divmod(number - 1, len(badges))
    text: Json = dict(badges[place])
    if level:
        text["name"] += f", Level {level + 1}"
    return text


def identifier(*parts: object) -> str:
    """The UUID that belongs to these parts, as `urn:uuid:`."""
    return f"urn:uuid:{uuid5(_NAMESPACE, '/'.join(map(str, parts)))}"


def data_uri(number: int) -> str:
    """This number's picture as a data URI (RFC 2397)."""
    return f"data:image/png;base64,{b64encode(picture(str(number))).decode()}"


@lru_cache(maxsize=1)
def _words() -> Json:
    found: Json = words("open_badges")
    return found


def _plain(spot: Spot) -> Json:
    text = text_of(spot.number)
    return {
        "@context": CONTEXT_2_0,
        "type": "BadgeClass",
        "id": spot.badge,
        "name": text["name"],
        "description": text["description"],
        "image": spot.image,
        "criteria": {"id": spot.criteria, "narrative": text["narrative"]},
        "issuer": spot.issuer,
        "tags": text["tags"],
        "alignment": [alignment(spot.number)],
    }


def alignment(number: int) -> Json:
    """An alignment with all members of OB 2.0."""
    return {
        "targetName": f"Works safely outdoors, part {number}",
        "targetUrl": f"https://frameworks.example/outdoors/{number}",
        "targetDescription": "Knows the risks of the place and acts on them.",
        "targetFramework": "Outdoor Work Framework",
        "targetCode": f"OW.{number}",
    }


def _old_alignment(number: int) -> Json:
    new = alignment(number)
    return {"name": new["targetName"], "url": new["targetUrl"], "description": new["targetDescription"]}


def _own_issuer(spot: Spot) -> Json:
    return {key: value for key, value in issuer(spot.url, issuer_of(spot.number)).items() if key != "@context"}


Variation = Callable[[Json, Spot], Mapping[str, Any]]

_VARIATIONS: Mapping[str, Variation] = {
    "plain": lambda badge, spot: {},
    "criteria_address": lambda badge, spot: {"criteria": spot.criteria},
    "criteria_narrative": lambda badge, spot: {"criteria": {"narrative": badge["criteria"]["narrative"]}},
    "criteria_list": lambda badge, spot: {
        "criteria": [spot.criteria, {"narrative": badge["criteria"]["narrative"]}, {"narrative": "Be **on time**."}]
    },
    "criteria_empty": lambda badge, spot: {"criteria": {}, "alignment": [], "tags": []},
    "image_object": lambda badge, spot: {
        "image": {
            "type": "Image",
            "id": f"{spot.url}/images/{spot.number}.svg",
            "caption": "A round emblem.",
            "author": spot.issuer,
        }
    },
    "image_data": lambda badge, spot: {"image": data_uri(spot.number)},
    "image_data_object": lambda badge, spot: {"image": {"id": data_uri(spot.number), "caption": "A round emblem."}},
    "single_values": lambda badge, spot: {"tags": badge["tags"][0], "alignment": badge["alignment"][0]},
    "lists_of_one": lambda badge, spot: {
        "type": ["BadgeClass"],
        "image": [badge["image"]],
        "criteria": [badge["criteria"]],
        "issuer": [badge["issuer"]],
    },
    "aliases": lambda badge, spot: {
        "id": _LEFT_OUT,
        "type": _LEFT_OUT,
        "@id": badge["id"],
        "@type": ["BadgeClass"],
        "image": {"@id": badge["image"], "@type": "Image"},
        "criteria": {"@id": spot.criteria},
        "issuer": {"@id": badge["issuer"], "@type": "Profile", "name": _words()["issuers"][0]["name"]},
    },
    "spanish": lambda badge, spot: {
        **{key: _words()["translation"][key] for key in ("name", "description", "tags")},
        "@language": "es",
        "criteria": {"narrative": _words()["translation"]["narrative"]},
        "related": [{"type": "BadgeClass", "id": Spot(spot.url, spot.number + 1).badge, "@language": "en-US"}],
    },
    "english_of_the_spanish": lambda badge, spot: {
        "@language": "en-US",
        "related": {"id": Spot(spot.url, spot.number - 1).badge, "@language": "es"},
    },
    "relative": lambda badge, spot: {
        "image": f"../images/{spot.number}.png",
        "criteria": f"../criteria/{spot.number}",
        "issuer": f"/issuers/{issuer_of(spot.number)}.json",
    },
    "relative_id": lambda badge, spot: {"id": f"/badges/{spot.number}.json"},
    "issuer_embedded": lambda badge, spot: {"issuer": _own_issuer(spot)},
    "issuer_without_id": lambda badge, spot: {
        "issuer": {key: value for key, value in _own_issuer(spot).items() if key != "id"}
    },
    "tags_text": lambda badge, spot: {"id": f"{badge['id']}?cid=7&lang=en", "tags": ", ".join(badge["tags"])},
    "alignment_old_names": lambda badge, spot: {"alignment": [_old_alignment(spot.number)]},
    "alignment_blank": lambda badge, spot: {
        "alignment": [
            alignment(spot.number) | {"targetDescription": None, "targetFramework": "", "targetCode": None},
            alignment(spot.number) | {"targetUrl": None},
            alignment(spot.number) | {"targetUrl": "see the handbook"},
        ]
    },
    "version_number": lambda badge, spot: {
        "version": 2,
        "related": {"type": "BadgeClass", "id": Spot(spot.url, spot.number - 1).badge, "version": 1},
    },
    "version_text": lambda badge, spot: {
        "version": "2.1-beta",
        "endorsement": f"{spot.url}/endorsements/1.json",
        "expires": {"amount": 24, "duration": "months"},
    },
    "entities": lambda badge, spot: {
        "name": f"{badge['name']} &amp; More",
        "description": "<p>Says what it&#8217;s about: depth &lt; 2&nbsp;m.</p>\r\n\r\n* first\r\n* second",
    },
    "unicode": lambda badge, spot: {
        "name": f"{badge['name']} (ISC)²",
        "description": "Curly “quotes”, a caf\ufffd and an 🌊.\n\nSecond paragraph.",
    },
    "description_missing": lambda badge, spot: {"description": _LEFT_OUT},
    "extensions": lambda badge, spot: {
        "@context": [CONTEXT_2_0, "https://extensions.example/ects/context.json"],
        "type": ["BadgeClass", "Extension"],
        "criteria": {"narrative": badge["criteria"]["narrative"]},
        "extensions:ECTSExtension": {"type": ["Extension", "extensions:ECTSExtension"], "ECTS": 2.5},
        "extensions:StudyLoadExtension": {"type": ["Extension", "extensions:StudyLoadExtension"], "StudyLoad": 70},
        "extensions:LanguageExtension": {"type": ["Extension", "extensions:LanguageExtension"], "Language": "en_EN"},
    },
    "nulls": lambda badge, spot: dict.fromkeys(["image", "criteria", "tags", "alignment", "related", "version"]),
    "creator_and_tag": lambda badge, spot: {
        "issuer": _LEFT_OUT,
        "tags": _LEFT_OUT,
        "creator": badge["issuer"],
        "tag": badge["tags"],
    },
    "of_1_1": lambda badge, spot: {
        "@context": CONTEXT_1_1,
        "criteria": spot.criteria,
        "alignment": [_old_alignment(spot.number)],
    },
    "of_1_0": lambda badge, spot: {
        **dict.fromkeys(["@context", "type", "id"], _LEFT_OUT),
        "criteria": spot.criteria,
        "alignment": [_old_alignment(spot.number)],
    },
}
VARIETIES = tuple(_VARIATIONS)
_LABELS = ("application/ld+json", "application/json", "application/ld+json; charset=utf-8", "text/html; charset=utf-8")


def badge_class(url: str, number: int) -> Json:
    """The badge of this number: of the first variety for 1, of the second for 2, and again from the first."""
    spot = Spot(url, number)
    plain = _plain(spot)
    changes = _VARIATIONS[VARIETIES[(number - 1) % len(VARIETIES)]](plain, spot)
    return {key: value for key, value in {**plain, **changes}.items() if value is not _LEFT_OUT}


def moodle_badge(url: str, number: int) -> Json:
    """The badge of this number as Moodle publishes it, under an address that is told apart by its query."""
    spot = Spot(url, number)
    return _plain(spot) | {
        "id": f"{url}/badges/badge_json.php?id={number}",
        "issuer": _own_issuer(spot),
        "version": "",
        "@language": "en",
        "alignment": [],
    }


def badge_label(number: int) -> str:
    """The media type under which the badge of this number travels; every fourth one says that it is HTML."""
    return _LABELS[(number - 1) % len(_LABELS)]


def issuer(url: str, number: int) -> Json:
    """An issuer: 1 as OB 2.0 says, 2 a profile with several keys and aliases, 3 as OB 1.0 had it."""
    text = _words()["issuers"][(number - 1) % 2]
    common = {"name": text["name"], "url": text["page"], "email": ISSUER_EMAIL}
    if number == 3:
        return {"name": text["name"], "url": text["page"], "org": "Shore Campus", "contact": ISSUER_EMAIL}
    if number == 2:
        keys = [f"{url}/keys/1.json", f"{url}/keys/3.json"]
        return {
            "@context": CONTEXT_2_0,
            "@type": ["Profile"],
            "@id": f"{url}/issuers/2.json",
            **common,
            "image": {"@id": f"{url}/images/issuer-2.png"},
            "publicKey": keys,
        }
    return {
        "@context": CONTEXT_2_0,
        "type": "Issuer",
        "id": f"{url}/issuers/{number}.json",
        **common,
        "telephone": ISSUER_PHONE,
        "description": text["description"],
        "image": f"{url}/images/issuer-{number}.png",
        "publicKey": f"{url}/keys/1.json",
        "verification": {"type": "VerificationObject", "allowedOrigins": url.partition("//")[2]},
        "revocationList": f"{url}/revocations.json",
    }


def cryptographic_key(url: str, number: int, pem: str) -> Json:
    """A key as OB 2.0 publishes it. Number 2 says that the first issuer owns it, who does not list it."""
    return {
        "@context": CONTEXT_2_0,
        "type": "CryptographicKey",
        "id": f"{url}/keys/{number}.json",
        "owner": f"{url}/issuers/{2 if number == 3 else 1}.json",
        "publicKeyPem": pem,
    }


def revocation_list(url: str) -> Json:
    """What the first issuer has revoked: by address, and with a reason."""
    return {
        "@context": CONTEXT_2_0,
        "type": "RevocationList",
        "id": f"{url}/revocations.json",
        "issuer": f"{url}/issuers/1.json",
        "revokedAssertions": [
            identifier("signed", 5),
            {"id": f"{url}/gone/1.json", "revocationReason": "Awarded by mistake."},
        ],
    }


def endorsement(url: str) -> Json:
    """An endorsement of the first badge by the second issuer, as OB 2.0 says."""
    return {
        "@context": CONTEXT_2_0,
        "type": "Endorsement",
        "id": f"{url}/endorsements/1.json",
        "issuer": f"{url}/issuers/2.json",
        "issuedOn": "2024-03-01T09:00:00+00:00",
        "claim": {"id": f"{url}/badges/1.json", "endorsementComment": "We hire people who hold this."},
        "verification": {"type": "hosted"},
    }


def _recipient() -> Json:
    return {"type": "email", "hashed": True, "salt": RECIPIENT_SALT, "identity": RECIPIENT_HASH}


def assertions(url: str) -> list[Json]:
    """Hosted assertions: three of OB 2.0, then one each of OB 1.1, 1.0 and 0.5. Each names its recipient."""
    first, second, third = (badge_class(url, number) for number in (1, 2, 3))
    about = {"@context": CONTEXT_2_0, "type": "Assertion", "issuedOn": "2024-05-06T07:08:09Z"}
    hosted = {"verification": {"type": "HostedBadge"}, "evidence": {"narrative": RECIPIENT_STORY}}
    plain = {"type": "email", "hashed": False, "identity": RECIPIENT_EMAIL}
    named = {"extensions:recipientProfile": {"type": ["Extension"], "name": RECIPIENT_NAME}}
    embedded = third | {"issuer": _own_issuer(Spot(url, 3))}
    return [
        {**about, "id": f"{url}/assertions/1.json", "recipient": _recipient(), "badge": first["id"], **hosted},
        {**about, "id": f"{url}/assertions/2.json", "recipient": plain, "badge": second, **hosted, **named},
        {**about, "id": f"{url}/assertions/3.json", "recipient": [plain], "badge": embedded, **hosted},
        {
            "@context": CONTEXT_1_1,
            "type": "Assertion",
            "id": f"{url}/assertions/4.json",
            "uid": "heron-4",
            "recipient": _recipient(),
            "issuedOn": 1420070400,
            "badge": f"{url}/badges/4.json",
            "verify": {"type": "hosted", "url": f"{url}/assertions/4.json"},
            "evidence": f"https://www.heronbay.example/work/{RECIPIENT_STORY}",
        },
        {
            "uid": "heron-5",
            "recipient": _recipient(),
            "issuedOn": "2013-05-06",
            "badge": f"{url}/badges/{len(VARIETIES)}.json",
            "verify": {"type": "hosted", "url": f"{url}/assertions/5.json"},
        },
        {
            "recipient": RECIPIENT_HASH,
            "salt": RECIPIENT_SALT,
            "issued_on": "2012-05-06",
            "evidence": f"/portfolio/{RECIPIENT_STORY}",
            "badge": {
                "version": "0.5.0",
                "name": first["name"],
                "image": "/images/1.png",
                "description": first["description"],
                "criteria": "/criteria/1",
                "issuer": {"origin": url, "name": _words()["issuers"][0]["name"], "contact": ISSUER_EMAIL},
            },
        },
    ]


def signed_assertions(url: str) -> list[Json]:
    """Five assertions to be signed (OB 2.0): the fourth by a key that its issuer does not list, the fifth revoked."""
    own = {key: value for key, value in badge_class(url, 1).items() if key != "@context"}
    own |= {"id": identifier("badge", 1), "issuer": _own_issuer(Spot(url, 1))}
    return [
        {
            "@context": CONTEXT_2_0,
            "type": "Assertion",
            "id": identifier("signed", number),
            "recipient": _recipient(),
            "issuedOn": "2024-05-06T07:08:09Z",
            "badge": own if number == 2 else f"{url}/badges/1.json",
            "verification": {"type": "SignedBadge", "creator": f"{url}/keys/{2 if number == 4 else 1}.json"},
        }
        for number in range(1, 6)
    ]


def revoked_assertion(url: str) -> Json:
    """What is left of an assertion that was revoked; OB 2.0 serves it with 410."""
    return {
        "@context": CONTEXT_2_0,
        "type": "Assertion",
        "id": f"{url}/gone/1.json",
        "revoked": True,
        "revocationReason": "Awarded by mistake.",
    }


def public_id(number: int) -> str:
    """An `entityId` of the Badgr family: 22 characters of base64url, for some with a dash or underscore in front."""
    code = urlsafe_b64encode(sha256(f"badge {number}".encode()).digest()).decode()[:22]
    return {4: "-", 5: "_"}.get(number % 6, code[0]) + code[1:]


def stored_badge(number: int, issuer_id: str) -> Json:
    """A badge as servers of the Badgr family store it: with both, either or neither form of criteria."""
    text = text_of(number)
    return {
        "entityId": public_id(number),
        "issuer": issuer_id,
        "name": text["name"],
        "description": text["description"],
        "criteriaUrl": f"https://www.milllane.example/criteria/{number}" if number % 4 in (1, 2) else None,
        "criteriaNarrative": text["narrative"] if number % 4 in (1, 3) else None,
        "alignments": [alignment(number) | {"targetDescription": "", "targetCode": ""}] if number % 2 else [],
        "tags": text["tags"] if number % 3 else [],
    }


def stored_issuer(issuer_id: str) -> Json:
    """The issuer of these badges."""
    text = _words()["issuers"][1]
    return {
        "entityId": issuer_id,
        "name": text["name"],
        "url": text["page"],
        "email": ISSUER_EMAIL,
        "description": text["description"],
        "image": "issuer.png",
    }
