"""Signing in to the desk: who gets in, for how long, and who is kept out."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import insert, select, update

from connector.clock import stamp
from connector.organizations import people, sign_in
from connector.organizations.tables import failed_sign_in, person, session, sign_in_link
from connector.problem import Problem
from tests.web.conftest import EMAIL, PASSWORD
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

PAGES = ("/", "/connections", "/connections/new", "/review", "/publish", "/account", "/organizations/new", "/keys")


def sign_in_as(desk: Web, email: str, password: str, **headers: str) -> httpx.Response:
    fields = {"email": email, "password": password, "next": "/review"}
    return desk.client.post("/sign-in", data=fields, headers={"Origin": desk.address, **headers})


def fail(desk: Web, email: str, address: str, times: int = 1, ago: timedelta = timedelta()) -> None:
    """Have sign-ins of somebody, somewhere, failed so long ago."""
    row = {"email": email, "address": address, "failed_at": stamp(-ago)}
    with desk.opened.database.transaction() as connection:
        connection.execute(insert(failed_sign_in), [row] * times)


def failures(desk: Web) -> int:
    """How many failed sign-ins are remembered."""
    with desk.opened.database.reading() as connection:
        return len(connection.execute(select(failed_sign_in.c.id)).all())


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are checked while a test runs."""
    checked: list[str] = []
    check = people.is_password

    def noting(kept: str | None, password: str) -> bool:
        checked.append(password)
        return check(kept, password)

    monkeypatch.setattr(people, "is_password", noting)
    return checked


def cookies(answer: httpx.Response) -> dict[str, str]:
    """Each cookie that an answer sets, whole, by its name."""
    return {each.partition("=")[0]: each for each in answer.headers.get_list("set-cookie")}


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_sign_in_and_back(desk: Web, path: str) -> None:
    answer = desk.client.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path.replace('/', '%2F')}")


def test_a_password_opens_a_session_that_only_the_browser_can_carry(desk: Web) -> None:
    answer = sign_in_as(desk, f" {EMAIL.upper()} ", PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    kept = cookies(answer)["__Host-desk"]
    for part in ("; HttpOnly", "; Secure", "; Path=/", "; SameSite=lax"):
        assert part in kept
    assert "Domain" not in kept
    token = kept.partition("=")[2].partition(";")[0]
    with desk.opened.database.reading() as connection:
        stored = set(connection.execute(select(session.c.token_hash)).scalars())
        assert sign_in.current(connection, token) is not None
    assert token not in stored


def test_over_https_no_cookie_is_sent_that_plain_http_could_carry(desk: Web) -> None:
    desk.opened.settings.public_url = "https://desk.example"

    answer = sign_in_as(desk, EMAIL, PASSWORD)

    assert list(cookies(answer)) == ["__Host-desk"]


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "another pass phrase"), ("nobody@there.example", PASSWORD)])
def test_a_refusal_does_not_tell_which_of_the_two_is_wrong(desk: Web, email: str, password: str) -> None:
    answer = sign_in_as(desk, email, password)

    assert answer.status_code == 400
    assert "E-mail address and password do not fit." in Page(answer.text).text()
    assert email in Page(answer.text).values("email")
    assert password not in answer.text
    assert "set-cookie" not in answer.headers


def test_a_refusal_takes_as_long_for_an_account_that_is_not_there(desk: Web) -> None:
    def seconds(email: str) -> float:
        began = time.perf_counter()
        sign_in_as(desk, email, "wrong pass phrase")
        return time.perf_counter() - began

    seconds("warm@up.example")
    assert 0.3 < seconds("nobody@there.example") / seconds(EMAIL) < 3


def test_after_five_failures_even_the_right_password_waits(desk: Web) -> None:
    for _ in range(sign_in.MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS):
        assert sign_in_as(desk, EMAIL, "wrong pass phrase").status_code == 400

    answer = sign_in_as(desk, EMAIL, PASSWORD)

    assert answer.status_code == 429
    assert "Wait 15 minutes, then try again." in Page(answer.text).text()


