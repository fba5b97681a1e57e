"""Seeded histories of a live room in virtual time, over real rows and the real live rooms.

Two servers share one store. Members type, lose sight of sections and get it back, become
readers, open and close pages, lose their lines; notices get lost, the store answers late, fails,
or commits and does not say so. Time is virtual: a history of many seconds takes a fraction of
one, and a seed always gives the same history. At the end every history is judged:

- lost: an acknowledged word that is not in the rows; doubled: a word, or a change, that stands
  twice;
- unanswered: a page that at the end waits for an answer, or had more of them than it sent changes;
- unequal: a page that differs from the plain replay of every stored change;
- canaries: a word heard by a member who, since it was written, was never allowed to see it;
- intruders: a word stored of a member who was not allowed to write at its access epoch.
"""

import asyncio
import random
import re
import uuid
from collections.abc import Callable, Coroutine
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from rooms import change_store
from rooms.live_rooms import LiveRooms
from rooms.plan import words_as_text
from server.directory.member import Practitioner
from server.identity import sessions
from server.kernel import database as kernel_database
from server.kernel import notices
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, RoomId, SectionId
from tests.fakes import gate
from tests.rooms.pages import Page
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner, use_keys_in
from tests.rooms.sign_ins import sign_in
from tests.rooms.virtual_time import SimulatedStore, VirtualTime, lay_tables, run_in_virtual_time

WORD = re.compile(rb"w\d+x")


@dataclass
class Rights:
    """Who might do what in one section, epoch by epoch."""

    by_epoch: dict[int, frozenset[str]] = field(default_factory=dict)

    def at(self, epoch: int) -> frozenset[str]:
        known = [one for one in self.by_epoch if one <= epoch]
        return self.by_epoch[max(known)] if known else frozenset()

    def ever(self, verb: str, since: int, until: int) -> bool:
        return any(verb in self.at(epoch) for epoch in range(since, until + 1))


