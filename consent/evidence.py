"""Which document is the evidence of what somebody agreed: the scan of the form she signed.

A version is never changed; the evidence is named beside it. The document itself is kept, sealed
and opened by another package, which names it here in the transaction that keeps it.
"""

from dataclasses import dataclass
from datetime import date

from consent import gate
from consent.giving import ask_as_lead
from consent.naming import names_of
from consent.store import consents
from consent.store import evidence as rows
from consent.store.evidence import Evidence
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import DocumentId, PersonId, RoomId


@dataclass(frozen=True, slots=True)
class Evidenced:
    """What a scan is evidence of: the version that stands, about whom it is, and for what."""

    giver: str
    version: int
    given_on: date
    subjects: frozenset[PersonId]
    purpose: str


async def prepare_evidence(who: Member, room: RoomId, giver: PersonId) -> Evidenced:
    """Return what stands of what somebody agreed, for a scan to be added to it.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: nobody of this id answered here.
    """
    async with writing() as tx:
        await ask_as_lead(tx, who, room)
        newest = {one.giver: one for one in await consents.newest_versions(tx, room)}
        standing = newest.get(giver)
        if standing is None:
            raise NotFound
        seat = await directory.find_seat(tx, room, who.id)
        purposes = sorted(seat.purposes) if seat else []
        return Evidenced(
            giver=(await names_of(tx, {giver}))[giver],
            version=standing.version,
            given_on=london_day(standing.given_at),
            subjects=standing.subjects or frozenset({giver}),
            purpose="plan" if "plan" in purposes else next(iter(purposes), ""),
        )


async def name_evidence(
    tx: Tx, who: Member, room: RoomId, giver: PersonId, version: int, document: DocumentId
) -> None:
    """Name a document as the evidence of a version, inside the act that keeps it.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: there is no such version.
    """
    await gate.require(tx, who, Act.NAME_EVIDENCE, label_of_room(room, Kind.CONSENT))
    versions = [one for one in await consents.list_versions(tx, room) if one.giver == giver]
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        raise NotFound
    named = Evidence(found.id, found.version, giver, document, tx.at)
    await rows.add_evidence(tx, named, by=who.id)
    entry = Entry(
        kind="consent:evidence-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=room,
        thing=found.id,
        details={
            "consent": [{"id": found.id.hex, "version": found.version}],
            "document": document.hex,
        },
    )
    await log.record(tx, entry)


async def evidence_in(tx: Tx, who: Member, room: RoomId) -> list[Evidence]:
    """Return which documents are the evidence of what, oldest first; to the lead alone.

    Raises:
        Refused: `who` does not lead the room.
    """
    await ask_as_lead(tx, who, room)
    return await rows.list_evidence(tx, room)
