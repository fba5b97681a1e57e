"""How long the loop keeps others waiting while something runs, felt by a tick each millisecond."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

EACH_S = 0.001


@dataclass
class Ticks:
    """The longest stretches without a tick, in milliseconds.

    `waited_ms` is by the clock, which on a machine that does other things too grows by their
    turns; `worked_ms` is the processor's time that the loop itself took without a pause.
    """

    waited_ms: float = 0.0
    worked_ms: float = 0.0


@asynccontextmanager
async def ticking() -> AsyncIterator[Ticks]:
    """Tick each millisecond for as long as this lasts."""
    ticks = Ticks()
    task = asyncio.create_task(_tick(ticks))
    try:
        yield ticks
    finally:
        task.cancel()


async def _tick(ticks: Ticks) -> None:
    while True:
        begun, worked = time.perf_counter(), time.thread_time()
        await asyncio.sleep(EACH_S)
        ticks.waited_ms = max(ticks.waited_ms, (time.perf_counter() - begun - EACH_S) * 1_000)
        ticks.worked_ms = max(ticks.worked_ms, (time.thread_time() - worked) * 1_000)
