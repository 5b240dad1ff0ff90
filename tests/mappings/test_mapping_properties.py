"""What holds for every badge, however odd: it is refused with a sentence, or mapped with nothing lost or invented."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.credly import template
from connector.credentials.content import content
from connector.credentials.map_documents import map_documents
from connector.problem import Problem
from mappings.canonical import digest
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.crosswalk.text import plain, plain_markdown
from mappings.ctdl import reading, vocabulary
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import from_properties, properties
from mappings.open_badges import document
from mappings.open_badges.model import Issuer

Json = dict[str, Any]

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
CANARY = "canary@people.example"
CONTEXT = Context(authority="credly.com", platform_name="Credly", organization_ctid=OWNER)
OF_CLASS = {"ceterms:Course": "LearningOpportunityProfile"}

ODD = [
    "",
    " ",
    "Bees &amp; <b>trees</b>",
    "[guide](https://a.example/g)",
    "2*3*4",
    "Cafe\u0301",
    "\ufffd",
    "- a\n- b",
    "²’",
]
words = st.one_of(st.sampled_from(ODD), st.text(st.characters(codec="utf-8"), max_size=30))
addresses = st.one_of(
    st.sampled_from(["https://a.example/1", "http://[", "/relative", "", "urn:uuid:1", "https://a b.example/"]),
    words.map("https://a.example/".__add__),
)
junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), words
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)


def objects(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Objects with any of these members, some of them null."""
    return st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in members.items()})


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, max_size=3)


kinds = st.sampled_from(["Course", "Assessment", "Volunteer"])
entity = objects(id=words, name=words, vanity_url=addresses)
templates = st.builds(
    lambda must, may: must | may,
    st.fixed_dictionaries({"id": words, "name": words, "vanity_slug": words}),
    objects(
        description=words,
        state=st.sampled_from(["active", "archived", "draft", "odd"]),
        public=st.booleans(),
        visibility=st.sampled_from(["public", "private"]),
        level=st.sampled_from(["Foundational", "advanced", "odd"]),
        time_to_earn=st.sampled_from(["Weeks", "odd"]),
        cost=st.sampled_from(["Free", "odd"]),
        type_category=st.sampled_from(["Certification", "Learning"]),
        language=st.sampled_from(["es", "pt_BR", "not a language!!"]) | words,
        url=addresses,
        global_activity_url=addresses,
        earn_this_badge_url=addresses,
        enable_earn_this_badge=st.booleans(),
        criteria_url=addresses,
        image_url=addresses,
        image=objects(url=addresses),
        created_at=st.sampled_from(["2025-02-03T10:11:12.131Z", "2025-13-01"]) | words,
        owner=entity,
        issuer=objects(entities=some(objects(primary=st.booleans(), entity=entity))),
        skills=some(st.one_of(words, objects(name=words, vanity_slug=words))),
        alignments=some(objects(name=words, url=addresses, description=words)),
        badge_template_activities=some(
            objects(title=words, activity_type=kinds, activity_url=addresses, required_badge_template_id=words)
            | objects(title=words, activity_type=kinds, url=addresses)
        ),
        recommendations=some(objects(title=words, activity_url=addresses)),
        required_badge_templates=some(objects(id=words, name=words, url=addresses)),
    ),
)
aligned = objects(
    targetName=words, targetUrl=addresses, targetDescription=words, targetFramework=words, targetCode=words
)
documents = st.builds(
    lambda must, may: must | may,
    st.fixed_dictionaries(
        {"id": addresses | words, "name": words, "type": st.sampled_from(["BadgeClass", ["BadgeClass"]])}
    ),
    objects(
        description=words,
        image=addresses | objects(id=addresses),
        criteria=some(addresses | objects(id=addresses, narrative=words)) | addresses | objects(narrative=words),
        issuer=addresses | objects(id=addresses, name=words, url=addresses),
        creator=objects(id=addresses, name=words),
        alignment=aligned | some(aligned),
        tags=words | some(words),
        tag=some(words),
        achievementType=st.sampled_from(["Degree", "Course", "Certification", "ext:own"]) | words,
        version=words | st.integers(0, 9),
        inLanguage=st.sampled_from(["fr", "x"]),
        related=some(objects(id=addresses, name=words)),
    ),
)
broken = st.one_of(
    st.builds(lambda good, bad: good | bad, templates, st.dictionaries(st.sampled_from(sorted(template.KNOWN)), junk)),
    st.builds(lambda good, bad: good | bad, documents, st.dictionaries(st.sampled_from(sorted(document._KNOWN)), junk)),
    st.dictionaries(words, junk),
)


