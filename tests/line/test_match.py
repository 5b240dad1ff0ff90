"""Published before by another installation, synced from the platform, and told to be the same: one record, one CTID."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.line.conftest import COLLEGE, CTID

if TYPE_CHECKING:
    from pathlib import Path

    from tests.line.conftest import Line

Json = dict[str, Any]
BEFORE = [f"ce-00000000-0000-4000-8000-{number:012}" for number in (1, 2, 3)]


def documents(line: Line, names: list[str]) -> Path:
    """Documents of credentials that the college published by hand, as a file."""
    base = "https://credentialengineregistry.org"
    held = [
        {
            "@context": "https://credreg.net/ctdl/schema/context/json",
            "@id": f"{base}/graph/{ctid}",
            "@graph": [
                {
                    "@type": "ceterms:Certificate",
                    "@id": f"{base}/resources/{ctid}",
                    "ceterms:ctid": ctid,
                    "ceterms:name": {"en-US": name},
                    "ceterms:description": {"en-US": "A certificate as its registrar described it by hand."},
                    "ceterms:subjectWebpage": f"https://www.cedarharbor.example/certificates/{ctid[-1]}",
                    "ceterms:inLanguage": ["en-US"],
                    "ceterms:ownedBy": [f"{base}/resources/{CTID}"],
                    "ceterms:credentialStatusType": {
                        "@type": "ceterms:CredentialAlignmentObject",
                        "ceterms:targetNode": "credentialStat:Active",
                    },
                    "ceterms:keyword": {"en-US": ["by hand"]},
                }
            ],
        }
        for ctid, name in zip(BEFORE, names, strict=True)
    ]
    file = line.folder / "published.json"
    file.write_text(json.dumps(held), "utf-8")
    return file


def envelopes(line: Line) -> dict[str, Json]:
    rows = line.rows(
        "SELECT ctid, document FROM registry_envelope WHERE ctdl_type != 'ceterms:VerificationServiceProfile'"
    )
    return {ctid: json.loads(document)["@graph"][0] for ctid, document in rows}


def test_what_another_installation_published_is_loaded_matched_and_updated_under_its_ctid(
    synced: Line, tmp_path: Path
) -> None:
    listed = synced.listed("--status", "awaiting_approval")
    badges = dict(list(listed.items())[:2])
    names = [each["name"] for each in badges.values()]
    elsewhere = type(synced)(shutil.copytree(synced.folder, tmp_path / "elsewhere"), synced.server, synced.preloaded)
    file = documents(elsewhere, [*names, "Something else entirely"])
    elsewhere.done("credentials", "match", COLLEGE, "--from", str(file))
    elsewhere.done("organizations", "approve", COLLEGE)
    assert elsewhere.done("credentials", "approve", *BEFORE)["approved"] == 3
    elsewhere.done("publish", COLLEGE)
    for row in elsewhere.rows("SELECT * FROM registry_envelope"):
        synced.write(f"INSERT INTO registry_envelope VALUES ({', '.join('?' * len(row))})", *row)

    report = synced.done("credentials", "match", COLLEGE, "--load")
    assert (report["brought_in"], report["new"], report["suggestions"]) == ("loaded", 3, 2)
    asked = {each["record"]["name"]: each for each in synced.done("credentials", "match", COLLEGE)}
    assert {name: (each["kind"], each["other"]["ctid"]) for name, each in asked.items()} == {
        names[0]: ("same", BEFORE[0]),
        names[1]: ("same", BEFORE[1]),
    }
    ids = [each["id"] for each in badges.values()]
    code, refused = synced.run("credentials", "approve", *ids)
    assert (code, {each["code"] for each in refused["refused"]}) == (1, {"may_exist_already"})

    synced.done("credentials", "match", COLLEGE, "--accept", str(asked[names[0]]["id"]), "--as", "dana@college.example")
    synced.done("credentials", "match", COLLEGE, "--refuse", str(asked[names[1]]["id"]))
    synced.done("organizations", "approve", COLLEGE)
    shown = synced.done("credentials", "show", BEFORE[0])
    assert shown["statuses"] == ["approved", "needs_reapproval", "published"]
    assert shown["properties"]["keyword"] == {"en-US": ["by hand"]}
    assert synced.done("credentials", "approve", BEFORE[0], ids[1])["approved"] == 2
    sent = {each["ctid"]: each["state"] for each in synced.done("publish", COLLEGE) if each["kind"] == "credential"}

    assert sent == {
        BEFORE[0]: "published",
        BEFORE[1]: "unchanged",
        BEFORE[2]: "unchanged",
        badges[list(badges)[1]]["ctid"]: "published",
    }
    held = envelopes(synced)
    assert len(held) == 4, "the badge that is the same has become no second record"
    node = held[BEFORE[0]]
    assert node["ceterms:sameAs"]
    assert node["ceterms:usesVerificationService"]
    assert node["ceterms:description"] == {"en-US": "A certificate as its registrar described it by hand."}
    again = synced.done("sync", "main", "--full")
    assert (again["new"], again["changed"]) == (0, 0)
    assert synced.done("credentials", "match", COLLEGE) == []
    assert synced.done("credentials", "match", COLLEGE, "--undo", ids[0])["undone"][0]["kind"] == "same"
    assert [each["id"] for each in synced.done("credentials", "match", COLLEGE)] == [asked[names[0]]["id"]]


def test_the_command_says_what_does_not_fit(synced: Line) -> None:
    for options, code in (
        (("--load", "--decline"), "bad_argument"),
        (("--accept", "99"), "suggestion_not_found"),
        (("--undo", "nothing"), "record_not_found"),
        (("--from", "nowhere.csv"), "file_not_found"),
    ):
        exit_code, answer = synced.run("credentials", "match", COLLEGE, *options)
        assert (exit_code, answer["error"]["code"]) == (2, code)
    assert synced.done("credentials", "match", COLLEGE, "--decline") == {"brought_in": "declined"}
