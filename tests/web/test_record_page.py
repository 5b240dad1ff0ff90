"""The page of one record: source beside mapped, where values come from, edits in place, and decisions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from connector.credentials import decisions, existing, queries, records
from connector.web import values
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import by_name, from_properties
from tests.web.parsed import Page

if TYPE_CHECKING:
    import httpx

    from connector.credentials.records import Sourced
    from tests.web.conftest import Web


def those(web: Web, **given: Any) -> list[str]:
    with web.opened.database.reading() as connection:
        return [each.sourced.row.id for each in queries.listed(connection, queries.where(**given))]


def one(web: Web, record_id: str) -> Sourced:
    with web.opened.database.reading() as connection:
        return records.one(connection, record_id)


def hash_of(web: Web, record_id: str) -> str:
    return str(one(web, record_id).row.content_hash)


def edit(web: Web, record_id: str, name: str, text: str, op: str = "set", **more: str) -> httpx.Response:
    fields = {"property": name, "op": op, "seen": hash_of(web, record_id), "value": text, **more}
    return web.post(f"/records/{record_id}/edit", fields)


def test_every_value_stands_beside_what_the_badge_says(filled: Web) -> None:
    found = next(each for each in filled.records if each.statuses == ())
    shown = Page(filled.get(f"/records/{found.sourced.row.id}").text)
    rows = {row.split("  ")[0].strip(): row for row in shown.rows}

    assert "global_activity_url" in " ".join(shown.texts)
    assert found.sourced.badge.name in shown.text()
    for label in ("Credential Name", "Credential Description", "Subject Webpage", "Credential Status", "Language"):
        assert any(label in row for row in rows), label


def test_each_provenance_note_belongs_to_the_word_beside_its_value(filled: Web) -> None:
    shown = Page(filled.get(f"/records/{filled.records[5].sourced.row.id}").text)
    buttons = [each["aria-describedby"] for each in shown.all("button") if "aria-describedby" in each]
    notes = [each["id"] for each in shown.all("span") if each.get("role") == "tooltip"]

    assert len(buttons) > 8
    assert buttons == notes


def test_an_undecided_type_has_nothing_chosen_and_says_why(filled: Web) -> None:
    record = those(filled, decided=False)[0]
    shown = Page(filled.get(f"/records/{record}").text)
    picker = [each for each in shown.all("input") if each.get("name") == "type"]

    assert picker
    assert not [each for each in picker if "checked" in each]
    assert "Not decided. Suggested:" in shown.text()
    assert "Evidence" in shown.text()


def test_choosing_a_type_decides_it(desk: Web) -> None:
    record = those(desk, decided=False)[0]

    answer = desk.post(f"/records/{record}/type", {"type": "ceterms:Certification", "seen": hash_of(desk, record)})

    assert "Credential Type: Certification" in Page(desk.follow(answer).text).text()
    assert one(desk, record).content.credential.credential_type == "ceterms:Certification"


def test_a_type_of_the_whole_list_goes_before_the_suggestions(desk: Web) -> None:
    record = those(desk, decided=False)[0]
    fields = {"type": "ceterms:Certification", "other": "ceterms:License", "seen": hash_of(desk, record)}

    desk.post(f"/records/{record}/type", fields)

    assert one(desk, record).content.credential.credential_type == "ceterms:License"


def test_choosing_nothing_is_answered_with_what_to_do(desk: Web) -> None:
    record = those(desk, decided=False)[0]

    answer = desk.post(f"/records/{record}/type", {"seen": hash_of(desk, record)})

    assert "No type is chosen." in desk.follow(answer).text
    assert answer.headers["location"].endswith("#type")


def test_a_value_is_edited_in_place_and_can_be_taken_back(desk: Web) -> None:
    record = those(desk)[0]
    before = one(desk, record).content.properties["name"]

    opened = Page(desk.get(f"/records/{record}", edit="name").text)
    saved = edit(desk, record, "name", "", **{"value:en-US": "A Better Name"})

    assert ("value:en-US", before["en-US"]) in [(e.get("name"), e.get("value")) for e in opened.all("input")]
    assert "Saved." in desk.follow(saved).text
    assert "edited by registrar@cedarharbor.example" in desk.get(f"/records/{record}").text
    assert one(desk, record).content.properties["name"] == {"en-US": "A Better Name"}
    edit(desk, record, "name", "", op="withdraw")
    assert one(desk, record).content.properties["name"] == before


def test_what_cannot_be_read_is_said_beside_the_field_and_nothing_typed_is_lost(desk: Web) -> None:
    record = those(desk)[0]
    before = hash_of(desk, record)

    answer = edit(desk, record, "subjectWebpage", "www.cedarharbor.example/no-scheme")
    shown = Page(answer.text)

    assert answer.status_code == 400
    assert "Subject Webpage must be an absolute address beginning with http:// or https://." in shown.text()
    (typed,) = [each for each in shown.all("input") if each.get("name") == "value"]
    assert typed["value"] == "www.cedarharbor.example/no-scheme"
    assert typed["aria-invalid"] == "true"
    assert "e-edit" in typed["aria-describedby"]
    assert hash_of(desk, record) == before


def test_json_that_is_none_is_said_beside_the_field(desk: Web) -> None:
    record = those(desk)[0]

    answer = edit(desk, record, "estimatedCost", '[{"price": 100,')

    assert answer.status_code == 400
    assert "Estimated Costs is not JSON" in answer.text
    assert "&#34;price&#34;: 100," in answer.text


@pytest.mark.parametrize("name", ["", "noSuchProperty", "ctid"])
def test_a_property_that_does_not_exist_is_refused(desk: Web, name: str) -> None:
    answer = edit(desk, those(desk)[0], name, "x")

    assert answer.status_code == 400
    assert "There is no property" in answer.text


def test_an_edit_of_what_changed_meanwhile_is_refused_and_keeps_what_was_typed(desk: Web) -> None:
    record = those(desk)[0]
    seen = hash_of(desk, record)
    with desk.opened.database.transaction() as connection:
        decisions.edit(connection, record, set_to=[("subjectWebpage", "https://other.example/")], by="somebody else")

    answer = edit(desk, record, "name", "", seen=seen, **{"value:en-US": "Typed At Length"})

    assert answer.status_code == 409
    assert "changed while you looked" in answer.text
    assert 'value="Typed At Length"' in answer.text


def test_every_property_can_be_opened_and_saved_as_it_is(filled: Web) -> None:
    """What a control shows is what the same control sends: opening and saving changes nothing."""
    for each in filled.records[:25]:
        held = each.sourced.content.properties
        for name, value in held.items():
            control = values.control(name, value, "en-US")
            sent = {key: text.replace("\n", "\r\n") for key, _, text in control.inputs}
            again = values.given(name, sent)
            with filled.opened.database.reading():
                read = decisions._read(name, again, "en-US")
            assert read == value, name


@pytest.mark.parametrize("name", sorted(by_name(Credential)))
def test_every_property_has_a_control(filled: Web, name: str) -> None:
    answer = filled.get(f"/records/{filled.records[9].sourced.row.id}", edit=name)

    assert answer.status_code == 200
    if name != "credentialType":
        assert f'id="p-{name}"' in answer.text
        assert re.search(r'name="value(:[A-Za-z-]+)?"', answer.text)


def test_a_conflict_shows_both_sides_and_is_settled(filled: Web) -> None:
    (record,) = those(filled, need="resolution")
    shown = Page(filled.get(f"/records/{record}").text).text()

    assert "Conflict." in shown
    assert "My Name" in shown
    assert "Their New Name" in shown
    assert "Before, it was:" in shown


@pytest.mark.parametrize(("side", "name"), [("mine", "My Name"), ("theirs", "Their Name")])
def test_settling_a_conflict_keeps_one_side(desk: Web, side: str, name: str) -> None:
    record = those(desk)[0]
    edit(desk, record, "name", "", **{"value:en-US": "My Name"})
    desk.rename(one(desk, record).row.badge_id, "Their Name")
    assert those(desk, need="resolution") == [record]

    fields = {"property": "name", "side": side, "seen": hash_of(desk, record)}
    answer = desk.post(f"/records/{record}/resolve", fields)

    assert answer.status_code == 303, Page(answer.text).text()
    assert one(desk, record).content.properties["name"] == {"en-US": name}
    assert those(desk, need="resolution") == []


def test_approving_goes_on_to_the_next_record_of_the_filter(desk: Web) -> None:
    first, second = those(desk, need="approval")[:2]

    answer = desk.post(f"/records/{first}/approve?need=approval", {"seen": hash_of(desk, first)})

    assert answer.headers["location"] == f"/records/{second}?need=approval"
    assert "is approved. Here is the next one." in Page(desk.follow(answer).text).text()
    assert those(desk, status="approved") == [first]


def test_approving_what_changed_meanwhile_is_refused(desk: Web) -> None:
    record = those(desk, need="approval")[0]
    seen = hash_of(desk, record)
    edit(desk, record, "name", "", **{"value:en-US": "Another Name"})

    answer = desk.post(f"/records/{record}/approve", {"seen": seen})

    assert "changed while you looked" in desk.follow(answer).text
    assert those(desk, status="approved") == []


def test_an_incomplete_record_is_not_approved(desk: Web) -> None:
    record = those(desk, status="incomplete")[0]

    answer = desk.post(f"/records/{record}/approve", {"seen": hash_of(desk, record)})

    assert "Not approved." in desk.follow(answer).text


def test_rejecting_keeps_the_reason_in_the_history(desk: Web) -> None:
    record = those(desk, need="approval")[0]

    desk.post(f"/records/{record}/reject", {"seen": hash_of(desk, record), "reason": "A duplicate."})
    shown = Page(desk.get(f"/records/{record}").text).text()

    assert "Rejected. registrar@cedarharbor.example" in shown
    assert shown.count("“A duplicate.”") == 2
    assert "Rejected by registrar@cedarharbor.example" in shown


def test_the_history_tells_everything_latest_first(filled: Web) -> None:
    record = those(filled, status="needs_republishing")[0]
    shown = Page(filled.get(f"/records/{record}").text).text().partition("History")[2]

    assert shown.index("Approved by test") < shown.index("Edited by test") < shown.index("First seen through Main")


def test_a_published_record_leads_to_the_registry(filled: Web) -> None:
    record = those(filled, status="published")[0]
    ctid = one(filled, record).row.ctid
    shown = filled.get(f"/records/{record}")

    assert f'href="/registry/resources/{ctid}"' in shown.text
    assert filled.get(f"/registry/resources/{ctid}").status_code == 200
    assert "Open in the practice registry" in shown.text


def test_both_documents_are_on_the_page(filled: Web) -> None:
    shown = filled.get(f"/records/{filled.records[3].sourced.row.id}").text

    assert "&#34;@graph&#34;" in shown
    assert "&#34;badge_template_activities&#34;" in shown


def test_hostile_values_are_text_and_nothing_else(filled: Web) -> None:
    for each in filled.records[:2]:
        html = filled.get(f"/records/{each.sourced.row.id}").text
        shown = Page(html)
        assert "<script>alert" not in html
        assert not [a for _, a in shown.elements if any(name.startswith("on") for name in a)]
        assert not [a["href"] for a in shown.all("a") if not re.match(r"(https?://|/|#)", a["href"])]


def test_a_record_that_is_not_there_is_a_page_that_says_so(desk: Web) -> None:
    answer = desk.get("/records/aaaaaaaaaaaaaaaa")

    assert answer.status_code == 404
    assert "There is no credential" in Page(answer.text).text()


def test_the_image_of_a_badge_that_cannot_be_had_is_its_letters(filled: Web) -> None:
    answer = filled.get(f"/images/{filled.records[7].sourced.row.id}")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "<text" in answer.text


def test_a_question_about_the_type_is_answered_with_one_press_and_not_asked_again(desk: Web) -> None:
    record = those(desk)[0]
    assert desk.platform
    with desk.platform.lock:
        template = next(each for each in desk.platform.templates if each["id"] == one(desk, record).row.badge_id)
        template["alignments"] = [{"name": "Certification", "url": "https://credreg.net/ctdl/terms/Certification"}]
    desk.rename(one(desk, record).row.badge_id, "Keeper")
    assert one(desk, record).content.credential.credential_type == "ceterms:Certification"

    shown = desk.get(f"/records/{record}").text
    assert "Is the type right?" in Page(shown).text()
    for word in ("Yes, it is a certificate", "No, it stays a certification"):
        assert word in Page(shown).text()

    answer = desk.post(f"/records/{record}/type", {"type": "ceterms:Certification", "seen": hash_of(desk, record)})

    page = desk.follow(answer).text
    assert "Is the type right?" not in page
    assert one(desk, record).content.credential.credential_type == "ceterms:Certification"
    assert f"/rules/new?type=ceterms%3ACertification&amp;badge={record}" in page


def test_what_is_edited_for_one_badge_can_be_remembered_for_others_but_not_its_name(desk: Web) -> None:
    record = those(desk)[0]
    edit(desk, record, "renewalFrequency", "P3Y")
    edit(desk, record, "name", "", **{"value:en-US": "My Name"})

    page = desk.get(f"/records/{record}").text

    assert f"/rules/new?property=renewalFrequency&amp;value=%22P3Y%22&amp;badge={record}" in page
    assert "property=name" not in page


def test_a_conflict_in_a_list_is_settled_part_by_part(desk: Web) -> None:
    record = those(desk)[0]
    first, *rest = one(desk, record).content.properties["keyword"]["en-US"]
    edit(desk, record, "keyword", "", **{"value:en-US": "\n".join([first.upper(), *rest])})
    assert desk.platform
    with desk.platform.lock:
        template = next(each for each in desk.platform.templates if each["id"] == one(desk, record).row.badge_id)
        template["skills"] = [*rest, "Something New"]
    desk.rename(one(desk, record).row.badge_id, "Keeper")
    assert one(desk, record).content.properties["keyword"] == {"en-US": [*rest, "Something New", first.upper()]}
    (conflict,) = one(desk, record).content.conflicts

    fields = {"property": "keyword", "item": conflict.item, "side": "theirs", "seen": hash_of(desk, record)}
    desk.post(f"/records/{record}/resolve", fields)

    assert one(desk, record).content.properties["keyword"] == {"en-US": [*rest, "Something New"]}


def test_a_conflict_inside_a_condition_names_its_part_and_the_rest_keeps_following_the_platform(desk: Web) -> None:
    record = next(each for each in those(desk) if "requires" in one(desk, each).content.properties)
    (profile,) = one(desk, record).content.properties["requires"]
    edit(desk, record, "requires", json.dumps([profile | {"description": "Keep two hives."}]))
    assert desk.platform
    with desk.platform.lock:
        badge = next(each for each in desk.platform.templates if each["id"] == one(desk, record).row.badge_id)
        badge["badge_template_activities"][0]["title"] = "Keep many hives."
        badge["alignments"].append({"name": "Overwintering", "url": "https://skills.example/overwintering"})
    desk.rename(one(desk, record).row.badge_id, "Keeper")

    page = Page(desk.get(f"/records/{record}").text).text()
    (conflict,) = one(desk, record).content.conflicts
    assert "It is about open badges criteria / description / en-us" in page
    (merged,) = one(desk, record).content.properties["requires"]
    assert merged["description"] == {"en-US": "Keep two hives."}
    assert {"en-US": "Overwintering"} in [each["targetNodeName"] for each in merged["targetCompetency"]]
    fields = {"property": "requires", "item": conflict.item, "side": "theirs", "seen": hash_of(desk, record)}
    desk.post(f"/records/{record}/resolve", fields)

    (settled,) = one(desk, record).content.properties["requires"]
    assert "Keep many hives." in settled["description"]["en-US"]
    assert settled["targetCompetency"] == merged["targetCompetency"]
    assert one(desk, record).record.edits == ()


def test_a_conflict_about_a_skill_shows_what_differs_although_its_name_is_the_same(desk: Web) -> None:
    record, badge = next((each, skill) for each in those(desk) for skill in described_skills(desk, each))
    (profile,) = one(desk, record).content.properties["requires"]
    skills = profile["targetCompetency"]
    gone = next(each for each in skills if each["targetNodeName"] == {"en-US": badge["name"]})
    left = [each for each in skills if each is not gone]
    edit(desk, record, "requires", json.dumps([profile | {"targetCompetency": left}]))
    badge["description"] = "Told in other words."
    desk.rename(one(desk, record).row.badge_id, "Keeper")

    page = Page(desk.get(f"/records/{record}").text).text()
    assert f"Credly , now {gone['targetNode']} {badge['name']} Told in other words. Before, it was:" in page
    assert one(desk, record).content.properties["requires"][0]["targetCompetency"] == left


def described_skills(web: Web, record_id: str) -> list[dict[str, str]]:
    """The described alignments of a record's badge that are skills in the record, as the platform has them."""
    assert web.platform
    found = next(each for each in web.platform.templates if each["id"] == one(web, record_id).row.badge_id)
    (profile,) = one(web, record_id).content.properties.get("requires", [{}])
    names = [each["targetNodeName"]["en-US"] for each in profile.get("targetCompetency", ())]
    return [each for each in found["alignments"] if each["description"] and each["name"] in names]


