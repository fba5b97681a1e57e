"""The second person: which decisions about sharing wait, reading one, and saying what one thinks.

Who reviews has an office and no place in the room: the information governance officer and the
early help co-ordinator for all, a manager and a data protection lead for their own organisation.
"""

from dataclasses import dataclass
from uuid import UUID

from consent import gate
from consent.form import LONGEST_WORDS
from consent.keeper import Keepers, change_access, hold_access
from consent.sharing_decision import Review, SharingDecision
from consent.showing_decisions import ShownDecision, show_decisions
from consent.store import decisions
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory.member import FamilyMember, Member, Office
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId

FOR_ALL = frozenset({Office.IG_OFFICER, Office.COORDINATOR})
NOT_FOR_HER = "GUARD-NOT-HER-ORGANISATION"
OWN_DECISION = "GUARD-OWN-DECISION"
REVIEWED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reviews:
    """The decisions somebody may review: those that wait, longest first, and those done."""

    waiting: tuple[ShownDecision, ...]
    done: tuple[ShownDecision, ...]


async def list_reviews(who: Member) -> Reviews:
    """Return what waits for a second person, and what was reviewed last.

    Raises:
        Refused: her office does not review decisions.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_REVIEWS, label_of_house(Kind.DECISION))
        waiting = [
            one
            for one in await decisions.list_waiting(tx)
            if _is_for(who, one) and one.decided_by != who.id
        ]
        reviewed = await decisions.list_reviewed(tx, at_most=REVIEWED_SHOWN)
        done = [one for one in reviewed if _is_for(who, one)]
        rooms = sorted({one.room for one in (*waiting, *done)})
        labels = [label_of_room(room, Kind.DECISION) for room in rooms]
        open_rooms = {one.room for one in await gate.sift(tx, who, Act.LIST_REVIEWS, labels)}
        waiting = [one for one in waiting if one.room in open_rooms]
        done = [one for one in done if one.room in open_rooms]
        return Reviews(
            waiting=tuple(await show_decisions(tx, who, waiting, {})),
            done=tuple(await show_decisions(tx, who, done, {})),
        )


async def view_for_review(who: Member, decision: UUID) -> ShownDecision:
    """Return one decision to its second person; the words of the plan are not in it.

    Raises:
        Refused: it is not hers to review, or there is no such decision.
    """
    async with writing() as tx:
        found = await _found(tx, who, decision, Act.PREPARE_REVIEW)
        return (await show_decisions(tx, who, [found], {}))[0]


async def review(
    who: Member, decision: UUID, outcome: Review | None, *, words: str, keepers: Keepers
) -> None:
    """Record what the second person says. A challenge ends the sharing, now.

    Raises:
        Refused: it is not hers to review, or there is no such decision.
        Invalid: nothing was chosen, or a challenge has no words.
        Conflict: somebody has reviewed it already.

    Rule: ADR-0012: decided first, reviewed within two working days, and never by who decided.
    """
    async with writing() as tx:
        await hold_access(tx, await _room_of(tx, decision))
        found = await _found(tx, who, decision, Act.REVIEW_DECISION)
        faults = _faults(outcome, words)
        if faults or outcome is None:
            raise Invalid(faults)
        if not await decisions.add_review(tx, found.id, by=who.id, review=outcome, words=words):
            raise Conflict
        ends = outcome is Review.CHALLENGED and found.opens_here and not found.is_over(tx.at)
        if ends:
            await decisions.end_decision(tx, found.id)
            await change_access(tx, found.room, keepers)
        await log.record(tx, _entry(tx, who, found, outcome, ends=ends))


async def _found(tx: Tx, who: Member, decision: UUID, act: Act) -> SharingDecision:
    """Return the decision, if the act on it is hers."""
    label = label_of_room(await _room_of(tx, decision), Kind.DECISION)
    await gate.require(tx, who, act, label)
    found = await decisions.find_decision(tx, decision)
    if found is None or not _is_for(who, found):
        gate.refuse(tx, who, act, label, why=NOT_FOR_HER)
    if found.decided_by == who.id:
        gate.refuse(tx, who, act, label, why=OWN_DECISION)
    return found


async def _room_of(tx: Tx, decision: UUID) -> RoomId:
    """Return its room; of an unknown decision, one that is not there: the gate refuses both."""
    found = await decisions.find_decision(tx, decision)
    return found.room if found else RoomId(decision)


def _is_for(who: Member, decision: SharingDecision) -> bool:
    if isinstance(who, FamilyMember):
        return False
    return who.office in FOR_ALL or who.agency == decision.from_agency


def _entry(tx: Tx, who: Member, decision: SharingDecision, outcome: Review, *, ends: bool) -> Entry:
    return Entry(
        kind="decision:review-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=decision.room,
        thing=decision.id,
        details={
            "sharing_decision": decision.id.hex,
            "review": outcome.value,
            "ended": ends,
            "in_time": tx.at < decision.review_due,
        },
    )


def _faults(outcome: Review | None, words: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if outcome is None:
        faults["review"] = "Choose what you found"
    if outcome is Review.CHALLENGED and not words:
        faults["words"] = "Write what is wrong with it, for who decided"
    if len(words) > LONGEST_WORDS:
        faults["words"] = f"Use {LONGEST_WORDS} letters or fewer"
    return faults
