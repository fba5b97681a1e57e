"""Asking for emergency access to a room in which one has no place.

She names the room by its reference. Whether there is such a room, and whether it can be opened
to her, she does not learn by asking: the same is done, and the same is said, either way.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from consent import gate
from consent.emergency import Emergency, State
from consent.form import LONGEST_WORDS
from consent.store import emergencies
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import TeamState
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId, id_of_form, new_id

MOST_WAITING = 3
SHOWN = 10
_REFERENCE = re.compile(r"[0-9A-Z]{4}")


async def own_emergencies(who: Member) -> Sequence[tuple[Emergency, State]]:
    """Return what somebody asked for, newest first, and where each stands as she may know it.

    Raises:
        Refused: she may not ask: somebody of a family, or an office that has no business here.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_EMERGENCY, label_of_house(Kind.EMERGENCY))
        found = await emergencies.asked_by(tx, who.id, at_most=SHOWN)
        return [(one, one.state_to_asker(tx.at)) for one in found]


async def ask(who: Member, reference: str, reason: str, *, form: UUID) -> Emergency:
    """Ask for emergency access; a second person is waited for. Sent twice, it stands once.

    Raises:
        Refused: she may not ask.
        Invalid: with a sentence for each field at fault.

    Rule: ADR-0014. Threat T-01: an unknown reference, a room that waits for its family and one
    that is closed to her are kept, counted and answered like any other.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.ASK_EMERGENCY, label_of_house(Kind.EMERGENCY))
        wanted = reference.strip().upper()
        faults = _faults(wanted, reason)
        if faults:
            raise Invalid(faults)
        before = await emergencies.asked_by(tx, who.id, at_most=SHOWN)
        live = [one for one in before if one.state_to_asker(tx.at) in {State.WAITING, State.OPEN}]
        new = await _asked(tx, who, wanted, reason, form)
        again = next((one for one in live if new.id == one.id or wanted == one.reference), None)
        if again is not None:
            return again
        if len(live) >= MOST_WAITING:
            raise Invalid({"reference": "You have asked three times. Ring somebody instead"})
        await emergencies.add_emergency(tx, new)
        await log.record(tx, _entry(new))
        return new


async def _asked(tx: Tx, who: Member, reference: str, reason: str, form: UUID) -> Emergency:
    """Return what she asks for.

    Raises:
        Invalid: she has a place in that room.
    """
    team = await directory.find_team_by_reference(tx, reference)
    of_team = team.id if team is not None and team.state is TeamState.OPEN else None
    room = of_team or RoomId(new_id())
    if await directory.find_seat(tx, room, who.id) is not None:
        raise Invalid({"reference": "You have a place in this room. It is in ‘My rooms’"})
    return Emergency(
        id=id_of_form(who.id, form),
        room=room,
        reference=reference,
        asked_by=who.id,
        agency=who.agency,
        asked_at=tx.at,
        reason=reason.strip(),
    )


def _faults(reference: str, reason: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _REFERENCE.fullmatch(reference):
        faults["reference"] = "Enter the room’s reference, four letters and numbers, like 7K4P"
    if not reason.strip():
        faults["reason"] = "Write what you fear, and why it cannot wait"
    elif len(reason) > LONGEST_WORDS:
        faults["reason"] = f"Use {LONGEST_WORDS} letters or fewer"
    return faults


def _entry(asked: Emergency) -> Entry:
    """Return the log's entry of it.

    Threat T-01: it stands in no room and is sealed by the house; of an unknown room there is
    neither a pseudonym nor a key, and to make or to miss one would take time.
    """
    return Entry(
        kind="emergency:ask-noted",
        outcome="noted",
        who=asked.asked_by,
        agency=asked.agency,
        thing=asked.id,
        details={
            "emergency": asked.id.hex,
            "room": asked.room.hex,
            "reference": asked.reference,
        },
        by_house=True,
    )
