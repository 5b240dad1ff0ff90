"""Organizations and platforms: what there is to work with."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from adapters import installed
from connector.api.v1 import answers, theirs
from connector.api.v1.callers import Reading, This
from connector.api.v1.paging import Page, Paged
from connector.api.v1.problems import documented
from connector.api.v1.route import Operation
from connector.connections import shapes

router = APIRouter(route_class=Operation)
Called = Annotated[str, Path(min_length=1, max_length=200, description="Id, CTID or unique name.")]


@router.get("/organizations", tags=["organizations"], response_model=Page[answers.Organization])
def list_organizations(this: This, caller: Reading, paging: Paged) -> dict[str, Any]:
    """The organizations within your reach, oldest first."""
    with this.database.reading() as connection:
        found = list(theirs.organizations(connection, caller).values())
    return paging.slice(found, lambda each: each.id, lambda each: each.as_json())


@router.get(
    "/organizations/{organization}",
    tags=["organizations"],
    response_model=answers.Organization,
    responses=documented(404, 409),
)
def get_organization(this: This, caller: Reading, organization: Called) -> dict[str, Any]:
    """One organization."""
    with this.database.reading() as connection:
        return theirs.organization(connection, caller, organization).as_json()


@router.get("/platforms", tags=["platforms"], response_model=Page[answers.Platform])
def list_platforms(caller: Reading, paging: Paged) -> dict[str, Any]:
    """What can be connected: the ways in, the settings and the secrets of each platform."""
    found = list(enumerate(installed().values()))
    return paging.slice(found, lambda each: each[0], lambda each: shapes.platform(each[1]))
