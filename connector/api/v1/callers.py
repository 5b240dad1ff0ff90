"""Who calls: the person behind a bearer token (RFC 6750), and what the token allows."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from connector.opened import Opened
from connector.organizations import api_tokens
from connector.organizations.api_tokens import SCOPES, Caller
from connector.problem import Problem

_MAKE_ONE = "Make one on the account page, or with badge-connector tokens add."
_SCOPES = " ".join(f"`{name}`: {meaning}" for name, meaning in SCOPES.items())
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description=f"A token of a person, made on the account page or with `badge-connector tokens add`. {_SCOPES}",
)


def this_connector(request: Request) -> Opened:
    """The connector that is served."""
    this: Opened = request.app.state.opened
    return this


This = Annotated[Opened, Depends(this_connector)]


def calling(
    this: This,
    needed: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """The caller. Problem where there is no token, it is not accepted, or it lacks the scope that is needed."""
    if given is None:
        raise Problem("token_missing", "This needs a token: Authorization: Bearer ….", action=_MAKE_ONE)
    with this.database.reading() as connection:
        found = api_tokens.caller(connection, given.credentials)
        noted = api_tokens.is_use_noted(connection, given.credentials)
    if found is None:
        raise Problem("token_invalid", "The token is unknown, was revoked, or has run out.", action=_MAKE_ONE)
    if not noted:
        with this.database.transaction() as connection:
            api_tokens.note_use(connection, given.credentials)
    if lacking := [scope for scope in needed.scopes if scope not in found.scopes]:
        message = f"The token lacks the scope {', '.join(lacking)}."
        raise Problem("scope_missing", message, action="Use a token that has it.")
    return found


Reading = Annotated[Caller, Security(calling, scopes=["read"])]
Connecting = Annotated[Caller, Security(calling, scopes=["connect"])]
Editing = Annotated[Caller, Security(calling, scopes=["edit"])]
Approving = Annotated[Caller, Security(calling, scopes=["approve"])]
Publishing = Annotated[Caller, Security(calling, scopes=["publish"])]
