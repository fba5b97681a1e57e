"""The family said no: what was entered is deleted, and the record says only that help was offered.

The room's key is destroyed, so that nothing sealed under it can be read again, in backups either.
"""

from consent import bell, gate
from consent.keeper import Keepers, change_access, hold_access
from consent.store import consents, families
from policies.act import Act
from policies.facts import label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Team, TeamState
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, NotFound
from server.kernel.ids import RoomId
from server.keys import room_keys


async def decline(who: Member, room: RoomId, *, keepers: Keepers) -> None:
    """End a room to which the family said no, and delete what was entered.

    Kept are that help was offered, by whom and when, and the log without its details.

    Raises:
        Refused: `who` does not lead the room.
        Conflict: the room is open, or was ended already.

    Rule: UK GDPR Art 5(1)(c) and (e): without the family's agreement there is no reason to keep
    who they are.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.DECLINE_ROOM, label_of_room(room))
        team = await directory.get_team(tx, room)
        if team.state is not TeamState.PROPOSED:
            raise Conflict
        things = 0
        for keeper in keepers:
            things += await keeper.dispose(tx, room)
        await consents.delete_of_room(tx, room)
        people = await _delete_people(tx, team)
        await families.add_help_offered(
            tx, room, by=who.id, agency=who.agency, at=team.proposed_at, people=people
        )
        await directory.set_team_state(tx, room, TeamState.DECLINED)
        await room_keys.destroy(tx, room)
        await log.record(tx, _disposed(who, room, things=things, people=people))
        await change_access(tx, room, keepers)
        bell.ring(tx, label_of_room(room), bell.What.ROOM)


async def _delete_people(tx: Tx, team: Team) -> int:
    """Delete the family, unless another room is about it; return how many people it had."""
    try:
        people = len((await families.get_family(tx, team.family)).people)
    except NotFound:
        return 0
    others = [one for one in await directory.teams_of_family(tx, team.family) if one.id != team.id]
    if not others:
        await families.delete_family(tx, team.family)
    return people


def _disposed(who: Member, room: RoomId, *, things: int, people: int) -> Entry:
    return Entry(
        kind="room:disposed",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=room,
        details={"things": things, "people": people, "kept": "help was offered"},
    )
