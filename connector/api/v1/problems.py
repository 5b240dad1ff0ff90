"""Problems as HTTP tells them (RFC 9457): the codes and sentences of every door, and one table of statuses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import structlog
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from connector.problem import Problem, of_platform

MEDIA_TYPE = "application/problem+json"
Responses = dict[int | str, dict[str, Any]]
TYPE = "urn:badge-connector:problem:"
_REALM = 'Bearer realm="Open Badge Connector"'
_log = structlog.get_logger(__name__)

STATUS_BY_CODE: Mapping[str, int] = {
    "malformed_json": 400,
    "nul_character": 400,
    "token_missing": 401,
    "token_invalid": 401,
    "scope_missing": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "changed_while_you_looked": 409,
    "connection_draft": 409,
    "connection_not_paused": 409,
    "connection_paused": 409,
    "connection_unchecked": 409,
    "connection_removed": 409,
    "connection_ambiguous": 409,
    "name_taken": 409,
    "needs_confirmation": 409,
    "nothing_to_confirm": 409,
    "no_edit": 409,
    "mapped_by_another_version": 409,
    "suggestion_decided": 409,
    "already_together": 409,
    "belongs_to_one_only": 409,
    "ctid_held": 409,
    "published_already": 409,
    "nothing_to_undo": 409,
    "owner_not_confirmed": 409,
    "organization_ambiguous": 409,
    "organization_exists": 409,
    "organization_not_approved": 409,
    "reconnect_needed": 409,
    "settings_outdated": 409,
    "publishing_under_way": 409,
    "precondition_failed": 412,
    "too_large": 413,
    "precondition_required": 428,
    "too_many_sign_ins": 429,
    "platform_unavailable": 503,
    "rate_limited": 503,
    "sign_in_throttled": 503,
    "sign_in_paused": 503,
    "sign_in_replaced": 503,
    "secret_not_readable": 409,
    "platform_timeout": 504,
    "secret_key_missing": 500,
    "secret_key_too_short": 500,
}
"""Where the side that a problem is on does not tell the status well enough."""

STATUS_BY_SIDE: Mapping[str, int] = {"yours": 422, "platform": 502, "registry": 502, "ours": 500}

_CHALLENGES: Mapping[str, str] = {
    "token_missing": _REALM,
    "token_invalid": f'{_REALM}, error="invalid_token"',
    "scope_missing": f'{_REALM}, error="insufficient_scope"',
}


class ProblemDocument(BaseModel):
    """What went wrong, on whose side, and what to do (RFC 9457)."""

    type: str = Field(description="Names the kind of problem; ends with its code.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The status of this answer.")
    detail: str = Field(description="What happened, as a sentence.")
    code: str = Field(description="The kind of problem, stable, the same on the command line.")
    side: Literal["yours", "platform", "registry", "ours"] = Field(description="On whose side it is.")
    action: str = Field(description="What to do next.")
    fields: dict[str, str] | None = Field(
        None, description="Where several values given are wrong: a sentence for each, by its path.", min_length=1
    )


def documented(*statuses: int) -> Responses:
    """Problems with which an operation may answer, besides those that any of them may have."""
    return {status: {"model": ProblemDocument, "description": HTTPStatus(status).phrase} for status in statuses}


def otherwise(status: int, model: type[BaseModel], description: str) -> Responses:
    """Another answer of an operation that is no problem."""
    return {status: {"model": model, "description": description}}


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem."""
    if problem.side == "yours" and problem.code.endswith("_not_found"):
        return 404
    return STATUS_BY_CODE.get(problem.code, STATUS_BY_SIDE[problem.side])


def answer(raised: Exception) -> Response:
    """Whatever was raised, as a problem document. What nobody expected goes to the log."""
    problem = _of(raised)
    if problem.code == "unexpected":
        _log.error("unexpected failure", exc_info=raised)
    status = status_of(problem)
    document = {
        "type": f"{TYPE}{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": problem.message,
        "code": problem.code,
        "side": problem.side,
        "action": problem.action,
    }
    headers = dict(getattr(raised, "headers", None) or {})
    if problem.code in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[problem.code]
    fields = {"fields": problem.fields} if problem.fields else {}
    return JSONResponse(document | fields, status, headers, MEDIA_TYPE)


def unknown_address(request: Request, raised: Exception) -> Response:
    """The answer where no operation has this path, or none this method."""
    return answer(raised)


def invalid(fields: Mapping[str, str]) -> Problem:
    """The problem of a request with values that do not fit: a sentence for each, by its path."""
    said = " ".join(f"{name}: {message}" for name, message in fields.items())
    return Problem("invalid_request", said, action="Correct each of the fields and send it again.", fields=fields)


def _of(raised: Exception) -> Problem:
    match raised:
        case RequestValidationError():
            return _misread(raised)
        case HTTPException() | StarletteHTTPException():
            return _of_http(raised)
    return of_platform(raised)


def _misread(wrong: RequestValidationError) -> Problem:
    fields: dict[str, str] = {}
    for error in wrong.errors():
        if error["type"] == "json_invalid":
            return _malformed()
        name = ".".join(map(str, error["loc"][1:])) or str(error["loc"][0])
        fields[name] = f"{error['msg'].removeprefix('Value error, ').rstrip('.')}."
    return invalid(fields)


def _of_http(raised: StarletteHTTPException) -> Problem:
    match raised.status_code:
        case 400:
            return _malformed()
        case 405:
            return Problem("method_not_allowed", "This address does not take this method.", action="See Allow.")
        case 413:
            return Problem("too_large", str(raised.detail), action="Send it in smaller portions.")
    return Problem("not_found", "There is no such address.", action="See which there are: /api/v1/openapi.json")


def _malformed() -> Problem:
    return Problem(
        "malformed_json",
        "The request's body is not JSON, or has a NUL character in it.",
        action="Send one JSON value in UTF-8.",
    )
