"""The one way out: every request to a platform leaves through here, and only to where it may go."""

from connector.http.client import PlatformHttp, platform_http
from connector.http.grants import Granted, TokenEndpoint, token_endpoint
from connector.http.guard import AddressRefused, GuardedBackend, refusal
from connector.http.sign_in import Tokens
from connector.http.transport import Wire

__all__ = [
    "AddressRefused",
    "Granted",
    "GuardedBackend",
    "PlatformHttp",
    "TokenEndpoint",
    "Tokens",
    "Wire",
    "platform_http",
    "refusal",
    "token_endpoint",
]
