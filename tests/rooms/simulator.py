"""Seeded histories of a live room in virtual time, over real rows and the real live rooms.

Three servers share one store. Members type, lose sight of sections and get it back, become
readers, open and close pages, lose their lines, send changes out of order and changes that no
CRDT can take; the bus loses up to all hints, delays, doubles and makes them up, and is down at
times; the store answers late, fails, or commits and does not say so. Time is virtual: a history
of seconds takes a fraction of one, and a seed always gives the same history. At the end every
history is judged (`judging`).
"""

import asyncio
import random
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from rooms import change_store
from rooms.live_rooms import LiveRooms
from rooms.plan import words_as_text
from server.directory.member import Practitioner
from server.identity import sessions
from server.kernel import database as kernel_database
from server.kernel import notices
from server.kernel.database import Database, reading, writing
from server.kernel.errors import Unavailable
from server.kernel.ids import MemberId, SectionId
from tests.fakes import gate
from tests.rooms.judging import (
    Rights,
    Tally,
    Verdict,
    judge_counted,
    judge_heard,
    judge_stored,
    says_the_same,
    words_in,
)
from tests.rooms.lossy_bus import LossyBus
from tests.rooms.pages import Page, PageDocument
from tests.rooms.rooms_for_tests import use_keys_in
from tests.rooms.sign_ins import sign_in
from tests.rooms.stage import Holding, Stage, four_members, poison, set_the_stage, without
from tests.rooms.virtual_time import SimulatedStore, run_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STORE_FAULTS = (SQLAlchemyError, Unavailable, OSError)
SERVERS = 3


