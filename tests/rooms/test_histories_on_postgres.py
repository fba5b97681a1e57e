"""Seeded histories on a real PostgreSQL, whose connections are ended under way."""

import asyncio
import logging
import time
from dataclasses import asdict

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.directory.member import Practitioner
from server.kernel import database as kernel_database
from server.kernel.database import writing
from tests.fakes import gate
from tests.rooms.judging import Verdict
from tests.rooms.rooms_for_tests import use_keys_in
from tests.rooms.simulator import History
from tests.rooms.stage import four_members, set_the_stage

END_ONE = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " ORDER BY (state = 'idle'), random() LIMIT 1"
)


class RealHistory(History):
    """A history whose store ends connections: idle ones, and those in the middle of a commit."""

    ended = 0

    async def _live_through(self) -> None:
        ending = asyncio.ensure_future(self._end_connections())
        await super()._live_through()
        ending.cancel()

    async def _end_connections(self) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(0.1, 0.4))
            await self._trouble()

    async def _trouble(self) -> None:
        for _ in range(self.chance.randrange(1, 6)):
            try:
                async with kernel_database.bound().writer.connect() as connection:
                    self.ended += bool(await connection.scalar(END_ONE))
            except (SQLAlchemyError, OSError):
                pass  # it was this one's turn to be ended
            await asyncio.sleep(self.chance.uniform(0.0, 0.05))


async def play(seed: int, members: list[Practitioner]) -> tuple[Verdict, int]:
    history = RealHistory(seed, for_s=2.0, pages=4)
    async with writing() as tx:
        stage = await set_the_stage(tx, members)
    history.rate = 40.0
    return await history.play(kernel_database.bound(), stage), history.ended


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_long_nothing_is_lost_or_leaked_while_connections_end(
    database, tmp_path, rounds, caplog
):
    caplog.set_level(logging.CRITICAL)  # connections end on purpose
    use_keys_in(tmp_path)
    async with writing() as tx:
        await gate.lay_table(tx)
    count, began = rounds(25), time.monotonic()
    members, total, bad, ended = four_members(), Verdict(), [], 0
    for seed in range(count):
        verdict, ends = await play(seed, members)
        total.add(verdict)
        ended += ends
        if verdict.faults:
            bad.append((seed, verdict))

    print(f"\nhistories {count:>6} on PostgreSQL, {ended} connections ended", end=" ")
    print(f"{time.monotonic() - began:>9.0f} s")
    for name, number in asdict(total).items():
        print(f"  {name:<12} {number:>8}")
    assert bad == []
    assert ended > count
