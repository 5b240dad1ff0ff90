"""Rules over HTTP: read, previewed, saved as previewed, within the caller's scopes and organizations."""

from __future__ import annotations

import httpx

from tests.api.conftest import CTID, Api, done, problem

HERE = f"/organizations/{CTID}/rules"
RULES = '[[rule]]\nname = "Renewed"\nwhen.name = "*"\nthen.set.renewalFrequency = "P3Y"\n'


def put(api: Api, text: str, seen: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    return api.client.put(HERE, json={"text": text, "seen": seen}, headers=headers)


def test_rules_are_previewed_and_saved_as_they_were_previewed(api: Api) -> None:
    before = done(api.get(HERE))
    assert (before["number"], before["text"], before["rules"]) == (0, "", [])

    foreseen = done(api.post(f"{HERE}/previews", {"text": RULES}))

    assert foreseen["sentence"] == "40 records change."
    assert foreseen["rules"][0]["sentence"] == "When it is any badge, then Renewal Frequency is “P3Y”."
    assert done(api.get(HERE))["number"] == 0
    problem(put(api, RULES, "another preview"), 409, "changed_while_you_looked")
    assert done(put(api, RULES, foreseen["seen"])) == foreseen
    now = done(api.get(HERE))
    assert (now["number"], now["text"], now["rules"][0]["badges"]) == (1, RULES, 40)
    assert [each["number"] for each in api.every(f"{HERE}/history")] == [1]
    (record, *_) = api.every("/records")
    shown = done(api.get(f"/records/{record['id']}"))
    assert shown["properties"]["renewalFrequency"] == "P3Y"
    assert "rule “Renewed”" in shown["provenance"]["renewalFrequency"]["rule"]


def test_everything_wrong_in_a_file_is_told_by_its_line(api: Api) -> None:
    answer = problem(api.post(f"{HERE}/previews", {"text": RULES + "then.colour = 1\n"}), 422, "rules_unreadable")

    assert list(answer["fields"]) == ["line 5"]
    problem(put(api, RULES + "then.colour = 1\n", "x"), 422, "rules_unreadable")


def test_saving_needs_the_scope_to_approve_and_everything_an_organization_within_reach(api: Api) -> None:
    problem(put(api, RULES, "x", api.token("read", "edit")), 403, "scope_missing")
    problem(api.post(f"{HERE}/previews", {"text": RULES}, api.token("read")), 403, "scope_missing")
    problem(api.get("/organizations/nobody/rules"), 404, "organization_not_found")
