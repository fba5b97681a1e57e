"""Seeded interleavings of typing, withdrawal, re-agreement, joining and leaving, on a real store.

One room goes on through all of them; each is one member's sight of one section taken away, and
given again, while everybody types, pages come and pages go. What is done together is ordered by
the seed, as far as a real store lets it be; so a seed tells what was tried, not the very order.
Every word says of which interleaving it is. Judged are:

- told after: a word heard by a member who, since it was written, was never allowed to see it, or
  anything of a section heard on a page after it was closed there and before it was open again;
- stored after: a word stored of a member who, at its access epoch, was not allowed to write;
- lost: a word that was acknowledged and does not stand in the rows.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rooms import change_store
from rooms.frames import Authenticated, Awareness, Close, SyncStep2, Update, read_frame
from rooms.keeping import SectionKeeper
from rooms.live import now
from rooms.live_rooms import LiveRooms
from server.directory.member import Practitioner
from server.identity import sessions
from server.kernel import notices
from server.kernel.bucket import Bucket
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, RoomId
from tests.fakes import gate
from tests.rooms.judging import Rights
from tests.rooms.pages import Page, PageDocument
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner, use_keys_in
from tests.rooms.sign_ins import sign_in

if TYPE_CHECKING:
    from rooms.section import Section

WORD = re.compile(rb"w(\d+)x")
A_BLOCK = 25
"""How many interleavings one section lives through: its words would grow without end."""
SETTLED_WITHIN_S = 60.0
LOOKED_AT_EACH_S = 0.25
BOTH = ("view", "edit")


@dataclass
class Found:
    """What was found in all that was played, and how much that was."""

    played: int = 0
    words: int = 0
    heard: int = 0
    withdrawals: int = 0
    joined: int = 0
    told_after: list[str] = field(default_factory=list)
    stored_after: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    closed_after_s: list[float] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Take in what was found elsewhere."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def faults(self) -> list[str]:
        return [*self.told_after, *self.stored_after, *self.lost]

    def closed_within(self, share: float) -> float:
        """Within how many seconds this share of screens was closed after the withdrawal."""
        took = sorted(self.closed_after_s)
        return took[min(len(took) - 1, int(len(took) * share))]


class Seat:
    """A member's page in the room, read as its socket would read it, and what came of it."""

    def __init__(self, stage: "Stage", who: Practitioner, page: Page) -> None:
        self.stage = stage
        self.who = who
        self.page = page
        self.is_shut = False
        page.connection.frames = Bucket(1e9, 1e9, now())  # how fast she types is not the question
        self.reader = asyncio.create_task(self._read())

    @property
    def document(self) -> PageDocument | None:
        """The section as it is open on the page, if it is."""
        found = self.page.documents.get(self.stage.section.id.hex)
        return None if found is None or found.closed or found.denied else found

    def may_type(self) -> bool:
        found = self.document
        return found is not None and found.scope == "read-write" and found.is_synced

    def is_answered(self) -> bool:
        found = self.document
        return found is None or (found.is_synced and not found.sent)

    def state(self) -> tuple[object, ...]:
        """Tell how her page stands, where nothing more comes of it."""
        found = self.page.documents.get(self.stage.section.id.hex)
        told = (found.scope, found.closed, found.denied, found.sent) if found else ()
        return (self.who.name, self.page.connection.closed, self.reader, *told)

    def open(self) -> None:
        self.page.open(self.stage.section.id.hex)

    def type(self, word: int) -> None:
        found = self.document
        if found is not None:
            found.sent.append(word)
            found.type(f"w{word}x")

    async def _read(self) -> None:
        while (message := await self.page.connection.next_message()) is not None:
            self._hear(message)

    def _hear(self, message: bytes) -> None:
        self.stage.news.set()
        stage, frame = self.stage, read_frame(message)
        address = stage.section.id.hex
        if getattr(frame, "address", "") == address:
            if isinstance(frame, Close):
                self.is_shut = True
                stage.shut(self)
            elif isinstance(frame, Authenticated):
                self.is_shut = False
            elif self.is_shut and isinstance(frame, Update | SyncStep2 | Awareness):
                stage.found.told_after.append(f"{self.who.name}: {frame!r}"[:200])
            for found in WORD.findall(message):
                stage.heard.add((self.who.id, int(found), stage.epoch))
        self.page.hear(message)
        self.page.bytes_heard.clear()
        document = self.page.documents.get(address)
        while document is not None and document.statuses:
            # Statuses answer the messages in their order; a step 2 is no word (0).
            is_kept = document.statuses.pop(0)
            word = document.sent.pop(0) if document.sent else 0
            # Once some were refused (they are told at once), which were kept is not to be told.
            if is_kept and word and not document.refused:
                stage.acknowledged.add(word)


