"""A person signs in on the platform's own page (RFC 6749 §4.1, RFC 7636, RFC 9700), and comes back with a code.

What the browser carries there and back, the `state`, is random, kept only as a hash, good for one answer, for a few
minutes, and for the session that it was made in.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from sqlalchemy import Connection, Row, delete, insert, select, update

from adapters.contract import (
    Adapter,
    AuthorizationCode,
    AuthorizationExpired,
    Http,
    PasswordCredentials,
    PlatformRefused,
    PlatformUnavailable,
)
from connector.clock import stamp
from connector.connections import accounts, history, renewal, tokens
from connector.connections.accounts import UNFINISHED, Account
from connector.connections.identity import issuer_key
from connector.connections.platform import just_granted, reached
from connector.connections.secrets import Keyring
from connector.connections.tables import authorization_request as requested
from connector.http import Granted, token_endpoint
from connector.problem import Problem, of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.storage.database import now

CALLBACK = "/oauth/callback"
MINUTES = 10
VERIFIER_BYTES = 64
_TRY_AGAIN = "Begin once more from the connection's page."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings back: the state, and a code or an error (RFC 6749 §4.1.2)."""

    state: str
    code: str = ""
    error: str = ""


def redirect_uri(settings: Settings) -> str:
    """The one address to which platforms send people back; it has to be registered with the client."""
    return f"{settings.public_url.rstrip('/')}{CALLBACK}"


