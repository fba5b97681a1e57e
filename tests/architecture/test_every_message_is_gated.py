"""Every kind of message of a room's socket: none counts for what the gate has not opened."""

from typing import Any, get_args

import pytest
from starlette.datastructures import State
from starlette.websockets import WebSocket

from policies.act import Act
from rooms import frames
from rooms.frames import AuthToken, Frame, MessageType, Ping, Pong, write_frame
from rooms.hearing import hear
from rooms.live import Connection
from server.directory.member import Practitioner
from server.kernel.ids import AgencyCode, MemberId, RoomId, new_id
from web.route import GatedSocketRoute
from web.routes import ROUTES

SOCKETS = [route for route in ROUTES if isinstance(route, GatedSocketRoute)]
KINDS = get_args(Frame)


class Untouchable:
    """Stands where the open sections and the store are reached from: whoever reaches is caught."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.fixture
async def connection() -> Connection:
    """A page's socket on which nothing was opened yet."""
    imara = Practitioner(
        MemberId(new_id()), AgencyCode("tansy_vale"), "Imara Testwell", "", "i@x.example"
    )
    held: Any = Untouchable()
    return Connection(imara, RoomId(new_id()), held, b"")


def _frame(kind: type[Frame]) -> Frame:
    """One frame of a kind, about a section that this page has not opened."""
    address = new_id().hex
    of_kind: dict[str, Any] = {
        "address": address, "vector": b"\0", "update": b"\0\0", "states": b"\0", "applied": True,
        "token": "x", "version": "4", "reason": "no", "scope": "read-write", "payload": "{}",
    }  # fmt: skip
    fields = getattr(kind, "__dataclass_fields__", {})
    return kind(**{name: of_kind[name] for name in fields})


def test_every_kind_of_message_is_walked():
    """A kind that is added to the protocol is walked, or this fails."""
    of_one_byte = {MessageType.PING, MessageType.PONG}
    answered_like_sync = {MessageType.SYNC_REPLY}

    assert set(frames._BODIES) == set(MessageType) - of_one_byte - answered_like_sync
    assert {*frames._WRITTEN, Ping, Pong} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_message_about_what_was_not_opened_reaches_nothing(connection: Connection, kind):
    nothing: Any = Untouchable()
    frame = _frame(kind)

    asked = hear(nothing, connection, write_frame(frame))

    # A token alone asks for a document; whether it opens, the gate says (`rooms.joining`).
    is_token = kind is AuthToken
    assert asked == (frame if is_token else None)
    assert connection.documents == {}
    owed = [one.message for one in connection._owed]
    if kind is Ping:
        assert owed == [write_frame(Pong())]
    else:
        assert all(b"refused" in message for message in owed)


async def test_a_token_is_no_credential(connection: Connection):
    nothing: Any = Untouchable()
    address = new_id().hex

    for token in ("", "secret", "admin"):
        hear(nothing, connection, write_frame(AuthToken(address, token, "4")))

    assert connection.documents == {}
    assert set(connection.opening) == {address}


def test_the_rooms_socket_asks_about_the_room():
    assert {route.path: route.act for route in SOCKETS} == {"/rooms/{room}/socket": Act.VIEW_ROOM}


@pytest.mark.parametrize("route", SOCKETS, ids=lambda route: route.path)
async def test_a_stranger_is_turned_away_before_the_handshake_is_answered(route):
    said = []

    async def receive() -> Any:
        raise AssertionError("a stranger is not listened to")

    async def send(message: Any) -> None:
        said.append(message)

    class App:
        state = State({"live_rooms": Untouchable()})

    scope = {"type": "websocket", "app": App(), "state": {}, "path_params": {"room": new_id().hex}}
    await route.endpoint(WebSocket(scope, receive, send))

    assert [message["type"] for message in said] == ["websocket.close"]
