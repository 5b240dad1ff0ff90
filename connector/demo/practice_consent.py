"""Where a person logs in to the practice Canvas Credentials and allows an application to read (or does not).

Plain pages that work without script. Whatever is wrong with the application's request is said on a page with status
400 and never sent to its address: of the real pages it is not known.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from urllib.parse import parse_qsl, urlencode

from connector.demo.loopback import HTML, Answer, Question
from connector.demo.practice_grants import FORM, SCOPES, Application, Asked, Grants, User

PATH = "/auth/oauth2/authorize"
_COOKIE = "practice_canvas_session"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_MEANINGS: Mapping[str, str] = {
    "r:profile": "Read your name and e-mail addresses",
    "rw:profile": "Read and change your name and e-mail addresses",
    "r:backpack": "Read the badges in your backpack",
    "rw:backpack": "Read and change the badges in your backpack",
    "rw:issuer": "Read and change your issuers and their badges",
}
_HEADERS = (("Cache-Control", "no-store"), ("X-Frame-Options", "SAMEORIGIN"), ("Referrer-Policy", "same-origin"))
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;background:#f4f1ea;color:#1c2b33}"
    "main{max-width:30rem;margin:3rem auto;padding:2rem;background:#fff;border-top:.5rem solid #8a4b08}"
    "label{display:block;margin-top:1rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}"
    "button{font:inherit;padding:.5rem 1.2rem;margin:1.5rem .5rem 0 0;cursor:pointer}"
    "[role=alert]{border-left:.3rem solid #a11;padding-left:.8rem}"
)


class _Wrong(Exception):
    """The application asks for something that cannot be granted; a sentence."""


@dataclass(frozen=True)
class _Session:
    user: User
    ticket: str


class SignInPages:
    """The log-in page, the consent page and the way back. Sessions last as long as the server."""

    def __init__(self, application: Application, grants: Grants, *, denial_redirects: bool) -> None:
        self._application = application
        self._grants = grants
        self._denial_redirects = denial_redirects
        self._sessions: dict[str, _Session] = {}
        self._lock = Lock()

    def answer(self, question: Question) -> Answer:
        """The page for this step, or the way to the next one."""
        try:
            asked = _asked(question, self._application)
        except _Wrong as wrong:
            return _page(400, "This request cannot be answered", f'<p role="alert">{escape(str(wrong))}</p>')
        session = self._session(question)
        if question.method != "POST":
            return self._consent_page(question, asked, session) if session else _log_in_page(question)
        form = _form(question)
        if form.get("step") == "log-in":
            return self._log_in(question, form)
        if session is None or form.get("ticket") != session.ticket:
            return _log_in_page(question, "Your log-in has ended. Log in again.", 403)
        return self._decided(question, asked, session, form.get("step", ""))

    def _log_in(self, question: Question, form: dict[str, str]) -> Answer:
        user = self._grants.user(form.get("email", ""), form.get("password", ""))
        if user is None:
            return _log_in_page(question, "The e-mail address or the password is wrong.", 401)
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._sessions[key] = _Session(user, secrets.token_urlsafe(16))
        return _moved(303, _same_page(question), ("Set-Cookie", _cookie(key)))

    def _decided(self, question: Question, asked: Asked, session: _Session, step: str) -> Answer:
        state = {} if asked.state is None else {"state": asked.state}
        match step:
            case "allow":
                code = self._grants.code(asked, session.user)
                return _moved(302, _with(asked.redirect_uri, {"code": code, **state, "scope": " ".join(asked.scopes)}))
            case "deny" if self._denial_redirects:
                return _moved(302, _with(asked.redirect_uri, {"error": "access_denied", **state}))
            case "deny":
                name = escape(self._application.name)
                return _page(200, "Nothing was allowed", f"<p>{name} gets no access. You can close this page.</p>")
            case "switch":
                return _moved(303, _same_page(question), ("Set-Cookie", f"{_cookie('')}; Max-Age=0"))
        return _page(400, "This request cannot be answered", '<p role="alert">Choose Allow or Deny.</p>')

    def _session(self, question: Question) -> _Session | None:
        try:
            morsel = SimpleCookie(question.headers.get("Cookie", "")).get(_COOKIE)
        except CookieError:
            return None
        with self._lock:
            return self._sessions.get(morsel.value) if morsel else None

    def _consent_page(self, question: Question, asked: Asked, session: _Session) -> Answer:
        name, email = escape(self._application.name), escape(session.user.email)
        scopes = "".join(f"<li>{escape(_MEANINGS[scope])} <code>{escape(scope)}</code></li>" for scope in asked.scopes)
        body = (
            f"<p>You are logged in as <strong>{email}</strong>.</p>"
            f"<p>The application <strong>{name}</strong> asks to:</p><ul>{scopes}</ul>"
            f'<form method="post" action="{escape(_same_page(question))}">'
            f'<input type="hidden" name="ticket" value="{session.ticket}">'
            '<button name="step" value="allow">Allow</button>'
            '<button name="step" value="deny">Deny</button>'
            '<button name="step" value="switch">Log in as somebody else</button></form>'
        )
        return _page(200, f"Allow {self._application.name}?", body)


def _asked(question: Question, application: Application) -> Asked:
    query = question.query
    if query.get("response_type", "code") != "code":
        raise _Wrong("The response_type has to be code.")
    if query.get("client_id") != application.client_id:
        raise _Wrong("No application has this client_id.")
    if query.get("redirect_uri") not in application.redirect_uris:
        raise _Wrong("The redirect_uri is not one of those that the application has registered, letter by letter.")
    scopes = tuple(dict.fromkeys(query.get("scope", "").split()))
    if not scopes or not SCOPES.issuperset(scopes):
        raise _Wrong(f"The scope has to name some of {', '.join(sorted(SCOPES))}.")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise _Wrong("A code_challenge by the method S256 is needed.")
    return Asked(query["redirect_uri"], scopes, query["code_challenge"], query.get("state"))


def _form(question: Question) -> dict[str, str]:
    if question.headers.get_content_type() != FORM:
        return {}
    return dict(parse_qsl(question.body.decode("utf-8", "replace"), keep_blank_values=True))


def _same_page(question: Question) -> str:
    return f"{PATH}?{question.raw_query}"


def _with(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def _cookie(value: str) -> str:
    return f"{_COOKIE}={value}; Path=/auth; HttpOnly; SameSite=Lax"


def _log_in_page(question: Question, problem: str = "", status: int = 200) -> Answer:
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    body = (
        f"{alert}<p>This server is for practice: it knows no real account.</p>"
        f'<form method="post" action="{escape(_same_page(question))}">'
        '<label for="email">E-mail address</label>'
        '<input id="email" name="email" type="email" autocomplete="username" required autofocus>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required>'
        '<button name="step" value="log-in">Log in</button></form>'
    )
    return _page(status, "Log in", body)


def _page(status: int, title: str, body: str) -> Answer:
    whole = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Practice Canvas Credentials</title><style>{_STYLE}</style></head>"
        f"<body><main><p>Practice Canvas Credentials</p><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status, whole.encode(), HTML, _HEADERS)


def _moved(status: int, address: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, b"", HTML, (("Location", address), *_HEADERS, *headers))
