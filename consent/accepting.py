"""Reading the confidentiality statement, and accepting it or not; either is recorded."""

from consent import gate
from consent.statement import Statement, statement
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.audit import log
from server.audit.entry import Entry
from server.directory import statement_store
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.ids import RoomId

NO_PLACE = "GUARD-NO-PLACE"


async def read_statement(who: Member, room: RoomId) -> Statement:
    """Return the statement to somebody with a place in the room.

    Raises:
        Refused: she has no place there, or there is no such room.
    """
    async with writing() as tx:
        await _require(tx, who, room, Act.READ_STATEMENT)
        return statement()


async def answer_statement(who: Member, room: RoomId, *, accepts: bool) -> None:
    """Record that she accepts the statement in force, or does not; a no keeps her out, no more.

    Raises:
        Refused: she has no place there, or there is no such room.
    """
    async with writing() as tx:
        await _require(tx, who, room, Act.ANSWER_STATEMENT)
        if accepts:
            await statement_store.add_acceptance(tx, who.id, room, version=statement().version)
        entry = Entry(
            kind="statement:accepted-noted" if accepts else "statement:declined-noted",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            details={"version": statement().version},
        )
        await log.record(tx, entry)


async def _require(tx: Tx, who: Member, room: RoomId, act: Act) -> None:
    label = label_of_house(Kind.ACCOUNT)
    await gate.require(tx, who, act, label)
    if await directory.find_seat(tx, room, who.id) is None:
        gate.refuse(tx, who, act, label, why=NO_PLACE)