def test_a_record_that_comes_from_no_platform_is_shown_edited_and_approved_like_any_other(desk: Web) -> None:
    assert desk.organization
    credential = from_properties(
        Credential,
        {
            "credentialType": "ceterms:Certificate",
            "name": {"en-US": "Welding"},
            "description": {"en-US": "Holders weld pipes in every position."},
            "subjectWebpage": "https://www.cedarharbor.example/welding",
            "credentialStatusType": "credentialStat:Active",
            "inLanguage": ["en-US"],
            "ownedBy": [desk.organization.ctid],
        },
        ctid="ce-0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d",
    )
    with desk.opened.database.transaction() as connection:
        known = existing.Existing(credential, "as it stands in the Registry")
        taken = existing.take_in(connection, desk.organization, [known], authority="registry", by="test")
    (record,) = taken.records.values()

    page = Page(desk.get(f"/records/{record}").text).text()
    assert "Brought in from the Registry" in page
    assert "As it was brought in" in page
    assert "Badge JSON" not in page

    edit(desk, record, "keyword", "", **{"value:en-US": "welding\npipes"})
    assert one(desk, record).content.properties["keyword"] == {"en-US": ["welding", "pipes"]}
    answer = desk.post(f"/records/{record}/approve", {"seen": hash_of(desk, record)})
    assert "Not approved" not in desk.follow(answer).text
    assert one(desk, record).row.approved_hash == hash_of(desk, record)
