"""How long the server works on a room's pages with 40 parts of a plan, for the lead.

Each is a whole request to the application: entrance, session, the page's stamp, the page, and
everything recorded, until the last byte is handed on.
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import quantiles

from starlette.types import ASGIApp, Message, Scope

from consent.bell import Bell, What
from policies.facts import label_of_room
from rooms.live_rooms import LiveRooms
from server import app as roof
from server import assembly
from server.identity import sessions
from server.kernel.database import writing
from tests.benchmarks.figure import Figure
from tests.benchmarks.sample_room import SampleRoom, sample_room
from web.session import SESSION_COOKIE

PARTS = 40
ROUNDS = 60
WARM = 5
MOST_MS = 50


async def measure() -> list[Figure]:
    """Ask for both pages again and again, as the one reader there is.

    First as somebody who goes from page to page, then each time as the first page after something
    came new, whose stamp is made anew. The processor's own time is told beside, for a machine
    that does other things too.
    """
    async with sample_room(parts=PARTS) as sample:
        room = sample.history.room
        live = LiveRooms(keepers=assembly.KEEPERS)
        app = roof.build(sample.settings)
        app.state.live_rooms = live
        token = await _signed_in(sample)
        # As the server does once it runs.
        roof.set_aside_what_stays()
        found = []
        came_new = partial(live.ring, Bell(label_of_room(room), What.PEOPLE))
        for name, path in (("room page", ""), ("plan page", "/plan")):
            asked = _request(f"/rooms/{room.hex}{path}", token)
            for when, before in (("", _nothing), (", after something new", came_new)):
                whole, own = await _times_ms(app, asked, before)
                what = f"{name}, {PARTS} parts, p95{when}"
                found.append(Figure(what, _p95(whole), MOST_MS, "ms"))
                found.append(Figure(f"{what}, processor", _p95(own), MOST_MS, "ms"))
        return found


def _nothing() -> None:
    """Leave everything as it is."""


async def _signed_in(sample: SampleRoom) -> str:
    imara = sample.history.cast.members["imara"]
    async with writing() as tx:
        return await sessions.begin_session(tx, imara, provider="provider_1", replacing=None)


def _request(path: str, token: str) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"imara.localhost:8000"),
            (b"cookie", f"{SESSION_COOKIE}={token}".encode()),
        ],
        "scheme": "http",
        "http_version": "1.1",
        "server": ("imara.localhost", 8000),
        "client": ("127.0.0.1", 1),
    }


async def _times_ms(
    app: ASGIApp, asked: Scope, before: Callable[[], None]
) -> tuple[list[float], list[float]]:
    """Return how long each request took, and how much of it this process worked."""
    whole, own = [], []
    for _ in range(WARM + ROUNDS):
        before()
        begun, worked = time.perf_counter(), time.process_time()
        await _answered(app, dict(asked))
        own.append((time.process_time() - worked) * 1000)
        whole.append((time.perf_counter() - begun) * 1000)
    return whole[WARM:], own[WARM:]


async def _answered(app: ASGIApp, asked: Scope) -> None:
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    await app(asked, receive, send)
    assert told[0]["status"] == 200, told


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
