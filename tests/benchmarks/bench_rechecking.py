"""What it costs to ask the gate again about 5,040 open parts after one change of who may see what.

A room of 84 people who each have 60 parts of the plan open; one of them loses her place.
"""

import time
from statistics import median

from consent import gate
from consent.keeper import change_access, hold_access
from policies.act import Act
from policies.facts import label_of_room
from rooms import live, rechecking, store
from rooms.live import Connection, Hub, LiveSection, OpenSection
from rooms.loading import load
from server import assembly
from server.app import set_aside_what_stays
from server.directory import store as directory
from server.directory.member import Practitioner
from server.directory.team import Role, Seat
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, RoomId, SeatId, new_id
from tests.benchmarks.figure import Figure
from tests.benchmarks.sample_room import SampleRoom, sample_room
from tests.benchmarks.stores import fresh_stores
from tests.benchmarks.ticking import ticking
from tests.fakes.family_room import accepted

PARTS = 60
PEOPLE = 84
ROUNDS = 5


async def measure() -> list[Figure]:
    """Take one place after the other, on both stores, and ask the gate again about all the rest."""
    figures = []
    with fresh_stores("room") as stores:
        for name, urls in stores.items():
            async with sample_room(parts=PARTS + 10, url=urls["room"]) as sample:
                figures += await _recheck(name, sample)
    return figures


async def _recheck(name: str, sample: SampleRoom) -> list[Figure]:
    room = sample.history.room
    people = await _invite(sample, PEOPLE)
    hub = Hub(gate, assembly.KEEPERS)
    hub.lease_until = live.now() + 3600
    await _open_all(hub, room, people)
    assert sum(len(one.documents) for one in hub.in_room(room)) == PEOPLE * PARTS
    set_aside_what_stays()
    worked_s, stretches_ms, waited_ms = [], [], []
    for leaver in people[:ROUNDS]:
        before = sum(len(one.documents) for one in hub.in_room(room))
        await _leave(room, leaver)
        async with ticking() as ticks:
            begun = time.process_time()
            await rechecking.recheck(hub, room)
            worked_s.append(time.process_time() - begun)
        stretches_ms.append(ticks.worked_ms)
        waited_ms.append(ticks.waited_ms)
        assert sum(len(one.documents) for one in hub.in_room(room)) == before - PARTS
    print(f"    {name}: longest wait for the loop by the clock {min(waited_ms):.1f} ms at best")
    return [
        Figure(f"{PEOPLE * PARTS:,} open parts asked again, {name}", median(worked_s), 1, "s"),
        Figure(f"the same, loop at a stretch, {name}", median(stretches_ms), 5, "ms"),
    ]


async def _invite(sample: SampleRoom, count: int) -> list[Practitioner]:
    """Give so many colleagues of the lead a place in the room."""
    imara = sample.history.cast.members["imara"]
    people = [
        Practitioner(
            MemberId(new_id()), imara.agency, f"Colleague {n}", "Worker", f"c{n}@made.example"
        )
        for n in range(count)
    ]
    async with writing() as tx:
        for one in people:
            await directory.add_member(tx, one)
            await directory.add_seat(
                tx,
                Seat(
                    id=SeatId(new_id()),
                    room=sample.history.room,
                    member=one.id,
                    agency=one.agency,
                    role=Role.TAC_MEMBER,
                    purposes=frozenset({"plan", "deliver", "review"}),
                    since=clock.now(),
                ),
            )
    await accepted(*people)
    return people


async def _open_all(hub: Hub, room: RoomId, people: list[Practitioner]) -> None:
    """Have everybody's page follow every part, as if each had been opened."""
    async with reading() as tx:
        sections = await store.list_section_labels(tx, room)
        labels = [section.label for section in sections]
        may = await gate.capability(tx, people[0], room, [label_of_room(room), *labels])
        seen = [one for one in sections if may.allows(Act.OPEN_SECTION, one.id)]
        words = [await load(tx, section) for section in seen[:PARTS]]
        for one in people:
            capability = await gate.capability(tx, one, room, [label_of_room(room), *labels])
            connection = Connection(one, room, capability, one.id.bytes)
            hub.connections.setdefault(room, []).append(connection)
            for section in words:
                _open(hub, connection, section)


def _open(hub: Hub, connection: Connection, section: LiveSection) -> None:
    hub.sections[section.id] = section
    capability = connection.capability
    opened = OpenSection(
        connection, section, address=section.id.hex, capability=capability, epoch=capability.epoch
    )
    connection.documents[opened.address] = opened
    section.open.append(opened)


async def _leave(room: RoomId, member: Practitioner) -> None:
    async with writing() as tx:
        await hold_access(tx, room)
        seat = await directory.find_seat(tx, room, member.id)
        assert seat is not None
        await directory.end_seat(tx, seat.id)
        await change_access(tx, room, assembly.KEEPERS)