def entry_of(badge: Any, source: str | None = None) -> Json:
    (entry,) = map_documents(json.dumps([badge]).encode(), source=source, organization_ctid=OWNER, language="en-US")
    return entry


def mapped_template(badge: Json) -> Mapped:
    kept = template.definition(json.dumps(badge).encode())
    return credential(template.badge_class(kept, Issuer(id=""), "https://api.credly.example/obi"), CONTEXT)


def nodes(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(member)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(member)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def is_named(badge: Json) -> bool:
    return bool(badge["id"].strip() and badge["name"].strip())


def is_sentence(text: str) -> bool:
    return bool(text) and text[0].isupper() and text.endswith(".") and " " in text


@given(broken, st.sampled_from([None, "credly", "open_badges"]))
def test_a_badge_is_refused_with_a_sentence_or_mapped_whole(badge: Json, source: str | None) -> None:
    entry = entry_of(badge, source)
    if "error" in entry:
        assert is_sentence(entry["error"]), entry["error"]
        return
    assert entry["properties"].keys() == entry["provenance"].keys()
    assert vocabulary.credential_types()[entry["credential_type"]["value"]].publishable
    assert entry == entry_of(badge, source)


@given(templates | documents)
def test_a_badge_with_an_id_and_a_name_is_never_refused(badge: Json) -> None:
    entry = entry_of(badge)
    assert ("error" in entry) is not is_named(badge)


@given(templates | documents)
def test_every_term_that_is_written_belongs_to_its_class(badge: Json) -> None:
    entry = entry_of(badge)
    for node in nodes(entry.get("ctdl", {}).get("@graph")):
        if "@type" in node:
            allowed = vocabulary.properties_of(OF_CLASS.get(node["@type"], node["@type"]))
            assert {name.removeprefix("ceterms:") for name in node if name[0] != "@"} <= allowed
            assert all(name.startswith(("ceterms:", "@")) for name in node)


@given(templates.filter(is_named))
def test_what_was_mapped_can_be_read_back_so_that_an_edit_can_stand_beside_it(badge: Json) -> None:
    found = mapped_template(badge).credential
    assert reading.credential(properties(found), ctid=found.ctid, language="en-US") == found
    assert from_properties(Credential, properties(found), ctid=found.ctid) == found


@given(templates.filter(is_named))
def test_every_filled_member_of_a_template_shows_up(badge: Json) -> None:
    entry = entry_of(badge)
    shown = {
        member for source in entry["provenance"].values() for each in source["from"] for member in each.split(", ")
    }
    shown |= {member for note in entry["notes"] for member in note["from"].split(", ")}
    shown |= {template.MEMBERS.get(e["member"], e["member"]) for e in entry["credential_type"]["evidence"]}
    told = " ".join(note["message"] for note in entry["notes"])
    aliases = {"image": "image_url", "issuer": "owner", "visibility": "public"}
    silent = {"enable_earn_this_badge"} | ({"public", "visibility"} - shown)
    for member in template.KNOWN.keys() & badge.keys() - silent:
        if any(plain(text) for text in texts(badge[member])):
            assert {member, aliases.get(member)} & shown or member in told, member


@given(templates.filter(is_named))
@example(
    {"id": "1", "name": "n", "vanity_slug": "", "required_badge_templates": [{"id": "7", "url": "https://a.example/1"}]}
)
def test_every_word_of_a_template_is_in_the_record_or_in_a_note(badge: Json) -> None:
    entry = entry_of(badge)
    heard = squeezed(" ".join(texts([entry["properties"], entry["notes"], entry["provenance"]])))
    spoken = {
        name: badge.get(name)
        for name in ("name", "description", "skills", "alignments", "badge_template_activities", "recommendations")
    }
    required = [
        {name: other[name] for name in ("name", "url") if name in other} or other
        for other in badge.get("required_badge_templates") or ()
    ]
    for text in texts([spoken, required]):
        assert squeezed(plain(text)) in heard or squeezed(text) in heard


@given(documents.filter(is_named))
def test_every_word_of_a_document_is_in_the_record_or_in_a_note(badge: Json) -> None:
    entry = entry_of(badge)
    heard = squeezed(" ".join(texts([entry["properties"], entry["notes"], entry["provenance"]])))
    for text in texts(
        [badge.get(name) for name in ("name", "description", "tags", "tag", "alignment", "related", "version")]
    ):
        assert squeezed(plain(text)) in heard or squeezed(text) in heard
    for text in texts(badge.get("criteria")):
        assert squeezed(plain_markdown(text)) in heard or squeezed(text) in heard


@given(templates.filter(is_named), st.randoms(use_true_random=False))
def test_the_content_hash_knows_no_order(badge: Json, random: Any) -> None:
    def shuffled(value: Any, *, lists: bool) -> Any:
        if isinstance(value, dict):
            names = random.sample(list(value), len(value))
            return {name: shuffled(value[name], lists=lists) for name in names}
        if isinstance(value, list):
            return [shuffled(v, lists=lists) for v in (random.sample(value, len(value)) if lists else value)]
        return value

    other = shuffled(badge, lists=False)
    for member in ("skills", "alignments", "required_badge_templates"):
        other[member] = shuffled(badge.get(member), lists=True)
    one, two = content(mapped_template(badge)), content(mapped_template(other))
    if len({word.casefold() for word in one.properties.get("keyword", {"": ()}).popitem()[1]}) == len(
        badge.get("skills") or ()
    ):
        assert one.hash == two.hash
    assert digest(shuffled(one.properties, lists=True)) == digest(one.properties)


@given(templates)
def test_a_definition_keeps_known_members_alone_whatever_is_planted(badge: Json) -> None:
    def planted(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: planted(member) for name, member in value.items()} | {
                "contact_email": CANARY,
                "staff": [CANARY],
            }
        return [planted(member) for member in value] if isinstance(value, list) else value

    kept = template.definition(json.dumps(planted(badge)).encode())
    assert CANARY.encode() not in kept
    assert template.definition(kept) == kept


@pytest.mark.parametrize("member", sorted(template.KNOWN))
@pytest.mark.parametrize("value", [{"email": CANARY}, [CANARY], [[CANARY]], [{"email": CANARY}]], ids=str)
def test_a_known_member_of_another_form_keeps_nothing_of_what_is_in_it(member: str, value: Any) -> None:
    raw = json.dumps({"id": "1", "name": "Bees", "left_out": [CANARY, {"email": CANARY}], member: value}).encode()
    if (member, value) == ("skills", [CANARY]):
        return  # a skill is a word
    assert CANARY.encode() not in template.definition(raw)


@given(documents)
def test_nothing_about_people_leaves_a_document(badge: Json) -> None:
    def planted(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: planted(member) for name, member in value.items()} | {"email": CANARY, "author": CANARY}
        return [planted(member) for member in value] if isinstance(value, list) else value

    subject = {"id": CANARY, "identifier": [CANARY], "achievement": planted(badge)}
    for item in (planted(badge), {"credentialSubject": subject}, {"badge": planted(badge), "recipient": CANARY}):
        assert CANARY not in json.dumps(entry_of(item))


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), junk.map(json.dumps).map(str.encode)))
@example(b"\xef\xbb\xbf{}")
@example(b'{"data":[null]}')
@example(b"[" * 2000)
@example(b'{"id":"1","name":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'"\\ud800"')
def test_whatever_lies_in_a_file_the_only_failure_is_a_problem(text: bytes) -> None:
    try:
        entries = map_documents(text, source=None, organization_ctid=None, language="en-US")
    except Problem as problem:
        entries = [{"error": problem.message}]
    assert isinstance(entries, list)
    assert all(is_sentence(entry["error"]) if "error" in entry else entry["ctdl"] for entry in entries)
