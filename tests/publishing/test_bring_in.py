"""What an organization has published before, brought in from its destination, from documents and from a download."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connector.credentials import decisions, verification_services
from connector.credentials.records import Sourced
from connector.organizations import accounts as organizations
from connector.organizations.destinations import brought_in
from connector.problem import Problem
from connector.publishing import bring_in
from connector.publishing.destinations import destination
from connector.publishing.publish import publish
from connector.settings import Settings
from mappings.ctdl.ctid import verification_service_ctid
from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.model import Credential, VerificationServiceProfile
from tests.credentials.conftest import BY, CTID, HOME, Desk, ctid, desk

__all__ = ["desk"]

Json = dict[str, Any]
ANOTHER = "ce-11111111-0000-4000-8000-000000000000"
HEADINGS = (
    "External Identifier,CTID,Credential Name,Credential Type,Description,Subject Webpage,Credential Status,Language,"
    "Owned By,Offered By,Date Effective,Version Identifier,Keywords,Secret Sauce"
)
ROW = (
    f'W-1,{ctid(1).upper()},"Welding, advanced",Certificate,A certificate that is described at length.,'
    f"{HOME}/welding,Active,English,{CTID},same as owner,08-24-2025,Catalog Version~2025-2026,arc|gas,spice"
)


def load(desk: Desk) -> Json:
    report = bring_in.from_destination(desk.this.database, desk.this.settings, desk.owner, by=BY)
    return {name: value for name, value in report.as_json().items() if value}


def from_file(desk: Desk, content: bytes | str, settings: Settings | None = None, **how: bool) -> Json:
    given = content.encode() if isinstance(content, str) else content
    settings = settings or desk.this.settings
    report = bring_in.from_file(desk.this.database, settings, desk.owner, given, by=BY, **how)
    return {name: value for name, value in report.as_json().items() if value}


def statuses(sourced: Sourced) -> tuple[bool, bool]:
    """Whether a record is approved as it stands, and published as it stands."""
    row = sourced.row
    return row.approved_hash == row.content_hash, row.published_hash == row.content_hash


def test_what_the_destination_holds_is_approved_and_published_as_it_stands(desk: Desk) -> None:
    made = desk.published(1, "Welding", subject=["Metal"])
    desk.published(2, "Diving")

    assert load(desk) == {"brought_in": "loaded", "new": 2}

    found = desk.record(ctid(1))
    assert found.content.credential == made
    assert statuses(found) == (True, True)
    assert {each.rule for each in found.content.provenance} == {"as the practice registry holds it"}
    sent = publish(
        desk.this.database,
        desk.this.settings,
        desk.owner,
        destination_name=None,
        by=BY,
        dry_run=False,
        report=lambda outcome: None,
    )
    assert {each.state for each in sent} == {"unchanged"}
    said = desk.do(brought_in, desk.owner.id)
    assert (said.answer, said.by) == ("loaded", BY)


def test_loading_again_takes_over_what_was_changed_elsewhere_and_doubles_nothing(desk: Desk) -> None:
    desk.published(1, "Welding")
    load(desk)
    assert load(desk) == {"brought_in": "loaded", "unchanged": 1}

    desk.published(1, "Welding and cutting")

    assert load(desk) == {"brought_in": "loaded", "changed": 1}
    assert desk.record(ctid(1)).row.name == "Welding and cutting"
    assert statuses(desk.record(ctid(1))) == (True, True)


def test_what_people_edited_stays_when_the_destination_says_something_else(desk: Desk) -> None:
    desk.published(1, "Welding")
    load(desk)
    desk.do(decisions.edit, ctid(1), set_to=[("description", "What a person has typed in here.")], by=BY)
    desk.published(1, "Welding", keyword=["from elsewhere"])

    load(desk)

    found = desk.record(ctid(1))
    assert found.content.properties["description"] == {"en-US": "What a person has typed in here."}
    assert found.content.properties["keyword"] == {"en-US": ["from elsewhere"]}
    assert statuses(found) == (False, False), "somebody has to look at it"


def test_a_record_of_a_badge_that_is_published_already_is_left_alone(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    ours = desk.record("Welding")
    to = destination(desk.this.database, desk.this.settings, "local")
    assert ours.row.ctid
    to.publish(ours.row.ctid, CTID, credential_graph(ours.content.credential))

    assert load(desk) == {"brought_in": "loaded", "ours": 1}
    assert desk.record("Welding").row == ours.row


def test_what_was_taken_out_of_the_registry_or_is_another_organizations_is_not_brought_in(desk: Desk) -> None:
    desk.published(1, "Welding")
    desk.published(2, "Diving")
    to = destination(desk.this.database, desk.this.settings, "local")
    to.remove(ctid(1), CTID)
    to.remove(ctid(2), CTID)
    to.publish(ctid(2), ANOTHER, {**document(desk), "@id": "moved"})

    assert load(desk) == {"brought_in": "loaded"}


def test_profiles_that_are_found_are_kept_and_published_already(desk: Desk) -> None:
    found = profile(CTID)
    to = destination(desk.this.database, desk.this.settings, "local")
    to.publish(ctid(9), CTID, verification_service_graph(found))
    desk.published(1, "Welding", usesVerificationService=[ctid(9)])

    assert load(desk) == {"brought_in": "loaded", "new": 1, "verification_services": 1}

    assert desk.do(verification_services.present, desk.owner.id)[ctid(9)] == found
    desk.do(decisions.edit, ctid(1), set_to=[("name", "Welding anew")], by=BY)
    desk.do(decisions.approve, [ctid(1)], by=BY)
    sent = publish(
        desk.this.database,
        desk.this.settings,
        desk.owner,
        destination_name=None,
        by=BY,
        dry_run=False,
        report=lambda outcome: None,
    )
    assert [(each.kind, each.state) for each in sent] == [
        ("verification_service", "unchanged"),
        ("credential", "published"),
    ]


def profile(offered_by: str, ctid: str = ctid(9)) -> VerificationServiceProfile:
    """A verification service profile that an organization offers."""
    return VerificationServiceProfile(
        ctid=ctid,
        description={"en-US": "Whoever holds a badge can have it checked."},
        offered_by=(offered_by,),
        verified_claim_type=("claimType:BadgeClaim",),
    )


def test_a_profile_in_a_file_is_not_said_to_be_published(desk: Desk) -> None:
    answer = from_file(desk, json.dumps(verification_service_graph(profile(CTID))))

    assert answer == {"brought_in": "loaded", "verification_services": 1}
    [found] = desk.do(verification_services.listed, desk.owner.id)
    assert (found.ctid, found.statuses) == (ctid(9), ())


def test_profiles_of_others_in_a_file_are_left_out(desk: Desk) -> None:
    of_another = verification_service_graph(profile(ANOTHER))
    answer = from_file(desk, json.dumps([of_another, document(desk)]))

    assert answer["left_out"] == [{"ctid": ctid(9), "message": "It is owned and offered by another organization."}]
    assert desk.do(verification_services.listed, desk.owner.id) == []


@pytest.mark.parametrize("brings", [CTID, ANOTHER])
def test_the_profile_of_a_platform_is_its_organizations_whoever_brought_it_in_before(desk: Desk, brings: str) -> None:
    about = {"website": "https://www.elsewhere.example", "description": "Another college, elsewhere."}
    desk.do(organizations.add, name="Elsewhere", ctid=ANOTHER, **about)
    whose = Desk(desk.this, desk.do(organizations.find, brings))
    ours = verification_service_ctid(CTID, "cedarharbor.example")
    from_file(whose, json.dumps(verification_service_graph(profile(brings, ours))))

    desk.import_badges(desk.badge("Welding"))

    [found] = desk.do(verification_services.listed, desk.owner.id)
    assert (found.ctid, found.authority, found.properties["offeredBy"]) == (ours, "cedarharbor.example", [CTID])
    desk.do(decisions.approve, [desk.record("Welding").row.id], by=BY)
    sent = publish(
        desk.this.database,
        desk.this.settings,
        desk.owner,
        destination_name=None,
        by=BY,
        dry_run=False,
        report=lambda outcome: None,
    )
    assert [each.state for each in sent] == ["published", "published"]


def document(desk: Desk) -> Json:
    """A document of a credential of the organization."""
    made = Credential(
        ctid=ctid(2),
        credential_type="ceterms:Certificate",
        name={"en-US": "Diving"},
        description={"en-US": "A certificate that is described at length."},
        subject_webpage=f"{HOME}/diving",
        credential_status_type="credentialStat:Active",
        in_language=("en-US",),
        owned_by=(CTID,),
    )
    return credential_graph(made)


@pytest.mark.parametrize(
    "written",
    [
        lambda one: json.dumps(one),
        lambda one: "\ufeff" + json.dumps([one]),
        lambda one: "\n".join(json.dumps(each) for each in (one, one)),
        lambda one: json.dumps({"envelope_id": "1", "decoded_resource": one}),
        lambda one: json.dumps([one, {"@id": "x", "@graph": [{"@id": "y", "@type": "ceterms:Assessment"}]}]),
    ],
)
def test_documents_are_read_one_many_or_in_envelopes(desk: Desk, written: Callable[[Json], str]) -> None:
    answer = from_file(desk, written(document(desk)))

    assert answer.pop("left_out", []) in (
        [],
        [{"ctid": "x", "message": "The document holds no credential, only ceterms:Assessment."}],
    )
    assert answer == {"brought_in": "loaded", "new": 1}
    assert desk.record(ctid(2)).row.approved_hash is None, "nobody knows whether it is published so"


def test_credentials_of_others_in_a_file_are_left_out(desk: Desk) -> None:
    held = json.loads(json.dumps(document(desk)).replace(CTID, ANOTHER))

    own = replace_ctid(document(desk), ctid(3))
    [left_out] = from_file(desk, json.dumps([held, own]))["left_out"]
    assert left_out == {"ctid": ctid(2), "message": "It is owned and offered by another organization."}


def replace_ctid(held: Json, by: str) -> Json:
    """The document of a credential under another CTID."""
    changed: Json = json.loads(json.dumps(held).replace(ctid(2), by))
    return changed


@pytest.mark.parametrize("content", ["[]", "[1, 2]", "CTID,Credential Name\nW-1,Welding\n"])
def test_a_file_that_holds_nothing_does_not_say_what_was_published_before(desk: Desk, content: str) -> None:
    with pytest.raises(Problem) as refused:
        from_file(desk, content)

    assert refused.value.code == "nothing_brought_in"
    assert desk.do(brought_in, desk.owner.id).answer is None


def test_a_download_becomes_records_that_say_they_are_only_partly_known(desk: Desk) -> None:
    answer = from_file(desk, f"\ufeff{HEADINGS}\r\n{ROW}\r\n")

    assert answer == {"brought_in": "loaded", "new": 1}
    found = desk.record(ctid(1))
    held = found.content.properties
    assert held["name"] == {"en": "Welding, advanced"}
    assert held["credentialType"] == "ceterms:Certificate"
    assert held["ownedBy"] == held["offeredBy"] == [CTID]
    assert held["dateEffective"] == "2025-08-24"
    assert held["keyword"] == {"en": ["arc", "gas"]}
    assert held["versionIdentifier"] == [
        {"identifierTypeName": {"en": "Catalog Version"}, "identifierValueCode": "2025-2026"}
    ]
    assert held["identifier"][0]["identifierValueCode"] == "W-1"
    [required] = [each for each in found.content.findings if each.severity == "required"]
    assert required.code == "partly_known"
    assert "Secret Sauce" in required.message
    assert desk.do(decisions.approve, [ctid(1)], by=BY)["refused"][0]["code"] == "incomplete"


@pytest.mark.parametrize(
    "table",
    [
        "CTID;Credential name;description\n{0};Welding;A certificate described at length.\n",
        "ctid\tCREDENTIAL  NAME\tDescription\n{0}\tWelding\tA certificate described at length.\n",
        "CTID,Credential Name,Description\nThe id,The name,A hint\n,,x\n{0},Welding,A certificate of a length.\n",
    ],
)
def test_headings_delimiters_and_guidance_rows_vary(desk: Desk, table: str) -> None:
    assert from_file(desk, table.format(ctid(1)), complete=True) == {"brought_in": "loaded", "new": 1}
    assert desk.record(ctid(1)).row.name == "Welding"
    assert "partly_known" not in {each.code for each in desk.record(ctid(1)).content.findings}


def test_rows_that_cannot_be_read_say_why_and_the_others_are_brought_in(desk: Desk) -> None:
    bad = f"{ctid(2)},Diving,ftp://nowhere\n,Sailing,{HOME}/sailing\n"
    answer = from_file(desk, f"CTID,Credential Name,Subject Webpage\n{ctid(1)},Welding,{HOME}/w\n{bad}", complete=True)

    assert answer["new"] == 1
    assert [each["message"].partition(":")[0] for each in answer["left_out"]] == [
        f"Row 3 ({ctid(2)}) cannot be read",
        "Row 4 was left out",
    ]


def test_what_the_registry_says_replaces_what_a_table_said_and_never_the_other_way(desk: Desk) -> None:
    from_file(desk, f"CTID,Credential Name\n{ctid(1)},Welding by table\n")
    desk.published(1, "Welding")

    assert load(desk) == {"brought_in": "loaded", "changed": 1}
    assert desk.record(ctid(1)).row.name == "Welding"
    assert from_file(desk, f"CTID,Credential Name\n{ctid(1)},Welding by table\n") == {
        "brought_in": "loaded",
        "unchanged": 1,
    }
    assert desk.record(ctid(1)).row.name == "Welding"


def test_what_is_neither_documents_nor_a_download_is_refused(desk: Desk) -> None:
    for content, code in (
        ("Name,Town\nx,y\n", "not_a_download"),
        ('{"a": ', "not_json"),
        ("", "not_a_download"),
        (f'CTID,Credential Name\n{ctid(1)},"{"x" * 200_000}\n', "table_unreadable"),
    ):
        with pytest.raises(Problem) as refused:
            from_file(desk, content)
        assert refused.value.code == code


class _Registry(BaseHTTPRequestHandler):
    """Serves the documents that it is given, and fails where it is told to."""

    documents: dict[str, Json] = {}  # noqa: RUF012 - set for each test

    def do_GET(self) -> None:
        held = self.documents.get(self.path.rpartition("/")[2])
        self.send_response(200 if held else 404)
        body = json.dumps(held or {"errors": ["not found"]}).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def registry(desk: Desk) -> Iterator[Settings]:
    """A registry on a real server that holds one document, and the settings that name it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _Registry.documents = {ctid(2): document(desk)}
    server = ThreadingHTTPServer(("127.0.0.1", port), _Registry)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield desk.this.settings.model_copy(update={"registry_url": f"http://127.0.0.1:{port}"})
    server.shutdown()
    server.server_close()


def test_the_records_that_a_download_names_are_read_from_the_registry_each_by_itself(
    desk: Desk, registry: Settings
) -> None:
    table = f"CTID,Credential Name\n{ctid(1)},Gone there\n{ctid(2)},Diving\n"

    answer = from_file(desk, table, settings=registry, fetch=True)

    assert answer["new"] == 1
    assert [each["ctid"] for each in answer["left_out"]] == [ctid(1)]
    found = desk.record(ctid(2))
    assert {each.rule for each in found.content.provenance} == {"as the Registry holds it"}
    assert "partly_known" not in {each.code for each in found.content.findings}
