"""What putting an agreement of a whole house in force costs, and how long others wait meanwhile."""

import asyncio
import time
from datetime import timedelta
from statistics import median

from consent import activating
from policies import revision
from policies.isa import Isa
from server.app import set_aside_what_stays
from server.kernel import clock
from tests.benchmarks.figure import Figure
from tests.benchmarks.sample_room import sample_room
from tests.benchmarks.stores import fresh_stores
from tests.benchmarks.ticking import ticking
from tests.policies.quillmere import SIGNED, signed_by
from tests.policies.wide import wide_text

CLAUSES = 200
ROUNDS = 3
TOOK_EFFECT_S = 3


async def measure() -> list[Figure]:
    """Lay an agreement of 200 clauses and have every process take it up, while a loop ticks."""
    figures = []
    with fresh_stores("house") as stores:
        for name, urls in stores.items():
            async with sample_room(parts=10, url=urls["house"]):
                figures += await _activate(name)
    return figures


async def _activate(name: str) -> list[Figure]:
    worked_s, stretches_ms, waited_ms = [], [], []
    watching = asyncio.create_task(revision.watch(_taken_up))
    set_aside_what_stays()
    try:
        for number in range(1, ROUNDS + 1):
            async with ticking() as ticks:
                begun = time.process_time()
                await _put_in_force(number, f"{name} {number}")
                worked_s.append(time.process_time() - begun)
                # Until it has taken effect here, was read, proved and is asked.
                await asyncio.sleep(TOOK_EFFECT_S)
            stretches_ms.append(ticks.worked_ms)
            waited_ms.append(ticks.waited_ms)
            assert "WIDE" in {pack.code for pack in (await revision.book()).packs}
    finally:
        watching.cancel()
    print(f"    {name}: longest wait for the loop by the clock {median(waited_ms):.1f} ms")
    return [
        Figure(f"agreement of {CLAUSES} clauses put in force, {name}", median(worked_s), 2, "s"),
        Figure(f"loop at a stretch meanwhile, {name}", median(stretches_ms), 20, "ms"),
    ]


async def _put_in_force(number: int, seed: str) -> Isa:
    today = clock.today()
    return await activating.activate_isa(
        wide_text(seed, CLAUSES, version=number),
        starts=today - timedelta(days=1),
        ends=today + timedelta(days=300),
        review_on=today + timedelta(days=270),
        parties=signed_by(*SIGNED, since=clock.now() - timedelta(seconds=number)),
    )


async def _taken_up(_book: object) -> None:
    """Do nothing: that it was taken up is what is measured."""
