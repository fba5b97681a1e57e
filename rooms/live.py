"""Open sections in memory: who is connected, which sections are open, what waits to be stored.

This is the state alone, touched by the loop's own thread. What happens to it stands beside it:
`following` opens, `editing` takes changes, `committing` stores them, `telling` tells, `rechecking`
asks the gate again. The rows are the truth; all of this can be lost at any moment.

Rule: ADR-0009.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from consent.keeper import Keepers
from policies.act import Act
from policies.decision import Decision
from policies.facts import Label
from rooms import limits
from rooms.frames import Frame, write_frame
from rooms.hints import About, Hint
from rooms.outlet import Outlet
from rooms.update import Holdings
from rooms.words import LiveWords
from server.directory.member import Member
from server.kernel.bucket import Bucket
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId, new_id

if TYPE_CHECKING:
    from consent.bell import Bell
    from server.directory.team import Role

LEASE_S = 0.8

ROOM_DOCUMENT = "room"
"""The document, without words, on which a page hears the news of its room."""


class CloseCode(IntEnum):
    """Why a connection was closed."""

    TOO_MUCH = 1008
    STOPPING = 1012
    SIGNED_OUT = 4401
    FORBIDDEN = 4403
    TOO_SLOW = 4408


class Held(Protocol):
    """What a page holds of the gate's answers; `consent.capability.Capability` is one."""

    @property
    def epoch(self) -> int:
        """Return the access epoch it was decided at."""
        ...

    @property
    def until(self) -> float:
        """Return its end, in seconds of the loop's own time."""
        ...

    @property
    def things(self) -> Mapping[str, frozenset[int]]:
        """Return the ids, as whole numbers, of the things that each act is open on."""
        ...

    def allows(self, act: Act, thing: UUID) -> bool:
        """Say whether the act on this thing was allowed, and still is by the clock."""
        ...


class Door(Protocol):
    """What the live room asks of the gate; `consent.gate` is one."""

    async def require(self, tx: Tx, who: Member, act: Act, label: Label) -> Decision:
        """Allow and record an act, or refuse it."""
        ...

    async def capability(self, tx: Tx, who: Member, room: RoomId, labels: Sequence[Label]) -> Held:
        """Return what she may do live with these things."""
        ...

    async def capabilities(
        self, tx: Tx, members: Collection[Member], room: RoomId, labels: Sequence[Label]
    ) -> Mapping[MemberId, Held]:
        """Return what each of these may do live with these things."""
        ...


class StretchKind(StrEnum):
    """What a member does with a section for a while."""

    READING = "reading"
    WRITING = "writing"


@dataclass(slots=True)
class Stretch:
    """A while of reading or writing one section: one log entry begins it, another ends it."""

    kind: StretchKind
    section: SectionId
    room: RoomId
    who: Member
    from_seq: int
    since: datetime
    id: UUID = field(default_factory=new_id)
    began_at: float = 0.0
    last_at: float = 0.0
    upto_seq: int = 0
    count: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, update: bytes, seq: int, now: float) -> None:
        """Note that one more change was stored."""
        self.count += 1
        self.upto_seq = seq
        self.last_at = now
        self.digest.update(update)


class Connection(Outlet):
    """One page's socket into one room: who sits there, what is open, what is owed to it."""

    def __init__(self, member: Member, room: RoomId, capability: Held, sign_in: bytes) -> None:
        """Begin with nothing open. `sign_in` is the hash of the sign-in it lives on."""
        super().__init__()
        self.member = member
        self.room = room
        self.capability = capability
        self.sign_in = sign_in
        self.identity: dict[str, str] = {}  # what stands beside her caret; empty: never shown
        self.role: Role | None = None
        self.documents: dict[str, OpenSection] = {}
        self.opening: dict[str, list[Frame]] = {}
        self.room_address: str | None = None
        self.closed: tuple[CloseCode, str] | None = None
        self.heard_at = now()
        self.frames = Bucket(limits.FRAMES_A_SECOND, limits.FRAMES_AT_ONCE, now())
        self._closing = asyncio.Event()

    def send(self, frame: Frame, *, is_caret: bool = False) -> None:
        """Owe the page a frame."""
        self.send_bytes(getattr(frame, "address", ""), write_frame(frame), is_caret=is_caret)

    def send_bytes(self, address: str, message: bytes, *, is_caret: bool = False) -> None:
        """Owe the page a written frame; a page that is owed too much is closed."""
        if self.closed:
            return
        if is_caret and self.owes_much():
            return
        # One message alone may be larger, as a plan's part in whole for a page that just came.
        if self.owes_much() and self._owed_bytes + len(message) > limits.OWED_BYTES:
            self.close(CloseCode.TOO_SLOW, "This page does not read what it is sent.")
            return
        self.owe(address, message)

    def close(self, code: CloseCode, reason: str) -> None:
        """Have the socket closed; of what is still owed only the last words are sent."""
        if self.closed is None:
            self.closed = (code, reason)
            if code == CloseCode.TOO_SLOW:
                self.forget_owed()
            self.rouse()
            self._closing.set()

    async def next_message(self) -> bytes | None:
        """Return the next message to send, waiting for it; None: close now."""
        while (message := self.next_owed()) is None:
            if self.closed:
                return None
            await self.something_owed()
        return message

    async def until_closed(self) -> None:
        """Wait until the server closes this connection."""
        await self._closing.wait()

    def may_see_room(self) -> bool:
        """Say whether the member may still see the room itself."""
        return self.capability.allows(Act.VIEW_ROOM, self.room)


