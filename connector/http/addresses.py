"""Which network addresses may be dialled: an explicit table of public unicast space, all else refused.

Python's own `is_global` differs between versions and calls 6to4, multicast and site-local addresses global,
so the table is ours: the complement of the IANA special-purpose registries (RFC 6890, RFC 8190).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

PUBLIC_V4 = tuple(
    (IPv4Address(first), IPv4Address(last))
    for first, last in (
        ("1.0.0.0", "9.255.255.255"),
        ("11.0.0.0", "100.63.255.255"),
        ("100.128.0.0", "126.255.255.255"),
        ("128.0.0.0", "169.253.255.255"),
        ("169.255.0.0", "172.15.255.255"),
        ("172.32.0.0", "191.255.255.255"),
        ("192.0.1.0", "192.0.1.255"),
        ("192.0.3.0", "192.31.195.255"),
        ("192.31.197.0", "192.52.192.255"),
        ("192.52.194.0", "192.88.98.255"),
        ("192.88.100.0", "192.167.255.255"),
        ("192.169.0.0", "192.175.47.255"),
        ("192.175.49.0", "198.17.255.255"),
        ("198.20.0.0", "198.51.99.255"),
        ("198.51.101.0", "203.0.112.255"),
        ("203.0.114.0", "223.255.255.255"),
    )
)
PUBLIC_V6 = tuple(
    (IPv6Address(first), IPv6Address(last))
    for first, last in (
        ("2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2003::", "2003:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2400::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff"),
        ("2620:4f:8001::", "2fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    )
)
_PRIVATE_V4 = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_NAT64 = IPv6Network("64:ff9b::/96")
# Cloud metadata answers on these inside otherwise ordinary private ranges: a listed host never leads there.
_METADATA = frozenset({IPv4Address("100.100.100.200"), IPv6Address("fd00:ec2::254")})


def literal(text: str) -> Address | None:
    """The address that `text` spells canonically; an IPv4-mapped one is unwrapped (RFC 4291 §2.5.5.2)."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is None and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Whether the address is public unicast, also once what it carries inside is unwrapped."""
    if isinstance(address, IPv4Address):
        return any(first <= address <= last for first, last in PUBLIC_V4)
    if address.scope_id is not None or _is_isatap(address):
        return False
    if address in _NAT64:
        return is_public(_last_four_bytes(address))
    return any(first <= address <= last for first, last in PUBLIC_V6)


def is_private(address: Address) -> bool:
    """Whether the address is one that a listed host may have: private, shared, loopback or unique local."""
    if address in _METADATA:
        return False
    if isinstance(address, IPv4Address):
        return any(address in network for network in _PRIVATE_V4)
    return address.scope_id is None and any(address in network for network in _PRIVATE_V6)


def _is_isatap(address: IPv6Address) -> bool:
    # RFC 5214 §6.1: the interface identifier carries an IPv4 address that a router on the way would dial.
    return address.packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(address.packed[12:])
