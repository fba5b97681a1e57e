"""The entrance: what every request and socket passes before any route sees it.

It knows our own addresses, finds the session, refuses what another site's page sends in a
member's name, and sees to it that every answer carries the safe headers. No route can go round
it and no setting can switch it off.
"""

import re
import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.identity import sessions
from server.kernel.errors import TacroomError
from web.errors import ComesFromElsewhere, answer_to
from web.language import speak
from web.origin import origin_of
from web.rendering import safe_headers
from web.session import SESSION_COOKIE, language_of, session_of

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KNOWN_METHODS = UNSAFE | {"GET", "HEAD"}
# Health is asked by address, not by name; these tell nothing but "well" or "not".
ASKED_BY_MACHINES = frozenset({"/healthz", "/readyz"})
FORM_TOKEN_HEADER = "x-form-token"  # noqa: S105  the name of a header
PEEK_BYTES = 1024

_FIRST_FIELD = re.compile(rb"\Acsrf=([A-Za-z0-9_-]{43})(?:&|\Z)")
_FIRST_PART = re.compile(
    rb'\A--[^\r\n]{1,70}\r\n[Cc]ontent-[Dd]isposition: form-data; name="csrf"\r\n\r\n'
    rb"([A-Za-z0-9_-]{43})\r\n"
)


class Entrance:
    """ASGI: stands around the whole table of routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or socket in, or answer it here."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.arrived = time.monotonic()
        send = _with_headers(request, send)
        if request.url.path in ASKED_BY_MACHINES:
            await self.app(scope, receive, send)
            return
        refused: Response | None = None
        if origin_of(request) is None or request.method not in KNOWN_METHODS:
            refused = PlainTextResponse("No such service here.", status_code=400)
        else:
            try:
                await _find_session(request)
                speak(language_of(request))
                if request.method in UNSAFE:
                    receive = await _checked_form(request, receive)
            except TacroomError as fault:
                refused = await answer_to(request, fault)
        await (refused or self.app)(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asking = HTTPConnection(scope)
        own = origin_of(asking)
        # Threat T-06: a page of another origin could open a socket with a member's cookie, so
        # it is refused before the handshake is answered.
        if own is None or asking.headers.get("origin", "").lower() != own:
            await _refuse_socket(receive, send)
            return
        try:
            await _find_session(asking)
        except TacroomError:
            await _refuse_socket(receive, send)
            return
        await self.app(scope, receive, send)


async def _find_session(asking: HTTPConnection) -> None:
    token = asking.cookies.get(SESSION_COOKIE)
    asking.state.session = await sessions.find_session(token) if token else None
    found = session_of(asking)
    # What the page's script fetches by itself is no sign that somebody is there.
    if found is not None and asking.headers.get("sec-fetch-dest", "document") != "empty":
        await sessions.touch(found)


async def _checked_form(request: Request, receive: Receive) -> Receive:
    """Return the request's body, once it is known to come from a page of ours.

    Threat T-06. Origin and Sec-Fetch-Site are the browser's own word; the form token, the first
    field of every form, is the session's.

    Raises:
        ComesFromElsewhere: it does not.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if origin is None and site is None:
        raise ComesFromElsewhere
    if origin is not None and origin.lower() != origin_of(request):
        raise ComesFromElsewhere
    if site is not None and site != "same-origin":
        raise ComesFromElsewhere
    session = session_of(request)
    if session is None:
        return receive
    given = request.headers.get(FORM_TOKEN_HEADER, "").encode()
    if not given:
        given, receive = await _first_field(request, receive)
    if not sessions.is_form_token(session, given):
        raise ComesFromElsewhere
    return receive


async def _first_field(request: Request, receive: Receive) -> tuple[bytes, Receive]:
    """Return the form token of the body's first field, and the body, whole again."""
    is_plain = request.headers.get("content-type", "").startswith("application/x-www-form")
    seen: list[Message] = []
    start = b""
    while len(start) < PEEK_BYTES:
        message = await receive()
        seen.append(message)
        start += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    found = (_FIRST_FIELD if is_plain else _FIRST_PART).match(start)

    async def again() -> Message:
        return seen.pop(0) if seen else await receive()

    return (found[1] if found else b""), again


def _with_headers(request: Request, send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in safe_headers(request).items():
                headers.setdefault(name, value)
        await send(message)

    return sent


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