class Stage:
    """The room with its three members, and all that is noted while it lives."""

    def __init__(self, rooms: LiveRooms, room: RoomId, members: list[Practitioner]) -> None:
        self.rooms = rooms
        self.room = room
        self.members = members
        self.section: Section
        self.seats: list[Seat] = []
        self.found = Found()
        self.epoch = 1
        self.news = asyncio.Event()
        self.rights: dict[MemberId, Rights] = {}
        self.of: dict[int, int] = {}
        self.heard: set[tuple[MemberId, int, int]] = set()
        self.acknowledged: set[int] = set()
        self.withdrawn: tuple[MemberId, float] | None = None

    # ------------------------------------------------------------ from begin to end

    async def block(self, seeds: Iterable[int]) -> None:
        """Play these on one section of its own, with everybody's page, and judge them."""
        async with writing() as tx:
            self.section = await add_section(tx, self.room, self.members[0], "first")
            for member in self.members:
                await gate.allow(tx, member, self.section.id, *BOTH)
                self.rights[member.id] = Rights({0: frozenset(BOTH)})
        self.of, self.heard, self.acknowledged = {}, set(), set()
        for member in self.members:
            await self.join(member)
        await self.settled()
        for seed in seeds:
            await self.play(seed)
            self.found.played += 1
        await self.judge()
        for seat in list(self.seats):
            self.leave(seat)

    async def judge(self) -> None:
        """Hold what was heard and stored against who might do what at which access epoch."""
        # Taken before the rows are read: whatever was told or called saved by now stands there.
        heard, acknowledged = set(self.heard), set(self.acknowledged)
        async with reading() as tx:
            changes = await change_store.changes_after(tx, self.section.id, 0)
        stored: dict[int, int] = {}
        for change in changes:
            for word in _words(change.update):
                stored.setdefault(word, change.epoch)
                if "edit" not in self.rights[change.member].at(change.epoch):
                    self.found.stored_after.append(f"seed {self.of[word]}, epoch {change.epoch}")
        self.found.heard += len(heard)
        for member, word, epoch in heard:
            since = stored.get(word)
            if since is None or not self.rights[member].ever("view", since, epoch):
                told = f"seed {self.of[word]}, stored at epoch {since}, heard at {epoch}"
                self.found.told_after.append(told)
        missing = acknowledged - stored.keys()
        self.found.lost += [f"seed {self.of[word]}" for word in sorted(missing)]

    # ------------------------------------------------------------ who may what

    async def change(self, who: Practitioner, *verbs: str) -> None:
        """Leave a member these verbs on the section, as an operation does; note it by epoch."""
        async with writing() as tx:
            tx.after_commit(lambda: self._changed(who, verbs))
            epoch = await gate.withdraw(tx, self.room, who, self.section.id, *BOTH)
            if verbs:
                await gate.allow(tx, who, self.section.id, *verbs)
            # Under the writer's lock: nothing can be stored, and so told, at this epoch before;
            # once it is let go, that may come before whoever waits here goes on.
            self.rights[who.id].by_epoch[epoch] = frozenset(verbs)
            self.epoch = epoch

    def _changed(self, who: Practitioner, verbs: tuple[str, ...]) -> None:
        if not verbs:
            self.withdrawn = (who.id, time.perf_counter())

    def shut(self, seat: Seat) -> None:
        """Note how long after the withdrawal her page was told that the section is closed."""
        if self.withdrawn is not None and self.withdrawn[0] == seat.who.id:
            self.found.closed_after_s.append(time.perf_counter() - self.withdrawn[1])

    # ------------------------------------------------------------ pages

    async def join(self, who: Practitioner) -> Seat:
        """A page of a member, signed in, with the section open."""
        async with writing() as tx:
            token = await sign_in(tx, who)
        connection = await self.rooms.enter(who, self.room, sign_in=sessions.hash_of(token))
        page = Page(self.rooms, connection)
        page.open("room")
        seat = Seat(self, who, page)
        self.seats.append(seat)
        seat.open()
        return seat

    def leave(self, seat: Seat) -> None:
        """Her page goes."""
        self.seats.remove(seat)
        seat.page.leave()
        seat.reader.cancel()

    async def settled(self) -> None:
        """Wait until every page has had all its answers."""
        await self.until(lambda: all(seat.is_answered() for seat in self.seats))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looked at whenever a page hears something."""
        ends = time.monotonic() + SETTLED_WITHIN_S
        while not holds():
            assert time.monotonic() < ends, [seat.state() for seat in self.seats]
            self.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), LOOKED_AT_EACH_S)

    def say(self, seed: int, seat: Seat) -> None:
        """Have a page write a word, if it may."""
        if seat.may_type():
            self.found.words += 1
            self.of[self.found.words] = seed
            seat.type(self.found.words)

    # ------------------------------------------------------------ one interleaving

    async def play(self, seed: int) -> None:
        """Take a member's sight away and give it again while all the others go on."""
        chance = random.Random(seed)
        who = chance.choice(self.members)
        hers = [seat for seat in self.seats if seat.who is who]
        verbs = chance.choice(((), (), (), ("view",)))
        is_known_before = chance.random() < 0.5

        async def withdraw_and_agree_again() -> None:
            await _moment(chance)
            await self.change(who, *verbs)
            self.found.withdrawals += 1
            if is_known_before:
                await self.until(lambda: not any(seat.may_type() for seat in hers))
                for seat in self.seats:
                    self.say(seed, seat)
            await _moment(chance)
            await self.change(who, *BOTH)

        doing = [withdraw_and_agree_again()]
        doing += [self._type(seed, chance, seat) for seat in self.seats]
        if chance.random() < 0.3:
            doing.append(self._come_and_go(seed, chance))
        await asyncio.gather(*doing)
        await self.settled()
        await self.until(lambda: all(self._is_open_again(seat) for seat in hers))
        self.withdrawn = None

    async def _come_and_go(self, seed: int, chance: random.Random) -> None:
        await _moment(chance)
        seat = await self.join(chance.choice(self.members))
        self.found.joined += 1
        await _moment(chance)
        self.say(seed, seat)
        await _moment(chance)
        self.leave(seat)

    async def _type(self, seed: int, chance: random.Random, seat: Seat) -> None:
        for _ in range(chance.choice((1, 1, 2))):
            await _moment(chance)
            self.say(seed, seat)

    def _is_open_again(self, seat: Seat) -> bool:
        """Say so, or have the page open the section again, as one does that looks again."""
        if seat.document is None:
            seat.open()
        return seat.may_type()


