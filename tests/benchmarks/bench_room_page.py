"""How long the server works on a room's pages with 40 parts of a plan, for the lead."""

import time
from collections.abc import Awaitable, Callable
from statistics import quantiles

from starlette.requests import Request

from server import app as roof
from server.identity import sessions
from server.kernel.database import writing
from tests.benchmarks.figure import Figure
from tests.benchmarks.sample_room import SampleRoom, sample_room
from web import plan_pages, room_pages

PARTS = 40
ROUNDS = 60
WARM = 5


async def measure() -> list[Figure]:
    """Ask for both pages again and again, as the one reader there is."""
    async with sample_room(parts=PARTS) as sample:
        # As the server does once it runs.
        roof.set_aside_what_stays()
        found = []
        for what, show, path in (
            ("room page, 40 parts, p95", room_pages.show_room, ""),
            ("plan page, 40 parts, p95", plan_pages.show_plan, "/plan"),
        ):
            found.append(Figure(what, await _p95_ms(sample, show, path), 50, "ms"))
        return found


async def _p95_ms(
    sample: SampleRoom, show: Callable[[Request], Awaitable[object]], path: str
) -> float:
    imara, room = sample.history.cast.members["imara"], sample.history.room
    async with writing() as tx:
        token = await sessions.begin_session(tx, imara, provider="provider_1", replacing=None)
    session = await sessions.find_session(token)
    times = []
    for _ in range(WARM + ROUNDS):
        request = Request(
            {
                "type": "http",
                "method": "GET",
                "path": f"/rooms/{room.hex}{path}",
                "query_string": b"",
                "headers": [(b"host", b"imara.localhost:8000")],
                "scheme": "http",
                "server": ("imara.localhost", 8000),
                "path_params": {"room": room.hex},
                "app": _App(),
            }
        )
        request.state.session = session
        begun = time.perf_counter()
        await show(request)
        times.append((time.perf_counter() - begun) * 1000)
    return quantiles(times[WARM:], n=20)[-1]


class _App:
    """What a page asks of its application."""

    def __init__(self) -> None:
        from server import assembly  # noqa: PLC0415  after the settings are bound

        self.state = type("State", (), {"keepers": assembly.KEEPERS})()
