"""Sessions of the desk: what ends them, what keeps them going, and what a browser is told about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select, update

from connector.clock import stamp
from connector.organizations import people, sign_in
from connector.organizations.tables import session
from tests.web.conftest import EMAIL, PASSWORD

if TYPE_CHECKING:
    from tests.web.conftest import Web

LEFT = timedelta(hours=1)


def set_cookies(answer: httpx.Response) -> dict[str, str]:
    """Each cookie that an answer sets, whole, by its name."""
    return {each.partition("=")[0]: each for each in answer.headers.get_list("set-cookie")}


def leave(desk: Web, left: timedelta) -> None:
    """Have every session end so soon."""
    with desk.opened.database.transaction() as connection:
        connection.execute(update(session).values(expires_at=stamp(left)))


def left(desk: Web) -> timedelta:
    """How long the session still lasts."""
    with desk.opened.database.reading() as connection:
        ends = connection.execute(select(session.c.expires_at)).scalar_one()
    return datetime.fromisoformat(ends) - datetime.fromisoformat(stamp())


def sign_in_again(desk: Web, **headers: str) -> httpx.Response:
    fields = {"email": EMAIL, "password": PASSWORD, "next": "/"}
    return desk.client.post("/sign-in", data=fields, headers={"Origin": desk.address, **headers})


def test_setting_a_password_ends_the_sessions_of_that_person_and_of_nobody_else(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        people.ensure_site_staff(connection, EMAIL, None)
        people.ensure_site_staff(connection, "other@cedarharbor.example", PASSWORD)
    assert desk.get("/keys").status_code == 200

    with desk.opened.database.transaction() as connection:
        people.ensure_site_staff(connection, EMAIL, "another pass phrase of some length")

    assert desk.get("/keys").status_code == 303


def test_signing_in_ends_the_session_that_the_browser_came_with(desk: Web) -> None:
    assert sign_in_again(desk, **desk.signed_in).status_code == 303

    assert desk.get("/keys").status_code == 303


def test_a_sign_in_that_is_refused_leaves_the_session_as_it_was(desk: Web) -> None:
    fields = {"email": EMAIL, "password": "wrong pass phrase"}
    desk.client.post("/sign-in", data=fields, headers={"Origin": desk.address, **desk.signed_in})

    assert desk.get("/keys").status_code == 200


def test_signing_in_by_a_link_ends_the_session_that_the_browser_came_with(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        token = sign_in.link(connection, desk.person.id)

    assert desk.get("/sign-in/once", token=token).status_code == 303

    assert desk.get("/keys").status_code == 303


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_visit_extends_the_session_and_the_cookie(desk: Web, how: str) -> None:
    leave(desk, LEFT)

    answer = desk.get("/keys") if how == "get" else desk.post("/organizations/look-at", {"organization": "1"})

    assert answer.status_code in (200, 303)
    assert left(desk) > sign_in.SESSION - timedelta(minutes=1)
    again = set_cookies(answer)["__Host-desk"]
    assert again.startswith(f"__Host-desk={desk.session};")
    assert f"Max-Age={int(sign_in.SESSION.total_seconds())};" in again
    for part in ("; HttpOnly", "; Secure", "; Path=/", "; SameSite=lax"):
        assert part in again


def test_a_session_is_written_at_most_once_an_hour(desk: Web) -> None:
    leave(desk, sign_in.SESSION - timedelta(minutes=50))

    answer = desk.get("/keys")

    assert left(desk) < sign_in.SESSION - timedelta(minutes=49)
    assert "set-cookie" not in answer.headers


def test_signing_out_when_a_session_is_due_to_be_extended_takes_the_cookie_away(desk: Web) -> None:
    leave(desk, LEFT)

    assert "Max-Age=0" in set_cookies(desk.post("/sign-out"))["__Host-desk"]


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_on_this_machine_a_plain_cookie_is_set_and_read(desk: Web, host: str) -> None:
    answer = sign_in_again(desk, Host=host, Origin=f"http://{host}")
    token = set_cookies(answer)["desk"].partition("=")[2].partition(";")[0]

    assert desk.client.get("/keys", headers={"Host": host, "Cookie": f"desk={token}"}).status_code == 200


@pytest.mark.parametrize("host", ["desk.example", "192.0.2.7:8080", "127.0.0.1.desk.example", "[::1"])
def test_elsewhere_no_plain_cookie_is_set_or_read(desk: Web, host: str) -> None:
    answer = sign_in_again(desk, Host=host, Origin=desk.address)
    read = desk.client.get("/keys", headers={"Host": host, "Cookie": f"desk={desk.session}"})

    assert list(set_cookies(answer)) == ["__Host-desk"]
    assert read.status_code == 303


def test_over_https_no_plain_cookie_is_read(desk: Web) -> None:
    desk.opened.settings.public_url = "https://desk.example"

    assert desk.client.get("/keys", headers={"Cookie": f"desk={desk.session}"}).status_code == 303


ANSWERS = ("/keys", "/sign-in", "/no-such-page", "/static/desk.css", "/api/v1/records", "/registry/graph/x", "/%00")


@pytest.mark.parametrize("path", ANSWERS)
def test_over_https_every_answer_says_to_stay_there(desk: Web, path: str) -> None:
    assert "strict-transport-security" not in desk.get(path).headers

    desk.opened.settings.public_url = "https://desk.example"

    assert desk.get(path).headers["strict-transport-security"] == "max-age=31536000"


def test_over_https_an_answer_after_an_unexpected_failure_says_to_stay_there_too(desk: Web) -> None:
    desk.opened.settings.public_url = "https://desk.example"
    with desk.opened.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE api_token RENAME TO elsewhere")

    answer = desk.get("/account")

    assert answer.status_code == 500
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
