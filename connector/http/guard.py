"""Where the connector may go: public addresses over https, and exactly the hosts that its operator listed.

`refusal` judges an address as written, before anything is saved. `GuardedBackend` judges what a host name
resolves to at the moment of dialling, and dials the very address it judged: a name cannot change in between.
"""

import re
import socket
import time
from collections.abc import Callable, Iterable, Sequence

import httpcore
import httpx

from connector.http.addresses import Address, is_private, is_public, literal
from connector.http.deadline import BoundedStream, bounded

SETTING = "CONNECTOR_ALLOWED_PRIVATE_HOSTS"
MOST_ADDRESSES = 8

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float | None], httpcore.NetworkStream]

_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_ENDS_IN_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
_LOCAL_SUFFIXES = (".localhost", ".localdomain", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_METADATA_NAMES = frozenset({"metadata.tencentyun.com", "metadata.platformequinix.com"})
_UNWANTED = re.compile(r"[\x00-\x20\x7f\\\s]")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """The address is not one the connector may read from. The message is a sentence for a person."""


class HostNotFound(Exception):
    """The host name has no address; `temporary` where the name service itself could not answer."""

    def __init__(self, host: str, *, temporary: bool) -> None:
        super().__init__(host)
        self.host = host
        self.temporary = temporary


def refusal(url: str, allowed: frozenset[str]) -> str | None:
    """Why the connector must not read from `url`, in one sentence; None where nothing speaks against it.

    `allowed` holds "host" or "host:port" from CONNECTOR_ALLOWED_PRIVATE_HOSTS. No name is resolved here.
    """
    parsed = _parsed(url)
    if parsed is None or not parsed.is_absolute_url:
        return "This is not a complete web address: write it as https://host/path."
    if parsed.scheme not in _DEFAULT_PORTS:
        return f"Only https addresses can be read, and http ones of hosts in the setting {SETTING}."
    if parsed.userinfo:
        return "A web address must not carry a user name or password: enter them in their own fields."
    host = _plain(parsed.raw_host.decode("ascii"))
    if not _well_formed(host):
        return f"Write the host as a plain name or address: other spellings are refused, in {SETTING} too."
    if is_listed(host, parsed.port or _DEFAULT_PORTS[parsed.scheme], allowed):
        return None
    if _is_local(host):
        return _private(host)
    if parsed.scheme == "http":
        return f"Plain http is only used for hosts in the setting {SETTING}: write the address with https."
    return None


def is_listed(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Whether the operator listed this host, or this host with this port. IPv6 with or without brackets."""
    bracketed = f"[{host}]" if ":" in host else host
    listed = {entry.strip().lower() for entry in allowed}
    return bool({_plain(host), bracketed, f"{bracketed}:{port}"} & listed)


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host name, in the order of the system's preference. Raises HostNotFound."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (socket.gaierror, UnicodeError) as error:
        temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise HostNotFound(host, temporary=temporary) from None
    return [str(sockaddr[0]) for *_, sockaddr in found]


def dial(address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
    """A TCP connection to a literal address, `timeout` in seconds."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a host once, refuses it if any of its addresses is off limits, dials only what it checked."""

    def __init__(self, allowed: frozenset[str], resolve: Resolve = resolve, dial: Dial = dial) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._dial = dial

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the host's checked addresses. Raises AddressRefused, HostNotFound."""
        addresses = self._checked(host, port)[:MOST_ADDRESSES]
        timeout = bounded(timeout)
        end = None if timeout is None else time.monotonic() + timeout
        for left in range(len(addresses), 0, -1):
            share = None if end is None else max((end - time.monotonic()) / left, 0.05)
            try:
                return BoundedStream(self._dial(str(addresses[-left]), port, share))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise HostNotFound(host, temporary=False)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Always refused: no platform lives in a local socket."""
        raise AddressRefused("Local sockets are never read from.")

    def _checked(self, host: str, port: int) -> list[Address]:
        written = literal(host)
        listed = is_listed(host, port, self._allowed)
        if written is not None and listed:
            return [written]
        found = [written] if written is not None else [literal(text) for text in self._resolve(host, port)]
        checked = [address for address in found if address is not None and _may_dial(address, listed)]
        if len(checked) < len(found):
            raise AddressRefused(_private(host))
        return checked


def _may_dial(address: Address, listed: bool) -> bool:
    return is_public(address) or (listed and is_private(address))


def _parsed(url: str) -> httpx.URL | None:
    if _UNWANTED.search(url):
        return None
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")


def _well_formed(host: str) -> bool:
    if literal(host) is not None:
        return "%" not in host
    # Resolvers read a name whose last label is a number as an IPv4 address: 0x7f.1, 2130706433, 010.1.
    return _HOST_NAME.fullmatch(host) is not None and not _ENDS_IN_NUMBER.fullmatch(host)


def _is_local(host: str) -> bool:
    address = literal(host)
    if address is not None:
        return not is_public(address)
    return "." not in host or host.endswith(_LOCAL_SUFFIXES) or host in _METADATA_NAMES


def _private(host: str) -> str:
    return (
        f"The host {host[:253]} is not on the public internet: whoever runs the connector "
        f"must first list it in the setting {SETTING}."
    )
