"""Recording a decision about sharing: to share, or not to, with its ground and its reasons."""

from consent import gate
from consent.keeper import Keepers, change_access, hold_access
from consent.sharing_decision import Outcome, SharingDecision
from consent.store import openings
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId


async def record_sharing_decision(
    who: Member, room: RoomId, decision: SharingDecision, *, keepers: Keepers
) -> None:
    """Record a decision that was made about sharing in a room, with its review if it has one.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: with a sentence for each field at fault.

    Rule: Information sharing advice for practitioners (DfE, 2024), golden rule 7: record the
    decision and its reasons, whether or not you share.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_DECISION, label_of_room(room, Kind.DECISION))
        faults = find_faults(decision, room)
        if faults:
            raise Invalid(faults)
        await openings.add_sharing_decision(tx, decision)
        await _record_it(tx, who, decision)
        if decision.review is not None and decision.reviewed_by is not None:
            await openings.add_review(
                tx, decision.id, by=decision.reviewed_by, review=decision.review
            )
        if decision.outcome is Outcome.SHARE:
            await change_access(tx, room, keepers)


def find_faults(decision: SharingDecision, room: RoomId) -> dict[str, str]:
    """Return a sentence for each field at fault."""
    faults: dict[str, str] = {}
    if decision.room != room:
        faults["room"] = "This decision is about another room"
    if not decision.subjects:
        faults["subjects"] = "Choose about whom it is"
    if decision.purpose not in catalogue().place_purposes:
        faults["purpose"] = "Choose what it is for"
    if not decision.why.strip():
        faults["why"] = "Write why, in a sentence or two"
    if decision.outcome is Outcome.SHARE:
        if not decision.things:
            faults["things"] = "Choose what is shared"
        if not decision.recipients:
            faults["recipients"] = "Choose with whom"
    if decision.until is not None and decision.until <= decision.decided_at:
        faults["until"] = "Enter an end after the decision"
    if decision.review is not None and decision.reviewed_by in {None, decision.decided_by}:
        faults["reviewed_by"] = "A second person reviews it"
    return faults


async def _record_it(tx: Tx, who: Member, decision: SharingDecision) -> None:
    kind = "decision:share" if decision.outcome is Outcome.SHARE else "decision:not-share"
    details = {
        "sharing_decision": decision.id.hex,
        "legal_ground": decision.legal_ground.value,
        "condition": decision.condition,
        "from": decision.from_agency,
        "to": sorted(
            one.member.hex if one.member else str(one.agency) for one in decision.recipients
        ),
        "subjects": [subject.hex for subject in sorted(decision.subjects)],
        "things": [thing.hex for thing in sorted(decision.things)],
        "decided_by": decision.decided_by.hex,
        "decided_at": decision.decided_at.isoformat(),
    }
    await log.record(
        tx,
        Entry(
            kind=f"{kind}-recorded",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=decision.room,
            thing=decision.id,
            purpose=decision.purpose,
            details=details,
        ),
    )
    if decision.review is not None:
        reviewed = Entry(
            kind="decision:reviewed",
            outcome="noted",
            who=decision.reviewed_by,
            room=decision.room,
            thing=decision.id,
            details={"review": decision.review.value, "recorded_by": who.id.hex},
        )
        await log.record(tx, reviewed)
