"""Where an adapter sends what it is given."""

from collections.abc import Set
from urllib.parse import urlsplit

from adapters.contract import Adapter, AuthorizationCode, AuthorizationServer, PasswordCredentials


def dialled(adapter: Adapter, given: Set[str]) -> list[str]:
    """The addresses that an adapter with these secrets is set to dial."""
    found = [adapter.base_url()]
    match adapter.sign_in(frozenset(given)):
        case AuthorizationServer(token_endpoint=token) | PasswordCredentials(token_endpoint=token):
            found.append(token)
        case AuthorizationCode(authorization_endpoint=page, token_endpoint=token):
            found += [page, token]
    return [address for address in found if address]


def origins(adapter: Adapter, given: Set[str]) -> set[str]:
    """Where an adapter sends its secrets, as scheme, host and port."""
    return {"://".join(urlsplit(address)[:2]).lower() for address in dialled(adapter, given)}
