"""A page of another site, open in a member's browser, can neither post nor listen in her name.

Threat T-06. The whole route table is walked: no route can be added that forgets this.
"""

from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message

from policies.act import Act
from server.identity import sessions
from server.kernel.errors import NotSignedIn, Unavailable
from server.kernel.ids import new_id
from tests.identity.house import HOST, ORIGIN, House, opened_house
from web.entrance import UNSAFE, Entrance
from web.forms import read_form
from web.route import gated
from web.routes import ROUTES, application
from web.session import SESSION_COOKIE, keepers_of, member_of, session_of

POSTED = [
    (route, method)
    for route in ROUTES
    for method in sorted((getattr(route, "methods", None) or set()) & UNSAFE)
]


@pytest.fixture
def store(sqlite_store):
    """What is refused here never reaches a store."""
    return sqlite_store


@pytest.fixture
async def house(database, tmp_path):
    async with opened_house(database, tmp_path) as house:
        yield house


async def signed_in(house: House, browser: httpx2.AsyncClient) -> str:
    await house.sign_in(browser)
    session = await sessions.find_session(browser.cookies[SESSION_COOKIE])
    assert session is not None
    return session.form_token


def path_of(route: BaseRoute) -> str:
    assert isinstance(route, Route | Mount)
    return route.path


def address_of(route: BaseRoute) -> str:
    path = path_of(route)
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + new_id().hex + rest.partition("}")[2]
    return path


ELSEWHERE = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example"},
    {"origin": "https://other.example", "sec-fetch-site": "same-site"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": f"http://{HOST}"},
    {"sec-fetch-site": "none"},
    {},
]


@pytest.mark.parametrize(
    ("route", "method"), POSTED, ids=[f"{method} {path_of(route)}" for route, method in POSTED]
)
async def test_no_route_takes_a_form_from_elsewhere(house: House, route, method):
    async with house.browser() as browser:
        token = await signed_in(house, browser)
        browser.headers.pop("origin")
        browser.headers.pop("sec-fetch-site")
        for told in ELSEWHERE:
            answer = await browser.request(
                method, address_of(route), data={"csrf": token}, headers=told
            )
            assert answer.status_code == 403, told
        for fields in ({}, {"csrf": ""}, {"csrf": sessions.new_token()}, {"other": token}):
            answer = await browser.request(
                method, address_of(route), data=fields, headers={"origin": ORIGIN}
            )
            assert answer.status_code == 403, fields
        # She is still signed in: nothing was done.
        assert await sessions.find_session(browser.cookies[SESSION_COOKIE]) is not None


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{await request.body()!r}")


async def test_a_form_of_ours_arrives_whole(house: House):
    house.app.router.routes.insert(0, gated("/echo", echo, act=Act.INVITE, methods=("POST",)))
    async with house.browser() as browser:
        token = await signed_in(house, browser)
        long = "x" * 5000
        answer = await browser.post("/echo", data={"csrf": token, "words": long})
        assert answer.text == f"{f'csrf={token}&words={long}'.encode()!r}"
        many = await browser.post(
            "/echo", data={"csrf": token}, files={"file": ("a.pdf", b"%PDF" * 5000)}
        )
        assert many.status_code == 200
        assert many.text.count("%PDF") == 5000
        by_header = await browser.post("/echo", headers={"x-form-token": token}, json={"a": 1})
        assert by_header.status_code == 200


async def parts_of(*parts: bytes):
    for part in parts:
        yield part


