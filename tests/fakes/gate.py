"""A gate of the simulator's own: who may read and write which section is a row that tests write.

It answers as the real one does (from rows, at the epoch of the team's row, recording what it
allows and, after a rollback, what it refuses), so that histories can withdraw and give again
thousands of times without an agreement, consent or policy.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Column, MetaData, Select, String, Table, Uuid, delete, insert, select, update

from policies.act import Act
from policies.decision import Decision, Denied
from policies.facts import Label
from rooms import store as rooms_store
from rooms.tables import live_hub
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.tables import team
from server.identity.tables import session
from server.kernel import notices
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import MemberId, RoomId

own_metadata = MetaData()
may = Table(
    "fake_may",
    own_metadata,
    Column("thing", Uuid, primary_key=True),
    Column("member", Uuid, primary_key=True),
    Column("verb", String(16), primary_key=True),
)


@dataclass(frozen=True, slots=True)
class FakeCapability:
    """As the real one, but on the loop's own clock, which tests may move."""

    member: MemberId
    room: RoomId
    epoch: int
    until: float
    revision: str
    things: Mapping[str, frozenset[int]]

    def allows(self, act: Act, thing: UUID) -> bool:
        open_now = thing.int in self.things.get(act.verb, frozenset())
        return open_now and asyncio.get_running_loop().time() < self.until

    def allows_at(self, epoch: int, act: Act, thing: UUID) -> bool:
        return epoch == self.epoch and self.allows(act, thing)


class RowGate:
    """Asks the rows of `fake_may`; `lasts_s` is how long a capability lasts."""

    def __init__(self, lasts_s: float = 1e9) -> None:
        self.lasts_s = lasts_s

    async def require(self, tx: Tx, who: Member, act: Act, label: Label) -> Decision:
        if label.room is not None:
            await directory.share_team(tx, label.room)
        is_allowed = bool(await self._open(tx, who, label.thing, act.verb))
        kind = act.past if is_allowed else act.refused
        outcome = "allowed" if is_allowed else "refused"
        entry = Entry(kind, outcome, who.id, who.agency, label.room, label.thing)  # type: ignore[arg-type]
        decision = Decision(allowed=is_allowed, act=act, why="row")
        if not is_allowed:

            async def record(fresh: Tx) -> None:
                await log.record(fresh, entry)

            tx.after_rollback(record)
            raise Denied(decision)
        await log.record(tx, entry)
        return decision

    async def capability(
        self, tx: Tx, who: Member, room: RoomId, labels: Sequence[Label]
    ) -> FakeCapability:
        try:
            team = await directory.share_team(tx, room)
        except NotFound:
            return FakeCapability(who.id, room, 0, 0.0, "", {})
        things: dict[str, set[int]] = {}
        query = select(may.c.thing, may.c.verb).where(may.c.member == who.id)
        asked = {label.thing for label in labels}
        for row in await tx.rows(query.where(may.c.thing.in_(asked))):
            things.setdefault(row.verb, set()).add(row.thing.int)
        until = asyncio.get_running_loop().time() + self.lasts_s
        frozen = {verb: frozenset(numbers) for verb, numbers in things.items()}
        return FakeCapability(who.id, room, team.epoch, until, "row", frozen)

    async def capabilities(
        self, tx: Tx, members: Collection[Member], room: RoomId, labels: Sequence[Label]
    ) -> dict[MemberId, FakeCapability]:
        return {who.id: await self.capability(tx, who, room, labels) for who in members}

    async def _open(self, tx: Tx, who: Member, thing: UUID, verb: str | None = None) -> list[str]:
        query = select(may.c.verb).where(may.c.thing == thing, may.c.member == who.id)
        if verb is not None:
            query = query.where(may.c.verb == verb)
        return [row.verb for row in await tx.rows(query)]


async def lay_table(tx: Tx) -> None:
    """Make the gate's own table on a fresh store."""
    await tx.connection.run_sync(own_metadata.create_all)


async def allow(tx: Tx, member: Member, thing: UUID, *verbs: str) -> None:
    """Open a thing to a member."""
    await tx.execute(
        insert(may), [{"thing": thing, "member": member.id, "verb": verb} for verb in verbs]
    )


async def take(tx: Tx, member: Member, thing: UUID, *verbs: str) -> None:
    """Close a thing to a member, with no notice of it and no new epoch: before anybody is there."""
    mine = (may.c.thing == thing) & (may.c.member == member.id)
    await tx.execute(delete(may).where(mine, may.c.verb.in_(verbs)))


async def withdraw(tx: Tx, room: RoomId, member: Member, thing: UUID, *verbs: str) -> int:
    """Take verbs away as an operation does: team row first, then the epoch, then its sections."""
    await directory.hold_team(tx, room)
    await take(tx, member, thing, *verbs)
    return await changed(tx, room)


async def changed(tx: Tx, room: RoomId) -> int:
    """Count a change of access and leave the notice of it."""
    epoch = await directory.bump_epoch(tx, room)
    await rooms_store.set_epochs(tx, room, epoch)
    tx.after_commit(lambda: notices.tell(notices.AccessChanged(room, epoch)))
    return epoch


def epoch_of(room: RoomId) -> Select[tuple[int]]:
    """The query of a room's access epoch."""
    return select(team.c.epoch).where(team.c.id == room)


async def end_sign_ins(tx: Tx, member: Member) -> None:
    """End every sign-in of a member, as signing out elsewhere does."""
    await tx.execute(delete(session).where(session.c.member == member.id))


async def forget_when_seen(tx: Tx, hub: UUID) -> None:
    """Make a server look as if nothing was heard of it for an hour."""
    long_ago = tx.at - timedelta(hours=1)
    await tx.execute(update(live_hub).where(live_hub.c.id == hub).values(seen_at=long_ago))


def unsure(held: FakeCapability) -> FakeCapability:
    """What the gate answers when it could not find its facts."""
    return replace(held, epoch=0, until=0.0, things={})