def consent_page(connection: Connection, keys: Keyring, settings: Settings, account: Account, *, session: str) -> str:
    """The address of the platform's page on which a person of this session is asked for consent.

    Problem where the connection signs in otherwise, or where no client is known for its authorization server.
    """
    given = renewal.as_given(connection, account)
    code = consent(connection, given)
    secrets = accounts.opened_secrets(connection, keys, given.id, pending=given.pending)
    client_id, _ = accounts.client_of(code, secrets, settings)
    state, verifier = token_urlsafe(32), token_urlsafe(VERIFIER_BYTES)
    connection.execute(delete(requested).where(requested.c.expires_at < now() - 24 * 3600.0))
    connection.execute(
        insert(requested).values(
            state_hash=_hash(state),
            connection_id=given.id,
            edition=given.edition,
            session=session,
            sealed_verifier=keys.seal(_hash(state), verifier),
            redirect_uri=redirect_uri(settings),
            expires_at=now() + MINUTES * 60.0,
        )
    )
    return str(
        prepare_grant_uri(
            code.authorization_endpoint,
            client_id=client_id,
            response_type="code",
            redirect_uri=redirect_uri(settings),
            scope=code.scope,
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
    )


def consent(connection: Connection, account: Account) -> AuthorizationCode:
    """How a connection asks a person for consent. Problem where it does not."""
    names = accounts.secret_names(connection, account.id, pending=account.pending)
    try:
        how = accounts.adapter_of(account).sign_in(names)
    except ValueError as lacking:
        raise Problem("settings_outdated", str(lacking), action="Connect it again; the records stay.") from None
    if not isinstance(how, AuthorizationCode):
        message = f"The connection {account.name!r} signs in without anybody's consent."
        raise Problem("not_found", message, action="Look at its settings.")
    return how


def is_asked_for(connection: Connection, account: Account) -> bool:
    """Whether a person has to sign in on the platform before a connection, as it was given last, can do anything."""
    return account.tokens is None and is_by_consent(connection, account)


def is_by_consent(connection: Connection, account: Account) -> bool:
    """Whether a connection signs in by a person's consent on the platform's own page."""
    try:
        consent(connection, account)
    except Problem:
        return False
    return True


def account_of(connection: Connection, answer: Answer) -> int | None:
    """The connection whose sign-in an answer belongs to; None where nobody has begun it."""
    return connection.scalar(select(requested.c.connection_id).where(requested.c.state_hash == _hash(answer.state)))


def answered(
    database: Database,
    keys: Keyring,
    settings: Settings,
    answer: Answer,
    *,
    session: str,
    organizations: Mapping[int, object],
    watched: Mapping[str, str],
    by: str,
) -> Account:
    """Take what a browser brought back, exchange the code, keep the tokens; the connection as it was given last.

    `organizations` are those of the person in front of the browser, `watched` the issuers whose badges the connection
    has, by key. Problem for each way in which an answer cannot be taken; a code is never sent twice.
    """
    # By itself, so that a state is used up whatever comes of its answer.
    with database.transaction() as connection:
        row = _used_up(connection, answer, session, organizations)
    try:
        with database.reading() as connection:
            account = renewal.as_given(connection, accounts.by_id(connection, row.connection_id))
            _refuse_unless_granted(answer, account, row)
            code = consent(connection, account)
            secrets = accounts.opened_secrets(connection, keys, account.id, pending=account.pending)
            client = accounts.client_of(code, secrets, settings)
            verifier = keys.open(row.state_hash, row.sealed_verifier)
        form = {
            "grant_type": "authorization_code",
            "code": answer.code,
            "redirect_uri": row.redirect_uri,
            "code_verifier": verifier,
        }
        granted = exchanged(database, settings, code.token_endpoint, client, form)
        mark = _compared(accounts.adapter_of(account), secrets, settings, keys, granted, account, watched)
        with database.transaction() as connection:
            return _kept(connection, keys, account, granted, mark, by=by)
    except Problem as problem:
        problem.fields["connection"] = str(row.connection_id)
        raise


def by_password(
    database: Database, settings: Settings, adapter: Adapter, given: Mapping[str, str], keeping: Set[str] = frozenset()
) -> Granted | None:
    """The tokens for a person's name and password, where that is how an adapter signs in.

    `keeping` names the secrets that are stored already. Problem, by field, where the password is missing or not
    accepted.
    """
    how = adapter.sign_in(frozenset(given) | keeping)
    if not isinstance(how, PasswordCredentials):
        return None
    if how.password not in given:
        message = "The password is needed: it is never stored."
        raise Problem("secret_needed", message, action="Give it again.", fields={how.password: message})
    form = {"grant_type": "password", "username": how.username, "password": given[how.password]}
    try:
        return exchanged(database, settings, how.token_endpoint, None, form)
    except Problem as problem:
        action = "Correct it and connect again; nothing was saved."
        if problem.code == "sign_in_refused":
            fields = {how.password: problem.message}
            raise Problem(problem.code, problem.message, action=action, fields=fields) from None
        raise Problem(problem.code, problem.message, side=problem.side, action=action) from None


def exchanged(
    database: Database,
    settings: Settings,
    endpoint: str,
    client: tuple[str, str] | None,
    form: Mapping[str, str],
) -> Granted:
    """The tokens for a code or a password. Problem where the platform refuses; its host is then left alone a while."""
    host = urlsplit(endpoint).netloc
    try:
        with database.reading() as connection:
            tokens.refuse_while_paused(connection, host)
        with token_endpoint(endpoint, client, allowed_private_hosts=settings.private_hosts) as asked:
            granted = asked.ask(form)
    except (AuthorizationExpired, PlatformUnavailable, PlatformRefused) as refused:
        if getattr(refused, "code", "") != "sign_in_paused":
            with database.transaction() as connection:
                tokens.pause(connection, host, getattr(refused, "retry_after", None))
        problem = of_platform(refused)
        if isinstance(refused, AuthorizationExpired):
            problem = Problem("sign_in_refused", problem.message, side="platform", action=_TRY_AGAIN)
        raise problem from None
    with database.transaction() as connection:
        tokens.resume(connection, host)
    return granted


def _used_up(
    connection: Connection, answer: Answer, session: str, organizations: Mapping[int, object]
) -> Row[tuple[object, ...]]:
    """The request that an answer belongs to, which is used up by it."""
    found = connection.execute(select(requested).where(requested.c.state_hash == _hash(answer.state))).one_or_none()
    if found is None:
        raise _refused("authorization_unknown", "Nobody here has begun the sign-in that this answer belongs to.")
    account = accounts.by_id(connection, found.connection_id)
    if account.organization_id not in organizations:
        message = "The sign-in that this answer belongs to was begun for another organization than yours."
        raise _refused("authorization_of_another", message)
    if found.session != session:
        message = "The sign-in that this answer belongs to was begun in another browser, or before you signed in here."
        raise _refused("authorization_of_another", message)
    if account.state == "removed":
        raise _refused(
            "authorization_late", f"The connection {account.name!r} was removed after the sign-in was begun."
        )
    is_unused = (requested.c.state_hash == found.state_hash) & requested.c.used_at.is_(None)
    if not connection.execute(update(requested).where(is_unused).values(used_at=stamp())).rowcount:
        message = "This answer of the platform has been used already. It works once."
        raise _refused("authorization_used", message, account)
    if connection.scalar(select(now())) > found.expires_at:
        message = f"The sign-in was begun more than {MINUTES} minutes ago, and its answer is not taken any more."
        raise _refused("authorization_late", message, account)
    return found


def _refuse_unless_granted(answer: Answer, account: Account, row: Row[tuple[object, ...]]) -> None:
    platform = accounts.platform_name(account)
    if answer.error == "access_denied":
        message = f"You said no at {platform}, so nothing was connected, and nothing has changed."
        raise _refused("consent_denied", message, account, "If that was a mistake, sign in again.")
    if answer.error or not answer.code:
        message = f"{platform} sent you back without the permission to read: {_word(answer.error)}."
        raise _refused("authorization_failed", message, account, "Try again, or ask whoever gave you the client id.")
    if account.edition != row.edition:
        message = "The connection was signed in or given other settings since this sign-in was begun."
        raise _refused("authorization_late", message, account)


def _compared(
    adapter: Adapter,
    secrets: Mapping[str, str],
    settings: Settings,
    keys: Keyring,
    granted: Granted,
    account: Account,
    watched: Mapping[str, str],
) -> str | None:
    """A mark of the account that has signed in. Problem where it does not see the issuers that are read."""
    needed = {issuer_key(each): each for each in adapter.chosen_issuers()} | dict(watched)
    try:
        with reached(adapter, secrets, settings, tokens=just_granted(granted)) as http:
            if needed and account.state not in UNFINISHED:
                seen = {issuer_key(each.id) for each in adapter.issuers(http)}
                _refuse_unless_seen({key: name for key, name in needed.items() if key not in seen}, account)
            signed_in_as = _signed_in_as(adapter, http)
    except (AuthorizationExpired, PlatformUnavailable, PlatformRefused) as failed:
        raise of_platform(failed) from None
    return keys.mark(signed_in_as.encode()) if signed_in_as else None


def _signed_in_as(adapter: Adapter, http: Http) -> str | None:
    try:
        return adapter.signed_in_as(http)
    except PlatformRefused:
        return None


def _refuse_unless_seen(unseen: Mapping[str, str], account: Account) -> None:
    if unseen:
        names = " and ".join(unseen.values())
        message = f"The account that you signed in with does not see {names}. The connection stays as it was."
        action = "Sign in as a person who manages it there, or make a connection of its own for the other issuers."
        raise _refused("other_account", message, account, action)


def _kept(
    connection: Connection, keys: Keyring, account: Account, granted: Granted, mark: str | None, *, by: str
) -> Account:
    """Keep the tokens for what was given last; a connection in use goes on with them at once."""
    now_there = renewal.as_given(connection, accounts.by_id(connection, account.id))
    if now_there.edition != account.edition:
        message = "The connection was signed in or given other settings while you were signing in."
        raise _refused("authorization_late", message, account)
    in_use = accounts.by_id(connection, account.id).tokens
    before = tokens.account_mark(connection, in_use) if in_use else None
    pair = tokens.keep(connection, keys, account.id, granted, by=by, mark=mark)
    renewal.note_tokens(connection, now_there, pair)
    if not now_there.pending:
        accounts.works_again(connection, account.id)
    accounts.forget_unused_tokens(connection, account.id)
    other = before is not None and mark is not None and before != mark
    who = "as another person than before; the same issuers are reachable" if other else "on the platform"
    history.note(connection, account.id, f"Signed in {who}.", by=by)
    return renewal.as_given(connection, accounts.by_id(connection, account.id))


def _refused(code: str, message: str, account: Account | None = None, action: str = _TRY_AGAIN) -> Problem:
    fields = {"connection": str(account.id)} if account else None
    return Problem(code, message, action=action, fields=fields)


def _word(error: str) -> str:
    short = "".join(c for c in error[:100] if c.isprintable())
    return f"“{short}”" if short else "it gave no reason"


def _hash(state: str) -> str:
    return sha256(state.encode()).hexdigest()
