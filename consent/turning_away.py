"""What is refused before any operation was asked, and what is wrong before anybody was let in.

An address that names nothing, a page of another sort of member, a form that cannot be read: for
these no operation runs, and yet each is an answer to somebody, so the gate gives it.
"""

from typing import NoReturn

from consent import gate
from policies.act import Act
from policies.facts import Kind, Label, label_of_house, label_of_room
from server.directory.member import Member
from server.kernel.database import writing
from server.kernel.errors import TacroomError
from server.kernel.ids import RoomId

NO_SUCH_THING = "GUARD-NO-SUCH-THING"


async def turn_away(who: Member, act: Act, room: RoomId | None) -> NoReturn:
    """Refuse what she asked for, which is not there for her; recorded.

    Raises:
        Denied: always.

    Rule: ADR-0008: every decision, allowed or refused, stands in the log.
    """
    async with writing() as tx:
        gate.refuse(tx, who, act, _label(act, room), why=NO_SUCH_THING)


async def find_fault(who: Member, act: Act, room: RoomId | None, fault: TacroomError) -> NoReturn:
    """Tell what is wrong with what she sent, if she may do this at all.

    Raises:
        Denied: she may not, and learns nothing of the fault.
        TacroomError: the fault.

    Rule: ADR-0008: what is sent by somebody who may not enter is answered as if it were sent to
    an unknown room (threat T-01).
    """
    if room is not None and act.kind is Kind.CONTENT:
        act = Act.VIEW_ROOM  # what it was to be done to cannot be read
    async with writing() as tx:
        await gate.require(tx, who, act, _label(act, room))
        # Nothing was done: what was allowed is undone with this, and is not recorded.
        raise fault


def _label(act: Act, room: RoomId | None) -> Label:
    return label_of_house(act.kind) if room is None else label_of_room(room, act.kind)
