"""Everything live of this process under one name: started and stopped with the server.

Pages' sockets hand it messages, notices tell it what changed, and its own rounds look at the
rows. What each does stands in the modules it calls.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from consent import gate
from consent.bell import Bell, clear_rung
from consent.keeper import Keepers
from rooms import (
    caret_store,
    committing,
    looking,
    presence,
    rechecking,
    recording,
    ringing,
    snapshotting,
    stretch_store,
)
from rooms.elsewhere import PASS_EACH_S, Elsewhere, pass_carets
from rooms.following import enter, is_room, open_room, open_section
from rooms.frames import Ping, write_frame
from rooms.hearing import hear, waiting_frames
from rooms.hints import About, Bus, Hint, read_hint, subject_of, write_hint
from rooms.limits import PING_S, SILENCE_S
from rooms.live import CloseCode, Connection, Door, Hub, now
from rooms.parting import end_connection
from rooms.sight import Sights
from server.directory.member import Member
from server.kernel.database import writing
from server.kernel.ids import RoomId
from server.kernel.notices import AccessChanged, SignedOut

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 1.0
SEEN_EACH_S = 10.0
STOP_S = 10.0


Result = TypeVar("Result")


class LiveRooms:
    """The live rooms of this process."""

    def __init__(self, door: Door = gate, *, keepers: Keepers = (), bus: Bus | None = None) -> None:
        """Begin with nothing open. `door` is the gate; the simulator of the tests has its own.

        `keepers` keep the things of rooms: pages that only read are told when theirs change.
        `bus` tells other processes sooner what they would find in the rows by themselves.
        """
        self.hub = Hub(door, keepers)
        self._sights = Sights(self.hub)
        self._elsewhere = Elsewhere()
        self._hinted = looking.Hinted()
        self._bus = bus
        self._followed: set[RoomId] = set()
        if bus is not None:
            self.hub.tell_others = partial(_tell, bus)
        self._rounds: list[asyncio.Task[None]] = []
        self._committer: asyncio.Task[None] | None = None
        self._opening: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ from start to stop

    async def start(self) -> None:
        """Close what a dead server left open, then begin to look at the rows and to store."""
        async with writing() as tx:
            await stretch_store.see_hub(tx, self.hub.id)
        await recording.close_dead_stretches(self.hub)
        await looking.look(self.hub)
        if self._bus is not None:
            await self._bus.follow(subject_of(None), partial(self._hint, None))
        self._committer = asyncio.create_task(committing.run_forever(self.hub))
        self._rounds = [
            asyncio.create_task(round_)
            for round_ in (
                self._look(),
                self._look_beside(),
                self._look_where_hinted(),
                self._pass_carets(),
                self._recheck(),
                self._ring(),
                self._ring_changed(),
                self._keep_house(),
                self._watch_store(),
                self._show(),
            )
        ]

    async def stop(self) -> None:
        """Close every page, store what waits, and record the end of everything open."""
        hub = self.hub
        for connection in hub.everybody():
            end_connection(hub, connection)
            connection.close(CloseCode.STOPPING, "The service stops for a moment.")
        hub.is_stopping = True
        hub.wake.set()
        if self._committer is not None:
            await asyncio.wait([self._committer], timeout=STOP_S)
            self._committer.cancel()
        for task in (*self._rounds, *self._opening):
            task.cancel()
        await asyncio.gather(*self._rounds, *self._opening, return_exceptions=True)
        for live in hub.sections.values():
            for member in list(live.writing):
                recording.end_writing(hub, live, member)
        await _whatever_happens(lambda: recording.record_ended(hub))
        await _whatever_happens(lambda: snapshotting.snapshot_waiting(hub))
        await _whatever_happens(self._be_forgotten)

    # ------------------------------------------------------------ pages

    async def stamp(self, who: Member, room: RoomId) -> str:
        """Return what a page of the room is to say of its reader's sight; before it is read."""
        return await self._sights.stamp(who, room)

    async def enter(self, who: Member, room: RoomId, *, sign_in: bytes) -> Connection:
        """Let a page of a member into a room; before its socket is accepted.

        Raises:
            Refused: she has no place there, or there is no such room.
        """
        await self._follow(room)  # before her sight is read: what changes after it is hinted at
        return await enter(self.hub, who, room, sign_in=sign_in)

    def hear(self, connection: Connection, message: bytes) -> None:
        """Take one message of a page. Nothing is waited for."""
        asked = hear(self.hub, connection, message)
        if asked is None:
            return
        address = asked.address
        if is_room(address):
            # The token opens nothing, the cookie does: it is what the page says of its age.
            open_room(connection, address, stamp=asked.token)
            waiting_frames(self.hub, connection, address)
            return
        opening = asyncio.create_task(self._open(connection, address))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open(self, connection: Connection, address: str) -> None:
        try:
            await open_section(self.hub, connection, address)
        except Exception:
            log.exception("a section could not be opened")
            connection.close(CloseCode.STOPPING, "The service cannot go on just now.")
        finally:
            waiting_frames(self.hub, connection, address)

    def leave(self, connection: Connection) -> None:
        """Take a page off whose socket is closed. What it had sent is still stored."""
        end_connection(self.hub, connection)

    # ------------------------------------------------------------ notices

    def access_changed(self, notice: AccessChanged) -> None:
        """Hear that who may see what has changed in a room."""
        self.hub.tell_others(Hint(About.ACCESS, notice.room, reached=notice.epoch))
        if notice.room in self.hub.connections:
            self.hub.ask_again(notice.room)

    async def policies_changed(self, _book: object) -> None:
        """Hear that other policies are in force: every open place is asked about again."""
        self._sights.forget()
        for room in self.hub.connections:
            self.hub.ask_again(room)

    def signed_out(self, notice: SignedOut) -> None:
        """Hear that a sign-in has ended: every page that is open with it is closed at once."""
        self.hub.tell_others(Hint(About.SIGN_INS))
        for connection in self.hub.everybody():
            if connection.sign_in == notice.sign_in:
                rechecking.sign_out(self.hub, connection)

    def ring(self, bell: Bell) -> None:
        """Hear that something of a room changed; rung to those who may know."""
        self.hub.tell_others(Hint(About.BELL, bell.label.room))
        self._rung(bell)

    def _rung(self, bell: Bell) -> None:
        self._sights.forget(bell.label.room)
        ringing.hear(self.hub, bell)

    # ------------------------------------------------------------ other processes

    async def _follow(self, room: RoomId) -> None:
        if self._bus is not None and room not in self._followed:
            self._followed.add(room)
            await self._bus.follow(subject_of(room), partial(self._hint, room))

    async def _follow_open_rooms(self) -> None:
        """Follow the hints of rooms that somebody here is in, and no others."""
        is_open = set(self.hub.connections)
        for room in is_open:
            await self._follow(room)
        for room in self._followed - is_open:
            self._followed.discard(room)
            if self._bus is not None:
                await self._bus.leave(subject_of(room))

    def _hint(self, room: RoomId | None, said: bytes) -> None:
        hint = read_hint(room, said)
        if hint is not None:
            looking.take_hint(self.hub, self._hinted, hint)

    # ------------------------------------------------------------ rounds

    async def _look(self) -> None:
        while True:
            is_behind = await _whatever_happens(lambda: looking.look(self.hub))
            await asyncio.sleep(looking.LOOK_AGAIN_S if is_behind else looking.LOOK_EACH_S)

    async def _look_beside(self) -> None:
        beside = self._hinted.beside
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(beside.wait(), looking.LOOK_EACH_S)
            beside.clear()
            if self.hub.has_others:
                look = partial(looking.look_beside, self.hub, self._elsewhere)
                for bell in await _whatever_happens(look) or ():
                    self._rung(bell)

    async def _look_where_hinted(self) -> None:
        while True:
            await self._hinted.heard.wait()
            self._hinted.heard.clear()
            await _whatever_happens(lambda: looking.look_where_hinted(self.hub, self._hinted))

    async def _pass_carets(self) -> None:
        while True:
            await asyncio.sleep(PASS_EACH_S)
            rooms = await _whatever_happens(lambda: pass_carets(self.hub, self._elsewhere))
            for room in rooms or ():
                self.hub.tell_others(Hint(About.CARETS, room))

    async def _recheck(self) -> None:
        while True:
            await self.hub.recheck_now.wait()
            self.hub.recheck_now.clear()
            await _whatever_happens(lambda: rechecking.recheck_waiting(self.hub))

    async def _ring(self) -> None:
        while True:
            await self.hub.bells_wait.wait()
            self.hub.bells_wait.clear()
            await _whatever_happens(lambda: ringing.ring_waiting(self.hub))

    async def _ring_changed(self) -> None:
        while True:
            await asyncio.sleep(ringing.CHANGED_EACH_S)
            rooms = await _whatever_happens(lambda: ringing.ring_changed(self.hub))
            for room in rooms or ():
                self.hub.tell_others(Hint(About.BELL, room))

    async def _show(self) -> None:
        while True:
            await asyncio.sleep(presence.TELL_EACH_S)
            presence.show_moved(self.hub)

    async def _watch_store(self) -> None:
        while True:
            await asyncio.sleep(committing.WATCH_EACH_S)
            committing.watch_store(self.hub)

    async def _keep_house(self) -> None:
        seen_at = pinged_at = noted_at = now()
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            self._close_silent_and_stuck()
            await _whatever_happens(self._follow_open_rooms)
            if now() - pinged_at >= PING_S:
                pinged_at = now()
                for connection in self.hub.everybody():
                    connection.send_bytes("", write_frame(Ping()))
            recording.end_quiet_writing(self.hub)
            if now() - noted_at >= rechecking.WRITERS_NOTED_EACH_S:
                noted_at = now()
                await _whatever_happens(lambda: rechecking.note_writers(self.hub))
            await _whatever_happens(lambda: rechecking.look_at_sign_ins(self.hub))
            await _whatever_happens(lambda: recording.record_ended(self.hub))
            await _whatever_happens(lambda: snapshotting.snapshot_waiting(self.hub))
            if now() - seen_at >= SEEN_EACH_S:
                seen_at = now()
                await _whatever_happens(self._be_seen)

    def _close_silent_and_stuck(self) -> None:
        for connection in self.hub.everybody():
            silent = now() - connection.heard_at > SILENCE_S
            if silent or connection.is_stuck():
                end_connection(self.hub, connection)
                connection.close(CloseCode.TOO_SLOW, "This page does not answer.")

    async def _be_forgotten(self) -> None:
        async with writing() as tx:
            await caret_store.clear(tx, of=self.hub.id)
            await stretch_store.forget_hub(tx, self.hub.id)

    async def _be_seen(self) -> None:
        async with writing() as tx:
            await stretch_store.see_hub(tx, self.hub.id)
            await clear_rung(tx)
            await caret_store.clear(tx)
        await recording.close_dead_stretches(self.hub)


def _tell(bus: Bus, hint: Hint) -> None:
    bus.tell(subject_of(hint.room), write_hint(hint))


async def _whatever_happens(work: Callable[[], Awaitable[Result]]) -> Result | None:
    """Do one round's work; a round that fails is tried again, and nothing is handed out unasked."""
    try:
        return await work()
    except Exception:
        log.exception("a round of the live rooms failed")
        return None
