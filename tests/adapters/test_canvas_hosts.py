"""The hosts of Canvas Credentials under old and new names, servers of one's own, and the addresses of badges."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from adapters.canvas.adapter import Canvas
from adapters.canvas.regions import REGIONS, RegionName
from adapters.contract import BadgeKey

BADGE = "-bCdEfGhIjKlMnOpQrSt_v"


@pytest.mark.parametrize(
    ("region", "api", "ui", "authority"),
    [
        ("us", "https://api.badgr.io/", "https://badges.parchment.com", "badgr.io"),
        ("eu", "https://api.eu.badgr.io/", "https://badges.parchment.eu", "eu.badgr.io"),
        ("au", "https://api.au.badgr.io/", "https://badges.parchment.au", "au.badgr.io"),
        ("ca", "https://api.ca.badgr.io/", "https://badges.parchment.ca", "ca.badgr.io"),
        ("sg", "https://api.sg.badgr.io/", "https://badges.parchment.sg", "sg.badgr.io"),
        ("demo", "https://api.demo.badgr.com/", "https://demo.badges.parchment.com", "demo.badgr.com"),
        ("test", "https://api.test.badgr.com/", "https://test.badges.parchment.com", "test.badgr.com"),
    ],
)
def test_a_region_has_an_api_sign_in_pages_and_one_authority(
    region: RegionName, api: str, ui: str, authority: str
) -> None:
    adapter = Canvas(region=region)
    sign_in = adapter.sign_in(frozenset())

    assert adapter.base_url() == api
    assert adapter.authority() == authority
    assert sign_in.token_endpoint == f"{api}o/token"
    assert sign_in.authorization_endpoint == f"{ui}/auth/oauth2/authorize"  # type: ignore[union-attr]


def test_every_region_can_be_chosen_and_no_host_is_in_two() -> None:
    hosts = [host for region in REGIONS.values() for host in (*region.api, *region.ui)]

    assert set(get_args(RegionName)) == REGIONS.keys()
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize("region", REGIONS)
def test_a_badge_is_the_same_badge_under_every_host_of_its_region(region: RegionName) -> None:
    known = {Canvas.known_as(f"https://{host}/public/badges/{BADGE}") for host in REGIONS[region].api}
    known |= {Canvas.known_as(f"https://{host}/public/badges/{BADGE}") for host in REGIONS[region].ui}

    assert known == {BadgeKey(Canvas(region=region).authority(), BADGE)}


@pytest.mark.parametrize(
    "spelling",
    [
        f"https://api.eu.badgr.io/public/badges/{BADGE}",
        f"http://api.eu.badgr.io/public/badges/{BADGE}",
        f"HTTPS://API.EU.Badgr.io/public/badges/{BADGE}",
        f"https://api.eu.badgr.io:443/public/badges/{BADGE}/",
        f"https://api.eu.badgr.io./public/badges/{BADGE}",
        f"https://www.eu.badgr.com/public/badges/{BADGE}",
        f"https://api.eu.badgr.io/public/badges/{BADGE}?v=2_0",
        f"https://api.eu.badgr.io/public/badges/{BADGE}.json?v=1_1",
        f"https://api.eu.badgr.io/public/badges/{BADGE}?expand=issuer#top",
        f"https://api.eu.badgr.io/public/badges/{BADGE}/image",
        f"https://api.eu.badgr.io/public/badges/{BADGE}/criteria",
        f"https://api.eu.badgr.io/v1/public/badges/{BADGE}",
        f"https://api.eu.badgr.io/v2/public/badges/{BADGE}",
        f"https://api.eu.badgr.io/api/v1/public/badges/{BADGE}",
        f" https://api.badges.parchment.eu/public/badges/{BADGE}\n",
    ],
)
def test_a_badge_is_known_in_every_spelling_of_its_address(spelling: str) -> None:
    assert Canvas.known_as(spelling) == BadgeKey("eu.badgr.io", BADGE)


@pytest.mark.parametrize(
    ("address", "authority"),
    [
        (f"https://badges.college.example/public/badges/{BADGE}", "badges.college.example"),
        (f"https://www.College.example/public/badges/{BADGE}.json", "college.example"),
        (f"http://127.0.0.1:8000/public/badges/{BADGE}?v=2_0", "127.0.0.1:8000"),
        (f"http://badges.college.example:80/public/badges/{BADGE}", "badges.college.example"),
        (f"https://badges.college.example:80/public/badges/{BADGE}", "badges.college.example:80"),
        (f"https://api.badgr.io:8443/public/badges/{BADGE}", "api.badgr.io:8443"),
        (f"https://api.badgr.io.elsewhere.example/public/badges/{BADGE}", "api.badgr.io.elsewhere.example"),
    ],
)
def test_a_server_of_ones_own_vouches_for_its_badges(address: str, authority: str) -> None:
    assert Canvas.known_as(address) == BadgeKey(authority, BADGE)
    origin = address.partition("/public")[0]
    assert Canvas(api_url=origin).authority() == authority


@pytest.mark.parametrize(
    "address",
    [
        "",
        BADGE,
        f"/public/badges/{BADGE}",
        f"ftp://api.badgr.io/public/badges/{BADGE}",
        f"https:///public/badges/{BADGE}",
        "https://api.badgr.io/public/badges/",
        f"https://api.badgr.io/public/badges/{BADGE}x",
        f"https://api.badgr.io/public/badges/{BADGE[:-1]}",
        f"https://api.badgr.io/public/badges/{BADGE}/awards",
        f"https://api.badgr.io/public/badges/{BADGE}/badges",
        f"https://api.badgr.io/public/issuers/{BADGE}",
        f"https://api.badgr.io/public/assertions/{BADGE}",
        f"https://badges.example/elsewhere/public/badges/{BADGE}",
        f"https://badges.example/?to=/public/badges/{BADGE}",
        f"https://ann@badges.example/public/badges/{BADGE}",
        f"https://[::1/public/badges/{BADGE}",
        f"https://badges.example:port/public/badges/{BADGE}",
        "https://www.credly.com/org/example/badge/first-aid",
        "urn:uuid:0d8c7a64-1f0e-4b58-8d15-3b8f2c4a9e17",
    ],
)
def test_what_names_no_badge_of_the_family_is_not_known(address: str) -> None:
    assert Canvas.known_as(address) is None


@pytest.mark.parametrize("ending", ["", "/", ".json", "?v=1_1", "/badges", "/badges.json?v=2_0", "/image"])
@pytest.mark.parametrize("host", ["https://api.badgr.io", "http://API.badges.parchment.eu/v1", "http://127.0.0.1:8000"])
def test_an_issuer_has_the_id_that_signed_in_people_see(host: str, ending: str) -> None:
    assert Canvas.issuer_known_as(f"{host}/public/issuers/{BADGE}{ending}") == BADGE
    assert Canvas.known_as(f"{host}/public/issuers/{BADGE}{ending}") is None


@pytest.mark.parametrize("path", [f"public/badges/{BADGE}", f"public/issuers/{BADGE}x", "public/issuers/", ""])
def test_what_names_no_issuer_of_the_family_is_not_known_as_one(path: str) -> None:
    assert Canvas.issuer_known_as(f"https://api.badgr.io/{path}") is None


@pytest.mark.parametrize(
    ("api_url", "authority"),
    [
        ("https://api.badges.parchment.com", "badgr.io"),
        ("https://API.ca.badgr.io/v2/", "ca.badgr.io"),
        ("https://api.test.badgr.com", "test.badgr.com"),
        ("https://college.example/badges", "college.example"),
    ],
)
def test_the_api_address_decides_about_the_authority_whatever_the_region_says(api_url: str, authority: str) -> None:
    assert Canvas(api_url=api_url, region="eu").authority() == authority


@pytest.mark.parametrize(
    "api_url", ["https://a.example", "https://a.example/", "https://a.example/v2", "https://a.example/v2/"]
)
def test_the_api_starts_where_it_starts_however_its_address_is_written(api_url: str) -> None:
    assert Canvas(api_url=api_url).base_url() == "https://a.example/"


@pytest.mark.parametrize(
    "wrong", ["a.example", "ftp://a.example", "https://", "https://ann:pw@a.example", "https://a.example?x"]
)
@pytest.mark.parametrize("name", ["api_url", "ui_url"])
def test_what_is_no_address_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Canvas(**{name: wrong})


@pytest.mark.parametrize(
    "given",
    [
        "one,two",
        " one , two,, ",
        "one two",
        ["one", "two"],
        ("one", "two", "one"),
        ["one,two"],
        "https://api.badgr.io/public/issuers/one?v=2_0, https://badges.parchment.com/issuer/issuers/two/",
    ],
)
def test_issuers_are_chosen_by_id_or_address_as_a_list_or_in_one_text(given: object) -> None:
    assert Canvas(issuer_ids=given).issuer_ids == ("one", "two")


@pytest.mark.parametrize("given", ["a/b", "../x", "https://elsewhere.example/one", ["a b!"], 7, {"a": "b"}])
def test_what_is_no_id_of_an_issuer_is_refused(given: object) -> None:
    with pytest.raises(ValidationError, match="issuer_ids"):
        Canvas(issuer_ids=given)


def test_one_chosen_issuer_is_the_configured_one() -> None:
    configured = [Canvas(issuer_ids=given).configured_issuer() for given in ("", "one", "one,two")]

    assert [each and each.id for each in configured] == [None, "one", None]
