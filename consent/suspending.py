"""Suspending a sharing agreement as a whole, letting it hold again, and ending it.

One person takes it away at once. Two people of two organisations have to say that it may hold
again; what ended never does, only a new version that is signed and approved.

Rule: ADR-0013: one may always take away, two must agree to give.
"""

from datetime import datetime

from consent import gate
from consent.calling_off import call_off_later
from consent.drafting import LABEL, asked, entry_of, in_force
from consent.proving import must_be_fresh
from policies import draft_store, revision, store, supposing
from policies.act import Act
from policies.draft import Mark, Signature
from policies.isa import Isa, IsaState
from policies.isa_file import digest_of
from policies.store import Change
from server.audit import log
from server.directory import store as directory
from server.directory.member import Practitioner
from server.identity.fresh import FreshSignIn
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid

NOT_A_PARTY = "NOT-A-PARTY"
OPENS_TO_HERSELF = "OPENS-TO-HERSELF"


async def suspend_isa(who: Practitioner, code: str) -> datetime:
    """Suspend an agreement, alone: it opens nothing, and forbids what it forbade.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
        Conflict: it is suspended or ended already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.NARROW_ISA, LABEL)
        return await _take_away(tx, who, code, IsaState.SUSPENDED)


async def end_isa(who: Practitioner, code: str, *, is_sure: bool) -> datetime:
    """End an agreement, alone and for good; its parties owe each other nothing more under it.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
        Conflict: it has ended already.
        Invalid: she has not said that she is sure, or what it forbids might open by another.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.END_ISA, LABEL)
        if not is_sure:
            raise Invalid({"sure": "Tick that you mean it: it cannot be taken back."})
        if supposing.forbids_less_without(await revision.load(tx, tx.at), code):
            # One person takes away; what another agreement would open then, she would give.
            raise Invalid({"sure": "Another one might open what it forbids. Suspend it instead."})
        return await _take_away(tx, who, code, IsaState.ENDED)


async def lift_isa(
    who: Practitioner, code: str, *, version: int, fresh: FreshSignIn | None
) -> datetime | None:
    """Say for one's own organisation that a suspended agreement may hold again.

    It does once two organisations have said so; returned is from when, None while it waits.

    Raises:
        Refused: `who` has no office for it, her organisation was not asked, or it would open
            something to her own account.
        NotFresh: she has to sign in again first.
        NotFound: there is no such agreement.
        Conflict: it is not suspended, or another version stands.
        Invalid: her organisation has said so already, or its days are over.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIFT_ISA, LABEL)
        await store.hold_isa(tx, code)
        isa = (await in_force(tx, code)).isa
        if who.agency not in await asked(tx, code):
            gate.refuse(tx, who, Act.LIFT_ISA, LABEL, why=NOT_A_PARTY)
        if await directory.seats_of(tx, who.id):
            gate.refuse(tx, who, Act.LIFT_ISA, LABEL, why=OPENS_TO_HERSELF)
        must_be_fresh(tx, who, Act.LIFT_ISA, LABEL, fresh)
        last = await _standing(tx, code)
        if last.state is not IsaState.SUSPENDED or last.version != version:
            raise Conflict
        if isa.ends <= london_day(tx.at):
            raise Invalid({"lift": "Its last day is over. Draft a new version."})
        said = await said_so(tx, isa, last)
        if who.agency in {one.agency for one in said}:
            raise Invalid({"lift": "Somebody of another organisation has to say so too."})
        mark = Signature(who.agency, Mark.LIFTS, digest_of(isa), who.id, tx.at)
        await draft_store.add_signature(tx, isa, mark)
        await log.record(tx, entry_of("isa:party-stands", isa, who, state="lifts"))
        if not said:
            return None
        await call_off_later(tx, who, isa, IsaState.ACTIVE)
        at = await revision.put_in_force(tx, isa, by=who.id)
        await log.record(tx, entry_of("isa:activated", isa, who, state="lifted"))
    return at


async def said_so(tx: Tx, isa: Isa, suspended: Change) -> tuple[Signature, ...]:
    """Return who has said since a suspension that the agreement may hold again."""
    return tuple(
        one
        for one in await draft_store.list_signatures(tx, isa.code, isa.version)
        if one.mark is Mark.LIFTS and one.at >= suspended.takes_effect_at
    )


async def _take_away(tx: Tx, who: Practitioner, code: str, state: IsaState) -> datetime:
    await store.hold_isa(tx, code)
    isa = (await in_force(tx, code)).isa
    changes = [one for one in await store.list_changes(tx) if one.isa == code]
    if changes[-1].state in (state, IsaState.ENDED):
        raise Conflict
    # What was approved for later does not bring it back.
    await call_off_later(tx, who, isa, state)
    takes_effect_at = await revision.put_in_force(tx, isa, state, by=who.id)
    kind = "isa:suspended" if state is IsaState.SUSPENDED else "isa:ended-noted"
    await log.record(tx, entry_of(kind, isa, who))
    return takes_effect_at


async def _standing(tx: Tx, code: str) -> Change:
    [change] = [one for one in await store.list_in_force(tx, tx.at) if one.isa == code]
    return change