async def test_a_form_token_that_comes_in_pieces_is_read(house: House):
    house.app.router.routes.insert(0, gated("/echo", echo, act=Act.INVITE, methods=("POST",)))
    async with house.browser() as browser:
        token = await signed_in(house, browser)
        body = f"csrf={token}&a=1".encode()
        answer = await browser.post(
            "/echo",
            content=parts_of(body[:3], body[3:20], body[20:]),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.text == f"{body!r}"


@pytest.mark.parametrize(
    "body",
    [
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nwrong\r\n--x--',
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="csrf"\r\n\r\n%s\r\n--x--',
        b"",
        b"x" * 100_000,
    ],
)
async def test_a_file_without_the_form_token_before_it_is_not_taken(house: House, body):
    house.app.router.routes.insert(0, gated("/echo", echo, act=Act.INVITE, methods=("POST",)))
    async with house.browser() as browser:
        await signed_in(house, browser)
        answer = await browser.post(
            "/echo", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code == 403


async def test_nobody_signed_in_still_posts_from_our_own_pages_only(house: House):
    async with house.browser() as browser:
        assert (await browser.post("/sign-in", data={"work_mail": "x"})).status_code == 422
        elsewhere = await browser.post(
            "/sign-in", data={"work_mail": "x"}, headers={"origin": "https://evil.example"}
        )
        assert elsewhere.status_code == 403


# ---------------------------------------------------------------- sockets


class Doorway:
    """What stands behind the entrance, to see what comes through."""

    def __init__(self) -> None:
        self.came: list[Any] = []

    async def __call__(self, scope, receive, send) -> None:
        del receive, send
        self.came.append(scope["state"].get("session") if scope["type"] == "websocket" else scope)


async def knock(headers: dict[str, str], behind: Doorway) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/rooms/x/socket",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "query_string": b"",
        "state": {},
    }
    await Entrance(behind)(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://other.example", "null", "", f"http://{HOST}", f"{ORIGIN}:1"],
)
async def test_a_socket_of_a_foreign_page_is_refused_before_it_is_answered(house: House, origin):
    behind = Doorway()
    async with house.browser() as browser:
        await signed_in(house, browser)
        cookie = f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"
    sent = await knock({"host": HOST, "origin": origin, "cookie": cookie}, behind)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert behind.came == []


async def test_a_socket_without_an_origin_or_to_another_name_is_refused(house: House):
    del house
    behind = Doorway()
    for headers in ({"host": HOST}, {"host": "evil.example", "origin": "https://evil.example"}):
        assert await knock(headers, behind) == [{"type": "websocket.close", "code": 1008}]
    assert behind.came == []


async def test_a_socket_of_our_own_page_comes_with_its_member(house: House):
    behind = Doorway()
    async with house.browser() as browser:
        await signed_in(house, browser)
        cookie = f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"
    assert await knock({"host": HOST, "origin": ORIGIN, "cookie": cookie}, behind) == []
    assert await knock({"host": HOST, "origin": ORIGIN}, behind) == []
    assert behind.came[0].member == house.imara
    assert behind.came[1] is None


async def test_a_socket_is_refused_while_the_store_does_not_answer(house: House, monkeypatch):
    del house

    async def silent(_token):
        raise Unavailable

    monkeypatch.setattr(sessions, "find_session", silent)
    behind = Doorway()
    headers = {"host": HOST, "origin": ORIGIN, "cookie": f"{SESSION_COOKIE}=x"}
    assert await knock(headers, behind) == [{"type": "websocket.close", "code": 1008}]
    assert behind.came == []


async def test_a_page_is_refused_while_the_store_does_not_answer(house: House, monkeypatch):
    async def silent(_token):
        raise Unavailable

    monkeypatch.setattr(sessions, "find_session", silent)
    async with house.browser() as browser:
        answer = await browser.get("/", headers={"cookie": f"{SESSION_COOKIE}=x"})
    assert answer.status_code == 503


async def test_what_is_no_request_goes_through(house: House):
    del house
    behind = Doorway()

    async def unused(*_: Any) -> Any:
        raise AssertionError

    await Entrance(behind)({"type": "lifespan"}, unused, unused)
    assert behind.came == [{"type": "lifespan"}]


async def test_who_asks_is_read_from_the_request_alone():
    request = Request({"type": "http", "headers": [], "app": application(), "state": {}})
    assert session_of(request) is None
    assert keepers_of(request) == ()
    with pytest.raises(NotSignedIn):
        await member_of(request)


async def test_a_form_is_read_behind_the_entrance_as_it_was_sent(house: House):
    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse((await read_form(request)).text("words"))

    house.app.router.routes.insert(0, Route("/read", read, methods=["POST"]))
    async with house.browser() as browser:
        token = await signed_in(house, browser)
        answer = await browser.post("/read", data={"csrf": token, "words": "Siân 😀"})
    assert answer.text == "Siân 😀"
