"""`badge-connector platforms`, `connect` and `connections …`."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import Connection

from adapters import installed
from adapters.contract import Check
from connector.cli.answers import (
    AsJson,
    By,
    answering,
    err,
    given_pairs,
    out,
    print_json,
    print_table,
    secret,
)
from connector.cli.profiles import tell_affected
from connector.connections import accounts, shapes
from connector.connections.accounts import Account
from connector.connections.connecting import ready, save
from connector.connections.expiry import ending, given_day
from connector.connections.platform import checked, connected
from connector.credentials import deciding_for_all, issuers
from connector.credentials.remap import confirm_issuer, withdraw_issuer
from connector.opened import Opened, opened
from connector.organizations import accounts as organization_accounts
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem

group = typer.Typer(no_args_is_help=True, help="Connected platform accounts.")
NEEDS_AN_ANSWER = 5
Called = Annotated[str, typer.Argument(help="Id, or name within its organization.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command()(platforms)
    app.command()(connect)
    app.add_typer(group, name="connections")


@answering
def platforms(as_json: AsJson = False) -> None:
    """What can be connected, and what each platform needs."""
    found = [shapes.platform(kind) for kind in installed().values()]
    if as_json:
        print_json(found)
        return
    for each in found:
        out.print(f"[bold]{each['name']}[/]  [dim]badge-connector connect {each['platform']} …[/]")
        fields = [("--set", f["name"], "needed" if f["required"] else "", f["help"]) for f in each["fields"]]
        secrets = [("--secret", s["name"], "", s["help"]) for s in each["secrets"]]
        print_table(["", "name", "", "what it is"], fields + secrets, empty="")


@answering
def connect(
    platform: Annotated[str, typer.Argument(help="As `badge-connector platforms` names it.")],
    organization: Annotated[str, typer.Option(help="Whose badges they are: id, CTID or name.")],
    name: Annotated[str, typer.Option(help="What you call the connection.")],
    settings: Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", help="A setting.")] = [],  # noqa: B006
    secrets: Annotated[list[str], typer.Option("--secret", metavar="FIELD=@PATH|env:NAME", help="A secret.")] = [],  # noqa: B006
    no_check: Annotated[bool, typer.Option("--no-check", help="Save without asking the platform.")] = False,
    sign_in_ends: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="When the token ends, where the platform does not tell.")
    ] = "",
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int | None:
    """Connect a platform account, after checking that it works. The same name again renews settings and secrets."""
    this = opened()
    given = {key: secret(value, f"--secret {key}") for key, value in given_pairs(secrets, "--secret")}
    adapter = accounts.configured(platform, dict(given_pairs(settings, "--set")), given, this.settings)
    ends = given_day(sign_in_ends)
    with this.database.reading() as connection:
        owner = organization_accounts.find(connection, organization)
    wanted = ready(
        this.database,
        this.settings,
        adapter,
        given,
        check=not no_check,
        report=lambda check: _say(check, quiet=False),
    )
    with this.database.transaction() as connection:
        made = save(connection, this.keys, wanted, organization_id=owner.id, name=name, by=by, sign_in_ends=ends)
    sign_in_at = shapes.sign_in_at(this.settings, made) if wanted.by_consent else None
    if as_json:
        print_json(shapes.made(made, wanted.trial.checks, sign_in_at))
    elif sign_in_at:
        out.print(f"{made.name} is connection {made.id}. Next, sign in on the platform's page: open {sign_in_at}")
    else:
        out.print(f"{made.name} is connection {made.id}. Next: badge-connector sync {made.id}")
    return NEEDS_AN_ANSWER if sign_in_at else None


@group.command("list")
@answering
def list_(organization: Annotated[str | None, typer.Option()] = None, as_json: AsJson = False) -> None:
    """All connections."""
    with opened().database.reading() as connection:
        owner = organization_accounts.find(connection, organization) if organization else None
        found = accounts.every(connection, owner.id if owner else None)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    rows = [(c.id, c.name, c.platform, c.state, c.schedule, c.state_reason or _ending(c.sign_in_ends)) for c in found]
    print_table(["id", "name", "platform", "state", "syncs", ""], rows, empty="None yet: badge-connector connect …")


@group.command()
@answering
def check(called: Called, as_json: AsJson = False) -> int | None:
    """Ask the platform whether the connection works: reach, sign_in, permission, issuers, badges."""
    this = opened()
    with this.database.reading() as connection:
        account = accounts.find(connection, called)
    with connected(this.database, this.settings, account) as http:
        found = [_say(each, quiet=as_json) for each, _ in checked(accounts.adapter_of(account), http)]
    if as_json:
        print_json({"id": account.id, "name": account.name, "checks": [shapes.checked(each) for each in found]})
    return 0 if all(each.ok for each in found) else 3


@group.command()
@answering
def pause(called: Called, by: By = LOCAL_OPERATOR, as_json: AsJson = False) -> None:
    """Stop syncing a connection until it is resumed."""
    _set(opened(), called, lambda c, account: accounts.pause_or_resume(c, account, "paused", by=by), as_json)


@group.command()
@answering
def resume(called: Called, by: By = LOCAL_OPERATOR, as_json: AsJson = False) -> None:
    """Let a paused connection sync again."""
    _set(opened(), called, lambda c, account: accounts.pause_or_resume(c, account, "active", by=by), as_json)


@group.command()
@answering
def schedule(
    called: Called,
    every: Annotated[str, typer.Argument(help=f"One of: {', '.join(accounts.SCHEDULES)}.")],
    as_json: AsJson = False,
) -> None:
    """Have a connection synced by itself, every so often, by a worker."""
    with opened().database.transaction() as connection:
        account = accounts.find(connection, called)
        accounts.set_schedule(connection, account.id, every)
        after = accounts.by_id(connection, account.id)
    if as_json:
        print_json(after.as_json())
    else:
        out.print(f"{after.name}: {after.schedule}.")


@group.command()
@answering
def remove(called: Called, by: By = LOCAL_OPERATOR, as_json: AsJson = False) -> None:
    """Forget a connection's secrets and stop using it; its records and their history stay."""
    reason = f"removed by {by}"
    _set(opened(), called, lambda c, account: accounts.set_state(c, account.id, "removed", reason), as_json)


