"""Importing documents: a badge of any form, past awards and signatures, and nothing of whoever earned it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Row

from connector.credentials import queries
from connector.demo.open_badges_canaries import ABOUT_RECIPIENTS, PERSONAL
from connector.demo.practice_open_badges import PracticeOpenBadges
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.settings import Settings
from connector.sync.imports import import_document

BADGES = ("badge", "assertion", "signed_assertion", "achievement", "credential", "signed_credential", "public_badge")


@pytest.fixture(scope="module")
def issuer() -> Iterator[PracticeOpenBadges]:
    with PracticeOpenBadges(badges=12, achievements=4, public_badges=3) as running:
        yield running


@pytest.fixture
def this(tmp_path: Path, issuer: PracticeOpenBadges) -> Iterator[Opened]:
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    opened = prepared(Settings(database_url=url, allowed_private_hosts=issuer.url.removeprefix("http://")))
    with opened.database.transaction() as connection:
        organizations.add(
            connection,
            name="Heron Bay",
            ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
            website="https://www.heronbay.example",
            description="A field school on the bay.",
        )
    yield opened
    opened.database.close()


def imported(this: Opened, document: bytes) -> Row[Any]:
    with this.database.reading() as connection:
        owner = organizations.find(connection, "Heron Bay")
    return import_document(this.database, this.settings, this.keys, owner, document, by="test")


def at(address: str) -> bytes:
    return httpx.get(address).content


@pytest.mark.parametrize("kind", BADGES)
def test_a_badge_of_every_kind_is_taken_in(this: Opened, issuer: PracticeOpenBadges, kind: str) -> None:
    run = imported(this, at(issuer.addresses()[kind][0]))

    assert (run.state, run.new, run.unreadable) == ("complete", 1, 0)


def test_a_badge_and_an_award_of_it_are_one_record(this: Opened, issuer: PracticeOpenBadges) -> None:
    addresses = issuer.addresses()
    imported(this, at(addresses["badge"][0]))

    run = imported(this, at(addresses["assertion"][0]))

    assert (run.new, run.unchanged) == (0, 1)


def test_a_picture_with_an_award_baked_in_is_taken_in_once(this: Opened, issuer: PracticeOpenBadges) -> None:
    picture = at(issuer.addresses()["baked"][0])

    outcomes = [imported(this, picture) for _ in range(2)]

    assert [(run.new, run.unchanged) for run in outcomes] == [(1, 0), (0, 1)]


def test_whoever_earned_a_badge_is_nowhere_in_the_database(this: Opened, issuer: PracticeOpenBadges) -> None:
    awards = ("assertion", "signed_assertion", "credential", "signed_credential", "baked")
    for kind in awards:
        for address in issuer.addresses()[kind][:3]:
            imported(this, at(address))
    this.database.close()

    files = b"".join(each.read_bytes() for each in Path(this.database.url.removeprefix("sqlite:///")).parent.iterdir())

    assert b"Tide Table Reading" in files or b"tide" in files.lower()
    assert [each for each in (*ABOUT_RECIPIENTS, *PERSONAL) if each.encode() in files] == []


def test_a_list_of_addresses_is_followed_and_its_dead_ones_are_told(this: Opened, issuer: PracticeOpenBadges) -> None:
    addresses = [*issuer.addresses()["badge"][:3], f"{issuer.url}/badges/none.json"]

    run = imported(this, "\n".join(addresses).encode())

    assert (run.new, run.unreadable) == (3, 1)
    with this.database.reading() as connection:
        [unread] = queries.unreadable(connection, run.connection_id)
    assert unread["code"] == "not_found"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("key", "This is a public key"),
        ("issuer", "This is the profile of an issuer"),
        ("endorsement", "This is an endorsement of a badge"),
        ("jws_header", "This is the header of a signature"),
        ("revocation_list", "This is a list of awards that were revoked"),
    ],
)
def test_what_is_no_badge_is_refused_with_the_reason(
    this: Opened, issuer: PracticeOpenBadges, kind: str, reason: str
) -> None:
    with pytest.raises(Problem, match=reason) as refused:
        imported(this, at(issuer.addresses()[kind][0]))

    assert (refused.value.code, refused.value.side) == ("no_badge", "yours")


@pytest.mark.parametrize(
    "document", [b"", b"hello", b"[]", b"\x89PNG\r\n\x1a\nbroken", b"{" * 5000, b'{"name": "\\ud83d"}']
)
def test_what_holds_nothing_is_refused_and_nothing_is_left_behind(this: Opened, document: bytes) -> None:
    with pytest.raises(Problem) as refused:
        imported(this, document)

    assert refused.value.message.endswith(".")
    with this.database.reading() as connection:
        assert queries.how_many(connection, queries.where()) == 0


def test_what_was_imported_waits_for_somebody_to_say_whose_it_is(this: Opened, issuer: PracticeOpenBadges) -> None:
    run = imported(this, at(issuer.addresses()["badge"][0]))

    with this.database.reading() as connection:
        [held] = queries.issuers_unconfirmed(connection, run.connection_id)
    assert held["records"] == 1