class History(ABC):
    """One seeded history."""

    settles_s = 8.0

    def __init__(self, seed: int, *, for_s: float, pages: int) -> None:
        self.chance = random.Random(seed)
        self.for_s = for_s
        self.pages_at_first = pages
        self.rate = 12.0  # happenings a second
        self.verdict = Verdict()
        self.epoch = 1
        self.rights: dict[SectionId, dict[MemberId, Rights]] = {}
        self.typed: dict[int, str] = {}
        self.acknowledged: set[int] = set()
        self.tallies: dict[PageDocument, Tally] = {}
        self.pages: list[tuple[Page, Practitioner]] = []
        self.heard: dict[SectionId, list[tuple[MemberId, int, int]]] = {}
        self.servers: list[LiveRooms] = []
        self.bus = LossyBus(self.chance)
        self.notices_lost = self.chance.choice((0.0, 0.5, 1.0))
        self.changing = asyncio.Lock()

    async def play(self, store: Database, stage: Stage) -> Verdict:
        """Play it to its end, let everything settle, and judge."""
        kernel_database.bind(store)
        notices.forget_all()
        notices.hear(notices.AccessChanged, self._tell_a_server)
        await self._begin(stage)
        readers = asyncio.create_task(self._read_all())
        try:
            await self._live_through()
            await self._settle()
            await self._judge()
        finally:
            readers.cancel()
            for one in self.servers:
                await self._end(one)
            notices.forget_all()
        return self.verdict

    async def _begin(self, stage: Stage) -> None:
        """Take sight or writing away from some of the members, and start the servers."""
        self.room, self.members, self.sections = stage.room, stage.members, stage.sections
        async with writing() as tx:
            for section in self.sections:
                self.heard[section.id], self.rights[section.id] = [], {}
                for member in self.members:
                    verbs = {"view", "edit"} if self.chance.random() < 0.8 else {"view"}
                    if "edit" not in verbs:
                        await gate.take(tx, member, section.id, "edit")
                    self.rights[section.id][member.id] = Rights({1: frozenset(verbs)})
        for _ in range(SERVERS):
            started = LiveRooms(gate.RowGate(), bus=self.bus.place())
            await started.start()
            self.servers.append(started)

    async def _end(self, server: LiveRooms) -> None:
        await server.stop()

    def _tell_a_server(self, notice: notices.AccessChanged) -> None:
        """The server on which access was changed hears of it; the others by the bus, or later."""
        if self.chance.random() >= self.notices_lost:
            self.chance.choice(self.servers).access_changed(notice)

    # ------------------------------------------------------------ what happens

    async def _live_through(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(self._join() for _ in range(self.pages_at_first)))
        ends = loop.time() + self.for_s
        what: dict[Callable[[], Awaitable[None]], int] = {
            self._type: 60,
            self._type_out_of_order: 4,
            self._poison: 5,
            self._join: 5,
            self._leave: 3,
            self._change_rights: 8,
            self._trouble: 2,
            self._bus_outage: 2,
            self._make_up: 3,
        }
        doing = []
        while loop.time() < ends:
            chosen = self.chance.choices(list(what), list(what.values()))[0]
            doing.append(asyncio.ensure_future(chosen()))
            await asyncio.sleep(self.chance.expovariate(self.rate))
        await asyncio.gather(*doing)

    async def _settle(self) -> None:
        """Wait until all pages have what they will have; as long as a look at least."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.settles_s
        await asyncio.sleep(0.9)
        while loop.time() < ends and any(document.unsynced for document in self._open_documents()):
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.6)

    async def _join(self) -> None:
        member = self.chance.choice(self.members)
        chosen = self.chance.choice(self.servers)
        try:
            async with writing() as tx:
                signed_in = await sign_in(tx, member)
            connection = await chosen.enter(member, self.room, sign_in=sessions.hash_of(signed_in))
        except STORE_FAULTS:
            return  # the store was in trouble: the page would try again
        page = Page(chosen, connection)
        page.chance = self.chance
        page.open("room")
        self.pages.append((page, member))
        for section in self.sections:
            if self.chance.random() < 0.8:
                page.open(section.id.hex)

    async def _leave(self) -> None:
        if len(self.pages) > 2:
            page, member = self.pages.pop(self.chance.randrange(len(self.pages)))
            self._listen(page, member)
            page.leave()

    def _open_documents(self) -> list[PageDocument]:
        return [
            document
            for page, _member in self.pages
            if page.connection.closed is None
            for document in page.documents.values()
            if document.address != "room" and document.scope == "read-write"
            if document.is_synced and document.denied is None and document.closed is None
        ]

    def _word(self, document: PageDocument) -> str:
        self.verdict.words += 1
        self.typed[self.verdict.words] = document.address
        self.tallies.setdefault(document, Tally()).words.append(self.verdict.words)
        return f"w{self.verdict.words}x"

    async def _type(self) -> None:
        documents = self._open_documents()
        if documents:
            document = self.chance.choice(documents)
            word = self._word(document)
            document.sent.append(self.verdict.words)
            document.type(word)

    async def _type_out_of_order(self) -> None:
        """A page's second change comes before its first."""
        documents = self._open_documents()
        if not documents:
            return
        document = self.chance.choice(documents)
        held, document.page = document.page, Holding(document.page)
        made = []
        for _ in range(2):
            word = self._word(document)
            made.append((self.verdict.words, document.type(word)))
        document.unsynced -= 2
        document.page = held
        for word_number, change in reversed(made):
            document.sent.append(word_number)
            document.send(change)

    async def _poison(self) -> None:
        """A page sends what no CRDT can take; its document is closed, and opened anew."""
        documents = self._open_documents()
        if documents:
            self.verdict.poison += 1
            document = self.chance.choice(documents)
            document.sent.append(0)
            document.send(poison(self.chance))
            await asyncio.sleep(0.3)
            for page, member in self.pages:
                if document in page.documents.values() and document.closed:
                    self._listen(page, member)
                    page.open(document.address)

    async def _change_rights(self) -> None:
        member = self.chance.choice(self.members)
        section = self.chance.choice(self.sections)
        verbs = self.chance.choice((frozenset(), frozenset({"view"}), frozenset({"view", "edit"})))
        self.verdict.withdrawals += 1
        async with self.changing:
            try:
                async with writing() as tx:
                    await gate.withdraw(tx, self.room, member, section.id, "view", "edit")
                    if verbs:
                        await gate.allow(tx, member, section.id, *sorted(verbs))
                    epoch = await tx.scalar(gate.epoch_of(self.room))
                    # Noted before the commit: nobody can commit at this epoch earlier.
                    tx.after_commit(lambda: self._note(member, section.id, epoch, verbs))
                    self._note(member, section.id, epoch, verbs)
            except STORE_FAULTS:
                await self._note_again(member, section.id)

    def _note(
        self, member: Practitioner, section: SectionId, epoch: int, verbs: frozenset[str]
    ) -> None:
        self.rights[section][member.id].by_epoch[epoch] = verbs
        self.epoch = max(self.epoch, epoch)

    async def _note_again(self, member: Practitioner, section: SectionId) -> None:
        """The store did not say: read what became of it, while nobody else changes anything."""
        while True:
            await asyncio.sleep(0.01)
            try:
                async with writing() as tx:
                    epoch = int(await tx.scalar(gate.epoch_of(self.room)))
                    verbs = frozenset(await gate.RowGate()._open(tx, member, section))
            except STORE_FAULTS:
                continue
            known = self.rights[section][member.id].by_epoch
            for later in [one for one in known if one > epoch]:
                del known[later]
            known[epoch] = verbs
            self.epoch = epoch
            return

    @abstractmethod
    async def _trouble(self) -> None:
        """The store fails for a while, or does not say what it did."""

    async def _bus_outage(self) -> None:
        self.verdict.outages += 1
        self.bus.is_up = False
        await asyncio.sleep(self.chance.uniform(0.05, 1.0))
        self.bus.is_up = True

    async def _make_up(self) -> None:
        self.bus.make_up(self.room, self.chance.choice(self.sections).id)

    # ------------------------------------------------------------ what is heard

    async def _read_all(self) -> None:
        while True:
            for page, member in list(self.pages):
                self._listen(page, member)
            await asyncio.sleep(0.02)

    def _listen(self, page: Page, member: Practitioner) -> None:
        page.read()
        for message in page.bytes_heard:
            for section in self.sections:
                if section.id.hex.encode() in message[:40]:
                    self.heard[section.id] += [
                        (member.id, word, self.epoch) for word in words_in(message)
                    ]
        page.bytes_heard.clear()
        for document in page.documents.values():
            while document.statuses:
                is_saved = document.statuses.pop(0)
                # Statuses answer the messages in their order; a step 2 is no word (0). Once one
                # was refused, which may overtake those on their way, they are only counted.
                word = document.sent.pop(0) if document.sent else 0
                tally = self.tallies.setdefault(document, Tally())
                tally.saved += is_saved
                tally.others += not word
                if is_saved and word and not document.refused:
                    self.acknowledged.add(word)

    # ------------------------------------------------------------ judging

    async def _judge(self) -> None:
        self.verdict.hints = self.bus.carried
        for page, member in self.pages:
            self._listen(page, member)
        for section in self.sections:
            async with reading() as tx:
                changes = await change_store.changes_after(tx, section.id, 0)
                words = (await change_store.load_words(tx, [section.id]))[section.id]
            replayed = words_as_text([change.update for change in changes])
            rights = self.rights[section.id]
            epochs = judge_stored(
                self.verdict,
                changes,
                rights,
                replayed=replayed,
                read=words_as_text(words.updates()),
                saved=[one for one in self.acknowledged if self.typed[one] == section.id.hex],
            )
            judge_counted(
                self.verdict,
                [one for page, one in self.tallies.items() if page.address == section.id.hex],
                words_in(replayed.encode()),
            )
            judge_heard(self.verdict, self.heard[section.id], epochs, rights)
            for page, member in self.pages:
                if "view" in rights[member.id].at(self.epoch):
                    self._judge_page(page, section.id.hex, replayed)

    def _judge_page(self, page: Page, address: str, replayed: str) -> None:
        document = page.documents.get(address)
        if document is None or document.denied or document.closed or page.connection.closed:
            return
        self.verdict.unequal += not says_the_same(document, replayed)
        self.verdict.unanswered += document.unsynced != 0 and document.refused == 0


