"""What a line of the route table is. A route without an act cannot be built.

`gated` says which act the page or frame asks the gate about first; `public` says by name why a
page is everybody's. Nobody reaches a gated endpoint without being signed in, and none says no, or
finds fault with what was sent, past the gate.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from functools import wraps

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from consent.turning_away import find_fault, turn_away
from policies.act import Act
from policies.decision import Denied
from server.kernel.errors import Invalid, NotFound, Refused, TooMuch
from server.kernel.ids import RoomId, read_id
from web import live_stamp
from web.room_frame import led_to_waiting
from web.session import member_of
from web.statement_way import led_to_statement

Endpoint = Callable[[Request], Awaitable[Response]]
SocketEndpoint = Callable[[WebSocket], Awaitable[None]]


class Public(Enum):
    """Why a route asks the gate nothing."""

    SIGN_IN = "one must reach it to sign in or out"
    NOTICE = "what is kept about families, and why, is told to everybody"
    LANGUAGE = "one chooses it before one signs in"
    HEALTH = "machines ask whether the service runs"
    STATIC = "style, script and icons are the same for all"
    DEMO = "made-up people only"


class GatedRoute(Route):
    """An address whose operation asks the gate about `act` before anything else."""

    act: Act


class PublicRoute(Route):
    """An address that is everybody's, and `why`."""

    why: Public


class GatedSocketRoute(WebSocketRoute):
    """A socket whose messages ask the gate; opening it asks about `act`."""

    act: Act


def gated(
    path: str,
    endpoint: Endpoint,
    *,
    act: Act,
    methods: Sequence[str] = ("GET",),
    stands_on: str | None = None,
) -> GatedRoute:
    """Return a route for members; `act` is what its operation asks the gate about first.

    `stands_on` is the page on which its form stands, where that has another address: whoever has
    to sign in again first comes back there.

    Raises:
        TypeError: `act` is no act.
    """
    _must_be(act, Act, path)

    @wraps(endpoint)
    async def for_members(request: Request) -> Response:
        who = await member_of(request)
        if stands_on is not None:
            request.state.stands_on = stands_on.format(**request.path_params)
        await live_stamp.note(request)
        try:
            return await endpoint(request)
        except Denied as no:
            to_statement = led_to_statement(request, no)
            if to_statement is not None:
                return to_statement
            # The gate's own no, recorded. What has to wait for the family's agreement is said to
            # the lead in words, on the page that she has until then.
            room = room_named_in(request)
            answer = await led_to_waiting(who, room) if room else None
            if answer is None:
                raise
            return answer
        except (Refused, NotFound):
            await turn_away(who, act, room_named_in(request))
        except (Invalid, TooMuch) as fault:
            await find_fault(who, act, room_named_in(request), fault)

    route = GatedRoute(path, for_members, methods=list(methods))
    route.act = act
    return route


def public(
    path: str, endpoint: Endpoint, *, why: Public, methods: Sequence[str] = ("GET",)
) -> PublicRoute:
    """Return a route for everybody, and why it is.

    Raises:
        TypeError: `why` is none of the named reasons.
    """
    _must_be(why, Public, path)
    route = PublicRoute(path, endpoint, methods=list(methods))
    route.why = why
    return route


def gated_socket(path: str, endpoint: SocketEndpoint, *, act: Act) -> GatedSocketRoute:
    """Return the route of a socket; `act` is what opening it asks the gate about.

    Raises:
        TypeError: `act` is no act.
    """
    _must_be(act, Act, path)
    route = GatedSocketRoute(path, endpoint)
    route.act = act
    return route


def room_named_in(connection: HTTPConnection) -> RoomId | None:
    """Return the room in the address; None if it is of none, or names none."""
    try:
        return RoomId(read_id(connection.path_params.get("room", "")))
    except NotFound:
        return None


def _must_be(given: object, kind: type, path: str) -> None:
    if not isinstance(given, kind):
        message = f"{path}: a route needs its {kind.__name__}"
        raise TypeError(message)
