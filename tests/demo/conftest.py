"""A practice Credly with the whole catalogue, and two clients: one signed in, one a stranger."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly

Json = dict[str, Any]


@pytest.fixture(scope="session")
def college() -> tuple[Json, list[Json]]:
    return cedar_harbor_college()


@pytest.fixture
def server(college: tuple[Json, list[Json]]) -> Iterator[PracticeCredly]:
    with PracticeCredly(*college) as server:
        yield server


@pytest.fixture
def stranger(server: PracticeCredly) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def client(server: PracticeCredly) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False, auth=("practice-token", "")) as client:
        yield client


@pytest.fixture
def listing(college: tuple[Json, list[Json]]) -> str:
    """The path of the listing."""
    return f"/v1/organizations/{college[0]['id']}/badge_templates"


@pytest.fixture
def read(client: httpx.Client, listing: str) -> Callable[..., Json]:
    """Reads a page, the first unless told, that has to arrive well."""

    def read(page: int = 1, **query: Any) -> Json:
        answer = client.get(listing, params={"page": page, **query})
        assert answer.status_code == 200, answer.text
        envelope: Json = answer.json()
        return envelope

    return read
