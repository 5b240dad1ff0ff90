"""Who is at the desk: the session behind a request, and the proof that a form was filled in on one of our pages."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from connector.opened import Opened
from connector.organizations import access, sign_in
from connector.organizations.accounts import Organization
from connector.organizations.sign_in import SESSION, Session
from connector.problem import Problem

COOKIE = "__Host-desk"
PLAIN_COOKIE = "desk"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LONGEST_FORM, LONGEST_FILE, MOST_FIELDS = 2_000_000, 33 * 1024 * 1024, 5_000
Number = Annotated[int, Path(ge=1, lt=2**31)]
"""An id in an address, of those that the database can have."""
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")


class NotSignedIn(Exception):
    """Nobody is signed in: the page asked for comes after the sign-in."""


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in, and the organization they look at; None while there is none."""

    this: Opened
    request: Request
    session: Session
    organizations: tuple[Organization, ...]
    organization: Organization | None

    @property
    def by(self) -> str:
        """Who does what is done, as it is recorded."""
        return self.session.person.email

    @property
    def owner(self) -> Organization:
        """The organization they look at. NoOrganization where there is none yet."""
        if self.organization is None:
            raise NoOrganization
        return self.organization

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the data."""
        with self.this.database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short write transaction."""
        with self.this.database.transaction() as connection:
            yield connection

    def looks_at(self, organization_id: int) -> None:
        """Have the visit be about an organization. Problem, as if it did not exist, where it is not theirs."""
        found = next((each for each in self.organizations if each.id == organization_id), None)
        if found is None:
            raise Problem("not_found", "There is no such page.", action="Go back to the home page.")
        # What a page asks for in the background is nobody's choice of what to look at.
        opened = self.request.headers.get("sec-fetch-mode", "navigate") == "navigate"
        if opened and found.id != self.session.organization_id:
            with self.writing() as connection:
                sign_in.look_at(connection, self.session.key, found.id)
        object.__setattr__(self, "organization", found)

    @property
    def form_token(self) -> str:
        """What the forms of a page carry: that they are this session's, and which organization the page is about."""
        return f"{self.session.form_token}.{self.organization.id if self.organization else ''}"

    def then(
        self,
        address: str,
        *,
        tone: str = "ok",
        title: str = "",
        text: str = "",
        link: tuple[str, str] | None = None,
        lines: Sequence[Any] = (),
    ) -> Response:
        """Go on to another page after a form. With a `title`, a notice is shown there once.

        `link` is an address and its words; a line is a text, or an address, its words and a text.
        """
        if title:
            notice = {"tone": tone, "title": title, "text": text, "link": link, "lines": list(lines)}
            with self.writing() as connection:
                sign_in.leave_notice(connection, self.session.key, notice)
        return RedirectResponse(address, 303)


class NoOrganization(Exception):
    """There is no organization yet: adding one comes first."""


def visit(request: Request) -> Visit:
    """The visit behind a request. Raises NotSignedIn."""
    this: Opened = request.app.state.opened
    token = token_of(request)
    with this.database.reading() as connection:
        session = sign_in.current(connection, token) if token else None
        if session is None:
            raise NotSignedIn
        theirs = tuple(access.reachable(connection, session.person))
    if sign_in.is_to_be_extended(session):
        with this.database.transaction() as connection:
            sign_in.extend(connection, session.key)
        request.state.extended_session = token
    looked_at = next((each for each in theirs if each.id == session.organization_id), None)
    return Visit(this, request, session, theirs, looked_at or (theirs[0] if theirs else None))


def token_of(request: Request) -> str:
    """The token of the session that a request comes with; empty where there is none."""
    plain = request.cookies.get(PLAIN_COOKIE) if _is_plain(request) else None
    return request.cookies.get(COOKIE) or plain or ""


async def given(request: Request) -> FormData:
    """What a form was filled in with. Problem where it comes from another site, is far too long, or no text."""
    return await _given(request, LONGEST_FORM, files=0)


async def given_with_file(request: Request) -> FormData:
    """As `given`, for a form with which a file may come."""
    return await _given(request, LONGEST_FILE, files=1)


