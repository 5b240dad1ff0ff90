"""Profiles, the language and the owners of a connection on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.line.conftest import Line

COLLEGE = "Cedar Harbor"


def test_a_profile_is_listed_edited_approved_and_another_one_chosen(synced: Line) -> None:
    (own,) = synced.done("profiles", "list", COLLEGE)
    made = synced.done("profiles", "make", COLLEGE, "--set", "description=Ask the registrar.")
    edited = synced.done(
        "profiles",
        "edit",
        made["ctid"],
        "--set",
        "verifiedClaimType=Badge Claim",
        "--set-json",
        'description={"fr":"Demandez au secrétariat."}',
    )
    approved = synced.done("profiles", "approve", made["ctid"], own["ctid"])
    seen = synced.done("profiles", "choose", COLLEGE, own["platform"], made["ctid"], "--dry-run")
    chosen = synced.done("profiles", "choose", COLLEGE, own["platform"], made["ctid"])

    assert own["used_by"] == 40
    assert edited["properties"]["description"] == {"fr": "Demandez au secrétariat."}
    assert edited["properties"]["verifiedClaimType"] == ["claimType:BadgeClaim"]
    assert approved == {"approved": 2, "refused": []}
    assert seen == chosen
    assert chosen["changed"] == 40
    assert len(synced.done("profiles", "show", made["ctid"])["used_by"]) == 40


def test_a_language_is_confirmed_and_an_issuer_is_held_and_confirmed_again(synced: Line) -> None:
    confirmed = synced.done("connections", "language", "main", "en-US")
    (issuer,) = synced.done("connections", "issuers", "main")
    withdrawn = synced.done("connections", "issuers", "main", "--withdraw", issuer["id"])
    again = synced.done("connections", "issuers", "main", "--confirm", issuer["id"], "--owner", COLLEGE)

    assert (confirmed["language"], confirmed["changed"]) == ("en-US", 0)
    assert (issuer["state"], issuer["records"]) == ("confirmed", 40)
    assert (withdrawn["changed"], withdrawn["issuers"][0]["state"]) == (40, "held")
    assert (again["changed"], again["issuers"][0]["state"]) == (40, "confirmed")
