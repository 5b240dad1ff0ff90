"""The embedded registry over HTTP: the shapes of the Credential Registry, its paging, its errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    import httpx

    from tests.web.conftest import Web

CTID = re.compile(r"ce-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNKNOWN = "ce-00000000-0000-4000-8000-000000000000"
LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')
SECURITY = {
    "content-security-policy": re.compile(r"default-src 'none'(?!.*unsafe)(?=.*frame-ancestors 'none').*"),
    "x-content-type-options": re.compile("nosniff"),
    "referrer-policy": re.compile("same-origin|no-referrer"),
    "cross-origin-opener-policy": re.compile("same-origin"),
}


def published(filled: Web) -> list[dict[str, Any]]:
    """Every envelope there is."""
    envelopes: list[dict[str, Any]] = filled.get("/registry/envelopes", per_page=200).json()
    return envelopes


def links(answer: httpx.Response) -> dict[str, str]:
    """The addresses of a Link header, by relation."""
    return {name: address for address, name in LINK.findall(answer.headers["link"])}


def has_security_headers(answer: httpx.Response) -> bool:
    return all(form.fullmatch(answer.headers.get(name, "")) for name, form in SECURITY.items())


def test_a_graph_is_the_whole_document(filled: Web) -> None:
    for envelope in published(filled):
        ctid = envelope["envelope_ceterms_ctid"]

        answer = filled.get(f"/registry/graph/{ctid}")

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        document = answer.json()
        assert document == envelope["decoded_resource"]
        assert document["@context"] == "https://credreg.net/ctdl/schema/context/json"
        assert document["@id"] == f"https://credentialengineregistry.org/graph/{ctid}"
        main, *blank = document["@graph"]
        assert main["ceterms:ctid"] == ctid
        assert main["@id"] == f"https://credentialengineregistry.org/resources/{ctid}"
        assert isinstance(main["@type"], str)
        assert all(node["@id"].startswith("_:") for node in blank)


def test_a_resource_is_the_main_node_with_its_context(filled: Web) -> None:
    for envelope in published(filled):
        document = envelope["decoded_resource"]

        resource = filled.get(f"/registry/resources/{envelope['envelope_ceterms_ctid']}").json()

        assert resource == {"@context": document["@context"], **document["@graph"][0]}
        assert "@graph" not in resource


def test_an_envelope_has_the_members_of_the_registry(filled: Web) -> None:
    envelopes = published(filled)
    assert {each["envelope_ctdl_type"] for each in envelopes} >= {"ceterms:VerificationServiceProfile"}
    for envelope in envelopes:
        assert envelope["envelope_community"] == "ce_registry"
        assert envelope["envelope_type"] == "resource_data"
        assert envelope["envelope_version"] == "1.0.0"
        assert (envelope["resource_format"], envelope["resource_encoding"]) == ("json", "jwt")
        assert envelope["resource_publish_type"] == "primary"
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", envelope["envelope_id"])
        assert CTID.fullmatch(envelope["envelope_ceterms_ctid"])
        assert filled.organization is not None
        assert envelope["owned_by"] == envelope["published_by"] == filled.organization.ctid
        headers = envelope["node_headers"]
        assert {"created_at", "updated_at", "deleted_at", "revision_history"} == headers.keys()
        assert headers["revision_history"][0]["event"] == "created"
        signed = jwt.decode(envelope["resource"], envelope["resource_public_key"], algorithms=["RS256"])
        assert signed == envelope["decoded_resource"]


def test_an_envelope_is_found_by_its_id_and_by_the_ctid(filled: Web) -> None:
    for envelope in published(filled)[:3]:
        for called in (
            envelope["envelope_id"],
            envelope["envelope_ceterms_ctid"],
            envelope["envelope_ceterms_ctid"].upper(),
        ):
            assert filled.get(f"/registry/envelopes/{called}").json() == envelope


def test_what_is_published_says_where_it_can_be_read(filled: Web) -> None:
    held = {each["envelope_ceterms_ctid"] for each in published(filled)}

    assert {each.sourced.row.ctid for each in filled.records if "published" in each.statuses} <= held


def test_envelopes_come_ten_a_page_newest_first(filled: Web) -> None:
    answer = filled.get("/registry/envelopes")

    assert len(answer.json()) == 10
    times = [each["updated_at"] for each in published(filled)]
    assert times == sorted(times, reverse=True)
    assert answer.json() == published(filled)[:10]


def test_pages_of_envelopes_lead_to_each_other_and_cover_all(filled: Web) -> None:
    everything = published(filled)
    address: str | None = f"{filled.address}/registry/envelopes?per_page=4"
    found: list[dict[str, Any]] = []
    number = 0
    while address:
        number += 1
        answer = filled.client.get(address)
        found += answer.json()
        there = links(answer)
        assert answer.headers["x-total"] == str(len(everything))
        assert (answer.headers["x-page"], answer.headers["x-per-page"]) == (str(number), "4")
        assert ("prev" in there) is (number > 1)
        assert {"first", "last"} <= there.keys()
        address = there.get("next")

    assert found == everything
    assert number == -(-len(everything) // 4)


def test_a_page_beyond_the_last_is_empty_and_leads_back(filled: Web) -> None:
    answer = filled.get("/registry/envelopes", page=50)

    assert (answer.status_code, answer.json()) == (200, [])
    assert "next" not in links(answer)
    assert filled.client.get(links(answer)["last"]).json()


def test_the_largest_page_has_two_hundred_envelopes(filled: Web) -> None:
    assert filled.get("/registry/envelopes", per_page=200).headers["x-per-page"] == "200"
    assert filled.get("/registry/envelopes", per_page=201).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"per_page": "0"},
        {"per_page": "201"},
        {"per_page": "many"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "9" * 30},
        {"page": "x"},
    ],
)
def test_wrong_parameters_are_told_as_the_registry_tells_them(filled: Web, query: dict[str, str]) -> None:
    answer = filled.get("/registry/envelopes", **query)

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error.startswith(next(iter(query)))


@pytest.mark.parametrize(("kind", "what"), [("resources", "Resource"), ("graph", "Graph"), ("envelopes", "Envelope")])
@pytest.mark.parametrize("called", [UNKNOWN, "x", "'; DROP TABLE record; --", "é"])
def test_what_is_not_there_is_told_as_the_registry_tells_it(filled: Web, kind: str, what: str, called: str) -> None:
    answer = filled.get(f"/registry/{kind}/{called}")

    assert answer.status_code == 404
    assert answer.json() == {"errors": [f"{what} not found"]}
    assert has_security_headers(answer)


def test_an_empty_registry_has_one_empty_page(empty: Web) -> None:
    answer = empty.get("/registry/envelopes")

    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["x-total"] == "0"
    assert links(answer).keys() == {"first", "last"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written_over_http(filled: Web, method: str) -> None:
    before = published(filled)
    for path in ("/registry/envelopes", f"/registry/resources/{UNKNOWN}", "/registry/graph/x", "/"):
        assert filled.client.request(method, path).status_code == 405
    assert published(filled) == before


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?status=published",
        "/?page=x",
        "/static/base.css",
        "/static/none.css",
        "/registry/envelopes",
        "/registry/envelopes?page=0",
        "/registry/envelopes/none",
        "/registry/graph/none",
        "/nowhere",
        "/favicon.ico",
        "/docs",
        "/openapi.json",
    ],
)
def test_every_answer_carries_the_security_headers(filled: Web, path: str) -> None:
    answer = filled.client.get(path)

    assert has_security_headers(answer), answer.headers
    assert "server" not in answer.headers


def test_a_failure_of_ours_carries_them_too_and_gives_nothing_away(
    filled: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("canary of a stack trace")

    monkeypatch.setattr("connector.publishing.registry.document", fail)

    answer = filled.get(f"/registry/graph/{UNKNOWN}")

    assert answer.status_code == 500
    assert has_security_headers(answer)
    assert answer.headers["connection"] == "close"
    assert "canary" not in answer.text
    assert "Traceback" not in answer.text
    assert "Something failed on our side" in answer.text


def test_static_files_stay_in_their_folder(filled: Web) -> None:
    assert filled.get("/static/base.css").headers["content-type"].startswith("text/css")
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fsettings.py", "/static//etc/passwd"):
        assert filled.client.get(path).status_code in (404, 405)
