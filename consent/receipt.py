"""The receipt of what somebody agreed: every version of it in words, the newest first.

It is the family's own paper: whoever prints it, staff stand in it by what they are.
"""

from dataclasses import dataclass

from consent import gate
from consent.consent import Capacity, live_lines
from consent.store import consents
from consent.viewing import ShownConsent, show, words_for
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import ConsentId, PersonId, RoomId

NOT_HER_RECEIPT = "GUARD-NOT-HER-RECEIPT"


@dataclass(frozen=True, slots=True)
class ReceiptVersion:
    """One version, as it stood until the next one replaced it.

    `number` is what stands, with the receipt's id, in the log entry of every act it allowed.
    `is_for_self` says that she answered for herself, `others` for whom else, by name.
    `recorded_by` is what the recorder is and where, and empty where she did it herself.
    """

    number: int
    said: ShownConsent
    is_for_self: bool
    others: tuple[str, ...]
    recorded_by: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one person agreed in one room, from the newest version to the first.

    `contact` is whom to ring: what the lead is, and where.
    """

    id: ConsentId
    giver: str
    capacity: Capacity
    versions: tuple[ReceiptVersion, ...]
    contact: tuple[str, str] | None


async def read_receipt(who: Member, room: RoomId, giver: PersonId | None = None) -> Receipt | None:
    """Return the receipt of what somebody agreed; None if somebody of the family agreed nothing.

    Without `giver` it is her own who asks.

    Raises:
        Refused: it is neither her own, nor does she lead the room.
        NotFound: for a lead, nobody of this id was asked here.

    Rule: UK GDPR Art 12(1) and Art 13: what was agreed is told in plain words, and can be kept.
    ADR-0008: it holds one person's own answers and nobody else's.
    """
    async with writing() as tx:
        label = label_of_room(room, Kind.CONSENT)
        await gate.require(tx, who, Act.READ_RECEIPT, label)
        own = who.person if isinstance(who, FamilyMember) else None
        asked_for = giver or own
        if asked_for is None or (own != asked_for and not await _leads(tx, who, room)):
            gate.refuse(tx, who, Act.READ_RECEIPT, label, why=NOT_HER_RECEIPT)
        found = await _receipt(tx, who, room, asked_for)
        if found is None and own is None:
            raise NotFound
        return found


async def _leads(tx: Tx, who: Member, room: RoomId) -> bool:
    seat = await directory.find_seat(tx, room, who.id)
    return seat is not None and seat.role is Role.LEAD_PROFESSIONAL


async def _receipt(tx: Tx, who: Member, room: RoomId, giver: PersonId) -> Receipt | None:
    versions = [one for one in await consents.list_versions(tx, room) if one.giver == giver]
    if not versions:
        return None
    lines = await consents.lines_of_giver(tx, room, giver)
    words = await words_for(tx, who, room, lines, to_family=True)
    recorders = await directory.find_members(tx, {one.recorder for one in versions})
    shown = []
    for place, version in enumerate(versions, start=1):
        stood = live_lines(line for line in lines if line.version <= version.version)
        others = version.subjects - {giver}
        shown.append(
            ReceiptVersion(
                number=version.version,
                said=show(versions[:place], stood, words, tx.at),
                is_for_self=giver in version.subjects,
                others=tuple(name for one, name in words.people.items() if one in others),
                recorded_by=await _place_of(tx, recorders.get(version.recorder)),
            )
        )
    return Receipt(
        id=versions[-1].id,
        giver=words.people.get(giver, ""),
        capacity=versions[-1].capacity,
        versions=tuple(reversed(shown)),
        contact=await _contact(tx, room),
    )


async def _contact(tx: Tx, room: RoomId) -> tuple[str, str] | None:
    for seat in await directory.list_seats(tx, room):
        if seat.role is Role.LEAD_PROFESSIONAL:
            return await _place_of(tx, await directory.find_member(tx, seat.member))
    return None


async def _place_of(tx: Tx, member: Member | None) -> tuple[str, str] | None:
    """Return what somebody of an organisation is and where; the family is told no name."""
    if not isinstance(member, Practitioner):
        return None
    return member.role_title, (await directory.get_agency(tx, member.agency)).name