class OpenSection:
    """One section open on one connection, with what the gate allows there."""

    def __init__(
        self,
        connection: Connection,
        section: "LiveSection",
        *,
        address: str,
        capability: Held,
        epoch: int,
    ) -> None:
        """Hold the capability and the access epoch at which it is known to be right."""
        self.connection = connection
        self.section = section
        self.address = address
        self.capability = capability
        self.epoch = epoch
        self.scope = ""
        self.is_gone = False
        self.denials = 0
        self.asks, self.answers = 0, 0  # how often its page was asked for what it has, and told
        self.knows: bytes | None = None  # where it is behind: the state vector it was told last
        self.clients: set[int] = set()
        self.sees: dict[int, int] = {}  # the carets this page was shown, with their clocks
        self.reading: Stretch | None = None

    def may_read(self) -> bool:
        """Say whether the member may see the section, by a look-up."""
        return not self.is_gone and self.capability.allows(Act.OPEN_SECTION, self.section.id)

    def may_write(self) -> bool:
        """Say whether the member may change the section, by a look-up."""
        return not self.is_gone and self.capability.allows(Act.EDIT_SECTION, self.section.id)

    def send(self, frame: Frame, *, is_caret: bool = False) -> None:
        """Owe the page a frame of this section."""
        if not self.is_gone:
            self.connection.send(frame, is_caret=is_caret)


@dataclass(slots=True)
class Edit:
    """One change that waits to be stored, from one open section.

    `is_counted` is whether its page counts it among what is not saved, and so waits for a status.
    """

    opened: OpenSection
    update: bytes
    holds: Holdings
    is_counted: bool = True
    is_answered: bool = False

    @property
    def author(self) -> MemberId:
        """Return who sent it."""
        return self.opened.connection.member.id


@dataclass(slots=True)
class Caret:
    """Where one CRDT client of a member is in a section."""

    opened: OpenSection
    clock: int
    state: str


class LiveSection:
    """One section in memory: its words, who has it open, and what waits."""

    def __init__(
        self, section_id: SectionId, room: RoomId, *, label: Label, words: LiveWords, seq: int
    ) -> None:
        """Begin at what the rows say: all changes up to `seq`."""
        self.id = section_id
        self.room = room
        self.label = label
        self.words = words
        self.told = words.vector()
        self.seq = seq
        self.epoch = 0  # the highest access epoch of anything that is in the words
        self.generation = 0  # how often words had been taken back when this was read
        self.retired: frozenset[int] = frozenset()  # client ids of older generations
        self.clients: dict[int, MemberId] = {}
        self.unbound: dict[int, MemberId] = {}  # seen in carets, not yet in a row
        self.open: list[OpenSection] = []
        self.pending: list[Edit] = []
        self.pending_bytes = 0
        self.asked: list[tuple[OpenSection, bytes | None]] = []
        self.carets: dict[int, Caret] = {}
        self.moved: set[int] = set()
        self.writing: dict[MemberId, Stretch] = {}
        self.is_busy = False  # a batch of it is on its way to the store
        self.is_held = False  # its epoch is stale: the gate is asked first
        self.is_broken = False  # the words hold what was not stored: build them again
        self.one_by_one = 0  # how many changes are taken alone: one of them was no good
        self.faults = 0
        self.tail_rows = 0
        self.tail_bytes = 0

    @property
    def is_full(self) -> bool:
        """Say whether so much waits that the pages that write here are not read on."""
        return len(self.pending) > limits.HELD_EDITS or self.pending_bytes > limits.HELD_BYTES

    @property
    def is_settled(self) -> bool:
        """Say whether memory equals the rows, so that somebody may be given the whole."""
        return not (self.is_busy or self.is_held or self.is_broken)


