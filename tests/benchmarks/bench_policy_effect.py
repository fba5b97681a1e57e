"""Whom a draft of an agreement would touch, among a million places in a hundred thousand rooms."""

import asyncio
import os
import time
from dataclasses import replace

from consent.foreseeing_policy import PolicyEffect, foresee_people
from policies import packs, revision, store, supposing
from policies.difference import Difference, between
from policies.isa import Isa
from policies.matrix import Matrix
from server import assembly
from server.app import set_aside_what_stays
from server.kernel.clock import london_day
from server.kernel.database import Database, reading
from tests.benchmarks.crowd import SEATS_EACH, crowd
from tests.benchmarks.figure import Figure
from tests.benchmarks.stores import fresh_stores, processor_s
from tests.benchmarks.ticking import ticking

ROOMS = int(os.environ.get("BENCH_ROOMS", "100000"))
# Schools as well may see what housing shares about the home; and, touching far more, everybody.
TO_SCHOOLS = ("grp_seat:sec_health grp_seat:sec_housing,housing_tenancy", "grp_seat:sec_health grp_seat:sec_housing grp_seat:sec_education,housing_tenancy")  # noqa: E501  # fmt: skip
TO_ALL = (TO_SCHOOLS[0], "grp_seat:any,housing_tenancy")


async def measure() -> list[Figure]:
    """Foresee one clause that reaches one sector more, and one that reaches everybody.

    Each is looked at twice: once for its processor time, once while the loop is ticking.
    """
    figures = []
    with fresh_stores("crowd") as stores:
        for name, urls in stores.items():
            begun = time.perf_counter()
            async with crowd(ROOMS, urls["crowd"]) as made:
                print(f"    {name}: built in {time.perf_counter() - begun:,.0f} s", flush=True)
                figures += await _both(name, made)
    return figures


async def _both(name: str, made: Database) -> list[Figure]:
    figures = []
    async with made.reading() as tx:
        held = await store.get_isa(tx, "QEH", 3)
    for what, exchanged in (("a sector more", TO_SCHOOLS), ("everybody", TO_ALL)):
        draft = _draft(held, exchanged)
        matrices = await revision.compile_isa(draft)
        was = await revision.compile_isa(held)
        difference = await asyncio.to_thread(between, was, matrices)
        # As the server does once it runs.
        set_aside_what_stays()
        begun = time.perf_counter()
        effect, seconds = await _foresee(draft, matrices, difference)
        by_clock = time.perf_counter() - begun
        async with ticking() as ticks:
            again, _ = await _foresee(draft, matrices, difference)
        assert effect.people == again.people != ()
        touched = f"{len(effect.people):,} rows, {effect.rooms:,} rooms"
        print(f"    {touched}; {by_clock:.1f} s by the clock")
        about = f"{what}, {ROOMS * SEATS_EACH:,} places, {name}"
        figures.append(Figure(about, seconds, 5, "s"))
        figures.append(Figure(f"{about}, loop at a stretch", ticks.worked_ms, 20, "ms"))
    return figures


async def _foresee(
    draft: Isa, matrices: list[Matrix], difference: Difference
) -> tuple[PolicyEffect, float]:
    async with reading() as tx:
        old, new = await supposing.suppose(tx, draft, matrices, tx.at)
        since = london_day(tx.at)
        changes = tuple(one for one in difference.changes if one.until > since)
        now = replace(difference, changes=changes)
        begun = await processor_s(tx)
        effect = await foresee_people(tx, old, new, now, keepers=assembly.KEEPERS, at=tx.at)
        return effect, await processor_s(tx) - begun


def _draft(held: Isa, exchanged: tuple[str, str]) -> Isa:
    text = packs.find_pack("qeh_3")
    assert exchanged[0] in text
    drafted = packs.read_pack(
        text.replace(*exchanged), starts=held.starts, ends=held.ends, review_on=held.review_on
    )
    return replace(drafted, version=held.version + 1)
