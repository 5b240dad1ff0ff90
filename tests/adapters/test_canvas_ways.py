"""The ways into Canvas Credentials: what each asks for, where it leads, and where a password is never sent."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.canvas.adapter import CONSENT, Canvas
from adapters.canvas.regions import REGIONS
from adapters.contract import AuthorizationCode, PasswordCredentials

OWN = {"api_url": "https://api.badges.example", "ui_url": "https://badges.example/"}
NOTHING: frozenset[str] = frozenset()
SECRET, PASSWORD = frozenset({"client_secret"}), frozenset({"password"})


@pytest.mark.parametrize(
    ("settings", "given", "way"),
    [
        ({}, NOTHING, "oauth"),
        ({"region": "eu", "client_id": "c"}, SECRET, "oauth"),
        ({"client_id": "c"}, NOTHING, "oauth"),
        (OWN, NOTHING, "own_server"),
        ({**OWN, "client_id": "c"}, SECRET, "own_server"),
        ({**OWN, "username": "u"}, PASSWORD, "password"),
        ({"api_url": OWN["api_url"], "username": "u"}, NOTHING, "password"),
        ({"region": "test", "username": "u"}, PASSWORD, "password"),
        ({"region": "demo", "username": "u"}, NOTHING, "password"),
    ],
)
def test_what_is_given_selects_the_way(settings: dict[str, Any], given: frozenset[str], way: str) -> None:
    assert Canvas(**settings).way(given).name == way


@pytest.mark.parametrize(
    ("settings", "given", "sentence"),
    [
        (
            {"api_url": OWN["api_url"]},
            NOTHING,
            "Canvas Credentials needs ui_url as well, for the way “Your own Badgr server”.",
        ),
        (
            {"ui_url": OWN["ui_url"]},
            NOTHING,
            "Canvas Credentials needs api_url as well, for the way “Your own Badgr server”.",
        ),
        (
            OWN,
            PASSWORD,
            "Canvas Credentials needs username as well, for the way “E-mail and password, own or test server only”.",
        ),
        ({}, SECRET, "A client_secret belongs to a client_id: give both of them, or neither."),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    settings: dict[str, Any], given: frozenset[str], sentence: str
) -> None:
    for asked in (Canvas(**settings).way, Canvas(**settings).sign_in):
        with pytest.raises(ValueError, match=r"^[A-Z]") as missing:
            asked(given)
        assert str(missing.value) == sentence


@pytest.mark.parametrize("given", [NOTHING, PASSWORD])
@pytest.mark.parametrize("name", [name for name, region in REGIONS.items() if not region.for_trials])
def test_no_password_is_sent_to_a_region_in_production_under_any_of_its_names(name: Any, given: frozenset[str]) -> None:
    region = REGIONS[name]
    hosts = [f"https://{host}" for host in (*region.api, *region.ui, f"WWW.{region.ui[1]}", f"{region.api[0]}:443")]
    for settings in ({"region": name}, *({"api_url": host} for host in hosts)):
        for asked in ("way", "sign_in"):
            with pytest.raises(ValueError, match=r"^A password is not sent to .*, which is in production.*\.$"):
                getattr(Canvas(**settings, username="u"), asked)(given)


def test_a_person_signs_in_on_the_pages_of_the_own_server() -> None:
    adapter = Canvas(**OWN, client_id="c")

    assert adapter.sign_in(SECRET) == AuthorizationCode(
        authorization_endpoint="https://badges.example/auth/oauth2/authorize",
        token_endpoint="https://api.badges.example/o/token",
        client_id="c",
        client_secret="client_secret",
        scope="rw:issuer r:profile",
        consent=CONSENT,
    )


def test_without_a_client_of_ones_own_the_deployments_is_taken() -> None:
    sign_in = Canvas().sign_in(NOTHING)

    assert isinstance(sign_in, AuthorizationCode)
    assert sign_in.client_id == ""


def test_the_consent_says_why_a_write_scope_is_asked_for_and_that_nothing_is_written() -> None:
    assert "no permission for reading issuers alone" in CONSENT
    assert "nothing is written there unless you switch write-back on" in CONSENT
    assert "another person reconnects" in CONSENT


def test_a_password_is_asked_for_when_connecting_and_never_kept() -> None:
    adapter = Canvas(region="test", username="ann@college.example")

    signed_in = PasswordCredentials("https://api.test.badgr.com/o/token", "ann@college.example", "password")
    assert adapter.sign_in(PASSWORD) == adapter.sign_in(NOTHING) == signed_in
    assert adapter.way(NOTHING).secrets == ("password",)
    assert [secret.name for secret in Canvas.secrets if not secret.kept] == ["password"]


def test_the_card_says_how_to_get_a_client_and_what_works_meanwhile() -> None:
    needs = Canvas.ways[0].needs

    assert "Instructure gives one out on request, for one region at a time" in needs
    assert "public issuer list can be read through the platform “Open Badges”" in needs