async def _given(request: Request, longest: int, *, files: int) -> FormData:
    _refuse_other_sites(request)
    if int(request.headers.get("content-length") or longest + 1) > longest:
        raise _too_long()
    try:
        form = await request.form(max_files=files, max_fields=MOST_FIELDS, max_part_size=longest)
    except HTTPException as refused:
        raise (_too_long() if "Too many fields" in refused.detail else _unreadable()) from None
    if not all(_is_text(each) for pair in form.multi_items() for each in pair if not isinstance(each, UploadFile)):
        raise _unreadable()
    return form


async def contents(form: FormData, name: str) -> bytes:
    """What a file holds that came with a form; nothing where none came."""
    file = form.get(name)
    return await file.read() if isinstance(file, UploadFile) else b""


Given = Annotated[FormData, Depends(given)]
GivenWithFile = Annotated[FormData, Depends(given_with_file)]


def posted_file(visited: Annotated[Visit, Depends(visit)], form: GivenWithFile) -> Visit:
    """As `posted`, for a form with which a file may come."""
    return posted(visited, form)


def posted(visited: Annotated[Visit, Depends(visit)], form: Given) -> Visit:
    """A visit that sends a form of ours, about the organization its page was about, whatever is looked at elsewhere.

    Problem where the form's token is not the session's.
    """
    token, _, about = text(form, "form_token").partition(".")
    if not compare_digest(token.encode(), visited.session.form_token.encode()):
        raise Problem(
            "form_outdated",
            "This form was opened in another session.",
            action="Open the page again; then send the form again.",
        )
    if about.isdecimal() and len(about) < 10:
        visited.looks_at(int(about))
    return visited


Visiting = Annotated[Visit, Depends(visit)]
Posting = Annotated[Visit, Depends(posted)]
PostingFile = Annotated[Visit, Depends(posted_file)]


def text(form: FormData, name: str) -> str:
    """One field of a form, as it was typed."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """All values under one name."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def sign_in_with(response: Response, request: Request, token: str) -> Response:
    """Give the browser its session."""
    age = int(SESSION.total_seconds())
    response.set_cookie(COOKIE, token, age, path="/", secure=True, httponly=True, samesite="lax")
    if _is_plain(request):
        # Some browsers keep secure cookies from plain http even on this machine.
        response.set_cookie(PLAIN_COOKIE, token, age, path="/", httponly=True, samesite="lax")
    return response


def sign_out_with(response: Response) -> Response:
    """Take the session away from the browser."""
    for name in (COOKIE, PLAIN_COOKIE):
        response.delete_cookie(name, path="/", secure=name == COOKIE, httponly=True, samesite="lax")
    return response


def to_sign_in(request: Request) -> Response:
    """The way to the sign-in page, and back to a page that was only looked at."""
    after = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?next={quote(after, safe='')}" if request.method == "GET" and after != "/" else ""
    return sign_out_with(RedirectResponse(f"/sign-in{back}", 303))


def local(address: str) -> str:
    """An address on this site, or the home page in the place of any other."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if ours and "\\" not in address and address.isprintable() else "/"


def _is_plain(request: Request) -> bool:
    """Whether a request can only have come from this machine, by plain http."""
    this: Opened = request.app.state.opened
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return host in LOOPBACK and this.settings.public_url.startswith("http://")


def _is_text(value: object) -> bool:
    """Whether what a field was filled in with can be kept: no NUL character, no half of a surrogate pair."""
    return isinstance(value, str) and _NO_TEXT.search(value) is None


def _too_long() -> Problem:
    return Problem("form_too_long", "The form is too long.", action="Select fewer records, or all that match.")


def _unreadable() -> Problem:
    return Problem(
        "form_unreadable",
        "The form has characters in it that are not text.",
        action="Go back, type the values again, then send the form again.",
    )


def _refuse_other_sites(request: Request) -> None:
    this: Opened = request.app.state.opened
    public = urlsplit(this.settings.public_url)
    ours = {f"{public.scheme}://{public.netloc}", f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if request.headers.get("origin") not in ours:
        raise Problem(
            "other_site",
            "This form was not sent from a page of this desk.",
            action="Open the page on this desk and send the form there. Is CONNECTOR_PUBLIC_URL the address you use?",
        )
