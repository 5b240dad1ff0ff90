"""Which of an account's issuers a connection reads: a person picks them, and with that says whose badges they are."""

from fastapi import APIRouter, Response

from connector.connections import accounts, authorization, renewal
from connector.connections.accounts import Account
from connector.connections.platform import connected
from connector.problem import Problem, of_platform
from connector.sync.perform import PLATFORM_FAILURES
from connector.web.gate import Given, Posting, Visit, Visiting, texts
from connector.web.pages import page, status_of
from connector.web.reach import account_of, at_the_desk
from mappings.open_badges.model import Issuer

router = APIRouter(prefix="/connections")


@router.get("/{account_id}/issuers")
def ask(visit: Visiting, account_id: int) -> Response:
    """The issuers that the account sees, with those ticked that are read. A single one needs no choice."""
    last = _as_given(visit, account_of(visit, account_id))
    if _has_to_sign_in(visit, last):
        return visit.then(f"/connections/{last.id}/sign-in")
    chosen = accounts.adapter_of(last).chosen_issuers()
    try:
        found = _seen(visit, last)
    except PLATFORM_FAILURES as failed:
        return _page(visit, last, [], chosen, of_platform(failed))
    if len(found) == 1 and chosen in ((), (found[0].id,)):
        return _chosen(visit, last, (found[0].id,))
    return _page(visit, last, found, chosen or tuple(each.id for each in found))


@router.post("/{account_id}/issuers")
def choose(visit: Posting, account_id: int, form: Given) -> Response:
    """Read those issuers that were ticked; then on to the checks."""
    last = _as_given(visit, account_of(visit, account_id))
    if _has_to_sign_in(visit, last):
        return visit.then(f"/connections/{last.id}/sign-in")
    ticked = tuple(texts(form, "issuer"))
    try:
        found = _seen(visit, last)
    except PLATFORM_FAILURES as failed:
        return _page(visit, last, [], ticked, of_platform(failed))
    if not ticked or not {each.id for each in found}.issuperset(ticked):
        message = "The account does not see all of them any more." if ticked else "Tick one issuer at least."
        problem = Problem("no_issuer", message, action="Nothing was changed.", fields={"issuer": message})
        return _page(visit, last, found, ticked, problem)
    return _chosen(visit, last, ticked)


def _has_to_sign_in(visit: Visit, account: Account) -> bool:
    with visit.reading() as connection:
        return authorization.is_asked_for(connection, account)


def _chosen(visit: Visit, last: Account, ids: tuple[str, ...]) -> Response:
    adapter = accounts.adapter_of(last)
    if set(ids) != set(adapter.chosen_issuers()):
        with visit.writing() as connection:
            renewal.choose_issuers(connection, visit.this.keys, last, ids)
    return visit.then(f"/connections/{last.id}/check")


def _seen(visit: Visit, account: Account) -> list[Issuer]:
    with connected(visit.this.database, visit.this.settings, account) as http:
        return accounts.adapter_of(account).issuers(http)


def _as_given(visit: Visit, account: Account) -> Account:
    if accounts.kind_of(account).issuer_choice is None:
        raise Problem("not_found", "There are no issuers to choose here.", action="Go back to the connection.")
    with visit.reading() as connection:
        return renewal.as_given(connection, account)


def _page(
    visit: Visit, account: Account, found: list[Issuer], ticked: tuple[str, ...], problem: Problem | None = None
) -> Response:
    return page(
        visit,
        "issuers.html",
        status_of(problem) if problem else 200,
        account=account,
        platform=accounts.platform_name(account),
        issuers=sorted(found, key=lambda each: (each.name or each.id).casefold()),
        ticked=ticked,
        problem=at_the_desk(problem) if problem else None,
    )
