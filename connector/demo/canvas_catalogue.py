"""Invented issuers of one account and their badge classes, as a practice Canvas Credentials stores them.

The words are those of `connector.demo.outlines`. Nothing is random: everything follows from an issuer's and a badge's
place, so that two runs, on any machine, see the same bytes. What a server adds to its answers (addresses, the name
of the entity's type) is not stored; `image` is the path of a file below `/media/`, and `updatedAt` is never shown.

Whatever the connector must not keep (staff, contacts, who made a badge) says so: it holds "DoNotStore".
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID, uuid5

from connector.demo.outlines import HOME, Json, Outline, outlines, slug_of

ISSUER_NAMES = (
    "Cedar Harbor College: Workforce & Trades",
    "Cedar Harbor Evening Programs",
    "Centro de Oficios del Puerto",
    "Cedar Harbor Archive",
)
SIZES = (60, 40, 20)
CREATOR = "DoNotStoreThisCreator_"
_NAMESPACE = UUID("0d8c7a64-1f0e-4b58-8d15-3b8f2c4a9e17")
_FIRST_DAY = datetime(2020, 3, 2, 9, 15)
_LAST_DAY = datetime(2026, 9, 30, 16, 0)
_TAG = re.compile(r"</?[a-z]+>")
_FRACTIONS = ("", ".5", ".25", ".125", ".062500", ".031250")
_EXPIRIES = ((24, "months"), (None, None), (None, None), (3, "years"), (None, None), (90, "days"), (6, "weeks"))
_ACHIEVEMENT_TYPES = (
    "Course",
    None,
    "Certificate",
    "MicroCredential",
    "Badge",
    None,
    "Certification",
    "ext:HarborPass",
    "LearningProgram",
)
_DESCRIPTIONS = (
    "Short programs for work on the harbor, in the shops and in health.\n\n- **assessed** by experts\n- stackable",
    "Evening & weekend courses for everyone.",
    "Formación técnica y cursos de español para el trabajo: soldadura, cocina, salud.",
    "",
)


def practice_account(*sizes: int) -> tuple[list[Json], list[Json]]:
    """The issuers of one account and all their badge classes, those of an issuer in order of creation.

    One issuer for each size, with so many badge classes; without sizes there are three, as in `SIZES`. ValueError for
    more sizes than there are names. Each call makes new objects.
    """
    chosen = sizes or SIZES
    if len(chosen) > len(ISSUER_NAMES):
        raise ValueError(f"there are only {len(ISSUER_NAMES)} issuers")
    issuers = [_issuer(place) for place in range(len(chosen))]
    pairs = zip(issuers, chosen, strict=True)
    badges = [_badge(place, nth, issuer) for nth, (issuer, size) in enumerate(pairs) for place in range(size)]
    return issuers, badges


def entity_id(*parts: object, beginning: str = "") -> str:
    """An id of 22 letters of base64url that follows from the parts and begins as asked for."""
    for attempt in range(1_000_000):
        made = uuid5(_NAMESPACE, "/".join(map(str, (*parts, attempt))))
        text = base64.urlsafe_b64encode(made.bytes).decode().rstrip("=")
        if text.startswith(beginning):
            return text
    raise ValueError(f"no id begins with {beginning!r}")


def _issuer(place: int) -> Json:
    name = ISSUER_NAMES[place]
    created = _FIRST_DAY - timedelta(days=40 - place * 3)
    return {
        "entityId": entity_id("issuer", place, beginning="_" if place == 1 else ""),
        "id": uuid5(_NAMESPACE, f"issuer {place}").hex[:24],
        "createdAt": _stamp(created, place),
        "updatedAt": _stamp(created, 5),
        "createdBy": CREATOR,
        "name": name,
        "image": f"uploads/issuers/issuer_logo_{uuid5(_NAMESPACE, name)}.png" if place != 1 else None,
        "email": "DoNotStore.contact@cedarharbor.example",
        "description": _DESCRIPTIONS[place],
        "url": f"{HOME}/{slug_of(name)}",
        "staff": [_staff(role) for role in ("owner", "editor")],
        "extensions": {},
        "organizationId": uuid5(_NAMESPACE, "organization").hex[:24],
        "source": None,
        "sourceUrl": None,
        "originalJson": None,
    }


def _staff(role: str) -> Json:
    return {
        "entityType": "IssuerStaff",
        "user": f"DoNotStoreStaff{role:_<7}",
        "role": role,
        "userProfile": {
            "entityType": "BadgeUser",
            "entityId": f"DoNotStoreStaff{role:_<7}",
            "firstName": "DoNotStoreFirst",
            "lastName": "DoNotStoreLast",
            "emails": [{"email": f"DoNotStore.{role}@cedarharbor.example", "verified": True, "primary": True}],
            "url": [],
            "telephone": [],
        },
    }


def _badge(place: int, nth: int, issuer: Json) -> Json:
    outline, edition = _outline(place, nth)
    name = _plain(outline.name) + (f" (edition {edition + 1})" if edition else "")
    # The tenth and the eleventh of twenty were made in the same moment, as a bulk import does.
    moment = place - 1 if place % 20 == 10 else place
    created = _FIRST_DAY + timedelta(hours=moment * 97 % 9 + moment * 13, seconds=nth * 61)
    updated = min(created + timedelta(hours=place * 31 % 700), _LAST_DAY)
    amount, duration = _EXPIRIES[place % len(_EXPIRIES)]
    badge: Json = {
        "entityId": entity_id("badge", nth, place, beginning={6: "-", 12: "_"}.get(place % 30, "")),
        "id": uuid5(_NAMESPACE, f"badge {nth} {place}").hex[:24],
        "createdAt": _stamp(created, moment),
        "updatedAt": _stamp(updated, 5),
        "createdBy": CREATOR,
        "issuer": issuer["entityId"],
        "name": _plain(_outline(place - 4, nth)[0].name) if place % 25 == 24 else name,
        "image": f"uploads/badges/{uuid5(_NAMESPACE, f'image {nth} {place}')}.png",
        "description": _description(place, outline),
        "criteriaUrl": f"{HOME}/{outline.folder}/{slug_of(name)}" if place % 4 in (0, 2) else None,
        "criteriaNarrative": _narrative(place, outline) if place % 4 in (1, 2) else None,
        "alignments": list(_alignments(place, outline)),
        "tags": [_plain(skill).lower() for skill in outline.skills] if place % 6 else [],
        "expires": {"amount": amount, "duration": duration},
        "extensions": _extensions(place, outline),
        "achievementType": _ACHIEVEMENT_TYPES[place % len(_ACHIEVEMENT_TYPES)],
        "archived": place % 20 == 15,
        "sourceUrl": None,
        "originalJson": None,
    }
    if place % 3 == 1 and badge["achievementType"] is None:
        del badge["achievementType"]
    if place % 10 == 6:
        del badge["extensions"]
    return badge


@cache
def _outlines() -> tuple[tuple[Outline, ...], tuple[Outline, ...]]:
    """The outlines of badges that are in use, mixed, and those of them that are not in English."""
    used = [each for each in outlines() if each.state != "draft" and each.category != "professional-certification"]
    mixed = [used[place * 277 % len(used)] for place in range(len(used))]
    return tuple(mixed), tuple(each for each in used if each.category == "translations")


def _outline(place: int, nth: int) -> tuple[Outline, int]:
    """What a badge says, and how many times its issuer said so before."""
    mixed, foreign = _outlines()
    if nth == 2 and place < len(foreign):
        return foreign[place], 0
    # Less apart than the issuers are large: some badges of two issuers are called alike.
    edition, place = divmod(place + nth * 55, len(mixed))
    return mixed[place], edition


def _stamp(moment: datetime, place: int) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}{_FRACTIONS[place % len(_FRACTIONS)]}Z"


def _plain(text: str) -> str:
    """A text as the server keeps it: without tags and entities, trimmed."""
    return html.unescape(_TAG.sub("", text)).strip()


def _description(place: int, outline: Outline) -> str:
    said = _plain(outline.description)
    if place % 30 == 20:
        return ""
    if place % 15 == 7:
        steps = "".join(f"\n* {title}" for _, title in outline.activities)
        return f"{said}\n\nHolders have **shown** that they can do it:\n{steps}\n\n[More]({HOME}/{outline.folder})"
    if place == 41:
        return "\n\n".join([said] * (15_000 // len(said)))
    return said


def _narrative(place: int, outline: Outline) -> str:
    steps = [_plain(title) for _, title in outline.activities] or ["Be proposed by an instructor"]
    lines = [
        "## To earn this badge",
        "",
        *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        "",
        f"> One retake is free. Ask the *{outline.folder.replace('-', ' ')}* office, see [{HOME}]({HOME}).",
    ]
    return ("\r\n" if place % 8 == 5 else "\n").join(lines)


def _alignments(place: int, outline: Outline) -> Iterator[Json]:
    nothing = None if place % 2 else ""
    for name, address, description in outline.alignments:
        scheme, _, rest = address.partition(":")
        code = description.removeprefix("O*NET-SOC ")
        occupation = code != description
        yield {
            "targetName": name,
            "targetUrl": f"{HOME}/competencies/{rest}" if scheme == "competency" else address,
            "targetDescription": nothing if occupation else description,
            "targetFramework": "O*NET-SOC" if occupation else nothing,
            "targetCode": code if occupation else nothing,
        }
    if place % 10 == 3:
        yield {
            "targetName": "Harbor safety: lines and moorings",
            "targetUrl": f"{HOME}/competencies/moorings",
            "targetDescription": nothing,
            "targetFramework": "Tidewater Skills Framework",
            "targetCode": "TS.4.1",
        }


def _extensions(place: int, outline: Outline) -> Json:
    if place % 12 != 8:
        return {}
    return {
        "extensions:ApplyLink": {
            "@context": "https://openbadgespec.org/extensions/applyLinkExtension/context.json",
            "type": ["Extension", "extensions:ApplyLink"],
            "url": f"{HOME}/{outline.folder}/apply",
        }
    }
