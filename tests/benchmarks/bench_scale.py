"""What a message and coming into a room cost among 100,000 rooms, against 100 rooms, in turns."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from consent import gate
from consent.capability import Capability
from policies.act import Act
from policies.facts import label_of_room
from rooms import live, store
from rooms.following import enter, open_section
from rooms.live import Hub
from rooms.parting import end_connection
from server import assembly
from server.app import set_aside_what_stays
from server.kernel import database
from server.kernel.database import Database, reading
from server.kernel.ids import SectionId
from server.keys import kms
from tests.benchmarks.crowd import fill
from tests.benchmarks.figure import Figure, median_ns
from tests.benchmarks.sample_room import SampleRoom, sample_room
from tests.benchmarks.stores import fresh_stores, processor_s

PARTS = 40
FEW, MANY = 100, int(os.environ.get("BENCH_ROOMS", "100000"))
ROUNDS = 60
WARM = 5


async def measure() -> list[Figure]:
    """Come into the demo's room and open a part, with few rooms around it and with very many."""
    figures = []
    with fresh_stores("few", "many") as stores:
        for name, urls in stores.items():
            figures += await _compare(name, urls)
    return figures


async def _compare(name: str, urls: dict[str, str]) -> list[Figure]:
    async with AsyncExitStack() as both:
        few = await both.enter_async_context(_Town.of(urls["few"], FEW))
        many = await both.enter_async_context(_Town.of(urls["many"], MANY))
        print(f"    {name}: {MANY:,} rooms built in {many.built_s:,.0f} s", flush=True)
        towns = (few, many)
        set_aside_what_stays()
        spent: tuple[list[float], list[float]] = ([], [])
        waited: tuple[list[float], list[float]] = ([], [])
        for number in range(WARM + ROUNDS):
            for town, taken, by_clock in zip(towns, spent, waited, strict=True):
                begun = time.perf_counter()
                seconds = await town.join()
                if number >= WARM:
                    taken.append(seconds)
                    by_clock.append(time.perf_counter() - begun)
        join, clock = (median(many_) / median(few_) for few_, many_ in (spent, waited))
        message = await _message_ratio(towns)
        print(f"    join {median(spent[0]) * 1000:.1f} and {median(spent[1]) * 1000:.1f} ms of")
        print(f"    processor, {clock:.2f} times as long by the clock", flush=True)
        return [
            Figure(f"whole join, {MANY:,} rooms against {FEW}, {name}", join, 1.5, "x", places=2),
            Figure(f"one message, the same, {name}", message, 1.05, "x", places=2),
        ]


async def _message_ratio(towns: tuple["_Town", "_Town"]) -> float:
    """Return how many times as long the check of a message takes, of many short turns."""
    held = [await town.capability() for town in towns]
    ratios = []
    for _ in range(15):
        few, many = (_check_ns(*one) for one in held)
        ratios.append(many / few)
    return median(ratios)


def _check_ns(capability: Capability, part: SectionId) -> float:
    epoch = capability.epoch
    assert capability.allows_at(epoch, Act.OPEN_SECTION, part)
    return median_ns(lambda: capability.allows_at(epoch, Act.OPEN_SECTION, part), rounds=50)


class _Town:
    """The demo's room among so many others, in a store of its own."""

    def __init__(self, sample: SampleRoom, keys: kms.LocalKms, built_s: float) -> None:
        self._sample = sample
        self._keys = keys
        self._database = Database(sample.settings.database_url)
        self.built_s = built_s
        self._hub = Hub(gate, assembly.KEEPERS)
        self._hub.lease_until = live.now() + 3600

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str, rooms: int) -> AsyncIterator["_Town"]:
        """Play the demo's story in an empty store, then put so many rooms around it."""
        async with sample_room(parts=PARTS, url=url) as sample:
            await sample.database.close()
            built_s = await fill(url, rooms)
            town = cls(sample, kms.bound(), built_s)
            try:
                yield town
            finally:
                await town._database.close()

    def bind(self) -> None:
        """Have what follows happen in this town."""
        database.bind(self._database)
        kms.bind(self._keys)

    async def join(self) -> float:
        """Come in as the lead, open one part, leave again; return the processor's seconds."""
        self.bind()
        imara, room = self._sample.history.cast.members["imara"], self._sample.history.room
        _, part = await self.capability()
        async with reading() as tx:
            begun = await processor_s(tx)
        connection = await enter(self._hub, imara, room, sign_in=b"imara")
        await open_section(self._hub, connection, part.hex)
        assert connection.documents
        async with reading() as tx:
            spent = await processor_s(tx) - begun
        end_connection(self._hub, connection)
        self._hub.ended.clear()
        return spent

    async def capability(self) -> tuple[Capability, SectionId]:
        """Return what the lead may do in the room, and a part of the plan."""
        self.bind()
        imara, room = self._sample.history.cast.members["imara"], self._sample.history.room
        async with reading() as tx:
            sections = await store.list_section_labels(tx, room)
            labels = [label_of_room(room), *(one.label for one in sections)]
            return await gate.capability(tx, imara, room, labels), sections[0].id
