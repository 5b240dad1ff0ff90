"""No spelling of a private address is dialled, and none of them passes the check made before saving."""

import socket
from ipaddress import ip_address, ip_network

import httpcore
import pytest

from adapters.contract import PlatformRefused, Request
from connector.http import AddressRefused, GuardedBackend, Wire, platform_http, refusal
from connector.http.addresses import PUBLIC_V4, is_public, literal
from connector.http.guard import HostNotFound

NOBODY = frozenset()
SETTING = "CONNECTOR_ALLOWED_PRIVATE_HOSTS"

# Every host is dangerous in itself; those in the second list only through what they resolve to.
DANGEROUS_HOSTS = [
    "127.0.0.1",
    "127.1.2.3",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.01",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.5",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[2001::7f00:1]",
    "[2001:10::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2600::5efe:7f00:1]",
    "[2600::200:5efe:127.0.0.1]",
    "[3fff::1]",
    "[4000::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[fec0::1]",
    "[ff02::1]",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "localhost.localdomain",
    "intranet",
    "printer.local",
    "db.internal",
    "metadata.google.internal",
    "metadata.tencentyun.com",
    "router.home.arpa",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127%2e0.0.1",
    "[::1",
    "a..b",
    "",
]
PUBLIC_HOSTS = [
    "93.184.215.14",
    "8.8.8.8",
    "api.credly.com",
    "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
    "münchen.de",
]


class Dialler:
    """Notes what would be dialled, and never opens a socket."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        self.dialled.append((address, port))
        raise httpcore.ConnectError("nobody is there")


@pytest.mark.parametrize("host", DANGEROUS_HOSTS)
def test_a_private_address_is_refused_before_saving_in_every_spelling(host):
    assert refusal(f"https://{host}/v1/", NOBODY)


@pytest.mark.parametrize("host", DANGEROUS_HOSTS)
def test_a_private_address_is_never_dialled_in_any_spelling(host):
    dialler = Dialler()
    with platform_http(f"https://{host}/", None, {}, wire=Wire(dial=dialler, resolve=_never)) as http:
        with pytest.raises(PlatformRefused) as refused:
            http.get(Request("x"))
        assert (refused.value.code, http.requests_sent, dialler.dialled) == ("private_address", 0, [])


@pytest.mark.parametrize("host", DANGEROUS_HOSTS)
def test_the_backend_alone_refuses_them_too(host):
    dialler = Dialler()
    bare = host.strip("[]").replace("%25", "%")
    backend = GuardedBackend(NOBODY, _as_libc_reads_it, dialler)
    with pytest.raises((AddressRefused, HostNotFound)):
        backend.connect_tcp(bare, 443)
    assert dialler.dialled == []


@pytest.mark.parametrize("host", PUBLIC_HOSTS)
def test_public_hosts_pass(host):
    assert refusal(f"https://{host}/v1/?a=b", NOBODY) is None


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file://a.example/etc/passwd", "gopher://a.example/", "http://a.example/"]
)
def test_only_https_passes_and_the_sentence_names_the_setting(url):
    assert SETTING in str(refusal(url, NOBODY))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example/x",
        "//a.example/x",
        "https:///x",
        "https://a.example\\@10.0.0.1/",
        "https://a b/",
        "https://a\n/",
    ],
)
def test_what_is_no_whole_address_is_refused(url):
    assert refusal(url, NOBODY)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    sentence = refusal("https://ann:canary@a.example/", NOBODY)
    assert sentence
    assert "canary" not in sentence


def test_a_listed_host_is_open_for_http_and_private_addresses():
    dialler = Dialler()
    allowed = frozenset({"badges.intern:8080"})
    assert refusal("http://badges.intern:8080/", allowed) is None
    backend = GuardedBackend(allowed, lambda host, port: ["10.1.2.3"], dialler)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("badges.intern", 8080)
    assert dialler.dialled == [("10.1.2.3", 8080)]


@pytest.mark.parametrize(
    ("entry", "url", "open_"),
    [
        ("127.0.0.1", "http://127.0.0.1:9/", True),
        ("127.0.0.1:9", "http://127.0.0.1:9/", True),
        ("127.0.0.1:9", "http://127.0.0.1:10/", False),
        ("127.0.0.1:443", "https://127.0.0.1/", True),
        ("LocalHost", "http://localhost./", True),
        ("[::1]:9", "http://[::1]:9/", True),
        ("::1", "http://[::1]:9/", True),
        ("127.0.0.1", "http://127.0.0.2/", False),
        ("127.0.0.1", "http://2130706433/", False),
        ("a.example", "http://b.a.example/", False),
    ],
)
def test_a_listing_opens_exactly_what_it_names(entry, url, open_):
    assert (refusal(url, frozenset({entry})) is None) is open_


def test_translated_addresses_pass_only_with_a_public_one_inside():
    assert is_public(ip_address("64:ff9b::8.8.8.8"))
    assert literal("::ffff:8.8.8.8") == ip_address("8.8.8.8")


def test_the_table_leaves_out_every_special_range():
    special = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
        192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24
        198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/8 64:ff9b:1::/48 100::/64
        2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10
        fec0::/10 ff00::/8"""
    networks = [ip_network(text) for text in special.split()]
    for network in networks:
        assert not is_public(network[0]), network
        assert not is_public(network[-1]), network
    refused_v4 = sum(n.num_addresses for n in networks if n.version == 4)
    assert sum(int(last) - int(first) + 1 for first, last in PUBLIC_V4) == 2**32 - refused_v4


def _never(host, port):
    raise AssertionError(f"{host} must not even be resolved")


def _as_libc_reads_it(host, port):
    """What the C library makes of a host: numbers in any base are addresses; all names lead inside here."""
    try:
        return [socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))]
    except (OSError, UnicodeError, ValueError):
        return ["127.0.0.1"]
