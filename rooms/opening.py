"""Opening a room: it waits, and nobody but its lead knows of it, until the family has agreed."""

from consent import gate
from consent.recording_family import FamilyForm, record_family
from policies.act import Act
from policies.facts import Kind, label_of_house
from rooms import store
from rooms.room import LEAD_PURPOSES, new_reference
from server.directory import store as directory
from server.directory.member import Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.database import Tx, writing
from server.kernel.errors import Unavailable
from server.kernel.ids import RoomId, SeatId, new_id

TRIES_FOR_A_REFERENCE = 20


async def open_room(who: Practitioner, form: FamilyForm) -> RoomId:
    """Propose a room about a family, with the fewest facts: names, ages, whom to ask.

    `who` becomes its lead. It waits in the state `proposed`.

    Raises:
        Refused: `who` may open no room.
        Invalid: a name or an age is missing or wrong.

    Rule: early help is voluntary; before a yes there is no room to enter.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.OPEN_ROOM, label_of_house(Kind.ROOM))
        family = await record_family(tx, who, form)
        room = RoomId(new_id())
        await directory.add_team(
            tx,
            Team(
                id=room,
                family=family.id,
                reference=await _free_reference(tx),
                state=TeamState.PROPOSED,
                epoch=1,
                proposed_at=tx.at,
            ),
        )
        await store.make_room_key(tx, room)
        await directory.add_seat(
            tx,
            Seat(
                id=SeatId(new_id()),
                room=room,
                member=who.id,
                agency=who.agency,
                role=Role.LEAD_PROFESSIONAL,
                purposes=LEAD_PURPOSES,
                since=tx.at,
                joined_at=tx.at,
            ),
        )
        return room


async def _free_reference(tx: Tx) -> str:
    for _ in range(TRIES_FOR_A_REFERENCE):
        reference = new_reference()
        if await directory.find_team_by_reference(tx, reference) is None:
            return reference
    raise Unavailable
