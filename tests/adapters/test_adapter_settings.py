"""The contract of every adapter: its settings, its secrets, its ways to sign in, its checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretBytes, SecretStr, ValidationError

from adapters.contract import ApiToken, AuthorizationCode, AuthorizationServer, Check, PasswordCredentials
from connector.connections.platform import ORDER, checked, sign_in_ends
from connector.problem import Problem

if TYPE_CHECKING:
    from adapters.contract import Adapter
    from tests.adapters.conftest import Harness, Practice

IsTold = Callable[[Problem | None, str, Sequence[str]], bool]
SECRET = re.compile(r"(.*_)?(secret|password|passphrase|token|api_key|private_key|credentials?)")


@pytest.fixture
def platform(practice: Practice) -> Harness:
    return practice(60)


def checks(
    platform: Harness, adapter: Adapter | None = None, secrets: dict[str, str] | None = None
) -> tuple[list[Check], Problem | None]:
    """The checks as they are shown, and the problem that ended them."""
    adapter = adapter or platform.adapter()
    given = platform.secrets if secrets is None else secrets
    with platform.opened(adapter, given) as http:
        shown = list(checked(adapter, http))
    return [check for check, _ in shown], shown[-1][1]


def test_no_setting_is_a_secret(platform: Harness) -> None:
    fields = platform.kind.model_fields

    assert not [name for name in fields if SECRET.fullmatch(name)]
    assert not {secret.name for secret in platform.kind.secrets} & fields.keys()
    assert not [name for name, each in fields.items() if each.annotation in (SecretStr, SecretBytes)]


def test_every_setting_and_every_secret_is_described(platform: Harness) -> None:
    for name, each in platform.kind.model_fields.items():
        assert (each.description or "").endswith("."), name
        assert re.fullmatch(r"[A-Z].{2,40}[^.:]", each.title or ""), name
    for secret in platform.kind.secrets:
        assert re.fullmatch(r"[a-z][a-z_]*", secret.name)
        assert secret.label
        assert secret.help.endswith(".")


def test_a_platform_has_a_slug_a_name_and_says_where_badges_are_verified_if_it_can(platform: Harness) -> None:
    kind = platform.kind

    assert re.fullmatch(r"[a-z][a-z_]*", kind.slug)
    assert kind.name.strip()
    assert kind.settings_version >= 1
    assert kind.issuer_choice is None or kind.issuer_choice in kind.model_fields
    if kind.verification:
        assert kind.verification.service.startswith("https://")
        assert kind.verification.directory.startswith("https://")


def test_settings_cannot_be_changed_and_unknown_ones_are_refused(platform: Harness) -> None:
    adapter = platform.adapter()

    with pytest.raises(ValidationError):
        adapter.requests_in_flight = 2
    with pytest.raises(ValidationError):
        platform.adapter(no_such_setting="x")


def test_settings_survive_being_stored(platform: Harness) -> None:
    adapter = platform.adapter(requests_in_flight=3)

    stored = json.loads(json.dumps(adapter.model_dump(mode="json")))

    assert platform.kind(**stored) == adapter


@pytest.mark.parametrize("wrong", [{"requests_in_flight": 0}, {"requests_in_flight": 99}, {"requests_per_minute": 0}])
def test_impolite_settings_are_refused(platform: Harness, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        platform.adapter(**wrong)


def test_a_platform_is_asked_politely_unless_told_otherwise(platform: Harness) -> None:
    fields = platform.kind.model_fields

    assert fields["requests_in_flight"].default <= 4
    assert fields["requests_per_minute"].default <= 600


def test_addresses_are_whole(platform: Harness) -> None:
    base = platform.adapter().base_url()

    assert base is None or (base.endswith("/") and urlsplit(base).hostname)
    authority = platform.adapter().authority()
    assert authority == authority.lower()
    assert re.fullmatch(r"[a-z0-9._-]+(:\d+)?", authority)


def test_every_way_in_is_described_and_together_they_use_every_secret(platform: Harness) -> None:
    kind = platform.kind
    secrets = {secret.name for secret in kind.secrets}

    assert len({way.name for way in kind.ways}) == len(kind.ways) > 0
    for way in kind.ways:
        assert re.fullmatch(r"[a-z][a-z_]*", way.name)
        assert way.title.strip()
        assert way.needs.endswith(".")
        assert set(way.fields) <= kind.model_fields.keys()
        assert not [name for name in way.fields if kind.model_fields[name].is_required()], "another way may not need it"
        assert set(way.secrets) <= secrets
        assert set(way.optional) <= (kind.model_fields.keys() | secrets) - {*way.fields, *way.secrets}
    assert secrets <= {name for way in kind.ways for name in (*way.secrets, *way.optional)}
    assert len([way for way in kind.ways if not way.fields and not way.secrets]) <= 1, "nothing would tell them apart"


def test_settings_and_secrets_select_the_way_they_belong_to(platform: Harness) -> None:
    adapter = platform.adapter()

    way = adapter.way(frozenset(platform.secrets))

    assert way in platform.kind.ways
    assert way.name == platform.way
    assert set(way.secrets) <= platform.secrets.keys()
    assert all(getattr(adapter, name) for name in way.fields)


def test_all_that_a_way_still_needs_is_said_at_once(platform: Harness) -> None:
    for way in platform.kind.ways:
        if way.secrets and way.fields:
            with pytest.raises(ValueError, match=r"\.$") as missing:
                platform.bare().way(frozenset(way.secrets))
            assert not [name for name in way.fields if name not in str(missing.value)]


def test_where_nothing_is_given_every_secret_that_would_do_is_named_or_none_is_needed(platform: Harness) -> None:
    adapter, said = platform.bare(), ""
    try:
        way = adapter.way(frozenset())
        assert not way.secrets
        assert all(getattr(adapter, name) for name in way.fields)
    except ValueError as missing:
        said = str(missing)
        assert said.endswith(".")

    assert not said or not [secret.name for secret in platform.kind.secrets if secret.name not in said]


def test_signing_in_without_secrets_asks_a_person_or_reads_in_public_or_says_what_is_missing(
    platform: Harness,
) -> None:
    adapter, said = platform.adapter(), ""
    try:
        server = adapter.sign_in(frozenset())
    except ValueError as missing:
        server, said = None, str(missing)

    assert server is None or isinstance(server, AuthorizationCode | PasswordCredentials)
    assert bool(said) is (server is None and bool(platform.secrets))
    assert not said or said.endswith(".")
    assert not said or [secret.name for secret in platform.kind.secrets if secret.name in said]


def test_signing_in_follows_the_way_and_names_only_secrets_that_were_given(platform: Harness) -> None:
    renewing = platform.renewing()
    used_once = {secret.name for secret in platform.kind.secrets if not secret.kept}
    for adapter, secrets in [(platform.adapter(), platform.secrets), *([renewing] if renewing else [])]:
        server = adapter.sign_in(frozenset(secrets))

        assert set(adapter.way(frozenset(secrets)).secrets) <= secrets.keys() | used_once
        match server:
            case ApiToken():
                assert server.secret in secrets
            case AuthorizationServer():
                assert server.client_secret in secrets
                assert urlsplit(server.token_endpoint).hostname
            case AuthorizationCode():
                assert server.client_secret in {secret.name for secret in platform.kind.secrets} - used_once
                assert urlsplit(server.authorization_endpoint).hostname
                assert urlsplit(server.token_endpoint).hostname
                assert server.consent.endswith(".")
            case PasswordCredentials():
                assert server.password in used_once
                assert urlsplit(server.token_endpoint).hostname
            case None:
                assert not secrets


def test_when_the_sign_in_ends_is_told_as_a_day_where_the_platform_tells(platform: Harness) -> None:
    day = platform.let_the_sign_in_end("2099-03-31")
    adapter = platform.adapter()

    with platform.opened(adapter, platform.secrets) as http:
        assert adapter.sign_in_ends(http) == day

    assert {seen.method for seen in platform.server.requests} <= {"GET"}
    assert day or not platform.server.requests


def test_a_sign_in_that_may_not_see_its_end_is_refused_and_no_more(platform: Harness) -> None:
    platform.fault("forbidden", on="any")
    adapter = platform.adapter()

    with platform.opened(adapter, platform.secrets) as http:
        assert sign_in_ends(adapter, http) is None


def test_checks_come_in_the_fixed_order(platform: Harness) -> None:
    shown, problem = checks(platform)

    assert [check.name for check in shown] == list(ORDER)
    assert problem is None
    assert all(check.ok and check.message.endswith(".") for check in shown)


def test_checks_change_nothing_and_read_little(platform: Harness) -> None:
    checks(platform)

    assert {seen.method for seen in platform.server.requests} <= {"GET"}
    assert len(platform.server.requests) <= 4


def test_a_wrong_secret_fails_the_sign_in(platform: Harness, is_told: IsTold) -> None:
    code, check = "reconnect_needed", "sign_in"
    if not platform.wrong_secrets:
        # Nobody signs in: what is asked for in public is refused.
        platform.fault("server_error", on="any", status=401)
        if platform.adapter().base_url() is None:
            code, check = "permission_missing", "permission"

    shown, problem = checks(platform, secrets=platform.wrong_secrets)

    assert is_told(problem, code, list(platform.wrong_secrets.values()))
    assert (shown[-1].name, shown[-1].ok) == (check, False)
    assert not [secret for secret in platform.wrong_secrets.values() if secret in shown[-1].message]


def test_an_unknown_organization_fails_the_issuers(platform: Harness, is_told: IsTold) -> None:
    shown, problem = checks(platform, platform.of_a_stranger())

    assert is_told(problem, "not_found", list(platform.secrets.values()))
    assert (shown[-1].name, shown[-1].ok) == ("issuers", False)


def test_a_missing_scope_fails_the_permission(platform: Harness, is_told: IsTold) -> None:
    platform.fault("forbidden")

    shown, problem = checks(platform)

    assert is_told(problem, "permission_missing", list(platform.secrets.values()))
    assert (shown[-1].name, shown[-1].ok) == ("permission", False)


@pytest.mark.parametrize("kind", ["html", "bad_gateway_html", "connection_reset", "truncated"])
def test_a_platform_that_does_not_answer_well_is_not_reached(platform: Harness, kind: str, is_told: IsTold) -> None:
    platform.fault(kind, on="any")

    shown, problem = checks(platform)

    code = "unreadable_answer" if kind in ("html", "truncated") else "platform_unavailable"
    assert is_told(problem, code, list(platform.secrets.values()))
    assert [(check.name, check.ok) for check in shown] == [("reach", False)]


def test_checks_stop_at_the_first_that_fails(platform: Harness) -> None:
    platform.fault("server_error")

    shown, _ = checks(platform)

    names = [check.name for check in shown]
    assert names == [name for name in ORDER if name in names]
    assert [check.ok for check in shown] == [True] * (len(shown) - 1) + [False]


def test_the_issuers_that_can_be_chosen_hold_the_configured_one(platform: Harness) -> None:
    adapter = platform.adapter()

    with platform.opened(adapter, platform.secrets) as http:
        issuers = adapter.issuers(http)

    configured = adapter.configured_issuer()
    assert all(issuer.id for issuer in issuers)
    if configured is not None and issuers:
        assert configured.id in {issuer.id for issuer in issuers}
