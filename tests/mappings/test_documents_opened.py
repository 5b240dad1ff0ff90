"""What a person hands in, opened by its content: JSON in every packing, signed text, baked PNG and SVG."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.open_badges import baked
from mappings.open_badges.opened import MOST_DOCUMENTS, Opened, opened

Json = dict[str, Any]

BADGE: Json = {"type": "BadgeClass", "id": "https://orchard.example/1", "name": "Grafting – apples"}
OTHER: Json = {"type": "BadgeClass", "id": "https://orchard.example/2", "name": "Pruning"}
AWARD = "https://orchard.example/awards/1"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">{}</svg>'


def compact(said: Any, header: Any = None) -> str:
    """A compact JWS with a signature that fits nothing."""
    parts = [json.dumps(header or {"alg": "RS256"}), json.dumps(said), "signature"]
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    summed = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", summed)


def itxt(text: bytes, keyword: bytes = b"openbadges", *, compressed: bool = False) -> bytes:
    packed = zlib.compress(text) if compressed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([compressed, 0]) + b"\0\0" + packed)


def png(*chunks: bytes) -> bytes:
    size = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"".join(
        [baked.PNG, chunk(b"IHDR", size), *chunks, chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")]
    )


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (dumped(BADGE), [BADGE]),
        (b"\xef\xbb\xbf  " + dumped(BADGE) + b"\n", [BADGE]),
        (json.dumps(BADGE).encode("utf-16"), [BADGE]),
        (dumped([BADGE, OTHER]), [BADGE, OTHER]),
        (dumped(BADGE) + b"\r\n\r\n" + dumped(OTHER), [BADGE, OTHER]),
        *((dumped({name: [BADGE, OTHER], "total": 2}), [BADGE, OTHER]) for name in ("data", "result", "badges")),
        (dumped({"achievements": [BADGE]}), [BADGE]),
        (dumped({"data": BADGE}), [BADGE]),
        (dumped({"data": {"badges": [BADGE]}}), [BADGE]),
        (dumped({"@context": "https://w3id.org/openbadges/v2", "@graph": [BADGE]}), [BADGE]),
        (dumped({"type": "VerifiablePresentation", "id": "urn:uuid:1", "verifiableCredential": [BADGE]}), [BADGE]),
        (dumped(BADGE | {"data": [OTHER]}), [BADGE | {"data": [OTHER]}]),
        (dumped({"type": "BadgeClass", "name": "x", "data": []}), [{"type": "BadgeClass", "name": "x", "data": []}]),
        (b"[]", []),
        (dumped({"result": []}), []),
    ],
    ids=[
        "one",
        "a byte order mark",
        "UTF-16",
        "an array",
        "one a line",
        "data",
        "result",
        "badges",
        "achievements",
        "one under data",
        "a list in an envelope in an envelope",
        "a graph",
        "a presentation",
        "a member that only looks like an envelope",
        "a badge without an id that only looks like an envelope",
        "an empty array",
        "an empty envelope",
    ],
)
def test_json_is_opened(text: bytes, expected: list[Json]) -> None:
    assert opened(text) == [Opened(each) for each in expected]


def test_signed_text_is_opened_and_kept() -> None:
    jws = compact(BADGE)
    assert opened(f" {jws}\n".encode()) == [Opened(BADGE, jws)]


def test_a_credential_may_stand_under_vc_and_takes_id_and_issuer_from_the_claims() -> None:
    jws = compact({"iss": "https://orchard.example/issuer", "jti": "urn:uuid:1", "nbf": 0, "vc": {"name": "Award"}})
    (found,) = opened(jws.encode())
    assert found.document == {"id": "urn:uuid:1", "issuer": "https://orchard.example/issuer", "name": "Award"}


@pytest.mark.parametrize("name", ["compactJwsString", "compactJwsStrings"])
def test_an_answer_of_the_3_0_api_gives_credentials_and_signed_ones(name: str) -> None:
    jws = compact(OTHER)
    assert opened(dumped({"credential": [BADGE], name: [jws]})) == [Opened(BADGE), Opened(OTHER, jws)]
    assert opened(dumped({name: jws})) == [Opened(OTHER, jws)]


def test_a_presentation_may_hold_signed_credentials() -> None:
    jws = compact(BADGE)
    enveloped = {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{jws}"}
    assert (
        opened(dumped({"type": ["VerifiablePresentation"], "verifiableCredential": [jws, enveloped]}))
        == [Opened(BADGE, jws)] * 2
    )


def test_an_item_that_is_none_says_so_and_the_others_are_opened() -> None:
    broken = "eyJhbGciOiJSUzI1NiJ9.bm8.c2ln"
    found = opened(dumped([7, BADGE, "word", None, broken]))
    assert [each.document for each in found] == [{}, BADGE, {}, {}, {}]
    assert [each.unread for each in found] == [
        "The item is no object, so it is no badge.",
        None,
        "The item is a text and no signed badge.",
        "The item is no object, so it is no badge.",
        "The content of the signed text is not JSON.",
    ]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("keyword", [b"openbadges", b"openbadgecredential"])
def test_a_badge_baked_into_a_png_is_opened(keyword: bytes, compressed: bool) -> None:
    assert opened(png(itxt(dumped(BADGE), keyword, compressed=compressed))) == [Opened(BADGE)]


def test_the_older_chunks_of_a_png_are_opened_too() -> None:
    assert opened(png(chunk(b"tEXt", b"openbadges\0" + json.dumps(BADGE).encode()))) == [Opened(BADGE)]
    packed = b"openbadges\0\0" + zlib.compress(dumped(BADGE))
    assert opened(png(chunk(b"zTXt", packed))) == [Opened(BADGE)]


def test_of_two_badges_in_one_image_that_of_3_0_is_taken() -> None:
    image = png(itxt(dumped(OTHER)), itxt(dumped(BADGE), b"openbadgecredential"))
    assert opened(image) == [Opened(BADGE)]


def test_an_image_may_hold_signed_text_or_the_address_of_the_award() -> None:
    jws = compact(BADGE)
    assert opened(png(itxt(jws.encode()))) == [Opened(BADGE, jws)]
    assert opened(png(chunk(b"tEXt", b"openbadges\0" + AWARD.encode()))) == [Opened({"type": "Assertion", "id": AWARD})]


def test_a_wrong_checksum_does_not_matter_where_the_badge_is_whole() -> None:
    data = b"openbadges\0\0\0\0\0" + dumped(BADGE)
    assert opened(png(chunk(b"iTXt", data, checksum=0))) == [Opened(BADGE)]


@pytest.mark.parametrize(
    "element",
    [
        "<openbadges:assertion><![CDATA[{}]]></openbadges:assertion>",
        '<openbadges:assertion verify="https://orchard.example/awards/1"><![CDATA[{}]]></openbadges:assertion>',
        "<g><openbadges:credential>\n<![CDATA[{}]]>\n</openbadges:credential></g>",
        '<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{}]]></b:credential>',
    ],
)
def test_a_badge_baked_into_an_svg_is_opened(element: str) -> None:
    image = '<?xml version="1.0"?>\n' + SVG.replace("{}", element.replace("{}", dumped(BADGE).decode()))
    assert opened(image.encode()) == [Opened(BADGE)]


def test_what_an_svg_signs_goes_before_what_it_says_and_its_address_stands_where_it_says_nothing() -> None:
    jws = compact(BADGE)
    signed = f'<openbadges:assertion verify="{jws}"><![CDATA[{{"id": "x"}}]]></openbadges:assertion>'
    assert opened(SVG.format(signed).encode()) == [Opened(BADGE, jws)]
    hosted = f'<openbadges:assertion verify="{AWARD}"/>'
    assert opened(SVG.format(hosted).encode()) == [Opened({"type": "Assertion", "id": AWARD})]


def test_the_document_type_of_svg_is_let_in_and_never_read() -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://nowhere.invalid/svg11.dtd">'
    image = doctype + SVG.format(f"<openbadges:assertion>{json.dumps(BADGE)}</openbadges:assertion>")
    assert opened(image.encode()) == [Opened(BADGE)]


def entity_bomb() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    body = SVG.format("<openbadges:assertion>&a8;</openbadges:assertion>")
    return f'<!DOCTYPE svg [<!ENTITY a0 "x">{levels}]>{body}'.encode()


REFUSED = {
    "nothing": (b"", "is empty"),
    "spaces": (b" \n ", "is empty"),
    "words": (b"hello there", "neither JSON nor"),
    "a number": (b"7", "no object"),
    "a text": (b'"word"', "no signed badge"),
    "half an object": (b'{"id":', "neither JSON nor"),
    "not a number": (b'{"creditsAvailable": NaN}', "neither JSON nor"),
    "a number beyond all": (b'{"creditsAvailable": 1e999}', "neither JSON nor"),
    "half a character": (b'{"name": "\\ud800"}', "neither JSON nor"),
    "bytes": (b"\x00\xff\x00", "neither JSON nor"),
    "a page": (b"<!doctype html><html></html>", "web page"),
    "a JPEG": (b"\xff\xd8\xff\xe0", "JPEG file"),
    "deep nesting": (b"[" * 100_000, "neither JSON nor"),
    "signed words": (b"eyJhbGciOiJSUzI1NiJ9.bm8.c2ln", "not JSON"),
    "a signed list": (compact([1]).encode(), "no JSON object"),
    "too many": (b"[" + b"1," * MOST_DOCUMENTS + b"1]", "more than 10000"),
    "a PNG without a badge": (png(), "carries no badge"),
    "a PNG that ends early": (png(itxt(dumped(BADGE)))[:60], "ends before its badge"),
    "a PNG that claims more than it has": (baked.PNG + b"\xff\xff\xff\xffiTXtopenbadges", "ends before its badge"),
    "a PNG with a damaged badge": (png(chunk(b"iTXt", b"openbadges\0\1\0\0\0junk")), "cannot be unpacked"),
    "a PNG with half a badge": (
        png(chunk(b"iTXt", b"openbadges\0\1\0\0\0" + zlib.compress(dumped(BADGE))[:-8])),
        "cannot be unpacked",
    ),
    "a PNG with a bomb": (png(itxt(b" " * (baked.LARGEST + 1), compressed=True)), "larger than 4 MB"),
    "an SVG without a badge": (SVG.format("<script>alert(1)</script>").encode(), "carries no badge"),
    "an SVG with an empty badge": (SVG.format("<openbadges:assertion/>").encode(), "carries no badge"),
    "a broken SVG": (b"<svg", "no SVG that can be read"),
    "an SVG in an unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><svg/>', "no SVG that can be read"),
    "an SVG with entities": (entity_bomb(), "declares entities"),
    "an SVG that reads a file": (
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg>&x;</svg>',
        "declares entities",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_document_is_refused_with_a_sentence(name: str) -> None:
    text, expected = REFUSED[name]
    with pytest.raises(ValueError, match=r"(?s)^[A-Z].*\.$") as refused:
        opened(text)
    assert expected in str(refused.value)
    assert type(refused.value) is ValueError


def test_lists_in_lists_end_somewhere() -> None:
    (found,) = opened(b"[" * 50 + b"{}" + b"]" * 50)
    assert found.unread == "The item lies in too many lists."


SEEDS = [dumped(BADGE), compact(BADGE).encode(), png(itxt(dumped(BADGE), compressed=True)), entity_bomb()]


@given(
    st.binary(max_size=80)
    | st.builds(
        lambda seed, at, put: seed[: at % len(seed)] + put + seed[at % len(seed) + len(put) :],
        st.sampled_from(SEEDS),
        st.integers(0, 2000),
        st.binary(max_size=6),
    )
)
def test_any_bytes_give_documents_or_a_sentence(text: bytes) -> None:
    try:
        found = opened(text)
    except ValueError as refused:
        found, reason = [], str(refused)
    else:
        reason = "Opened."
    assert reason[0].isupper()
    assert reason.endswith(".")
    assert all(isinstance(each.document, dict) for each in found)
