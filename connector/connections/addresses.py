"""Where an adapter sends what it is given."""

from collections.abc import Set
from urllib.parse import urlsplit

from adapters.contract import Adapter, AuthorizationServer


def dialled(adapter: Adapter, given: Set[str]) -> list[str]:
    """The addresses that an adapter with these secrets is set to dial."""
    server = adapter.sign_in(frozenset(given))
    return [adapter.base_url(), *([server.token_endpoint] if isinstance(server, AuthorizationServer) else [])]


def origins(adapter: Adapter, given: Set[str]) -> set[str]:
    """Where an adapter sends its secrets, as scheme, host and port."""
    return {"://".join(urlsplit(address)[:2]).lower() for address in dialled(adapter, given)}
