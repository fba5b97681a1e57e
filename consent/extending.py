"""An agreement whose review is late: each party may go on as it is for 30 days, for itself alone.

An agreement does not fall away at midnight because a review took longer. What is extended is a
version of its own with the very same rules; whoever does not extend drops out on the day that was
agreed, and may still extend within those 30 days. One party alone opens nothing.

Rule: ADR-0013: like for like, once for each review, by a signing officer, recorded and shown.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from consent import gate
from consent.drafting import LABEL, entry_of, in_force
from consent.proving import must_be_fresh
from policies import draft_store, revision, store
from policies.act import Act
from policies.draft import Mark, Signature, with_days
from policies.isa import Isa, IsaState, Party, PartyState
from policies.isa_file import digest_of
from server.audit import log
from server.directory.member import Office, Practitioner
from server.identity.fresh import FreshSignIn
from server.kernel.clock import london_day, london_instant
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import AgencyCode

NOT_A_SIGNING_OFFICER = "NOT-A-SIGNING-OFFICER"
LONGER_BY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement in force stands with its review: who has extended it, and until when.

    `agreed_end` is the day on which it was to end, `may_until` the day to which an organisation
    may still extend it; None while its review is not late, or once that has passed.
    """

    isa: Isa
    agreed_end: date
    extended: tuple[Signature, ...]
    may_until: date | None

    @property
    def is_longer(self) -> bool:
        """Return whether the version in force is one that was extended."""
        return bool(self.extended)

    def may_extend(self, agency: AgencyCode) -> bool:
        """Return whether an organisation has not extended it yet, and still may."""
        return self.may_until is not None and agency not in {one.agency for one in self.extended}


async def standing_with_review(tx: Tx, isa: Isa) -> Standing:
    """Return how a version in force stands with its review."""
    late_since = london_instant(isa.review_on)
    extended = tuple(
        one
        for one in await draft_store.list_every_signature(tx, isa.code)
        if one.mark is Mark.EXTENDED and one.at >= late_since
    )
    agreed_end = isa.ends - LONGER_BY if extended else isa.ends
    longest = agreed_end + LONGER_BY
    is_late = isa.review_on <= london_day(tx.at) < longest
    return Standing(isa, agreed_end, extended, longest if is_late else None)


async def was_party(tx: Tx, code: str, agency: AgencyCode, at: datetime) -> bool:
    """Return whether an organisation had signed at an instant and stood by it."""
    newest = {
        one.agency: one.state
        for one in await store.list_parties(tx, code)
        if one.since < at and (one.until is None or at <= one.until)
    }
    return newest.get(agency) is PartyState.SIGNED


async def extend_isa(
    who: Practitioner, code: str, *, version: int, fresh: FreshSignIn | None
) -> date:
    """Go on with an agreement for 30 days, for one's own organisation; return the new end.

    `version` is the one that she saw.

    Raises:
        Refused: `who` is no signing officer.
        NotFresh: she has to sign in again first.
        NotFound: there is no such agreement in force.
        Conflict: another version is in force by now, or is to follow.
        Invalid: its review is not late, it has ended too long ago, it is suspended, or her
            organisation was not party to it or has extended it already.
    """
    longer = await _compile_longer(code) if who.office is Office.SIGNING_OFFICER else None
    async with writing() as tx:
        await gate.require(tx, who, Act.EXTEND_ISA, LABEL)
        if who.office is not Office.SIGNING_OFFICER:
            gate.refuse(tx, who, Act.EXTEND_ISA, LABEL, why=NOT_A_SIGNING_OFFICER)
        must_be_fresh(tx, who, Act.EXTEND_ISA, LABEL, fresh)
        await store.hold_isa(tx, code)
        isa = (await in_force(tx, code)).isa
        if isa.version != version:
            raise Conflict
        stands = await standing_with_review(tx, isa)
        await _must_may(tx, who, stands)
        ends_at = london_instant(stands.agreed_end)
        if not stands.is_longer:
            if longer is None or longer.version != isa.version:
                raise Conflict
            isa = await _lay_longer(tx, who, longer, ends_at)
        since = max(ends_at, tx.at)
        await draft_store.settle_party(tx, Party(who.agency, PartyState.SIGNED, since), code)
        mark = Signature(who.agency, Mark.EXTENDED, digest_of(isa), who.id, tx.at)
        await draft_store.add_signature(tx, isa, mark)
        until = isa.ends.isoformat()
        noted = entry_of("isa:party-stands", isa, who, state="extended", until=until)
        await log.record(tx, noted)
    return isa.ends


async def _compile_longer(code: str) -> Isa | None:
    """Compile what is in force as it would be 30 days longer, before anything is held."""
    async with reading() as tx:
        try:
            isa = (await in_force(tx, code)).isa
        except NotFound:
            return None
        stands = await standing_with_review(tx, isa)
    if stands.is_longer or stands.may_until is None:
        return None
    longer = with_days(isa, isa.starts, isa.ends + LONGER_BY, isa.review_on)
    await revision.compile_isa(longer)
    return longer


async def _must_may(tx: Tx, who: Practitioner, stands: Standing) -> None:
    code = stands.isa.code
    [last] = [one for one in await store.list_in_force(tx, tx.at) if one.isa == code]
    later = [
        one for one in await store.list_changes(tx) if one.isa == code and one.number > last.number
    ]
    if later:
        raise Conflict
    if last.state is not IsaState.ACTIVE:
        raise Invalid({"extend": "It is suspended or has ended."})
    if stands.may_until is None:
        raise Invalid({"extend": "It can be extended from the day of its review on, not before."})
    if not stands.may_extend(who.agency):
        raise Invalid({"extend": "Your organisation has extended it already."})
    at_the_end = min(tx.at, london_instant(stands.agreed_end))
    if not await was_party(tx, code, who.agency, at_the_end):
        raise Invalid({"extend": "Your organisation has not signed it."})


async def _lay_longer(tx: Tx, who: Practitioner, longer: Isa, ends_at: datetime) -> Isa:
    """Put the longer version in force; whoever does not extend it drops out on the day agreed."""
    code = longer.code
    newest = await store.newest_version(tx, code) or 0
    number = max(newest, await draft_store.newest_draft_number(tx, code)) + 1
    laid = replace(longer, version=number)
    parties = {one.agency for one in await store.list_parties(tx, code)}
    staying = [one for one in sorted(parties) if await was_party(tx, code, one, tx.at)]
    # Compiled before, and kept: this only finds it again.
    await revision.lay(tx, laid, await revision.compile_isa(laid))
    await revision.put_in_force(tx, laid, by=who.id)
    for agency in staying:
        if agency != who.agency:
            drops = Party(agency, PartyState.INVITED, max(ends_at, tx.at))
            await draft_store.settle_party(tx, drops, code)
    return laid
