"""Profiles, the language and the owners of a connection over the API: what a person could do at the desk."""

from __future__ import annotations

from tests.api.conftest import CTID, Api, done, problem

PROFILES = f"/organizations/{CTID}/profiles"


def test_a_profile_is_made_edited_as_seen_approved_as_seen_and_chosen(api: Api) -> None:
    (own,) = api.every(PROFILES)
    made = done(api.post(PROFILES, {"properties": {"description": "Ask the registrar."}}), 201)
    at = f"/profiles/{made['ctid']}"
    change = {"set_json": {"verifiedClaimType": ["Badge Claim"]}, "content_hash": made["content_hash"]}
    changed = done(api.patch(at, change))

    problem(api.patch(at, change), 409, "changed_while_you_looked")
    told = done(api.post(f"{PROFILES}/approvals", {"profiles": {made["ctid"]: changed["content_hash"]}}))
    choice = {"platform": own["platform"], "ctid": made["ctid"]}
    seen = done(api.post(f"{PROFILES}/choices", {**choice, "dry_run": True}))
    chosen = done(api.post(f"{PROFILES}/choices", choice))

    assert own["used_by"] == 40
    assert changed["properties"]["verifiedClaimType"] == ["claimType:BadgeClaim"]
    assert told == {"approved": 1, "refused": []}
    assert (seen, len(seen["records"])) == (chosen, 40)
    assert done(api.get(at))["used_by"] == 40
    assert done(api.get(at))["statuses"] == ["approved"]


def test_a_profile_that_is_not_there_or_a_platform_without_badges_is_said_so(api: Api) -> None:
    (own,) = api.every(PROFILES)

    problem(api.get("/profiles/ce-nothing"), 404, "profile_not_found")
    problem(api.post(f"{PROFILES}/choices", {"platform": "Nowhere", "ctid": own["ctid"]}), 422, "platform_unknown")


def test_the_language_of_a_connection_is_confirmed_once(api: Api) -> None:
    at = "/connections/1/language"

    seen = done(api.client.put(at, json={"language": "French", "dry_run": True}))
    kept = done(api.client.put(at, json={"language": "en-US"}))

    assert (seen["language"], seen["changed"]) == ("fr", 40)
    assert (kept["language"], kept["changed"], kept["note"]) == ("en-US", 0, "")
    problem(api.client.put(at, json={"language": "no language!"}), 422, "invalid_language")
    assert "language_assumed" not in {f["code"] for each in api.every("/records") for f in each["findings"]}


def test_whose_an_issuers_badges_are_is_said_and_taken_back(api: Api) -> None:
    (issuer,) = api.every("/connections/1/issuers")
    at = f"/connections/1/issuers/{issuer['id']}/owner"

    taken = done(api.client.delete(at))
    (held,) = api.every("/connections/1/issuers")
    given = done(api.client.put(at, json={"organization": CTID}))
    (after,) = api.every("/connections/1/issuers")

    assert (issuer["state"], issuer["records"], issuer["owner"]["ctid"]) == ("confirmed", 40, CTID)
    assert (held["state"], held["owner"]) == ("held", None)
    assert taken["changed"] == given["changed"] == 40
    assert after["state"] == "confirmed"
    problem(api.client.put(at, json={"organization": "nobody"}), 404, "organization_not_found")