@dataclass
class Verdict:
    """What was found wrong with a history, and how much happened in it."""

    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    unequal: int = 0
    canaries: int = 0
    intruders: int = 0
    words: int = 0
    withdrawals: int = 0
    heard: int = 0

    @property
    def faults(self) -> int:
        unlike = self.lost + self.doubled + self.unanswered + self.unequal
        return unlike + self.canaries + self.intruders

    def add(self, other: "Verdict") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class History:
    """One seeded history."""

    def __init__(self, seed: int, folder: Path, *, for_s: float = 6.0) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.for_s = for_s
        self.verdict = Verdict()
        self.epoch = 1
        self.rights: dict[tuple[MemberId, SectionId], Rights] = {}
        self.typed: dict[int, tuple[Page, str]] = {}
        self.acknowledged: set[int] = set()
        self.pages: list[tuple[Page, Practitioner]] = []
        self.heard: list[tuple[MemberId, SectionId, int, int]] = []  # word, epoch at hearing
        self.servers: list[LiveRooms] = []

    async def play(self, time: VirtualTime) -> Verdict:
        """Play it to its end, let everything settle, and judge."""
        del time
        path = self.folder / "history.sqlite"
        lay_tables(path)
        store = SimulatedStore(path, self.chance)
        kernel_database.bind(store)
        notices.forget_all()
        notices.hear(notices.AccessChanged, self._tell_servers)
        await self._set_the_stage()
        readers = asyncio.create_task(self._read_all())
        try:
            await self._live_through(store)
            store.trouble = 0.0
            await asyncio.sleep(3.0)
            await self._judge()
        finally:
            readers.cancel()
            for one in self.servers:
                await one.stop()
            await store.close()
            notices.forget_all()
        return self.verdict

    async def _set_the_stage(self) -> None:
        use_keys_in(self.folder)
        names = ("Imara Testwell", "Bronagh Mockford", "Ketan Mockdale", "Leona Sampleby")
        self.members = [practitioner(name) for name in names]
        async with writing() as tx:
            self.room = RoomId(await add_room(tx, *self.members))
            self.sections = [
                await add_section(tx, self.room, self.members[0], "first") for _ in range(2)
            ]
            for member in self.members:
                await gate.allow(tx, member, self.room, "view")
                for section in self.sections:
                    verbs = ("view", "edit") if self.chance.random() < 0.8 else ("view",)
                    await gate.allow(tx, member, section.id, *verbs)
                    self.rights[member.id, section.id] = Rights({1: frozenset(verbs)})
        for _ in range(2):
            started = LiveRooms(gate.RowGate())
            await started.start()
            self.servers.append(started)

    def _tell_servers(self, notice: notices.AccessChanged) -> None:
        for one in self.servers:
            if self.chance.random() < 0.5:  # every other notice is lost
                one.access_changed(notice)

    # ------------------------------------------------------------ what happens

    async def _live_through(self, store: SimulatedStore) -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.for_s
        doing: list[asyncio.Task[None]] = []
        await asyncio.gather(*(self._join() for _ in range(3)))
        while loop.time() < ends:
            what = self.chance.choices(
                (self._type, self._join, self._leave, self._change_rights, self._trouble(store)),
                (60, 6, 3, 8, 2),
            )[0]
            doing.append(asyncio.create_task(what()))
            await asyncio.sleep(self.chance.expovariate(12.0))
        store.trouble = 0.0
        await asyncio.gather(*doing)

    async def _join(self) -> None:
        member = self.chance.choice(self.members)
        chosen = self.chance.choice(self.servers)
        try:
            async with writing() as tx:
                signed_in = await sign_in(tx, member)
            connection = await chosen.enter(member, self.room, sign_in=sessions.hash_of(signed_in))
        except OperationalError:
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
            page, _member = self.pages.pop(self.chance.randrange(len(self.pages)))
            self._listen(page, _member)
            page.leave()

    async def _type(self) -> None:
        open_documents = [
            (page, document)
            for page, _member in self.pages
            for document in page.documents.values()
            if document.address != "room" and document.scope == "read-write"
            if document.is_synced and document.denied is None and document.closed is None
        ]
        if open_documents:
            page, document = self.chance.choice(open_documents)
            self.verdict.words += 1
            word = self.verdict.words
            self.typed[word] = (page, document.address)
            document.sent.append(word)
            document.type(f"w{word}x")

    async def _change_rights(self) -> None:
        member = self.chance.choice(self.members)
        section = self.chance.choice(self.sections)
        verbs = self.chance.choice((frozenset(), frozenset({"view"}), frozenset({"view", "edit"})))
        try:
            async with writing() as tx:
                await gate.withdraw(tx, self.room, member, section.id, "view", "edit")
                if verbs:
                    await gate.allow(tx, member, section.id, *sorted(verbs))
                epoch = await tx.scalar(gate.epoch_of(self.room))
                # Noted under the writer's lock: nobody can commit at this epoch before.
                tx.after_commit(lambda: self._note(member, section.id, epoch, verbs))
                self._note(member, section.id, epoch, verbs)
        except OperationalError:
            await self._note_again(member, section.id)
        self.verdict.withdrawals += 1

    def _note(
        self, member: Practitioner, section: SectionId, epoch: int, verbs: frozenset[str]
    ) -> None:
        self.rights[member.id, section].by_epoch[epoch] = verbs
        self.epoch = max(self.epoch, epoch)

    async def _note_again(self, member: Practitioner, section: SectionId) -> None:
        """The store did not say: read what became of it, while nobody else changes anything."""
        while True:
            try:
                async with writing() as tx:
                    epoch = int(await tx.scalar(gate.epoch_of(self.room)))
                    verbs = frozenset(await gate.RowGate()._open(tx, member, section))
                    known = self.rights[member.id, section].by_epoch
                    for later in [one for one in known if one > epoch]:
                        del known[later]
                    known[epoch] = verbs
                    self.epoch = epoch
                break
            except OperationalError:
                await asyncio.sleep(0.01)

    def _trouble(self, store: SimulatedStore) -> Callable[[], Coroutine[Any, Any, None]]:
        async def trouble() -> None:
            store.trouble = 0.5
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))
            store.trouble = 0.0

        return trouble

    # ------------------------------------------------------------ what is heard

    async def _read_all(self) -> None:
        while True:
            for page, member in list(self.pages):
                self._listen(page, member)
            await asyncio.sleep(0.01)

    def _listen(self, page: Page, member: Practitioner) -> None:
        page.read()
        for message in page.bytes_heard:
            for section in self.sections:
                if section.id.hex.encode() in message[:40]:
                    for found in WORD.findall(message):
                        word = int(found[1:-1])
                        self.heard.append((member.id, section.id, word, self.epoch))
        page.bytes_heard.clear()
        for document in page.documents.values():
            while document.statuses:
                is_saved = document.statuses.pop(0)
                # Statuses answer the messages in their order; a step 2 is no word (0).
                word = document.sent.pop(0) if document.sent else 0
                if is_saved and word:
                    self.acknowledged.add(word)

    # ------------------------------------------------------------ judging

    async def _judge(self) -> None:
        for page, member in self.pages:
            self._listen(page, member)
        for section in self.sections:
            async with reading() as tx:
                changes = await change_store.changes_after(tx, section.id, 0)
                words = (await change_store.load_words(tx, [section.id]))[section.id]
            self._judge_section(section.id, changes, words_as_text(words.updates()))

    def _judge_section(
        self, section: SectionId, changes: list[change_store.Change], text: str
    ) -> None:
        verdict = self.verdict
        replayed = words_as_text([change.update for change in changes])
        verdict.unequal += replayed != text
        there = [int(found[1:-1]) for found in WORD.findall(replayed.encode())]
        verdict.doubled += len(there) - len(set(there))
        verdict.doubled += len(changes) - len({(one.member, one.update) for one in changes})
        verdict.lost += sum(
            1
            for word in self.acknowledged
            if self.typed[word][1] == section.hex and word not in there
        )
        epochs: dict[int, int] = {}
        for change in changes[1:]:
            for found in WORD.findall(change.update):
                epochs.setdefault(int(found[1:-1]), change.epoch)
            rights = self.rights[change.member, section]
            verdict.intruders += "edit" not in rights.at(change.epoch)
        self._judge_heard(section, epochs)
        for page, member in self.pages:
            document = page.documents.get(section.hex)
            may_see = "view" in self.rights[member.id, section].at(self.epoch)
            if document is None or document.denied or document.closed:
                continue
            if page.connection.closed or not may_see:
                continue
            verdict.unequal += not _says_the_same(document, replayed)
            verdict.unanswered += document.unsynced != 0 and document.refused == 0

    def _judge_heard(self, section: SectionId, epochs: dict[int, int]) -> None:
        for member, heard_in, word, epoch_then in self.heard:
            if heard_in != section:
                continue
            self.verdict.heard += 1
            stored_at = epochs.get(word)
            rights = self.rights[member, section]
            if stored_at is None or not rights.ever("view", stored_at, epoch_then):
                self.verdict.canaries += 1


def _says_the_same(document: Any, replayed: str) -> bool:
    """Say whether a page shows what is stored; it may show its own unsaved words besides."""
    if document.unsynced == 0 and document.refused == 0:
        return bool(document.text == replayed)
    own = set(document.text.split("\n"))
    return all(line in own for line in replayed.split("\n"))


@contextmanager
def without(module: Any, name: str, instead: Any) -> Any:
    """Take one check out of the product while a history is played."""
    kept = getattr(module, name)
    setattr(module, name, instead)
    try:
        yield
    finally:
        setattr(module, name, kept)


def play(seed: int, folder: Path, *, for_s: float = 6.0) -> Verdict:
    """Play one history; its verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    history = History(seed, folder, for_s=for_s)
    with without(uuid, "uuid4", lambda: uuid.UUID(int=history.chance.getrandbits(128), version=4)):
        verdict: Verdict = run_in_virtual_time(history.play)
    return verdict