class Hub:
    """Everything live in this process."""

    def __init__(self, door: Door, keepers: Keepers = ()) -> None:
        """Begin empty. `door` is the gate, `keepers` keep the things of rooms."""
        self.id = new_id()
        self.door = door
        self.keepers = keepers
        self.changed: dict[SectionId, LiveSection] = {}
        self.sections: dict[SectionId, LiveSection] = {}
        self.connections: dict[RoomId, list[Connection]] = {}
        self.wake = asyncio.Event()
        self.to_recheck: set[RoomId] = set()
        self.recheck_now = asyncio.Event()
        self.doubts: dict[RoomId, int] = {}
        self.lease_until = 0.0
        self.storing_since: float | None = None  # when the batch on its way was handed over
        self.is_failing = False
        self.is_stopping = False
        self.ended: list[Stretch] = []
        self.bells: deque[Bell] = deque()
        self.bells_wait = asyncio.Event()
        self.rung: dict[UUID, float] = {}  # bells that were rung here, and when
        self.has_others = False  # other processes serve the same store
        self.stored: dict[SectionId, LiveSection] = {}
        self.tell_others: Callable[[Hint], None] = _tell_nobody
        self.to_snapshot: set[SectionId] = set()
        self.held: set[Connection] = set()  # pages that are not read on: too much waits
        self.wrote: set[bytes] = set()  # sign-ins that wrote since this was last noted
        self._updates: dict[MemberId, Bucket] = {}
        self._bytes: dict[MemberId, Bucket] = {}

    def holds_lease(self) -> bool:
        """Say whether the epochs were read lately enough to hand anything out."""
        return now() < self.lease_until

    def ask_again(self, room: RoomId) -> None:
        """Have the gate asked again about every open place of the room, at once."""
        self.to_recheck.add(room)
        self.recheck_now.set()

    def note_stored(self, live: LiveSection) -> None:
        """Have pages and other processes told, each in their time, that changes were stored."""
        self.changed[live.id] = self.stored[live.id] = live
        self.tell_others(Hint(About.STORED, live.room, live.id, live.seq))

    def in_room(self, room: RoomId) -> list[Connection]:
        """Return who is connected to the room."""
        return list(self.connections.get(room, ()))

    def sections_of(self, room: RoomId) -> list[LiveSection]:
        """Return the sections of the room that are in memory."""
        return [live for live in self.sections.values() if live.room == room]

    def everybody(self) -> list[Connection]:
        """Return every connection."""
        return [one for several in self.connections.values() for one in several]

    def takes(self, member: MemberId, size_bytes: int) -> bool:
        """Say whether one more change of this size is within what a member may send."""
        at = now()
        if member not in self._updates:
            self._updates[member] = Bucket(limits.UPDATES_A_SECOND, limits.UPDATES_AT_ONCE, at)
            self._bytes[member] = Bucket(limits.BYTES_A_SECOND, limits.BYTES_AT_ONCE, at)
        counted = self._updates[member].take(1, at)
        return self._bytes[member].take(size_bytes, at) and counted

    def hold_reading(self, connection: Connection) -> None:
        """Have a page read no further until what waits in its sections is stored."""
        if connection.line is not None:
            self.held.add(connection)
            connection.line.hold_reading()

    def read_on(self) -> None:
        """Have pages read on in whose sections little enough waits again."""
        for connection in list(self.held):
            connection.heard_at = now()  # that it is silent is our doing
            if not any(opened.section.is_full for opened in connection.documents.values()):
                self.held.discard(connection)
                if connection.line is not None:
                    connection.line.go_on_reading()

    def forget(self, member: MemberId) -> None:
        """Forget how much a member sent, once she is connected nowhere."""
        if all(one.member.id != member for one in self.everybody()):
            self._updates.pop(member, None)
            self._bytes.pop(member, None)


def _tell_nobody(_hint: Hint) -> None:
    """Say nothing: one process alone, or no bus between them."""


def now() -> float:
    """Return the loop's own time in seconds, which no change of the wall clock moves."""
    return asyncio.get_running_loop().time()