@group.command()
@answering
def confirm(
    called: Called,
    issuer: Annotated[str, typer.Argument(help="The issuer's id on the platform.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Confirm that an issuer's badges are the organization's to publish; kept with name and date."""
    with opened().database.transaction() as connection:
        account = accounts.find(connection, called)
        waited = confirm_issuer(connection, account, issuer, by=by)
    if as_json:
        answer = {"id": account.id, "name": account.name, "issuer": issuer, "confirmed_by": by}
        print_json({**answer, "records": [each.id for each in waited]})
    else:
        out.print(f"Badges of {issuer} belong to the organization of {account.name}: {len(waited)} records waited.")


@group.command()
@answering
def language(
    called: Called,
    given: Annotated[str, typer.Argument(metavar="LANG", help="A tag such as en-US or fr-CA, or the English name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Confirm in which language badges of a connection are that declare none; kept with name and date."""
    tag = deciding_for_all.language_tag(given)
    note = deciding_for_all.language_note(tag)
    if note:
        err.print(note)
    with opened().database.transaction() as connection:
        account = accounts.find(connection, called)
        affected = deciding_for_all.confirm_language(connection, account, tag, by=by, dry_run=dry_run)
    answer = {"id": account.id, "name": account.name, "language": tag, "note": note}
    tell_affected(affected, answer, dry_run=dry_run, as_json=as_json)


@group.command("issuers")
@answering
def issuers_(
    called: Called,
    confirm: Annotated[str, typer.Option("--confirm", metavar="ISSUER", help="Confirm whose badges of it are.")] = "",
    owner: Annotated[str, typer.Option(metavar="ORG", help="With --confirm: their owner, if another.")] = "",
    withdraw: Annotated[str, typer.Option("--withdraw", metavar="ISSUER", help="Take a confirmation back.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Every issuer that a connection has delivered badges of, and whose they are.

    --confirm says that its badges are the organization's, or ORG's, and that you have the right to publish them for it.
    """
    if (confirm and withdraw) or (owner and not confirm):
        message = "Give --confirm ISSUER, with --owner ORG or without, or --withdraw ISSUER."
        raise Problem("bad_arguments", message, action="See how it is called: add --help.")
    with opened().database.transaction() as connection:
        account = accounts.find(connection, called)
        affected = None
        if confirm:
            accounts.refuse_unfinished(account)
            wanted = organization_accounts.find(connection, owner).id if owner else None
            affected = confirm_issuer(connection, account, confirm, by=by, owner=wanted, dry_run=dry_run)
        elif withdraw:
            accounts.refuse_unfinished(account)
            affected = withdraw_issuer(connection, account, withdraw, by=by, dry_run=dry_run)
        found = [each.as_json() for each in issuers.delivered(connection, account)]
    if affected is not None:
        answer = {"id": account.id, "name": account.name, "issuer": confirm or withdraw, "issuers": found}
        tell_affected(affected, answer, dry_run=dry_run, as_json=as_json)
    elif as_json:
        print_json(found)
    else:
        rows = [(e["id"], e["name"], e["records"], e["state"], (e["owner"] or {}).get("name")) for e in found]
        print_table(["issuer", "name", "records", "", "owner"], rows, empty="No badge has come yet.")


def _set(this: Opened, called: str, act: Callable[[Connection, Account], object], as_json: bool) -> None:
    with this.database.transaction() as connection:
        account = accounts.find(connection, called)
        act(connection, account)
        after = accounts.by_id(connection, account.id)
    if as_json:
        print_json(after.as_json())
    else:
        out.print(f"{after.name} is {after.state}.")


def _ending(day: str | None) -> str:
    """What there is to say of a sign-in that ends soon."""
    found = ending(day)
    if found is None:
        return ""
    return f"the sign-in ended on {found.day}" if found.days < 0 else f"the sign-in ends in {found.days} days"


def _say(check: Check, *, quiet: bool) -> Check:
    if not quiet:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        err.print(f"{mark} {check.name.replace('_', ' ')}: {check.message}")
    return check
