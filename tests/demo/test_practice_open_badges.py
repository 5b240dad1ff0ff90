"""The practice Open Badges issuer: what it publishes, how that varies, what it signs, and what can go wrong."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

import httpx
import jwt
import pytest

from connector.demo import hosted_badges, verifiable_badges
from connector.demo.open_badges_canaries import (
    ABOUT_ISSUERS,
    ABOUT_RECIPIENTS,
    RECIPIENT_EMAIL,
    RECIPIENT_HASH,
    RECIPIENT_SALT,
)
from connector.demo.open_badges_catalogue import PUBLIC_ISSUER
from connector.demo.practice_open_badges import PracticeOpenBadges

Json = dict[str, Any]

ABOUT_PEOPLE = ("assertion", "signed_assertion", "credential", "signed_credential", "baked")


@pytest.fixture(scope="module")
def shared() -> Iterator[PracticeOpenBadges]:
    """An issuer that no test changes."""
    with PracticeOpenBadges() as issuer:
        yield issuer


@pytest.fixture
def issuer() -> Iterator[PracticeOpenBadges]:
    """An issuer for one test, with few badges."""
    with PracticeOpenBadges(badges=4, achievements=2, public_badges=3) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


def _badge(shared: PracticeOpenBadges, web: httpx.Client, variety: str) -> Json:
    number = hosted_badges.VARIETIES.index(variety) + 1
    found: Json = web.get(f"{shared.url}/badges/{number}.json").json()
    return found


def _achievement(shared: PracticeOpenBadges, web: httpx.Client, variety: str) -> Json:
    number = verifiable_badges.VARIETIES.index(variety) + 1
    found: Json = web.get(f"{shared.url}/achievements/{number}.json").json()
    return found


def _texts(shared: PracticeOpenBadges, web: httpx.Client, *kinds: str) -> list[str]:
    addresses = shared.addresses()
    return [web.get(address).text for kind in kinds for address in addresses[kind]]


# What stands where


def test_every_address_answers_as_its_document_says(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    addresses = shared.addresses()
    lists = addresses.pop("list")
    assert [web.get(address).status_code for address in lists] == [200] * 6
    for kind, found in addresses.items():
        for address in found:
            answer = web.get(address)
            document = shared.documents[address.removeprefix(shared.url)]
            assert (answer.status_code, answer.content) == (document.status, document.encoded()), address
            assert answer.headers["content-type"] == document.content_type
            assert document.kind == kind


def test_badges_are_published_in_thirty_varieties_and_any_number(web: httpx.Client) -> None:
    assert len(set(hosted_badges.VARIETIES)) == 30
    with PracticeOpenBadges(badges=95, achievements=0, public_badges=0) as issuer:
        names = [badge["name"] for badge in web.get(f"{issuer.url}/lists/badges.json").json()]
    assert len(names) == 95
    assert names.count("Lectura de tablas de mareas") == 3
    assert len(set(names)) == 93
    assert names[90] == "Tide Table Reading, Level 10"


def test_json_travels_under_the_media_types_of_real_sites(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    addresses = shared.addresses()
    kinds = {
        kind: {web.get(address).headers["content-type"].partition(";")[0] for address in addresses[kind]}
        for kind in ("badge", "credential", "signed_credential", "signed_assertion")
    }
    assert kinds == {
        "badge": {"application/ld+json", "application/json", "text/html"},
        "credential": {"application/vc+ld+json"},
        "signed_credential": {"text/plain"},
        "signed_assertion": {"text/plain"},
    }
    assert web.get(f"{shared.url}/badges/4.json").headers["content-type"] == "text/html; charset=utf-8"


def test_unknown_addresses_are_404_in_html_and_other_methods_405(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    missing = web.get(f"{shared.url}/badges/31.json")
    posted = web.post(f"{shared.url}/badges/1.json")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")


def test_redirects_lead_on_for_one_hop_two_for_ever_and_elsewhere(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    first, second = (web.get(f"{shared.url}/moved/{number}", follow_redirects=True) for number in (1, 2))
    assert [len(answer.history) for answer in (first, second)] == [1, 2]
    assert first.json() == second.json() == web.get(f"{shared.url}/badges/1.json").json()
    with pytest.raises(httpx.TooManyRedirects):
        web.get(f"{shared.url}/moved/3", follow_redirects=True)
    assert web.get(f"{shared.url}/moved/4").headers["location"] == "https://elsewhere.example/badges/1.json"


def test_what_is_gone_answers_410_with_or_without_a_document(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    revoked, page = (web.get(f"{shared.url}/gone/{number}.json") for number in (1, 2))
    assert (revoked.status_code, revoked.json()["revoked"]) == (410, True)
    assert (page.status_code, page.headers["content-type"]) == (410, "text/html; charset=utf-8")


# Badges of Open Badges 2.0 and before


def test_criteria_come_in_every_form(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    own = f"{shared.url}/criteria"
    assert set(_badge(shared, web, "plain")["criteria"]) == {"id", "narrative"}
    assert _badge(shared, web, "criteria_address")["criteria"] == f"{own}/2"
    assert set(_badge(shared, web, "criteria_narrative")["criteria"]) == {"narrative"}
    assert _badge(shared, web, "criteria_list")["criteria"][0] == f"{own}/4"
    assert _badge(shared, web, "criteria_empty")["criteria"] == {}
    assert _badge(shared, web, "nulls")["criteria"] is None
    assert web.get(f"{own}/2").headers["content-type"].startswith("text/html")


def test_images_come_in_every_form_and_can_be_had(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    assert web.get(_badge(shared, web, "plain")["image"]).content.startswith(b"\x89PNG")
    assert web.get(_badge(shared, web, "image_object")["image"]["id"]).headers["content-type"] == "image/svg+xml"
    assert _badge(shared, web, "image_data")["image"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert _badge(shared, web, "image_data_object")["image"]["id"].startswith("data:image/png;base64,")
    assert isinstance(_badge(shared, web, "lists_of_one")["image"], list)
    assert _badge(shared, web, "nulls")["image"] is None


def test_single_values_stand_for_lists_and_lists_for_single_values(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    single, lists = _badge(shared, web, "single_values"), _badge(shared, web, "lists_of_one")
    assert isinstance(single["tags"], str)
    assert isinstance(single["alignment"], dict)
    assert all(isinstance(lists[name], list) for name in ("type", "image", "criteria", "issuer"))
    assert _badge(shared, web, "tags_text")["tags"] == "sewing, sails"


def test_aliases_and_other_names_stand_for_the_usual_ones(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    aliased, other = _badge(shared, web, "aliases"), _badge(shared, web, "creator_and_tag")
    assert aliased["@type"] == ["BadgeClass"]
    assert aliased["@id"] == f"{shared.url}/badges/11.json"
    assert not {"id", "type"} & aliased.keys()
    assert {"creator", "tag"} <= other.keys()
    assert not {"issuer", "tags"} & other.keys()


def test_translations_name_each_other(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    spanish, english = _badge(shared, web, "spanish"), _badge(shared, web, "english_of_the_spanish")
    assert (spanish["@language"], english["@language"]) == ("es", "en-US")
    assert spanish["related"][0]["id"] == english["id"]
    assert english["related"]["id"] == spanish["id"]


def test_relative_addresses_lead_from_the_document_to_what_they_mean(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    document = _badge(shared, web, "relative")
    found = [web.get(urljoin(document["id"], document[name])) for name in ("image", "criteria", "issuer")]
    assert [answer.status_code for answer in found] == [200, 200, 200]
    assert _badge(shared, web, "relative_id")["id"] == "/badges/15.json"


def test_issuers_are_linked_or_embedded_with_and_without_an_id(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    linked = web.get(_badge(shared, web, "plain")["issuer"]).json()
    embedded = _badge(shared, web, "issuer_embedded")["issuer"]
    assert linked == {"@context": linked["@context"], **embedded}
    assert "id" not in _badge(shared, web, "issuer_without_id")["issuer"]


def test_texts_have_entities_tags_markdown_and_bad_characters(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    assert "&#8217;" in _badge(shared, web, "entities")["description"]
    assert "\ufffd" in _badge(shared, web, "unicode")["description"]
    assert "**two walks**" in _badge(shared, web, "plain")["criteria"]["narrative"]
    assert "description" not in _badge(shared, web, "description_missing")


def test_versions_are_numbers_or_texts(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    assert _badge(shared, web, "version_number")["version"] == 2
    assert _badge(shared, web, "version_text")["version"] == "2.1-beta"


def test_alignments_come_under_old_names_and_half_empty(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    assert set(_badge(shared, web, "alignment_old_names")["alignment"][0]) == {"name", "url", "description"}
    addresses = [each["targetUrl"] for each in _badge(shared, web, "alignment_blank")["alignment"]]
    assert addresses == ["https://frameworks.example/outdoors/20", None, "see the handbook"]


def test_older_versions_of_the_standard_are_known_by_their_shape(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    assert _badge(shared, web, "of_1_1")["@context"] == "https://w3id.org/openbadges/v1"
    oldest = _badge(shared, web, "of_1_0")
    assert not {"@context", "type", "id"} & oldest.keys()
    assert oldest["criteria"] == f"{shared.url}/criteria/30"


def test_badges_of_moodle_and_open_badge_factory_are_told_apart_by_their_query(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    moodle, factory = (shared.addresses()[kind][0] for kind in ("moodle_badge", "factory_achievement"))
    assert web.get(moodle).headers["content-type"].startswith("text/html")
    assert web.get(moodle).json()["id"] == moodle == f"{shared.url}/badges/badge_json.php?id=1"
    assert web.get(factory).json()["id"] == factory == f"{shared.url}/obv3/achievements/1?cid=7&lang=en"
    assert web.get(moodle.partition("?")[0]).status_code == 404


# People


def test_every_canary_of_a_recipient_is_in_what_was_awarded_and_nowhere_else(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    awarded = "".join(_texts(shared, web, "assertion", "credential"))
    others = [kind for kind in shared.addresses() if kind not in ABOUT_PEOPLE and kind != "moved"]
    published = "".join(_texts(shared, web, *others))
    assert [canary for canary in ABOUT_RECIPIENTS if canary not in awarded] == []
    assert [canary for canary in ABOUT_RECIPIENTS if canary in published] == []


def test_issuers_have_mail_and_phone(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    issuer = web.get(f"{shared.url}/issuers/1.json").json()
    assert (issuer["email"], issuer["telephone"]) == ABOUT_ISSUERS
    assert issuer["revocationList"] == f"{shared.url}/revocations.json"


def test_a_hashed_recipient_is_the_hash_of_the_plain_one(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    hashed, plain = (web.get(f"{shared.url}/assertions/{n}.json").json()["recipient"] for n in (1, 2))
    assert (hashed["hashed"], plain["hashed"]) == (True, False)
    assert hashed["identity"] == "sha256$" + sha256((plain["identity"] + hashed["salt"]).encode()).hexdigest()
    assert (plain["identity"], hashed["identity"], hashed["salt"]) == (RECIPIENT_EMAIL, RECIPIENT_HASH, RECIPIENT_SALT)


# Assertions, keys and signatures


def test_an_assertion_leads_to_its_badge_its_issuer_and_the_issuer_s_key(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    assertion = web.get(f"{shared.url}/assertions/1.json").json()
    badge = web.get(assertion["badge"]).json()
    issuer = web.get(badge["issuer"]).json()
    key = web.get(issuer["publicKey"]).json()
    assert (badge["type"], issuer["type"], key["type"]) == ("BadgeClass", "Issuer", "CryptographicKey")
    assert key["owner"] == issuer["id"]


def test_assertions_of_every_version_of_the_standard_are_there(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    second, third, fourth, fifth, sixth = (
        web.get(f"{shared.url}/assertions/{number}.json").json() for number in range(2, 7)
    )
    assert second["badge"]["issuer"] == f"{shared.url}/issuers/1.json"
    assert third["badge"]["issuer"]["name"] == "Heron Bay Field School"
    assert fourth["@context"] == "https://w3id.org/openbadges/v1"
    assert "@context" not in fifth
    assert web.get(fifth["badge"]).json() == _badge(shared, web, "of_1_0")
    assert sixth["badge"]["issuer"]["origin"] == shared.url


def test_signed_assertions_hold_against_the_key_they_name_except_the_third(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    held = []
    for text in _texts(shared, web, "signed_assertion"):
        claimed = jwt.decode(text, options={"verify_signature": False})
        pem = web.get(claimed["verification"]["creator"]).json()["publicKeyPem"]
        try:
            held.append(jwt.decode(text, pem, algorithms=["RS256"]) == claimed)
        except jwt.InvalidSignatureError:
            held.append(False)
    assert held == [True, True, False, True, True]


def test_the_fourth_names_a_key_its_issuer_does_not_and_the_fifth_is_revoked(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    fourth, fifth = (
        jwt.decode(text, options={"verify_signature": False}) for text in _texts(shared, web, "signed_assertion")[3:]
    )
    issuer = web.get(f"{shared.url}/issuers/1.json").json()
    revoked = web.get(issuer["revocationList"]).json()["revokedAssertions"]
    assert fourth["verification"]["creator"] != issuer["publicKey"]
    assert fifth["id"] in revoked
    assert fourth["id"] not in revoked


def test_a_jws_of_an_assertion_has_nothing_but_its_algorithm_in_the_header(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    header = jwt.get_unverified_header(_texts(shared, web, "signed_assertion")[0])
    assert header == {"alg": "RS256"} == web.get(f"{shared.url}/headers/1.json").json()


def test_credentials_as_jwt_prove_what_they_should_and_no_more(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    by_kid, inline, wrong, older, unsigned = _texts(shared, web, "signed_credential")
    header = jwt.get_unverified_header(by_kid)
    key = jwt.PyJWK(web.get(header["kid"]).json())
    assert jwt.decode(by_kid, key, algorithms=["RS256"])["iss"] == f"{shared.url}/issuers/1.json"
    assert jwt.decode(older, key, algorithms=["RS256"])["vc"]["issuanceDate"] == "2024-05-06T07:08:09Z"
    own = jwt.get_unverified_header(inline)
    assert "kid" not in own
    assert jwt.decode(inline, jwt.PyJWK(own["jwk"]), algorithms=["RS256"])
    assert jwt.get_unverified_header(wrong)["kid"] == header["kid"]
    for refused in (wrong, inline):
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(refused, key, algorithms=["RS256"])
    assert jwt.get_unverified_header(unsigned)["alg"] == "none"
    assert unsigned.endswith(".")


def test_the_key_set_has_public_halves_only(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    keys = web.get(f"{shared.url}/keys/jwks.json").json()["keys"]
    assert [web.get(key["kid"]).json() for key in keys] == keys
    assert {frozenset(key) for key in keys} == {frozenset({"kid", "kty", "alg", "use", "n", "e"})}
    assert "PRIVATE" not in "".join(_texts(shared, web, "key", "jwk"))


def test_keys_are_made_once_a_process(shared: PracticeOpenBadges, issuer: PracticeOpenBadges) -> None:
    path = "/keys/1.json"
    assert issuer.documents[path].body["publicKeyPem"] == shared.documents[path].body["publicKeyPem"]
    assert shared.documents[path].body["publicKeyPem"] != shared.documents["/keys/2.json"].body["publicKeyPem"]


# Open Badges 3.0


def test_there_is_an_achievement_of_every_type(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    found = web.get(f"{shared.url}/lists/achievements.json").json()
    types = [each["achievementType"] for each in found if "achievementType" in each]
    assert len(found) == 36
    assert sorted(types) == sorted(verifiable_badges.ACHIEVEMENT_TYPES)
    assert len({each for each in types if not each.startswith("ext:")}) == 31


def test_contexts_of_3_0_0_to_3_0_3_come_in_turn(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    contexts = [each["@context"][1] for each in web.get(f"{shared.url}/lists/achievements.json").json()]
    wanted = [f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{patch}.json" for patch in range(4)]
    assert contexts == wanted * 9


def test_a_full_achievement_has_every_member_of_the_standard(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    full = _achievement(shared, web, "full")
    wanted = "alignment achievementType creator creditsAvailable criteria description endorsement fieldOfStudy"
    wanted += " humanCode image inLanguage name otherIdentifier related resultDescription specialization tag version"
    assert set(wanted.split()) <= full.keys()
    assert [each["resultType"] for each in full["resultDescription"]] == [
        "LetterGrade",
        "Percent",
        "RubricCriterionLevel",
    ]
    assert full["alignment"][0]["targetCode"].startswith("ce-")
    assert set(_achievement(shared, web, "smallest")) == {
        "@context",
        "id",
        "type",
        "name",
        "description",
        "criteria",
    }
    assert _achievement(shared, web, "single_values")["image"] == f"{shared.url}/images/3.png"


def test_credentials_come_in_both_data_models_around_their_achievement(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    newer, older, listed, others = (web.get(f"{shared.url}/credentials/{number}.json").json() for number in range(1, 5))
    assert newer["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert older["@context"][0] == "https://www.w3.org/2018/credentials/v1"
    assert {"issuanceDate", "expirationDate"} <= older.keys()
    assert not {"validFrom", "validUntil"} & older.keys()
    assert [newer["type"][1], older["type"][1]] == ["OpenBadgeCredential", "AchievementCredential"]
    assert newer["credentialSubject"]["achievement"]["id"] == f"{shared.url}/achievements/1.json"
    assert listed["credentialSubject"][0]["achievement"]["name"] == "Small Boat Handling"
    assert others["issuer"]["id"] != others["credentialSubject"]["achievement"]["creator"]["id"]


def test_endorsements_of_both_versions_are_there(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    older, newer = (web.get(f"{shared.url}/endorsements/{number}.json").json() for number in (1, 2))
    assert older["type"] == "Endorsement"
    assert newer["type"] == ["VerifiableCredential", "EndorsementCredential"]


# Baked pictures


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0]
        yield kind, data
        place += 12 + length


def _baked_text(png: bytes) -> tuple[str, str]:
    data = dict(_chunks(png))[b"iTXt"]
    keyword, rest = data.split(b"\0", 1)
    text = rest[2:].split(b"\0", 2)[2]
    return keyword.decode(), (zlib.decompress(text) if rest[0] else text).decode()


def test_pngs_carry_what_was_awarded(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    pngs = [web.get(f"{shared.url}/baked/{number}.png").content for number in range(1, 8)]
    assertion, jws, credential, token, compressed = (_baked_text(png) for png in pngs[:5])
    assert assertion == compressed
    assert (assertion[0], credential[0]) == ("openbadges", "openbadgecredential")
    assert json.loads(assertion[1]) == web.get(f"{shared.url}/assertions/2.json").json()
    assert json.loads(credential[1]) == web.get(f"{shared.url}/credentials/1.json").json()
    assert jws == ("openbadges", web.get(f"{shared.url}/assertions/1.jws").text)
    assert token == ("openbadgecredential", web.get(f"{shared.url}/credentials/1.jwt").text)
    assert not {b"iTXt", b"tEXt"} & dict(_chunks(pngs[5])).keys()
    assert dict(_chunks(pngs[6]))[b"tEXt"] == b"openbadges\0" + f"{shared.url}/assertions/5.json".encode()


def test_svgs_carry_what_was_awarded(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    roots = [ElementTree.fromstring(web.get(f"{shared.url}/baked/{number}.svg").content) for number in range(1, 5)]
    older, newer = "{http://openbadges.org}assertion", "{https://purl.imsglobal.org/ob/v3p0}credential"
    hosted, signed = (root.find(older) for root in roots[:2])
    credential, token = (root.find(newer) for root in roots[2:])
    assert hosted is not None
    assert json.loads(hosted.text or "")["id"] == hosted.get("verify") == f"{shared.url}/assertions/2.json"
    assert signed is not None
    assert signed.get("verify") == web.get(f"{shared.url}/assertions/1.jws").text
    assert credential is not None
    assert json.loads(credential.text or "") == web.get(f"{shared.url}/credentials/1.json").json()
    assert token is not None
    assert token.get("verify") == web.get(f"{shared.url}/credentials/1.jwt").text


# Lists


def test_lists_give_the_badges_or_their_addresses(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    addresses = shared.addresses()
    badges = [web.get(address).json() for address in addresses["badge"]]
    assert web.get(f"{shared.url}/lists/badges.json").json() == badges
    assert web.get(f"{shared.url}/lists/wrapped.json").json() == {"badges": badges}
    both = [*addresses["badge"], *addresses["achievement"]]
    lines = web.get(f"{shared.url}/lists/addresses.txt")
    assert sorted(web.get(f"{shared.url}/lists/addresses.json").json()) == sorted(both)
    assert sorted(lines.text.split("\r\n")) == sorted(["", *both])
    assert lines.headers["content-type"] == "text/plain; charset=utf-8"


def test_an_issuer_s_public_list_is_a_bare_array_as_in_the_badgr_family(
    shared: PracticeOpenBadges, web: httpx.Client
) -> None:
    badges = web.get(f"{shared.url}/public/issuers/{PUBLIC_ISSUER}/badges").json()
    ids = [badge["id"].rpartition("/")[2] for badge in badges]
    assert [web.get(badge["id"]).json() for badge in badges] == badges
    assert {len(each) for each in ids} == {22}
    assert {each[0] for each in ids} >= {"-", "_"}
    assert {frozenset(badge["criteria"]) for badge in badges} == {
        frozenset({"id", "narrative"}),
        frozenset({"id"}),
        frozenset({"narrative"}),
        frozenset(),
    }


def test_a_public_badge_comes_in_other_forms_on_request(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    address = shared.addresses()["public_badge"][0]
    plain, older, expanded = (web.get(f"{address}{end}").json() for end in ("", "?v=1_1", "?expand=issuer"))
    assert web.get(f"{address}.json").json() == plain
    assert web.get(f"{address}?v=2_0").json() == plain
    assert older["@context"] == "https://w3id.org/openbadges/v1"
    assert expanded["issuer"] == web.get(plain["issuer"]).json()
    assert web.get(plain["image"], follow_redirects=True).content.startswith(b"\x89PNG")


def test_a_browser_is_sent_from_public_addresses_to_a_page(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    address = shared.addresses()["public_badge"][0]
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    sent = web.get(address, headers=browser)
    assert sent.status_code == 302
    assert web.get(urljoin(address, sent.headers["location"])).headers["content-type"].startswith("text/html")
    assert web.get(f"{address}.json", headers=browser).status_code == 406


# Changing


def test_a_changed_badge_is_changed_at_its_address_and_in_the_lists(
    issuer: PracticeOpenBadges, web: httpx.Client
) -> None:
    issuer.change("/badges/2.json", {"name": "Renamed"})
    issuer.change(issuer.addresses()["public_badge"][0], {"name": "Renamed too"})
    assert web.get(f"{issuer.url}/badges/2.json").json()["name"] == "Renamed"
    assert web.get(f"{issuer.url}/lists/badges.json").json()[1]["name"] == "Renamed"
    assert web.get(f"{issuer.addresses()['public_badge'][0]}?expand=issuer").json()["name"] == "Renamed too"


@pytest.mark.parametrize("status", [404, 410])
def test_a_removed_badge_is_missing_at_its_address_and_in_the_lists(
    issuer: PracticeOpenBadges, web: httpx.Client, status: int
) -> None:
    issuer.remove(f"{issuer.url}/badges/2.json", status=status)
    assert web.get(f"{issuer.url}/badges/2.json").status_code == status
    assert f"{issuer.url}/badges/2.json" not in web.get(f"{issuer.url}/lists/addresses.json").json()
    assert len(web.get(f"{issuer.url}/lists/badges.json").json()) == 3


def test_what_does_not_exist_cannot_be_changed_or_removed(issuer: PracticeOpenBadges) -> None:
    with pytest.raises(KeyError):
        issuer.change("/badges/9.json", {"name": "Nothing"})
    with pytest.raises(KeyError):
        issuer.remove("/badges/9.json")


def test_after_a_stop_it_comes_back_on_the_same_port_with_what_was_changed(web: httpx.Client) -> None:
    issuer = PracticeOpenBadges(badges=1, achievements=0, public_badges=0).start()
    issuer.change("/badges/1.json", {"name": "Kept"})
    before = issuer.url
    issuer.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{before}/badges/1.json", trust_env=False)
    with issuer.start():
        assert issuer.url == before
        assert httpx.get(f"{before}/badges/1.json", trust_env=False).json()["name"] == "Kept"


# Going wrong


def test_a_fault_befalls_lists_one_document_or_the_issuers(issuer: PracticeOpenBadges, web: httpx.Client) -> None:
    def statuses() -> list[int]:
        paths = ("lists/badges.json", "badges/1.json", "badges/2.json", "issuers/1.json")
        return [web.get(f"{issuer.url}/{path}").status_code for path in paths]

    issuer.fault("server_error", times=1)
    assert statuses() == [500, 200, 200, 200]
    issuer.fault("server_error", on="template", page=2, status=503)
    assert statuses() == [200, 200, 503, 200]
    issuer.clear_faults()
    issuer.fault("rate_limited", on="organization", retry_after=3)
    assert statuses() == [200, 200, 200, 429]


@pytest.mark.parametrize("how", ["no_id", "no_name", "all_null", "duplicate_id", "not_an_object", "data_image"])
@pytest.mark.parametrize("path", ["/lists/badges.json", f"/public/issuers/{PUBLIC_ISSUER}/badges"])
def test_one_badge_of_a_list_is_spoiled(issuer: PracticeOpenBadges, web: httpx.Client, path: str, how: str) -> None:
    before = web.get(f"{issuer.url}{path}").json()
    issuer.fault("spoil_item", how=how, item=1)
    after = web.get(f"{issuer.url}{path}").json()
    assert len(after) == len(before)
    assert [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [1]


def test_every_badge_of_every_variety_can_be_spoiled(shared: PracticeOpenBadges, web: httpx.Client) -> None:
    try:
        for place in range(30):
            shared.fault("spoil_item", how="all_null", item=place, times=1)
            assert web.get(f"{shared.url}/lists/badges.json").json()[place]["name"] is None
    finally:
        shared.clear_faults()


def test_lists_are_emptied_shuffled_and_cut_short(issuer: PracticeOpenBadges, web: httpx.Client) -> None:
    listing = f"{issuer.url}/lists/addresses.json"
    whole = web.get(listing).json()
    issuer.fault("emptied", times=1)
    assert web.get(listing).json() == []
    issuer.fault("shuffle", seed=3)
    shuffled = web.get(listing).json()
    assert shuffled != whole
    assert sorted(shuffled) == sorted(whole)
    issuer.clear_faults()
    issuer.fault("truncated")
    with pytest.raises(json.JSONDecodeError):
        web.get(listing).json()


@pytest.mark.parametrize("path", ["/lists/badges.json", f"/public/issuers/{PUBLIC_ISSUER}/badges"])
def test_a_list_grows_after_it_was_read_by_badges_that_can_be_had(
    issuer: PracticeOpenBadges, web: httpx.Client, path: str
) -> None:
    issuer.fault("grow", times=1, by=2)
    first, second = (web.get(f"{issuer.url}{path}").json() for _ in range(2))
    assert second[: len(first)] == first
    assert [web.get(badge["id"]).json() for badge in second[len(first) :]] == second[len(first) :]
    assert len(second) == len(first) + 2


def test_a_badge_changes_places_after_a_list_was_read(issuer: PracticeOpenBadges, web: httpx.Client) -> None:
    issuer.fault("move", times=1)
    first, second = (web.get(f"{issuer.url}/lists/badges.json").json() for _ in range(2))
    assert second == [*first[1:], first[0]]


@pytest.mark.parametrize("asked", [{"kind": "next_loop"}, {"kind": "html", "on": "token"}, {"kind": "unknown"}])
def test_faults_of_pages_and_tokens_are_refused(issuer: PracticeOpenBadges, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        issuer.fault(**asked)


def test_the_answer_for_one_document_is_held_back_until_it_is_released(issuer: PracticeOpenBadges) -> None:
    issuer.hold(3)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.get, f"{issuer.url}/badges/3.json", trust_env=False)
        issuer.wait_asked(3)
        assert httpx.get(f"{issuer.url}/badges/2.json", trust_env=False).status_code == 200
        assert not waiting.done()
        issuer.change("/badges/3.json", {"name": "Changed meanwhile"})
        issuer.release(3)
        assert waiting.result(timeout=10).json()["name"] == "Changed meanwhile"
    issuer.wait_sent(3)


def test_controls_by_hand_show_addresses_and_requests_and_ask_for_faults(
    issuer: PracticeOpenBadges, web: httpx.Client
) -> None:
    practice = f"{issuer.url}/__practice"
    assert web.get(f"{practice}/addresses").json() == issuer.addresses()
    asked = web.post(f"{practice}/faults", json={"kind": "server_error", "on": "template", "page": 1})
    assert asked.status_code == 201
    assert web.get(f"{issuer.url}/badges/1.json?v=2_0").status_code == 500
    assert web.get(f"{practice}/requests").json() == [
        {"method": "GET", "path": "/badges/1.json", "query": "v=2_0", "page": 1, "status": 500}
    ]
    assert web.delete(f"{practice}/faults").status_code == 200
    assert web.get(f"{issuer.url}/badges/1.json").status_code == 200