def _words(update: bytes) -> Iterator[int]:
    yield from (int(found) for found in WORD.findall(update))


async def _moment(chance: random.Random) -> None:
    """Let the others go first: by no turn, a few turns of the loop, or a moment of the clock."""
    turns = chance.choice((0, 0, 1, 2, 5, -1))
    if turns < 0:
        await asyncio.sleep(chance.uniform(0, 0.004))
    for _ in range(turns):
        await asyncio.sleep(0)


@asynccontextmanager
async def stages(folder: Path, count: int) -> AsyncIterator[list[Stage]]:
    """Rooms with the same three members on the bound store, and the live rooms over them."""
    use_keys_in(folder)
    async with writing() as tx:
        await gate.lay_table(tx)
    rooms = LiveRooms(gate.RowGate(), keepers=[SectionKeeper()])
    await rooms.start()
    notices.hear(notices.AccessChanged, rooms.access_changed)
    try:
        names = ("Imara Testwell", "Bronagh Mockford", "Ketan Mockdale")
        members = [practitioner(name) for name in names]
        yield [await _stage(rooms, members) for _ in range(count)]
    finally:
        await rooms.stop()


async def _stage(rooms: LiveRooms, members: list[Practitioner]) -> Stage:
    async with writing() as tx:
        room = await add_room(tx, *members)
        for member in members:
            await gate.allow(tx, member, room, "view")
    return Stage(rooms, room, members)


async def play(folder: Path, seeds: Sequence[int], *, rooms: int = 1) -> Found:
    """Play these interleavings, one after the other in each room."""
    waiting = [seeds[begin : begin + A_BLOCK] for begin in range(0, len(seeds), A_BLOCK)]
    total = Found()

    async def live(stage: Stage) -> None:
        while waiting:
            await stage.block(waiting.pop(0))
        total.add(stage.found)

    async with stages(folder, rooms) as played:
        await asyncio.gather(*(live(stage) for stage in played))
    return total
