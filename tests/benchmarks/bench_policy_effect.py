"""Whom a draft of an agreement would touch, among a million places in a hundred thousand rooms."""

import asyncio
import os
import time
from dataclasses import replace

from consent.foreseeing_policy import PolicyEffect, foresee_people
from policies import packs, revision, store, supposing
from policies.difference import between
from policies.isa import Isa
from server import assembly
from server.kernel.clock import london_day
from server.kernel.database import Database, reading
from tests.benchmarks.crowd import SEATS_EACH, crowd
from tests.benchmarks.figure import Figure

ROOMS = int(os.environ.get("BENCH_ROOMS", "100000"))
# Schools as well may see what housing shares about the home; and, touching far more, everybody.
TO_SCHOOLS = ("grp_seat:sec_health grp_seat:sec_housing,housing_tenancy", "grp_seat:sec_health grp_seat:sec_housing grp_seat:sec_education,housing_tenancy")  # noqa: E501  # fmt: skip
TO_ALL = (TO_SCHOOLS[0], "grp_seat:any,housing_tenancy")


async def measure() -> list[Figure]:
    """Foresee one clause that reaches one sector more, and one that reaches everybody."""
    figures = []
    async with crowd(ROOMS) as made:
        for what, exchanged in (("one sector more", TO_SCHOOLS), ("every organisation", TO_ALL)):
            seconds, stall, effect = await _foresee(made, exchanged)
            places = ROOMS * SEATS_EACH
            print(f"    {len(effect.people):,} rows, {effect.rooms:,} rooms")
            figures.append(Figure(f"{what}, {places:,} places", seconds, 5, "s"))
            figures.append(Figure(f"{what}, longest stall of the loop", stall * 1000, 20, "ms"))
    return figures


async def _foresee(made: Database, exchanged: tuple[str, str]) -> tuple[float, float, PolicyEffect]:
    async with made.reading() as tx:
        held = await store.get_isa(tx, "QEH", 3)
    draft = _draft(held, exchanged)
    matrices = await revision.compile_isa(draft)
    was = await revision.compile_isa(held)
    stalls: list[float] = []
    ticking = asyncio.create_task(_tick(stalls))
    begun = time.process_time()
    async with reading() as tx:
        old, new = await supposing.suppose(tx, draft, matrices, tx.at)
        difference = await asyncio.to_thread(between, was, matrices, since=london_day(tx.at))
        effect = await foresee_people(tx, old, new, difference, keepers=assembly.KEEPERS, at=tx.at)
    seconds = time.process_time() - begun
    ticking.cancel()
    assert effect.people
    return seconds, max(stalls), effect


async def _tick(stalls: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls.append(time.perf_counter() - begun - 0.001)


def _draft(held: Isa, exchanged: tuple[str, str]) -> Isa:
    text = packs.find_pack("qeh_3")
    assert exchanged[0] in text
    drafted = packs.read_pack(
        text.replace(*exchanged), starts=held.starts, ends=held.ends, review_on=held.review_on
    )
    return replace(drafted, version=held.version + 1)