class VirtualHistory(History):
    """A history on a simulated store, in virtual time."""

    def __init__(self, seed: int, store: SimulatedStore, *, for_s: float, pages: int) -> None:
        super().__init__(seed, for_s=for_s, pages=pages)
        self.store = store

    async def _trouble(self) -> None:
        self.store.trouble = 0.5
        await asyncio.sleep(self.chance.uniform(0.05, 0.4))
        self.store.trouble = 0.0

    async def _end(self, server: LiveRooms) -> None:
        """Stop it as a kill does: everything is judged already."""
        tasks = [*server._rounds, *server._opening]
        tasks += [server._committer] if server._committer else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _stage_of(members: list[Practitioner]) -> Stage:
    async with writing() as tx:
        return await set_the_stage(tx, members)


class Simulator:
    """Plays histories one after another on one simulated store, from one stage."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        use_keys_in(folder)
        self.store = SimulatedStore(folder)
        kernel_database.bind(self.store)
        self.stage: Stage = run_in_virtual_time(lambda _time: _stage_of(four_members()))
        self.store.keep()

    def play(self, seed: int, *, for_s: float = 6.0, pages: int = 3) -> Verdict:
        """Play one history; its verdict."""
        history = VirtualHistory(seed, self.store, for_s=for_s, pages=pages)
        self.store.begin(history.chance)
        ids = history.chance.getrandbits
        with without(uuid, "uuid4", lambda: uuid.UUID(int=ids(128), version=4)):
            verdict: Verdict = run_in_virtual_time(
                lambda _time: history.play(self.store, self.stage)
            )
        return verdict
