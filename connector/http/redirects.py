"""Where redirects lead, for reading in public: a few steps, never round in a circle, each judged like a first one."""

from collections.abc import Sequence

import httpx

from adapters.contract import PlatformRefused
from connector.http.guard import SETTING, refusal

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def onward(response: httpx.Response, passed: Sequence[httpx.URL], allowed: frozenset[str]) -> httpx.URL:
    """The address that a redirect (RFC 9110 §15.4) leads to. `passed` are those asked so far, this one included.

    Raises PlatformRefused: `redirected` for a circle, too long a way or none, `private_address` for a host off limits.
    """
    host, location = response.request.url.host, response.extensions.get("location", "")
    try:
        to = response.request.url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        to = None
    if to is None or not to.host or not location:
        raise _lost(f"{host} sends the request on, but not to an address that can be one.")
    if to in passed:
        raise _lost(f"{host} sends the request round in a circle, back to {to.host}.")
    if len(passed) > MOST_REDIRECTS:
        raise _lost(f"{host} sends the request on for the {len(passed)}th time: {MOST_REDIRECTS} steps are followed.")
    reason = refusal(str(to), allowed)
    if reason is not None:
        raise PlatformRefused(
            f"{host} sends the request on to {to.host[:253]}, which is not read. {reason}",
            code="private_address",
            action=f"Enter the address that answers itself, or have the host listed in {SETTING}.",
        )
    return to


def _lost(message: str) -> PlatformRefused:
    return PlatformRefused(message, code="redirected", action="Open the address in a browser and enter where it ends.")