def test_of_many_tries_at_the_same_time_five_are_looked_at(desk: Web, looked_at: list[str]) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: sign_in_as(desk, EMAIL, "wrong pass phrase").status_code, range(120)))

    assert len(looked_at) <= sign_in.MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS
    assert set(answers) == {400, 429}
    assert answers.count(400) == len(looked_at)


def test_two_passwords_are_checked_at_once_and_others_wait_a_moment(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    under_way: list[str] = []

    def slowly(kept: str | None, password: str) -> bool:
        under_way.append(password)
        at_once.append(len(under_way))
        time.sleep(3 * sign_in.PATIENCE_SECONDS)
        under_way.pop()
        return False

    monkeypatch.setattr(people, "is_password", slowly)
    with ThreadPoolExecutor(4) as pool:
        emails = [f"person{number}@there.example" for number in range(4)]
        answers = list(pool.map(lambda email: sign_in_as(desk, email, "wrong pass phrase"), emails))

    assert sorted(each.status_code for each in answers) == [400, 400, 429, 429]
    assert max(at_once) == sign_in.MOST_CHECKED_AT_ONCE
    assert failures(desk) == 2


def test_a_stranger_elsewhere_does_not_keep_the_owner_of_an_account_out(desk: Web) -> None:
    fail(desk, EMAIL, "192.0.2.1", sign_in.MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS)

    assert sign_in_as(desk, EMAIL, PASSWORD).status_code == 303
    assert failures(desk) == sign_in.MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS


@pytest.mark.parametrize(
    ("email", "address", "most"),
    [
        (EMAIL, "192.0.2.{}", sign_in.MOST_FOR_ONE_ACCOUNT),
        ("person{}@there.example", "127.0.0.1", sign_in.MOST_FROM_ONE_ADDRESS),
    ],
)
def test_an_account_and_an_address_have_a_limit_of_their_own(desk: Web, email: str, address: str, most: int) -> None:
    for number in range(most - 1):
        fail(desk, email.format(number), address.format(number))
    assert sign_in_as(desk, EMAIL, PASSWORD).status_code == 303

    fail(desk, email.format(most), address.format(most))

    assert sign_in_as(desk, EMAIL, PASSWORD).status_code == 429


def test_failures_of_long_ago_are_forgotten_with_the_next_one(desk: Web) -> None:
    fail(desk, EMAIL, "192.0.2.1", 40, ago=sign_in.WATCHED + timedelta(minutes=1))

    sign_in_as(desk, EMAIL, "wrong pass phrase")

    assert failures(desk) == 1


@pytest.mark.parametrize(("email", "password"), [("a" * 250 + "@b.de", PASSWORD), (EMAIL, "a" * 1001)])
def test_what_is_too_long_for_an_address_or_a_password_is_not_looked_at(
    desk: Web, looked_at: list[str], email: str, password: str
) -> None:
    answer = sign_in_as(desk, email, password)

    assert answer.status_code == 400
    assert "E-mail address and password do not fit." in Page(answer.text).text()
    assert looked_at == []
    assert failures(desk) == 0


def test_a_password_that_could_not_be_typed_in_cannot_be_set(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        with pytest.raises(Problem, match=r"more than 1,000 characters"):
            people.ensure_site_staff(connection, EMAIL, "a" * 1001)
        people.ensure_site_staff(connection, EMAIL, "a" * 1000)

    assert sign_in_as(desk, EMAIL, "a" * 1000).status_code == 303


def test_a_sign_in_forgets_the_failures_before_it(desk: Web) -> None:
    for _ in range(sign_in.MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS - 1):
        sign_in_as(desk, EMAIL, "wrong pass phrase")
    assert sign_in_as(desk, EMAIL, PASSWORD).status_code == 303

    sign_in_as(desk, EMAIL, "wrong pass phrase")

    assert sign_in_as(desk, EMAIL, PASSWORD).status_code == 303


def test_a_link_signs_in_once(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        token = sign_in.link(connection, desk.person.id)

    first = desk.client.get("/sign-in/once", params={"token": token})
    second = desk.client.get("/sign-in/once", params={"token": token})

    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert "__Host-desk" in cookies(first)
    assert second.status_code == 400
    assert "works once and has been used" in second.text


def test_a_link_that_is_too_old_signs_nobody_in(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        token = sign_in.link(connection, desk.person.id)
        connection.execute(update(sign_in_link).values(expires_at="2020-01-01T00:00:00Z"))

    assert desk.client.get("/sign-in/once", params={"token": token}).status_code == 400


def test_a_session_ends_by_itself(desk: Web) -> None:
    assert desk.get("/").status_code == 200
    with desk.opened.database.transaction() as connection:
        connection.execute(update(session).values(expires_at=stamp()[:-3] + "00Z"))
        connection.execute(update(session).values(expires_at="2020-01-01T00:00:00Z"))

    assert desk.get("/").status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(desk: Web) -> None:
    answer = desk.post("/sign-out")

    assert answer.headers["location"] == "/sign-in"
    assert "Max-Age=0" in cookies(answer)["__Host-desk"]
    assert desk.get("/").status_code == 303


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_the_sign_in_leads_to_this_desk_only(desk: Web, after: str) -> None:
    fields = {"email": EMAIL, "password": PASSWORD, "next": after}

    answer = desk.client.post("/sign-in", data=fields, headers={"Origin": desk.address})

    assert answer.headers["location"] == "/"


FORMS = (
    "/sign-out",
    "/organizations/new",
    "/organizations/look-at",
    "/review/decide",
    "/review/select",
    "/records/aaaaaaaaaaaaaaaa/approve",
    "/records/aaaaaaaaaaaaaaaa/edit",
    "/publish",
)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_form_from_another_site_does_nothing(desk: Web, path: str, origin: str | None) -> None:
    headers = {**desk.signed_in, **({"Origin": origin} if origin else {})}

    answer = desk.client.post(path, data={"form_token": desk.form_token}, headers=headers)

    assert answer.status_code == 403
    assert "not sent from a page of this desk" in answer.text


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "another", None])
def test_a_form_without_the_token_of_the_session_does_nothing(desk: Web, path: str, token: str | None) -> None:
    fields = {} if token is None else {"form_token": token}

    answer = desk.client.post(path, data=fields, headers={**desk.signed_in, "Origin": desk.address})

    assert answer.status_code == 403
    assert "opened in another session" in answer.text


def test_the_sign_in_form_is_taken_from_this_desk_only(desk: Web) -> None:
    assert sign_in_as(desk, EMAIL, PASSWORD, Origin="https://evil.example").status_code == 403


def test_somebody_who_looks_after_no_organization_sees_none(desk: Web) -> None:
    record = desk.records[0].sourced.row.id
    with desk.opened.database.transaction() as connection:
        connection.execute(update(person).where(person.c.id == desk.person.id).values(site_staff=False))

    assert desk.get("/").headers["location"] == "/organizations/new"
    for path in (f"/records/{record}", f"/images/{record}", "/connections/1"):
        assert desk.get(path).status_code in (303, 404), path
    answer = desk.post(f"/records/{record}/approve", {"seen": desk.records[0].sourced.row.content_hash})
    assert answer.status_code in (303, 404)
    assert not any("approved" in each.statuses for each in desk.records)


def test_passwords_are_kept_as_argon2_hashes(desk: Web) -> None:
    with desk.opened.database.reading() as connection:
        kept = people.password_hash(connection, EMAIL)

    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert people.is_password(kept, PASSWORD)
    assert not people.is_password(kept, PASSWORD + " ")
