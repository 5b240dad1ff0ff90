"""The practice platforms of the demo: all of them started together, and what to type to connect each by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from connector.demo.canvas_catalogue import practice_account
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_canvas import PracticeCanvas
from connector.demo.practice_credly import PracticeCredly
from connector.demo.practice_open_badges import PracticeOpenBadges
from connector.demo.practice_platform import PracticePlatform

TOKEN_LASTS = timedelta(days=12)
CLIENT = {"client_id": "practice-client", "client_secret": "practice-secret"}

Started = TypeVar("Started", bound=PracticePlatform)


@dataclass(frozen=True)
class Platforms:
    """The practice platforms, from their start to their stop."""

    credly: PracticeCredly
    canvas: PracticeCanvas
    open_badges: PracticeOpenBadges

    @property
    def urls(self) -> tuple[str, ...]:
        """Where they are, without a slash at the end."""
        return self.credly.url, self.canvas.url, self.open_badges.url

    @property
    def hosts(self) -> list[str]:
        """Host and port of each."""
        return [url.removeprefix("http://") for url in self.urls]

    @property
    def oauth_clients(self) -> dict[str, dict[str, str]]:
        """The clients that a deployment has with them, by host: nobody has to type a client id."""
        return {self.canvas.url.removeprefix("http://"): CLIENT}

    def in_environment(self) -> Iterator[tuple[str, str]]:
        """The variables by which commands reach the platforms, by name."""
        yield "CONNECTOR_ALLOWED_PRIVATE_HOSTS", ",".join(self.hosts)
        yield "CONNECTOR_UNDOCUMENTED_SOURCES", "true"
        yield "CONNECTOR_OAUTH_CLIENTS", json.dumps(self.oauth_clients)

    def how_to_connect(self) -> Iterator[str]:
        """What a person types to connect each, line by line."""
        credly, canvas, addresses = self.credly, self.canvas, self.open_badges.addresses()
        organization = credly.organization_id
        yield "A practice Credly; its addresses go under More settings:"
        yield f"  api_url={credly.url}/v1/  organization_id={organization}  authorization_token={credly.token}"
        yield f"  token_url={credly.url}/oauth/token  client_id=practice-client  client_secret=practice-secret"
        yield f"  public_url={credly.url}/  public_page={credly.organization['vanity_slug']}"
        yield "A practice Canvas Credentials, by the way “Your own Badgr server”:"
        yield f"  api_url={canvas.url}  ui_url={canvas.url}"
        yield f"  On its own page, log in as {canvas.registrar.email} with the password {canvas.registrar.password}"
        yield "A practice issuer of Open Badges, by addresses on the web:"
        yield f"  a list: {addresses['list'][0]}"
        yield f"  a single badge: {addresses['badge'][0]}"
        yield f"Faults on request: POST /__practice/faults, at {', '.join(self.urls)}"


@contextmanager
def practice_platforms(kept_in: Path, callback: str) -> Iterator[Platforms]:
    """All practice platforms, each on the port that it had before: stored addresses have it in them.

    `callback` is where the practice Canvas Credentials sends people back to.
    """
    with ExitStack() as running:

        def started(make: Callable[[int], Started], name: str) -> Started:
            platform = _on_kept_port(make, kept_in / f"{name}-port")
            running.callback(platform.stop)
            return platform

        yield Platforms(
            started(lambda port: practice_credly(port, images=True), "practice"),
            started(lambda port: PracticeCanvas(*practice_account(), port=port, redirect_uris=[callback]), "canvas"),
            started(lambda port: PracticeOpenBadges(port=port), "open-badges"),
        )


def practice_credly(port: int = 0, *, images: bool = False) -> PracticeCredly:
    """A practice Credly with the badges of an invented college; with `images`, it shows their pictures too."""
    organization, templates = cedar_harbor_college()
    ends = (datetime.now(UTC) + TOKEN_LASTS).isoformat(timespec="seconds")
    return PracticeCredly(organization, templates, port=port, images=images, token_expires_at=ends)


def _on_kept_port(make: Callable[[int], Started], kept: Path) -> Started:
    """A platform, started where it was before; elsewhere, this once, where something else is there."""
    port = int(kept.read_text()) if kept.exists() else 0
    try:
        platform = make(port).start()
    except OSError:
        platform = make(0).start()
    if not kept.exists():
        kept.write_text(platform.url.rpartition(":")[2])
    return platform
