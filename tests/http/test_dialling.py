"""What happens between a host name and a connection: resolve once, check all, dial what was checked."""

import httpcore
import httpx
import pytest
import stamina

from adapters.contract import PlatformUnavailable, Request
from connector.http import AddressRefused, GuardedBackend, Wire, platform_http
from connector.http.guard import HostNotFound, resolve
from connector.http.transport import with_backend

NOBODY = frozenset()
SETTING = "CONNECTOR_ALLOWED_PRIVATE_HOSTS"


class Dialler:
    """Notes what would be dialled, and never opens a socket."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        self.dialled.append((address, port))
        raise httpcore.ConnectError("nobody is there")


@pytest.mark.parametrize("answer", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1%eth0", "224.0.0.1"])
def test_a_listed_name_still_never_leads_to_metadata_or_link_local_addresses(answer):
    dialler = Dialler()
    backend = GuardedBackend(frozenset({"badges.intern"}), lambda host, port: [answer], dialler)
    with pytest.raises(AddressRefused):
        backend.connect_tcp("badges.intern", 443)
    assert dialler.dialled == []


def test_one_private_address_among_public_ones_refuses_the_host():
    dialler = Dialler()
    backend = GuardedBackend(NOBODY, lambda host, port: ["93.184.215.14", "10.0.0.1"], dialler)
    with pytest.raises(AddressRefused, match=SETTING):
        backend.connect_tcp("mixed.example", 443)
    assert dialler.dialled == []


def test_a_name_that_changes_its_address_is_dialled_only_where_it_was_checked():
    dialler, asked = Dialler(), []

    def rebinding(host, port):
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    backend = GuardedBackend(NOBODY, rebinding, dialler)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("rebind.example", 443)
    with pytest.raises(AddressRefused):
        backend.connect_tcp("rebind.example", 443)
    assert (dialler.dialled, len(asked)) == ([("93.184.215.14", 443)], 2)


def test_the_next_address_is_tried_when_the_first_is_dead():
    dialler = Dialler()
    backend = GuardedBackend(NOBODY, lambda host, port: ["2606:4700::1", "1.1.1.1"], dialler)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("two.example", 443, timeout=1)
    assert dialler.dialled == [("2606:4700::1", 443), ("1.1.1.1", 443)]


def test_local_sockets_are_refused():
    with pytest.raises(AddressRefused):
        GuardedBackend(NOBODY).connect_unix_socket("/run/docker.sock")


def test_a_missing_name_and_a_silent_name_service_are_told_apart():
    def answering(temporary):
        def missing(host, port):
            raise HostNotFound(host, temporary=temporary)

        return missing

    for temporary, sent in ((False, 1), (True, 1)):
        wire = Wire(resolve=answering(temporary), dial=Dialler())
        with platform_http("https://gone.example/", None, {}, wire=wire) as http:
            with stamina.set_testing(True, attempts=1), pytest.raises(PlatformUnavailable) as missing:
                http.get(Request("x"))
            assert (missing.value.code, http.requests_sent) == ("host_not_found", sent)


def test_the_systems_resolver_is_asked_for_literal_forms_only_here():
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(HostNotFound):
        resolve("a" * 300, 80)


def test_httpx_still_keeps_its_connections_where_the_guard_replaces_them(monkeypatch):
    dialler = Dialler()
    backend = GuardedBackend(NOBODY, lambda host, port: ["93.184.215.14"], dialler)
    with httpx.Client(transport=with_backend(backend, httpx.create_ssl_context())) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("https://a.example/")
        assert dialler.dialled == [("93.184.215.14", 443)]

    class Changed(httpx.HTTPTransport):
        def __init__(self, **options: object) -> None:
            self.elsewhere = options

    monkeypatch.setattr(httpx, "HTTPTransport", Changed)
    with pytest.raises(RuntimeError, match="httpx"):
        with_backend(backend, httpx.create_ssl_context())


def test_the_environments_proxies_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    dialler = Dialler()
    wire = Wire(resolve=lambda host, port: ["93.184.215.14"], dial=dialler)
    http = platform_http("https://a.example/", None, {}, wire=wire)
    with http, stamina.set_testing(True, attempts=1), pytest.raises(PlatformUnavailable):
        http.get(Request("x"))
    assert dialler.dialled == [("93.184.215.14", 443)]
