"""The contract of every adapter: the named cases are all there, none is left out, and those that stand alone."""

from __future__ import annotations

import ast
import datetime
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connector.problem import Problem
from mappings.open_badges.model import BadgeClass, Issuer
from tests.adapters.named_cases import CASES

if TYPE_CHECKING:
    from adapters.contract import Adapter
    from tests.adapters.conftest import Practice

IsTold = Callable[[Problem | None, str, Sequence[str]], bool]

HERE = Path(__file__).resolve().parent
LEAVING_OUT = {"skip", "skipif", "xfail", "importorskip"}


@dataclass
class Untrusted:
    """A server with a certificate of its own making, and the requests that got through to it all the same."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1, which nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def untrusted(certificate: Path) -> Iterator[Untrusted]:
    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    # A client that hangs up is what is wanted here: nothing is to be printed about it.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    there = Untrusted(f"https://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield there
    server.shutdown()
    server.server_close()


def asked_without_proof(url: str) -> int:
    """The status that the server gives to those who do not ask who it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection(url.removeprefix("https://"), context=context, timeout=10)
    connection.request("GET", "/")
    return connection.getresponse().status


def set_to(adapter: Adapter, here: str, there: str) -> Adapter:
    """The adapter with another address wherever its settings name this one."""
    return type(adapter).model_validate_json(adapter.model_dump_json().replace(here, there))


def badge_or_sentence(adapter: Adapter, raw: bytes) -> BadgeClass | str:
    """What is made of an item, or why nothing is."""
    try:
        return adapter.badge_class(adapter.definition(raw), Issuer(id="given"))
    except ValueError as unread:
        return str(unread)


def with_each_value_null(value: Any) -> Iterator[Any]:
    """The value once for every value inside it, with that one null."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in parts:
        for other in with_each_value_null(part):
            changed = value.copy()
            changed[place] = other
            yield changed
    yield None


def functions_of_the_suite() -> dict[str, ast.FunctionDef]:
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted(HERE.glob("test_adapter_*.py")))
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_25_named_cases_and_each_has_a_test_of_every_way() -> None:
    functions = functions_of_the_suite()

    assert len(CASES) == len(set(CASES.values())) == 25
    for test in CASES.values():
        arguments = {argument.arg for argument in functions[test.partition("[")[0]].args.args}
        assert arguments & {"practice", "platform"}, test


def test_no_test_of_the_suite_is_left_out_by_any_way() -> None:
    tests = [node for name, node in functions_of_the_suite().items() if name.startswith("test_")]
    inside = [(test.name, node) for test in tests for node in ast.walk(test)]

    assert len(tests) > 60
    assert [name for name, node in inside if isinstance(node, ast.Return | ast.Continue | ast.Break)] == []
    assert [name for name, node in inside if isinstance(node, ast.Attribute) and node.attr in LEAVING_OUT] == []


def test_ten_thousand_badges_arrive_once_each(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = practice(10_000)

    read = platform.listing(platform.in_large_pages(monkeypatch))

    assert read.problem is None
    assert len(read.ids) == 10_000
    assert read.ids == platform.listed()
    assert len(set(read.ids)) == 10_000
    assert read.seems_whole


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_said(
    practice: Practice, untrusted: Untrusted, is_told: IsTold
) -> None:
    platform = practice(1)
    adapter = set_to(platform.adapter(), platform.server.url, untrusted.url)
    platform.elsewhere = frozenset({untrusted.url.removeprefix("https://")})

    read = platform.listing(adapter)

    assert is_told(read.problem, "tls_failed", list(platform.secrets.values()))
    assert (read.ids, read.ended) == ([], False)
    assert untrusted.asked == []
    assert asked_without_proof(untrusted.url) == 404, "the server is there"
    assert [seen for seen in platform.server.requests if seen.page] == []


def test_a_badge_of_nulls_costs_no_other_one(practice: Practice) -> None:
    platform = practice(60)
    adapter, (spoiled, *others) = platform.adapter(), platform.listed()
    platform.fault("spoil_item", how="all_null", page=1)

    read = platform.listing(adapter)

    raw = {adapter.badge_id(raw): raw for page in read.pages for raw, _ in page.items}
    assert raw.keys() >= set(others)
    assert isinstance(badge_or_sentence(adapter, raw[others[0]]), BadgeClass)
    if spoiled in raw:
        assert read.ended
        assert str(badge_or_sentence(adapter, raw[spoiled])).endswith(".")
    else:
        assert read.problem is not None, "it is gone and nothing was said"


def test_a_null_in_any_place_is_read_or_refused_with_a_sentence(practice: Practice) -> None:
    platform = practice(0)
    adapter = platform.adapter()
    for item in with_each_value_null(json.loads(platform.samples()[0])):
        made = badge_or_sentence(adapter, json.dumps(item).encode())

        assert isinstance(made, BadgeClass) or (made[0].isupper() and made.endswith("."))


def test_two_badges_of_one_id_cost_no_other_one(practice: Practice) -> None:
    platform = practice(60)
    lost, doubled, *others = platform.listed()
    platform.fault("spoil_item", how="duplicate_id", page=1)

    read = platform.listing()

    assert read.ended
    assert set(read.ids) == {doubled, *others}
    assert lost not in read.ids
    assert read.ids.count(doubled) in (1, 2)
    assert len(read.ids) - len(set(read.ids)) <= 1
